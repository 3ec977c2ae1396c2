/** One output value from one sum, as `docs/number_formats.md` has it under Requantization. */

/**
 * clamp(((sum * multiplier + round) >> shift) + zeroPoint, low, high), exact.
 * @param sum accumulator with bias, an exact integer
 */
export function requantized(sum: number, multiplier: number, shift: number, zeroPoint: number, [low, high]: readonly [number, number]): number {
  const round = shift > 0 ? 2 ** (shift - 1) : 0;
  const product = sum * multiplier + round;
  const scaled = Number.isSafeInteger(product)
    ? Math.floor(product / 2 ** shift)
    : Number((BigInt(sum) * BigInt(multiplier) + BigInt(round)) >> BigInt(shift));
  return Math.min(high, Math.max(low, scaled + zeroPoint));
}
