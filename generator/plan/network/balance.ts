/**
 * Foldings of a network's layers for a frame rate. All layers work at once, so the slowest sets the rate and lanes beyond it are wasted: each layer
 * gets the smallest engine that keeps up.
 */
import { ShiftloomError } from '../../errors.js';
import { macsOf, type Layer } from '../../layer/layer.js';
import { cyclesBetweenFrames } from '../cycles.js';
import { estimateLayer } from '../estimate.js';
import { icCounts, laneKinds, visitFoldings, withWeightMemory, type BoundedFolding } from '../foldings.js';
import { MAX_BRAM } from '../limits.js';
import type { Lanes } from '../plan.js';
import { planLayer } from '../plan_layer.js';
import { sizeOf } from '../search.js';
import { planSelection, stepChannels } from '../selection.js';

/** Multiply-accumulates per cycle beyond the least possible that are looked at: a folding with more of them is never the smallest. */
const SPARE_MACS = 4;
/** Foldings that are planned at most, in the order of their size. */
const MOST_PLANNED = 400;

const found = new WeakMap<Layer, Map<number, Lanes>>();

/**
 * The smallest folding with resident weights whose frames follow each other in at most `cycles` cycles.
 * @throws ShiftloomError('resource') if no folding is so fast, with the rate of the input stream if that is why
 */
export function balanceLayer(layer: Layer, cycles: number): Lanes {
  let known = found.get(layer);
  if (!known) found.set(layer, (known = new Map()));
  let lanes = known.get(cycles);
  if (!lanes) known.set(cycles, (lanes = smallest(layer, cycles)));
  return lanes;
}

function smallest(layer: Layer, cycles: number): Lanes {
  const bySize = candidates(layer, cycles).sort((a, b) => sizeOf(a.least) - sizeOf(b.least));
  let best: { lanes: Lanes; size: number } | undefined;
  let planned = 0;
  for (const folding of bySize) {
    if (best && sizeOf(folding.least) >= best.size) break;
    if (best && sizeOf(withWeightMemory(layer, folding)) >= best.size) continue;
    if (planned++ > MOST_PLANNED && best) break;
    const plan = planLayer(layer, folding.lanes, Infinity);
    if (cyclesBetweenFrames(plan) > cycles) continue;
    const estimate = estimateLayer(plan);
    const size = sizeOf(estimate);
    if (estimate.bram36 <= MAX_BRAM && (!best || size < best.size)) best = { lanes: folding.lanes, size };
  }
  if (best) return best.lanes;
  throw new ShiftloomError(
    'resource',
    layer.description.name,
    `no folding takes a frame every ${cycles} cycles: its ${macsOf(layer.geometry).toLocaleString('en-US')} multiply-accumulates or its streams take longer`,
    'Ask for fewer frames per second',
  );
}

/** Foldings whose array alone is fast enough, with the fewest output-channel lanes for their number of channel tiles. */
function candidates(layer: Layer, cycles: number): BoundedFolding[] {
  const g = layer.geometry;
  const kind = laneKinds(layer)[0];
  const least = macsOf(g) / cycles;
  const most = { lut: Infinity, dsp: Infinity, macs: Math.max(64, SPARE_MACS * least) };
  const folded: BoundedFolding[] = [];
  for (const ic of icCounts(layer)) {
    visitFoldings(layer, ic, kind, 'resident', most, (folding) => {
      const { oc, pixel } = folding.lanes;
      const tiles = Math.ceil(g.groupOutChannels / oc);
      if (oc > 1 && Math.ceil(g.groupOutChannels / (oc - 1)) === tiles) return;
      const steps = Math.ceil(g.groupInChannels / stepChannels(ic, planSelection(layer, folding.lanes))) * g.kernelHeight * g.kernelWidth;
      if (g.outHeight * Math.ceil(g.outWidth / pixel) * g.groups * tiles * steps <= cycles) folded.push(folding);
    });
  }
  return folded;
}

/** Layers in permuted blocks run on their dense weights, zeros outside of the blocks included. */
export function denseLayer(layer: Layer): Layer {
  const { blocks, ...dense } = layer;
  void blocks;
  return dense;
}
