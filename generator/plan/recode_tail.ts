/** How long after a tile's last sum its last code comes, beyond the recoder's latency: codes of a `bpot` group wait for its last sum. */
import type { CpEncoding } from '../layer/schema.js';
import type { LayerPlan } from './plan.js';
import type { RebuildLanes } from './factor_reconstruction.js';

type Sizes = Pick<LayerPlan, 'lanes' | 'ring' | 'sequencer'>;

/**
 * Cycles from the first sum of the tile's last sub-block to its last code, without the recoder's latency.
 *
 * Sums come in rows (all input channels of an output channel and kernel position) of sub-blocks, `inputs` sums each `period` cycles. A group's codes come out
 * once its last sum is in and the group before is out, one a cycle.
 */
export function recodeTail({ lanes, ring, sequencer }: Sizes, { inputs, outputs }: RebuildLanes, period: number, recode: CpEncoding['recode']): number {
  if (recode.encoding !== 'bpot') return inputs - 1;
  const row = ring.groupWords * lanes.ic;
  const rowCycles = (row / inputs) * period;
  const timeOf = (channel: number) => Math.floor(channel / inputs) * period + (channel % inputs);
  // The wait at a row's end depends on that of the row before; it settles, or the rows are over.
  let behind = 0; // cycles that codes are still to come after the row's last sum
  const rows = sequencer.kernel.length * (lanes.oc / outputs);
  for (let n = 0; n < rows; n++) {
    let out = behind - (rowCycles - timeOf(row - 1)); // counted from the row's first sum
    for (let first = 0; first < row; first += recode.groupSize) {
      const last = Math.min(row, first + recode.groupSize) - 1;
      out = Math.max(out, timeOf(last)) + (last - first + 1);
    }
    const next = out - timeOf(row - 1);
    if (next === behind) break;
    behind = next;
  }
  return inputs - 1 + behind - 1;
}
