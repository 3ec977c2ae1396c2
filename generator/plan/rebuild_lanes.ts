/** Lanes of the unit that rebuilds weights: as few as hide the rebuilding behind the array's work. */
import { ShiftloomError } from '../errors.js';
import { factorsOf, rebuildCycles, type RebuildLanes } from './factor_reconstruction.js';
import type { Lanes, LayerPlan } from './plan.js';

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
    const price = unitPrice(lanes);
    const better = !best || (cycles <= most ? best.cycles > most || price < best.price : cycles < best.cycles);
    if (better) best = { lanes, cycles, price };
  }
  return best!.lanes;
}

/** A unit and what it takes to rebuild a tile, in steps of the array: multiplied by the array's steps they are cycles. */
export interface PricedUnit {
  readonly lanes: RebuildLanes;
  readonly price: number;
  readonly tileSteps: number;
}

/**
 * The cheapest unit that rebuilds a tile while the array goes over it `passes` times, once for each pixel tile of a band. What `planRebuildLanes` finds, without
 * a plan and in microseconds. Undefined if none is fast enough.
 * @param array output and input lanes of the array
 * @param perBlock output channels that a block of factors has
 */
export function cheapestUnit(array: Pick<Lanes, 'oc' | 'ic'>, { rank, perBlock }: { readonly rank: number; readonly perBlock: number }, passes: number): PricedUnit | undefined {
  let best: PricedUnit | undefined;
  for (const outputs of divisors(greatestDivisor(array.oc, perBlock))) {
    for (const inputs of divisors(array.ic)) {
      const parts = (array.oc / outputs) * (array.ic / inputs);
      const period = Math.floor(passes / parts);
      if (period < inputs) continue;
      const lanes = { ranks: evenRanks(Math.ceil(rank / period), rank), outputs, inputs };
      const price = unitPrice(lanes);
      if (lanes.ranks * outputs * inputs > MOST_LANES || (best && price >= best.price)) continue;
      best = { lanes, price, tileSteps: parts * Math.max(inputs, Math.ceil(rank / lanes.ranks)) };
    }
  }
  return best;
}

/** LUTs but for a factor: a lane of products, its share of an accumulator, a recoder for each output channel. */
export function unitPrice({ ranks, outputs, inputs }: RebuildLanes): number {
  return 20 * ranks * outputs * inputs + 36 * outputs * inputs + 12 * ranks * outputs + 160 * outputs;
}

function candidates(plan: LayerPlan): RebuildLanes[] {
  const { rank } = factorsOf(plan.layer).weights;
  const limit = Math.min(MOST_LANES, 4 * plan.peakMacsPerCycle);
  const found: RebuildLanes[] = [];
  // Of all numbers of ranks that take as many steps, the smallest.
  const ranks = new Set(Array.from({ length: rank }, (_, i) => Math.ceil(rank / (i + 1))).map((n) => evenRanks(n, rank)));
  for (const outputs of divisors(outputDivisor(plan))) {
    for (const inputs of divisors(plan.lanes.ic)) {
      for (const n of ranks) if (n * outputs * inputs <= limit) found.push({ ranks: n, outputs, inputs });
    }
  }
  return found;
}

/** Powers are added in pairs. */
function evenRanks(ranks: number, rank: number): number {
  return ranks > 1 && ranks < rank ? 2 * Math.ceil(ranks / 2) : ranks;
}

/** Output lanes divide the array's and the channels of a block. */
function outputDivisor({ layer, lanes }: LayerPlan): number {
  return greatestDivisor(lanes.oc, layer.geometry.outChannels / factorsOf(layer).weights.blocks);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

const known = new Map<number, readonly number[]>();

function divisors(n: number): readonly number[] {
  let found = known.get(n);
  if (!found) known.set(n, (found = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)));
  return found;
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
