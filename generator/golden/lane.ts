/**
 * Meaning of weight codes, by the table in docs/number_formats.md. Only decoding; the encoder belongs to the planner, and
 * each checks the other.
 */
import { ShiftloomError } from '../errors.js';
import type { ScalarEncoding } from '../layer/schema.js';

/** Encodings whose codes spell signed powers of two; the others are a number or an index. */
export type DigitEncoding = Extract<ScalarEncoding, { encoding: 'pot' | 'apot' | 'bpot' | 'csd' }>;

/** One signed power of two, `negative ? -2^shift : 2^shift`. */
export interface Term {
  readonly negative: boolean;
  readonly shift: number;
}

/** Bits of one code, for `bpot` without the group exponent. */
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
      return bitsFor(encoding.levels.length);
  }
}

/** Bits of a `bpot` group exponent; 0 if the only exponent is 0. */
export function exponentBits(maxExponent: number): number {
  return bitsFor(maxExponent + 1);
}

/**
 * The integer weight that `code` stands for, `bpot` with its group exponent applied.
 * Throws `check` for a code that the table does not have, a zero with its sign set among them.
 */
export function weightOfCode(encoding: ScalarEncoding, code: number, exponent = 0): number {
  if (encoding.encoding === 'uniform') {
    checkCode(encoding, code);
    return code >= 2 ** (encoding.bits - 1) ? code - 2 ** encoding.bits : code;
  }
  if (encoding.encoding === 'codebook') {
    checkCode(encoding, code);
    return encoding.levels[code];
  }
  const sum = termsOfCode(encoding, code).reduce((total, { negative, shift }) => total + (negative ? -1 : 1) * 2 ** shift, 0);
  return sum * 2 ** exponent;
}

/** The signed powers of two that a code spells, lowest digit first, zeros left out and without the group exponent. */
export function termsOfCode(encoding: DigitEncoding, code: number): Term[] {
  checkCode(encoding, code);
  switch (encoding.encoding) {
    case 'pot':
      return potTerm(encoding, code, encoding.maxShift);
    case 'apot':
      return apotTerms(encoding, code);
    case 'bpot':
      return bpotTerm(encoding, code);
    case 'csd': {
      const bits = potBits(encoding.maxShift);
      const digits = Array.from({ length: encoding.digits }, (_, d) => Math.floor(code / 2 ** (d * bits)) % 2 ** bits);
      return digits.flatMap((digit) => potTerm(encoding, digit, encoding.maxShift));
    }
  }
}

/** Smallest number of bits that count `values` values. */
function bitsFor(values: number): number {
  let bits = 0;
  while (2 ** bits < values) bits++;
  return bits;
}

/** Sign and magnitude bits of one power-of-two digit: maxShift + 1 shifts and the zero. */
function potBits(maxShift: number): number {
  return 1 + bitsFor(maxShift + 2);
}

function checkCode(encoding: ScalarEncoding, code: number): void {
  const codes = encoding.encoding === 'codebook' ? encoding.levels.length : 2 ** codeBits(encoding);
  if (!Number.isInteger(code) || code < 0 || code >= codes) throw notACode(encoding, code, `not in 0..${codes - 1}`);
}

function notACode(encoding: ScalarEncoding, code: number, why: string): ShiftloomError {
  return new ShiftloomError('check', `${encoding.encoding} code`, `${code} is ${why}`);
}

function potTerm(encoding: ScalarEncoding, digit: number, maxShift: number): Term[] {
  const signWeight = 2 ** (potBits(maxShift) - 1);
  const negative = digit >= signWeight;
  const magnitude = digit % signWeight;
  if (magnitude === signWeight - 1) {
    if (negative) throw notACode(encoding, digit, 'a zero with its sign set');
    return [];
  }
  if (magnitude > maxShift) throw notACode(encoding, digit, `a shift of ${magnitude} beyond maxShift ${maxShift}`);
  return [{ negative, shift: magnitude }];
}

/** sign, h (2 bits), b. A = {0, 2, 4, 8}[h]; B = b ? (h[1] ? 2 : 1) : 0. */
function apotTerms(encoding: ScalarEncoding, code: number): Term[] {
  const negative = code >= 8;
  const h = (code >> 1) & 3;
  const b = code & 1;
  const terms: Term[] = [];
  if (h > 0) terms.push({ negative, shift: h });
  if (b === 1) terms.push({ negative, shift: h >= 2 ? 1 : 0 });
  if (negative && terms.length === 0) throw notACode(encoding, code, 'a zero with its sign set');
  return terms;
}

/** sign, m (2 bits): 0 = zero, 1, 2, 3 = 1, 2, 4. */
function bpotTerm(encoding: ScalarEncoding, code: number): Term[] {
  const negative = code >= 4;
  const m = code & 3;
  if (m > 0) return [{ negative, shift: m - 1 }];
  if (negative) throw notACode(encoding, code, 'a zero with its sign set');
  return [];
}
