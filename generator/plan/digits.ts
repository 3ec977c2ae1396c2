/** Spelling of integers in signed powers of two. */

/** One signed power of two: sign * 2^shift. */
export interface Digit {
  readonly sign: 1 | -1;
  readonly shift: number;
}

/**
 * Spells `value` in the fewest signed powers of two with shifts 0..maxShift, lowest first: the non-adjacent form where that stays in
 * range, otherwise (its top digit is one place too high) the fewest digits that do. Empty for 0.
 * @returns undefined if `maxDigits` digits are not enough
 */
export function minimalDigits(value: number, maxShift: number, maxDigits: number): readonly Digit[] | undefined {
  const canonical = nonAdjacentForm(value);
  if (canonical.length > maxDigits) return undefined;
  if (canonical.every((digit) => digit.shift <= maxShift)) return canonical;
  return fewestDigits(value, 0, maxShift, maxDigits);
}

/** Canonical signed-digit form of any integer, lowest power first. It has the fewest digits of all spellings. */
export function nonAdjacentForm(value: number): readonly Digit[] {
  const digits: Digit[] = [];
  let rest = value;
  for (let shift = 0; rest !== 0; shift++) {
    if (rest % 2 !== 0) {
      const sign = (((rest % 4) + 4) % 4) === 1 ? 1 : -1;
      digits.push({ sign, shift });
      rest -= sign;
    }
    rest /= 2;
  }
  return digits;
}

/** Radix-4 digits -2..2 of a two's complement number of `bits` bits, lowest first: value = sum of digit[j] * 4^j (Booth recoding). */
export function boothDigits(value: number, bits: number): readonly number[] {
  const bit = (i: number) => (i < 0 ? 0 : Math.floor(value / 2 ** Math.min(i, bits - 1)) & 1);
  return Array.from({ length: Math.ceil(bits / 2) }, (_, j) => bit(2 * j - 1) + bit(2 * j) - 2 * bit(2 * j + 1));
}

/** Search place by place: an odd rest needs a digit of either sign here; at the top place only repeated digits are left. */
function fewestDigits(rest: number, shift: number, maxShift: number, maxDigits: number): readonly Digit[] | undefined {
  if (rest === 0) return [];
  if (maxDigits === 0) return undefined;
  if (shift === maxShift) {
    const sign = rest > 0 ? 1 : -1;
    return Math.abs(rest) <= maxDigits ? Array.from({ length: Math.abs(rest) }, () => ({ sign, shift }) as const) : undefined;
  }
  if (rest % 2 === 0) return fewestDigits(rest / 2, shift + 1, maxShift, maxDigits);
  let best: readonly Digit[] | undefined;
  for (const sign of [1, -1] as const) {
    const higher = fewestDigits((rest - sign) / 2, shift + 1, maxShift, maxDigits - 1);
    if (higher && (best === undefined || higher.length + 1 < best.length)) best = [{ sign, shift }, ...higher];
  }
  return best;
}
