/**
 * Golden requantization, docs/number_formats.md:
 * `y = clamp(((acc * multiplier + round) >> shift) + zy, low, high)`, halves towards plus infinity. Exact for every
 * accumulator that is a safe integer.
 */

export interface RequantizeParameters {
  /** (outChannels): unsigned multipliers of at most 17 bits. */
  readonly multiplier: Int32Array;
  /** (outChannels): shifts, 0..47. */
  readonly shift: Int32Array;
  readonly zeroPoint: number;
  /** Smallest and largest output value, activation included. */
  readonly bounds: readonly [number, number];
}

/** (..., outChannels) accumulators to outputs of the same shape. */
export function requantizeValues(accumulators: Float64Array, parameters: RequantizeParameters): Int32Array {
  const { multiplier, shift, zeroPoint, bounds } = parameters;
  const [low, high] = bounds;
  const outputs = new Int32Array(accumulators.length);
  const channels = multiplier.length;
  for (let i = 0, o = 0; i < outputs.length; i++) {
    const y = scaleAccumulator(accumulators[i], multiplier[o], shift[o]) + zeroPoint;
    outputs[i] = y < low ? low : y > high ? high : y;
    if (++o === channels) o = 0;
  }
  return outputs;
}

/**
 * `(acc * multiplier + round) >> shift`, before zero point and clamp. A double holds the product exactly up to 2^53,
 * and dividing by a power of two is exact; only larger products need BigInt. A result beyond 2^53 is returned
 * as the nearest double, which no clamp to 16 bits can tell from the exact one.
 */
export function scaleAccumulator(accumulator: number, multiplier: number, shift: number): number {
  const round = shift > 0 ? 2 ** (shift - 1) : 0;
  const product = accumulator * multiplier;
  if (Math.abs(product) + round <= Number.MAX_SAFE_INTEGER) return Math.floor((product + round) / 2 ** shift);
  return Number((BigInt(accumulator) * BigInt(multiplier) + BigInt(round)) >> BigInt(shift));
}
