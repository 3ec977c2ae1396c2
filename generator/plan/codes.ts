/**
 * Weight codes as the lanes read them (docs/number_formats.md, table "Weights"), and what "never negate" leaves to be added.
 * The golden model decodes the same table in its own words; each checks the other.
 */
import { ShiftloomError } from '../errors.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { laneTerms } from './digit_slots.js';
import { minimalDigits, type Digit } from './digits.js';

export { minimalDigits, type Digit } from './digits.js';

/** Where a lane is built: of LUTs, or around one DSP48E1 multiplier (`uniform` only). */
export type LaneKind = 'lut' | 'dsp';

/** apot magnitudes in the order of their code (h, b). */
const APOT_MAGNITUDES = [0, 1, 2, 3, 4, 6, 8, 10] as const;

/** Bits of one weight code; `bpot` without its group exponent. */
export function codeBits(encoding: ScalarEncoding): number {
  switch (encoding.encoding) {
    case 'uniform':
      return encoding.bits;
    case 'pot':
      return potBits(encoding.maxShift);
    case 'apot':
      return 4;
    case 'bpot':
      return 3;
    case 'csd':
      return encoding.digits * potBits(encoding.maxShift);
    case 'codebook':
      return Math.max(1, bitsToCount(encoding.levels.length));
  }
}

/** Bits of a group exponent; 0 for every encoding but `bpot`, and for a `bpot` whose only exponent is 0. */
export function exponentBits(encoding: ScalarEncoding): number {
  return encoding.encoding === 'bpot' ? bitsToCount(encoding.maxExponent + 1) : 0;
}

/** Bits of a `pot` code, also of one digit of a `csd` code: the sign and a magnitude that counts maxShift + 1 shifts and the zero. */
export function potBits(maxShift: number): number {
  return 1 + bitsToCount(maxShift + 2);
}

/**
 * The code of an integer weight, as a non-negative integer; undefined if the encoding does not have the value.
 * @param value the full weight, for `bpot` including 2^exponent
 * @param exponent group exponent of `bpot`; ignored by all others
 */
export function encodeWeight(encoding: ScalarEncoding, value: number, exponent = 0): number | undefined {
  switch (encoding.encoding) {
    case 'uniform': {
      const half = 2 ** (encoding.bits - 1);
      return value >= -half && value < half ? (value + 2 * half) % (2 * half) : undefined;
    }
    case 'pot':
      return encodeDigits(minimalDigits(value, encoding.maxShift, 1), 1, encoding.maxShift);
    case 'apot': {
      const magnitude = APOT_MAGNITUDES.findIndex((m) => m === Math.abs(value));
      return magnitude < 0 ? undefined : magnitude + (value < 0 ? 8 : 0);
    }
    case 'bpot': {
      if (exponent < 0 || exponent > encoding.maxExponent) return undefined;
      const magnitude = [0, 1, 2, 4].indexOf(Math.abs(value) / 2 ** exponent);
      return magnitude < 0 ? undefined : magnitude + (value < 0 ? 4 : 0);
    }
    case 'csd':
      return encodeDigits(minimalDigits(value, encoding.maxShift, encoding.digits), encoding.digits, encoding.maxShift);
    case 'codebook': {
      const index = encoding.levels.indexOf(value);
      return index < 0 ? undefined : index;
    }
  }
}

/**
 * What the hardware's sum falls short by for one use of this weight, whatever the activation is: each inverted term is one
 * unit of its lowest bit too small. Independent of the activation; add it to the bias once for each weight of the output channel.
 * @throws ShiftloomError('input') if the encoding does not have the value
 */
export function negativeCorrection(encoding: ScalarEncoding, lane: LaneKind, value: number, exponent = 0): number {
  if (encodeWeight(encoding, value, exponent) === undefined) {
    throw new ShiftloomError('input', `weight ${value}`, `is not a value of encoding ${encoding.encoding} (exponent ${exponent})`);
  }
  if (lane === 'dsp') return 0;
  if (encoding.encoding === 'apot') return value < 0 ? 1 : 0;
  return laneTerms(encoding, value, exponent).reduce((sum, term) => sum + (term.negative ? 2 ** term.low : 0), 0);
}

/** `slots` pot codes side by side, first digit lowest; digits that are not needed are zero (all ones, sign 0). */
function encodeDigits(digits: readonly Digit[] | undefined, slots: number, maxShift: number): number | undefined {
  if (digits === undefined) return undefined;
  const bits = potBits(maxShift);
  const signWeight = 2 ** (bits - 1);
  let code = 0;
  for (let slot = slots - 1; slot >= 0; slot--) {
    const digit = digits[slot];
    code = code * 2 ** bits + (digit ? digit.shift + (digit.sign < 0 ? signWeight : 0) : signWeight - 1);
  }
  return code;
}

/** Smallest number of bits that count `values` values. */
function bitsToCount(values: number): number {
  return Math.ceil(Math.log2(values));
}
