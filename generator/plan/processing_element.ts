/**
 * Plan of the processing element: one output channel, one pixel, IC_LANES weights per cycle. Every width comes from the range of what it holds.
 *
 *   lanes -> (bpot: a tree for each group of lanes, shift by the group's exponent) -> tree -> accumulator
 */
import { ShiftloomError } from '../errors.js';
import { integerRange } from '../layer/layer.js';
import { LUT_WEIGHT_BITS, type ScalarEncoding } from '../layer/schema.js';
import { signedWidth } from '../verilog/literal.js';
import { planAdderTree, sumOf, type AdderTree, type TreeNumber } from './adder_tree.js';
import { codeBits, exponentBits, type LaneKind } from './codes.js';
import { laneSlots, type DigitSlot } from './digit_slots.js';
import { estimateProcessingElement, type CellCost } from './processing_element_cost.js';
import { stepChannels, type Selection } from './selection.js';

export type { LaneKind } from './codes.js';

export interface ProcessingElementOptions {
  readonly encoding: ScalarEncoding;
  /** `dsp` only for `uniform`. */
  readonly lane: LaneKind;
  /** Weights taken per cycle, 1..256. */
  readonly icLanes: number;
  /** Each lane chooses its activation; `icLanes` is then a multiple of `selection.n`. */
  readonly selection?: Selection;
  /** 1..16. */
  readonly activationBits: number;
  readonly activationSigned: boolean;
  /** Sums are modulo 2^accumulatorWidth. */
  readonly accumulatorWidth: number;
  /** Sums that take turns on the accumulator; 1 if left out. */
  readonly turns?: number;
}

/** One term of every lane: what a lane adds for one slot of its weight, or its whole product. */
export interface LaneTermPlan {
  /** Index of the slot in the weight; a lane has as many terms as its weight has digits. */
  readonly index: number;
  readonly slot: DigitSlot | undefined;
  /** Bits of the term, two's complement. */
  readonly width: number;
  /** Cycles of the cell, and cycles added so that all terms of a lane arrive together. */
  readonly latency: number;
  readonly delay: number;
  /** Term of lane l: `width` bits at offset + l * width of the lane vector. */
  readonly offset: number;
  readonly low: number;
  readonly min: number;
  readonly max: number;
}

/** Shift by the group exponent, with its registers: first by the exponent's low two bits, then by four. */
export interface GroupShiftPlan {
  readonly inWidth: number;
  readonly width: number;
  /** Cycles: 0 to 2. */
  readonly latency: number;
  /** Cycles that the exponent waits for its group's sum. */
  readonly exponentDelay: number;
}

export interface ProcessingElementPlan extends ProcessingElementOptions {
  /** Activations per cycle: `icLanes`, or with a selection more. */
  readonly channels: number;
  readonly codeBits: number;
  /** Bits of a group exponent; 0: no exponent port. */
  readonly exponentBits: number;
  /** Lanes that share an exponent: those of gcd(groupSize, channels) channels. All lanes if there is no exponent. */
  readonly groupLanes: number;
  /** Exponents per cycle, icLanes / groupLanes; 0 if there is no exponent. */
  readonly exponentGroups: number;
  readonly terms: readonly LaneTermPlan[];
  readonly laneLatency: number;
  /** One group's adder tree and the shift behind it; undefined if there is no exponent. */
  readonly group?: { readonly tree: AdderTree; readonly shift: GroupShiftPlan };
  /** Tree over all lanes, or over the groups' sums. Its one or two results are the accumulator's addends. */
  readonly tree: AdderTree;
  /** Cycles from operands at the ports to the tree's results, registered, at the accumulator's input. */
  readonly latency: number;
  /** Bits that the exact sum of one cycle needs. */
  readonly sumWidth: number;
  /** Cells of one processing element as Yosys counts them (synth_xilinx -family xc7); LUTs include shift-register LUTs. */
  readonly estimate: CellCost;
}

/**
 * @throws ShiftloomError 'unsupported' for a DSP lane with an encoding other than `uniform`, 'usage' for numbers out of range
 */
