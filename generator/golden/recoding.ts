/** Recoding of exact sums to the encodings of the lanes, docs/number_formats.md, section "Recoding". */
import type { CpEncoding } from '../layer/schema.js';

type Recode = CpEncoding['recode'];

export interface RecodedGroup {
  readonly weights: readonly number[];
  /** The exponent of a `bpot` group; 0 for other encodings. */
  readonly exponent: number;
}

/**
 * The weights of sums that share an exponent (for other encodings than `bpot` of any sums of one output channel).
 * @param sums integers of the magnitude below 2^52
 * @param shift u: sums are counted in units of 2^u
 */
export function recodeGroup(recode: Recode, sums: ArrayLike<number>, shift: number): RecodedGroup {
  const all = Array.from(sums);
  if (recode.encoding !== 'bpot') return { weights: all.map((sum) => signed(sum, recodeMagnitude(recode, Math.abs(sum), shift))), exponent: 0 };
  const highest = Math.max(...all.map((sum) => nearestPower(Math.abs(sum), shift)));
  const exponent = Math.max(0, Math.min(recode.maxExponent, highest - 2));
  const weights = all.map((sum) => {
    const size = Math.abs(sum);
    if (leadingOne(size) - shift < exponent - 1) return 0;
    return signed(sum, 2 ** Math.min(Math.max(nearestPower(size, shift), exponent), exponent + 2));
  });
  return { weights, exponent };
}

function recodeMagnitude(recode: Exclude<Recode, { encoding: 'bpot' }>, size: number, shift: number): number {
  switch (recode.encoding) {
    case 'pot':
      // Half a unit or more: the leading one is at -1 or above.
      return leadingOne(size) - shift < -1 ? 0 : 2 ** Math.min(Math.max(nearestPower(size, shift), 0), recode.maxShift);
    case 'apot':
      return APOT_MAGNITUDES[APOT_THRESHOLDS.filter((threshold) => threshold <= Math.floor((2 * size) / 2 ** shift)).length];
    case 'uniform':
      return Math.min(roundHalfUp(size, shift), 2 ** (recode.bits - 1) - 1);
    case 'csd':
      return highestDigits(Math.min(roundHalfUp(size, shift), 2 ** recode.maxShift), recode.digits);
  }
}

const APOT_THRESHOLDS = [1, 3, 5, 7, 10, 14, 18];
const APOT_MAGNITUDES = [0, 1, 2, 3, 4, 6, 8, 10];

function signed(sum: number, magnitude: number): number {
  return sum < 0 && magnitude !== 0 ? -magnitude : magnitude;
}

/** floor(log2 size), exactly; minus infinity for zero. */
export function leadingOne(size: number): number {
  if (size === 0) return -Infinity;
  return size < 2 ** 32 ? 31 - Math.clz32(size) : 63 - Math.clz32(Math.floor(size / 2 ** 32));
}

/** k: exponent of the power of two nearest to size / 2^shift, ties up; minus infinity for zero. */
export function nearestPower(size: number, shift: number): number {
  const leading = leadingOne(size);
  const next = leading >= 1 && Math.floor(size / 2 ** (leading - 1)) === 3 ? 1 : 0;
  return leading + next - shift;
}

function roundHalfUp(size: number, shift: number): number {
  return shift === 0 ? size : Math.floor((size + 2 ** (shift - 1)) / 2 ** shift);
}

/** Value of the `count` highest digits of the non-adjacent form. */
function highestDigits(value: number, count: number): number {
  const digits: number[] = [];
  for (let rest = value, power = 1; rest !== 0; rest /= 2, power *= 2) {
    if (rest % 2 === 0) continue;
    // A run of ones is spelled from its end: 3 mod 4 takes the digit -1.
    const digit = rest % 4 === 3 ? -1 : 1;
    digits.push(digit * power);
    rest -= digit;
  }
  return digits.slice(-count).reduce((sum, digit) => sum + digit, 0);
}
