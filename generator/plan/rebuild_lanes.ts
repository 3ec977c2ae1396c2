/** Lanes of the unit that rebuilds weights: as few as hide the rebuilding behind the array's work. */
import { ShiftloomError } from '../errors.js';
import { factorsOf, rebuildCycles, type RebuildLanes } from './factor_reconstruction.js';
import type { LayerPlan } from './plan.js';

/** Lanes beyond which a unit costs more than the array it feeds. */
const MOST_LANES = 4096;

/** Cycles in which the array works on one channel tile of a band. */
export function tileComputeCycles({ sequencer: s, streamed }: LayerPlan): number {
  return (streamed?.bandRows ?? 1) * s.rowTiles * (s.steps + s.gap);
}

/**
 * Lanes as given (`rebuild=RANKSxOUTPUTSxINPUTS`), or the fewest under which a tile is rebuilt while the array computes one; if none are enough, the fastest.
 * @param plan with its bands
 * @throws ShiftloomError 'usage' if given lanes do not divide what they are lanes of
 */
export function planRebuildLanes(plan: LayerPlan): RebuildLanes {
  const { rebuild } = plan.lanes;
  if (rebuild) return checked(plan, rebuild);
  const most = tileComputeCycles(plan);
  let best: { lanes: RebuildLanes; cycles: number; price: number } | undefined;
  for (const lanes of candidates(plan)) {
    const { tileCycles: cycles } = rebuildCycles(plan, lanes);
    const price = priceOf(lanes);
    const better = !best || (cycles <= most ? best.cycles > most || price < best.price : cycles < best.cycles);
    if (better) best = { lanes, cycles, price };
  }
  return best!.lanes;
}

/** LUTs but for a factor: a lane of products, its share of an accumulator, a recoder for each output channel. */
function priceOf({ ranks, outputs, inputs }: RebuildLanes): number {
  return 20 * ranks * outputs * inputs + 36 * outputs * inputs + 12 * ranks * outputs + 160 * outputs;
}

function candidates(plan: LayerPlan): RebuildLanes[] {
  const { rank } = factorsOf(plan.layer).weights;
  const limit = Math.min(MOST_LANES, 4 * plan.peakMacsPerCycle);
  const found: RebuildLanes[] = [];
  // Of all numbers of ranks that take as many steps, the smallest; powers are added in pairs.
  const ranks = new Set(Array.from({ length: rank }, (_, i) => Math.ceil(rank / (i + 1))).map((n) => (n > 1 && n < rank ? 2 * Math.ceil(n / 2) : n)));
  for (const outputs of divisors(outputDivisor(plan))) {
    for (const inputs of divisors(plan.lanes.ic)) {
      for (const n of ranks) if (n * outputs * inputs <= limit) found.push({ ranks: n, outputs, inputs });
    }
  }
  return found;
}

/** Output lanes divide the array's and the channels of a block. */
function outputDivisor({ layer, lanes }: LayerPlan): number {
  const perBlock = layer.geometry.outChannels / factorsOf(layer).weights.blocks;
  let [a, b] = [lanes.oc, perBlock];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}

function checked(plan: LayerPlan, rebuild: RebuildLanes): RebuildLanes {
  const { ranks, outputs, inputs } = rebuild;
  const place = `lanes rebuild=${ranks}x${outputs}x${inputs}`;
  const { rank } = factorsOf(plan.layer).weights;
  const outputsOf = outputDivisor(plan);
  if (ranks < 1 || ranks > rank) throw new ShiftloomError('usage', place, `has ${ranks} rank lanes; the layer has rank ${rank}`, `Give 1 to ${rank}`);
  if (outputs < 1 || outputsOf % outputs !== 0) {
    throw new ShiftloomError('usage', place, `has ${outputs} output lanes, which must divide oc=${plan.lanes.oc} and the channels of a block`, `Give one of ${divisors(outputsOf).join(', ')}`);
  }
  if (inputs < 1 || plan.lanes.ic % inputs !== 0) {
    throw new ShiftloomError('usage', place, `has ${inputs} input lanes, which must divide ic=${plan.lanes.ic}`, `Give one of ${divisors(plan.lanes.ic).join(', ')}`);
  }
  return rebuild;
}