export function planProcessingElement(options: ProcessingElementOptions): ProcessingElementPlan {
  checkOptions(options);
  const { encoding, icLanes, accumulatorWidth: modulus } = options;
  const terms = planTerms(options);
  const laneLatency = Math.max(...terms.map((term) => term.latency));
  const bits = exponentBits(encoding);
  const channels = stepChannels(icLanes, options.selection);
  const groupLanes = bits > 0 && encoding.encoding === 'bpot' ? sharingLanes(encoding.groupSize, channels, options.selection) : icLanes;
  const placed = placeTerms(terms, groupLanes);
  const numbers = laneNumbers(placed.terms, groupLanes, modulus);
  const group = bits > 0 ? planGroup(encoding, numbers, placed.width, laneLatency, modulus) : undefined;
  const groups = icLanes / groupLanes;
  const tree = group
    ? planAdderTree(groupNumbers(group.sum, groups), groups * group.sum.width, { results: 2, modulus })
    : planAdderTree(numbers, placed.width, { results: 2, modulus });
  const beforeTree = group ? group.plan.shift.exponentDelay + group.plan.shift.latency : laneLatency;
  const { min, max, low } = sumOf(tree.results, modulus);
  const plan = {
    ...options,
    channels,
    codeBits: codeBits(encoding),
    exponentBits: bits,
    groupLanes,
    exponentGroups: bits > 0 ? groups : 0,
    terms: placed.terms,
    laneLatency,
    group: group?.plan,
    tree,
    latency: beforeTree + tree.levels.length,
    sumWidth: low + signedWidth(min, max),
  };
  return deepFreeze({ ...plan, estimate: estimateProcessingElement(plan) });
}

/** With a selection only whole blocks can share an exponent; where the groups cut blocks, every lane has the exponent of its own channel. */
export function sharingLanes(groupSize: number, channels: number, selection: Selection | undefined): number {
  const shared = sharedLanes(groupSize, channels);
  if (selection === undefined) return shared;
  return shared % selection.m === 0 ? (shared / selection.m) * selection.n : 1;
}

type UnplacedTerm = Omit<LaneTermPlan, 'offset'>;

/** The terms of a lane, with the latency of their cells evened out. */
function planTerms(options: ProcessingElementOptions): UnplacedTerm[] {
  const { encoding, lane, activationBits, activationSigned } = options;
  const range = integerRange(activationBits, activationSigned);
  const signBit = activationSigned ? 0 : 1;
  const product = (width: number, latency: number, weights: readonly number[]): UnplacedTerm[] => {
    const [min, max] = productRange(range, weights, lane === 'lut');
    return [{ index: 0, slot: undefined, width, latency, delay: 0, low: 0, min, max }];
  };
  if (lane === 'dsp' && encoding.encoding === 'uniform') {
    const half = 2 ** (encoding.bits - 1);
    return product(activationBits + encoding.bits, 2, [-half, half - 1]);
  }
  if (encoding.encoding === 'apot') return product(activationBits + 4 + signBit, 2, [-10, 10]);
  const slots = laneSlots(encoding);
  const latencies = slots.map((slot) => shifterLatency(slot.maxShift));
  const longest = Math.max(...latencies);
  return slots.map((slot, index) => {
    const weights = [...(slot.maxPositive >= 0 ? [2 ** slot.maxPositive] : []), ...(slot.maxNegative >= 0 ? [-(2 ** slot.maxNegative)] : [])];
    const [min, max] = productRange(range, weights, true);
    const width = activationBits + slot.maxShift + signBit;
    return { index, slot, width, latency: longest, delay: longest - latencies[index], low: slot.low, min, max };
  });
}

/** Cycles of `nn_lane_pot` (and of `nn_lane_bpot`, `nn_lane_uniform_lut`, which shift by less). */
function shifterLatency(maxShift: number): number {
  return maxShift <= 2 ? 1 : maxShift <= 7 ? 2 : 3;
}

