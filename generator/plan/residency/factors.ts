/**
 * Factors of a layer's weights in the memories of a reconstruction unit: how many of what rank, in how many words, and how long the unit takes.
 * `S[o,i,k] = sum_r a[r,o] b[r,i] c[r,k]` (docs/number_formats.md); the unit multiplies U_R ranks of U_O output and U_I input channels in a cycle,
 * so a word of its memories holds U_R x U_O, U_R x U_I and U_R factors.
 */
import { weightsOf, type ConvolutionShape } from './networks.js';

/** Lanes of a reconstruction unit: ranks x output channels x input channels in a cycle. */
export interface UnitLanes {
  readonly ranks: number;
  readonly outputs: number;
  readonly inputs: number;
}

/** The memories of a unit that hold factors. */
export const FACTOR_MEMORIES = ['output', 'input', 'kernel'] as const;
export type FactorMemory = (typeof FACTOR_MEMORIES)[number];

/** Factors of one rank: a 1x1 layer is a matrix and has none for the kernel. */
export function factorsPerRank({ inChannels, outChannels, kernel }: ConvolutionShape): number {
  return outChannels + inChannels + (kernel > 1 ? kernel ** 2 : 0);
}

/** The rank from which on every tensor of a shape can be written exactly: the product of its sides but the largest. */
export function fullRank({ inChannels, outChannels, kernel }: ConvolutionShape): number {
  const sides = kernel > 1 ? [outChannels, inChannels, kernel ** 2] : [outChannels, inChannels];
  return sides.reduce((a, b) => a * b) / Math.max(...sides);
}

/**
 * The largest rank at which a layer has at most 1 / `ratio` as many factors as weights, rounded to the nearest whole words of the unit's memories, at least one
 * word and no more than every tensor of the shape needs.
 */
export function rankAt(shape: ConvolutionShape, ratio: number, { ranks }: UnitLanes): number {
  const wanted = weightsOf(shape) / (ratio * factorsPerRank(shape));
  const most = Math.ceil(fullRank(shape) / ranks) * ranks;
  return Math.min(most, Math.max(ranks, Math.round(wanted / ranks) * ranks));
}

/** Words of each memory that a layer's factors fill. */
export function factorWords({ inChannels, outChannels, kernel }: ConvolutionShape, rank: number, { ranks, outputs, inputs }: UnitLanes): Record<FactorMemory, number> {
  const rounds = Math.ceil(rank / ranks);
  return { output: rounds * Math.ceil(outChannels / outputs), input: rounds * Math.ceil(inChannels / inputs), kernel: kernel > 1 ? rounds * kernel ** 2 : 0 };
}

/**
 * Cycles in which a unit rebuilds the weights of so many output channels of a layer. Finished sums leave it one input channel after the other, so no sub-block
 * takes fewer cycles than it has of these.
 */
export function rebuildCycles({ inChannels, kernel }: ConvolutionShape, channels: number, rank: number, { ranks, outputs, inputs }: UnitLanes): number {
  return Math.max(Math.ceil(rank / ranks), inputs) * Math.ceil(channels / outputs) * Math.ceil(inChannels / inputs) * kernel ** 2;
}
