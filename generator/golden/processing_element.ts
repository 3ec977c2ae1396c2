/**
 * What a processing element must hold: the sum of its lanes with "never negate" (docs/number_formats.md), and the folded bias that
 * makes the sum the accumulator again. Sums are modulo 2^width, given as two's complement values of that width.
 */
import { ShiftloomError } from '../errors.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { termsOfCode, weightOfCode } from './lane.js';
import type { Term } from './lane.js';

/** Where a lane is built: of LUTs, term by term, or one DSP48E1 multiplication (`uniform` only). */
export type LaneKind = 'lut' | 'dsp';

/** The weights of one output channel as the lanes take them. */
export interface LaneWeights {
  readonly encoding: ScalarEncoding;
  readonly lane: LaneKind;
  readonly codes: ArrayLike<number>;
  /** `bpot`: the group exponent of each code. */
  readonly exponents?: ArrayLike<number>;
}

/** One lane: the sum over its terms, `~v` in place of `-v`; the group exponent is not applied. `activation` is raw, zero point included. */
export function laneOutput(encoding: ScalarEncoding, lane: LaneKind, code: number, activation: number): number {
  if (lane === 'dsp') {
    checkDsp(encoding);
    return weightOfCode(encoding, code) * activation;
  }
  return termsOfCode(encoding, code).reduce((sum, term) => sum + termOutput(term, activation), 0);
}

/**
 * Sum of all lanes' outputs, group exponents applied, modulo 2^width; bias not included.
 * `activations` are raw values, one for each code (padding gives the zero point).
 */
export function processingElementSum(weights: LaneWeights, activations: ArrayLike<number>, width: number): number {
  let sum = 0n;
  for (let i = 0; i < weights.codes.length; i++) {
    const output = laneOutput(weights.encoding, weights.lane, weights.codes[i], activations[i]);
    sum += BigInt(output) << BigInt(weights.exponents?.[i] ?? 0);
  }
  return Number(BigInt.asIntN(width, sum));
}

/** `bias - zx * sum(w) + sum over negative terms of 2^e`: the constant that the accumulator of the output channel starts from. */
export function foldedBias(weights: LaneWeights, bias: number, zeroPoint: number): number {
  let folded = bias;
  for (let i = 0; i < weights.codes.length; i++) {
    const exponent = weights.exponents?.[i] ?? 0;
    folded -= zeroPoint * weightOfCode(weights.encoding, weights.codes[i], exponent);
    folded += negativeTerms(weights, weights.codes[i]) * 2 ** exponent;
  }
  return folded;
}

function termOutput(term: Term, activation: number): number {
  const shifted = activation * 2 ** term.shift;
  return term.negative ? -shifted - 1 : shifted;
}

function negativeTerms(weights: LaneWeights, code: number): number {
  if (weights.lane === 'dsp') {
    checkDsp(weights.encoding);
    return 0;
  }
  return termsOfCode(weights.encoding, code).filter((term) => term.negative).length;
}

function checkDsp(encoding: ScalarEncoding): void {
  if (encoding.encoding === 'uniform') return;
  throw new ShiftloomError('unsupported', 'lane', `encoding ${encoding.encoding} in a DSP lane`, 'DSP lanes take uniform weights');
}
