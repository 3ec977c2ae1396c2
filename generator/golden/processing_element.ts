/**
 * What a processing element must hold, and the folded bias that makes it the accumulator again (docs/number_formats.md, "Accumulation").
 *
 * A lane that gives `~v` for `-v` leaves its sum short by a constant of its codes. How many terms a code has in a lane is a choice of
 * the hardware, so the shortfall is a parameter here; whatever it is, sum plus folded bias is the accumulator.
 */
import type { ScalarEncoding } from '../layer/schema.js';
import { weightOfCode } from './lane.js';

/** Weights of one output channel, or some of them, as the lanes take them. */
export interface CodedWeights {
  readonly encoding: ScalarEncoding;
  readonly codes: ArrayLike<number>;
  /** `bpot`: the group exponent of each code. */
  readonly exponents?: ArrayLike<number>;
}

/**
 * Sum over lanes of weight times activation, less `shortfall`, modulo 2^width as a two's complement value; bias not included.
 * `activations` are raw, one for each code (padding gives the zero point). `shortfall`: what the complemented terms of these
 * codes leave missing, a power of two for each; 0 for exact lanes.
 */
export function processingElementSum(weights: CodedWeights, activations: ArrayLike<number>, width: number, shortfall = 0): number {
  let sum = BigInt(-shortfall);
  for (let i = 0; i < weights.codes.length; i++) sum += BigInt(weightAt(weights, i)) * BigInt(activations[i]);
  return Number(BigInt.asIntN(width, sum));
}

/**
 * `bias - zeroPoint * sum(w) + shortfall`: the constant that the output channel's accumulator starts from. The codes and the
 * shortfall are those of the whole output channel.
 */
export function foldedBias(weights: CodedWeights, bias: number, zeroPoint: number, shortfall = 0): number {
  let sum = 0;
  for (let i = 0; i < weights.codes.length; i++) sum += weightAt(weights, i);
  return bias - zeroPoint * sum + shortfall;
}

function weightAt(weights: CodedWeights, i: number): number {
  return weightOfCode(weights.encoding, weights.codes[i], weights.exponents?.[i] ?? 0);
}