/** Range of weight * activation over the extreme weights and zero; inverted instead of negated if `inverted`. */
export function productRange([low, high]: readonly [number, number], weights: readonly number[], inverted: boolean): readonly [number, number] {
  const values = weights.flatMap((w) => [low, high].map((x) => (w < 0 && inverted ? -(-w * x) - 1 : w * x)));
  return [Math.min(0, ...values), Math.max(0, ...values)];
}

/** Lane vector: all lanes' first terms, then all lanes' second terms, and so on. */
function placeTerms(terms: readonly UnplacedTerm[], lanes: number): { terms: LaneTermPlan[]; width: number } {
  let width = 0;
  const placed = terms.map((term) => {
    const offset = width;
    width += lanes * term.width;
    return { ...term, offset };
  });
  return { terms: placed, width };
}

function laneNumbers(terms: readonly LaneTermPlan[], lanes: number, modulus: number): TreeNumber[] {
  return terms
    .filter((term) => term.low < modulus)
    .flatMap(({ width, offset, low, min, max }) =>
      Array.from({ length: lanes }, (_, l) => ({ offset: offset + l * width, width: Math.min(width, modulus - low), low, min, max })),
    );
}

export interface GroupPlan {
  readonly plan: { readonly tree: AdderTree; readonly shift: GroupShiftPlan };
  /** The shifted sum of one group. */
  readonly sum: Omit<TreeNumber, 'offset'>;
}

/** @param arrival cycle in which the group's numbers are there, counted from the exponent's */
export function planGroup(
  encoding: ScalarEncoding,
  numbers: readonly TreeNumber[],
  inputWidth: number,
  arrival: number,
  modulus: number,
): GroupPlan {
  const maxExponent = encoding.encoding === 'bpot' ? encoding.maxExponent : 0;
  const tree = planAdderTree(numbers, inputWidth, { results: 1, modulus });
  const [{ min, max, width: inWidth }] = tree.results;
  const width = Math.min(modulus, inWidth + maxExponent);
  const shift = { inWidth, width, latency: maxExponent > 3 ? 2 : 1, exponentDelay: arrival + tree.levels.length };
  return { plan: { tree, shift }, sum: { low: 0, width, min: min * 2 ** maxExponent, max: max * 2 ** maxExponent } };
}

export function groupNumbers(sum: Omit<TreeNumber, 'offset'>, groups: number): TreeNumber[] {
  return Array.from({ length: groups }, (_, g) => ({ ...sum, offset: g * sum.width }));
}

function checkOptions({ encoding, lane, icLanes, selection, activationBits, accumulatorWidth }: ProcessingElementOptions): void {
  const place = 'processing element';
  if (selection && icLanes % selection.n !== 0) {
    throw new ShiftloomError('usage', place, `${icLanes} lanes are not a multiple of the ${selection.n} that take ${selection.m} channels`);
  }
  if (lane === 'dsp' && encoding.encoding !== 'uniform') {
    throw new ShiftloomError('unsupported', place, `encoding ${encoding.encoding} in DSP lanes`, 'DSP lanes take uniform weights; use LUT lanes');
  }
  if (lane === 'lut' && encoding.encoding === 'uniform' && encoding.bits > LUT_WEIGHT_BITS) {
    throw new ShiftloomError(
      'unsupported', place, `uniform weights of ${encoding.bits} bits in LUT lanes, which take 2..${LUT_WEIGHT_BITS}`, 'Use DSP lanes (kind=dsp)',
    );
  }
  const limits: readonly [string, number, number, number][] = [
    ['input-channel lanes', icLanes, 1, 256],
    ['activation bits', activationBits, 1, 16],
    ['accumulator bits', accumulatorWidth, 1, 48],
  ];
  for (const [what, value, min, max] of limits) {
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ShiftloomError('usage', place, `${what} ${value} are not in ${min}..${max}`);
    }
  }
}

/** Lanes that share a `bpot` exponent in every word: the largest number that divides both. */
export function sharedLanes(groupSize: number, icLanes: number): number {
  return icLanes === 0 ? groupSize : sharedLanes(icLanes, groupSize % icLanes);
}

/** Plain data all through: arrays and objects only. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
