/**
 * Plan of a processing element pair: two output channels, one pixel, IC_LANES weights of each per cycle, one DSP48E1 for each input lane.
 * Where lanes select their inputs, two channels have no activation in common: then a pair is one output channel and two pixels, and a slice
 * multiplies the weight by (second pixel's activation << field) + first pixel's activation.
 *
 * A slice multiplies the activation by (high weight << field) + low weight and adds what the slice before it gives, so that a chain of slices
 * holds the sums of both channels in one word. It is as long as the low sum fits its field:
 *
 *   chains -> (bpot: a tree for each group of lanes, shift by the group's exponent) -> tree -> accumulator     for both channels alike
 */
import { ShiftloomError } from '../errors.js';
import { integerRange } from '../layer/layer.js';
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { signedWidth } from '../verilog/literal.js';
import { planAdderTree, sumOf, type AdderTree, type TreeNumber } from './adder_tree.js';
import { codeBits, encodeWeight, exponentBits } from './codes.js';
import {
  deepFreeze, groupNumbers, planGroup, productRange, sharingLanes, type GroupShiftPlan, type ProcessingElementOptions,
} from './processing_element.js';
import { estimateProcessingElementPair } from './processing_element_pair_cost.js';
import type { CellCost } from './processing_element_cost.js';
import { stepChannels } from './selection.js';

export interface ProcessingElementPairOptions extends Omit<ProcessingElementOptions, 'lane'> {
  /** Smallest and largest weight without its group exponent; by default all that the encoding has. */
  readonly weightRange?: readonly [number, number];
}

export interface ProcessingElementPairPlan extends ProcessingElementPairOptions {
  /** Activations of a pixel per cycle: `icLanes`, or with a selection more. */
  readonly channels: number;
  readonly codeBits: number;
  /** Bits of a weight as the slices take it: two's complement, without the group exponent. */
  readonly weightBits: number;
  /** Place of the high channel's weight and sum, or of the second pixel's activation and sum. */
  readonly field: number;
  /** Bits of each of the two packed numbers, two's complement. */
  readonly packedBits: number;
  /** Lanes whose operands come in one cycle: one, or the n that take a block of channels. Each has chains of its own. */
  readonly blockLanes: number;
  /** Slices of a chain, and chains of a group; the last chain of each lane of a block may be shorter. */
  readonly chain: number;
  readonly chains: number;
  readonly lastChain: number;
  /** Bits of a chain's sum, for either channel. */
  readonly chainWidth: number;
  /** Cycles from a chain's first operands to its sum. */
  readonly chainLatency: number;
  readonly exponentBits: number;
  /** Lanes that share an exponent; all lanes if there is none. */
  readonly groupLanes: number;
  readonly exponentGroups: number;
  /** Cycles that an exponent waits outside of the pair, so that it meets its group's sum. */
  readonly exponentDelay: number;
  readonly group?: { readonly tree: AdderTree; readonly shift: GroupShiftPlan };
  readonly tree: AdderTree;
  /** Cycles from the first operands to the tree's results, at the accumulators' inputs. */
  readonly latency: number;
  /** Bits that the exact sum of one cycle needs. */
  readonly sumWidth: number;
  /** Cells of one pair. */
  readonly estimate: CellCost;
}

/** Register of all operands in front of the slices, so that neither decoders nor broadcast nets end at a DSP block. */
const OPERAND_LATENCY = 1;
/** Register behind the selectors: a selector and the way to a DSP block's operand are too much for one cycle. */
const SELECT_LATENCY = 1;
/** Registers of a slice: operands, pre-adder, product; its sum's register is one more for each slice of the chain. */
const SLICE_LATENCY = 3;
/** Bits of the multiplier's larger operand. */
const OPERAND_BITS = 25;
/** A shift-register LUT delays by up to 32 cycles. */
const LONGEST_CHAIN = 32;

/**
 * @throws ShiftloomError 'unsupported' if two weights of the encoding do not fit one DSP48E1
 */
export function planProcessingElementPair(options: ProcessingElementPairOptions): ProcessingElementPairPlan {
  const { encoding, icLanes, selection, activationBits, activationSigned, accumulatorWidth: modulus } = options;
  if (encoding.encoding === 'csd') throw notDecoded();
  const weights = options.weightRange ?? weightRange(encoding);
  const weightBits = signedWidth(...weights);
  const acts = integerRange(activationBits, activationSigned);
  const packed = selection ? acts : weights;
  const field = fieldOf(packed);
  const product = productRange(acts, weights, false);
  const longest = longestChain(field, product);
  if (longest < 1) throw doesNotFit(options, weightBits);
  const bits = exponentBits(encoding);
  const channels = stepChannels(icLanes, selection);
  const groupLanes = bits > 0 && encoding.encoding === 'bpot' ? sharingLanes(encoding.groupSize, channels, selection) : icLanes;
  const blockLanes = selection?.n ?? 1;
  if (groupLanes % blockLanes !== 0) throw cutsBlocks(options);
  const blocks = groupLanes / blockLanes;
  const laneChains = Math.ceil(blocks / Math.min(longest, LONGEST_CHAIN));
  const chain = Math.ceil(blocks / laneChains);
  const [min, max] = product.map((value) => chain * value);
  const chainWidth = signedWidth(min, max);
  const chainLatency = OPERAND_LATENCY + (selection ? SELECT_LATENCY : 0) + SLICE_LATENCY + chain;
  const count = blockLanes * Math.ceil(blocks / chain);
  const numbers: TreeNumber[] = Array.from({ length: count }, (_, c) => ({
    offset: c * chainWidth, width: Math.min(chainWidth, modulus), low: 0, min, max,
  }));
  const group = bits > 0 ? planGroup(encoding, numbers, count * chainWidth, chainLatency, modulus) : undefined;
  const groups = icLanes / groupLanes;
  const tree = group
    ? planAdderTree(groupNumbers(group.sum, groups), groups * group.sum.width, { results: 2, modulus })
    : planAdderTree(numbers, count * chainWidth, { results: 2, modulus });
  const beforeTree = group ? group.plan.shift.exponentDelay + group.plan.shift.latency : chainLatency;
  const sum = sumOf(tree.results, modulus);
  const plan = {
    ...options,
    channels,
    codeBits: codeBits(encoding),
    weightBits,
    field,
    packedBits: signedWidth(...packed),
    blockLanes,
    chain,
    chains: count,
    lastChain: blocks - (count / blockLanes - 1) * chain,
    chainWidth,
    chainLatency,
    exponentBits: bits,
    groupLanes,
    exponentGroups: bits > 0 ? groups : 0,
    // One cycle less than the group's sum takes: the pair has a register of its own, so that no delay line drives the shifters of all pixels.
    exponentDelay: group ? group.plan.shift.exponentDelay - 1 : 0,
    group: group?.plan,
    tree,
    latency: beforeTree + tree.levels.length,
    sumWidth: sum.low + signedWidth(sum.min, sum.max),
  };
  return deepFreeze({ ...plan, estimate: estimateProcessingElementPair(plan) });
}

/** Smallest and largest weight of an encoding, without a group exponent. */
export function weightRange(encoding: ScalarEncoding): readonly [number, number] {
  const values = representableValues(encoding, 0);
  return [Math.min(0, values[0]), Math.max(0, values[values.length - 1])];
}

/** Cycles that lane l's operands wait, their register included, so that every slice of a chain meets the sum before it and all chains end together. */
export function skewOf(pair: Pick<ProcessingElementPairPlan, 'groupLanes' | 'blockLanes' | 'chain' | 'chains' | 'lastChain'>, lane: number): number {
  const { groupLanes, blockLanes, chain, chains, lastChain } = pair;
  const place = Math.floor((lane % groupLanes) / blockLanes);
  const isLast = Math.floor(place / chain) === chains / blockLanes - 1;
  return OPERAND_LATENCY + (place % chain) + (isLast ? chain - lastChain : 0);
}

/** Weight of each code, as the slices take it; undefined where a code is the weight's two's complement itself. Unused codes give -1 or 0. */
export function decodedWeights(encoding: ScalarEncoding): readonly number[] | undefined {
  if (encoding.encoding === 'uniform') return undefined;
  const bits = codeBits(encoding);
  const weights: number[] = Array.from({ length: 2 ** bits }, (_, code) => (code >= 2 ** (bits - 1) && encoding.encoding !== 'codebook' ? -1 : 0));
  for (const value of representableValues(encoding, 0)) weights[encodeWeight(encoding, value, 0) as number] = value;
  return weights;
}

/** Largest field that the packed weights allow: high * 2^field + low is a number of 25 bits for any two weights. */
function fieldOf([low, high]: readonly [number, number]): number {
  let field = OPERAND_BITS - 1;
  const limit = 2 ** (OPERAND_BITS - 1);
  while (field > 0 && (low * 2 ** field + low < -limit || high * 2 ** field + high >= limit)) field--;
  return field;
}

/** Products whose sum a two's complement field holds, whatever they are. */
function longestChain(field: number, [low, high]: readonly [number, number]): number {
  const half = 2 ** (field - 1);
  return Math.floor(Math.min(low < 0 ? half / -low : Infinity, high > 0 ? (half - 1) / high : Infinity));
}

function notDecoded(): ShiftloomError {
  return new ShiftloomError('unsupported', 'lanes dsp', 'csd weights in pairs', 'Leave dsp out, or compress to bpot, pot, apot, uniform or codebook weights');
}

function cutsBlocks({ encoding, selection }: ProcessingElementPairOptions): ShiftloomError {
  const groupSize = encoding.encoding === 'bpot' ? encoding.groupSize : 0;
  const message = `groups of ${groupSize} channels that share an exponent cut blocks of ${selection?.m} that lanes select from`;
  return new ShiftloomError('unsupported', 'lanes dsp', message, 'Leave dsp out, or compress with a group that is a multiple of the block');
}

function doesNotFit({ encoding, selection, activationBits }: ProcessingElementPairOptions, weightBits: number): ShiftloomError {
  if (selection) {
    const message = `two activations of ${activationBits} bits and a weight of ${weightBits} bits do not fit one DSP48E1`;
    return new ShiftloomError('unsupported', 'lanes dsp', message, 'Leave dsp out');
  }
  return new ShiftloomError(
    'unsupported',
    'lanes dsp',
    `two ${encoding.encoding} weights of ${weightBits} bits and an activation of ${activationBits} bits do not fit one DSP48E1`,
    encoding.encoding === 'uniform' ? 'Leave dsp out and take kind=dsp, one weight in each DSP48E1' : 'Leave dsp out',
  );
}
