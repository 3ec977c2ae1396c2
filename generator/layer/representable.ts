/**
 * Which integers a weight encoding can hold, worked out from the table in `docs/number_formats.md`. Reading checks every
 * weight against these lists; the compressor rounds to them.
 */
import type { Encoding, ScalarEncoding } from './schema.js';

const APOT_MAGNITUDES = [0, 1, 2, 3, 4, 6, 8, 10];
const BPOT_MAGNITUDES = [0, 1, 2, 4];

/**
 * All values of an encoding in ascending order, in units of the smallest digit.
 * @param exponent group exponent, for `bpot` only
 */
export function representableValues(encoding: ScalarEncoding, exponent = 0): Int32Array {
  switch (encoding.encoding) {
    case 'uniform': {
      const half = 2 ** (encoding.bits - 1);
      return Int32Array.from({ length: 2 * half }, (_, i) => i - half);
    }
    case 'pot':
      return bothSigns([0, ...powers(encoding.maxShift)]);
    case 'apot':
      return bothSigns(APOT_MAGNITUDES);
    case 'bpot':
      return bothSigns(BPOT_MAGNITUDES.map((m) => m * 2 ** exponent));
    case 'csd':
      return digitSums(encoding.digits, encoding.maxShift);
    case 'codebook':
      return Int32Array.from(encoding.levels);
  }
}

/** Bits of one stored weight code, group exponents not counted. */
export function codeBits(encoding: ScalarEncoding): number {
  switch (encoding.encoding) {
    case 'uniform':
      return encoding.bits;
    case 'pot':
      return digitBits(encoding.maxShift);
    case 'apot':
      return 4;
    case 'bpot':
      return 3;
    case 'csd':
      return encoding.digits * digitBits(encoding.maxShift);
    case 'codebook':
      return bitsFor(encoding.levels.length);
  }
}

/** Bits of one `bpot` group exponent; 0 if it takes one value only. */
export function exponentBits(maxExponent: number): number {
  return bitsFor(maxExponent + 1);
}

/**
 * Codes that a layer's weights need: all of them, or with n:m structure n for each block of m input channels, each with its selection.
 * @param weights number of weights, zeros included
 */
export function storedCodes(
  weights: number, groupInChannels: number, sparsity?: { readonly n: number; readonly m: number },
): { readonly count: number; readonly selectionBits: number } {
  if (!sparsity) return { count: weights, selectionBits: 0 };
  const { n, m } = sparsity;
  const perRow = Math.floor(groupInChannels / m) * n + Math.min(n, groupInChannels % m);
  return { count: (weights / groupInChannels) * perRow, selectionBits: bitsFor(m - n + 1) };
}

/** Groups of a `bpot` channel at each kernel position. */
export function groupCount(groupInChannels: number, groupSize: number): number {
  return Math.ceil(groupInChannels / groupSize);
}

/** Whether the encoding spells each weight by itself: every one but `cp` and `block_permuted`. */
export function isScalar(encoding: Encoding): encoding is ScalarEncoding {
  return encoding.encoding !== 'cp' && encoding.encoding !== 'block_permuted';
}

/** The allowed values around `value`: itself if allowed, otherwise its neighbours below and above, as far as they exist. */
export function nearestValues(values: Int32Array, value: number): number[] {
  const above = values.findIndex((v) => v >= value);
  if (above < 0) return [values[values.length - 1]];
  if (values[above] === value || above === 0) return [values[above]];
  return [values[above - 1], values[above]];
}

/** What an encoding allows, for messages: `0, +-1, +-2, +-4, ... +-64`. */
export function valuesText(encoding: ScalarEncoding, exponent = 0): string {
  switch (encoding.encoding) {
    case 'uniform':
      return `integers ${-(2 ** (encoding.bits - 1))}..${2 ** (encoding.bits - 1) - 1}`;
    case 'pot':
      return `0 and +-2^k with k = 0..${encoding.maxShift}`;
    case 'apot':
      return `+-{${APOT_MAGNITUDES.join(', ')}}`;
    case 'bpot':
      return `{0, +-1, +-2, +-4} * 2^${exponent} (its group's exponent)`;
    case 'csd':
      return `sums of up to ${encoding.digits} signed powers of two 2^k with k = 0..${encoding.maxShift}`;
    case 'codebook':
      return `the ${encoding.levels.length} levels of the codebook`;
  }
}

/** Sign, and a magnitude code that also has room for zero. */
function digitBits(maxShift: number): number {
  return 1 + bitsFor(maxShift + 2);
}

function bitsFor(count: number): number {
  return Math.ceil(Math.log2(count));
}

function powers(maxShift: number): number[] {
  return Array.from({ length: maxShift + 1 }, (_, k) => 2 ** k);
}

function bothSigns(magnitudes: readonly number[]): Int32Array {
  const values = new Set(magnitudes.flatMap((m) => [m, m === 0 ? 0 : -m]));
  return Int32Array.from(values).sort();
}

/** All sums of up to `digits` signed powers of two up to 2^maxShift. */
function digitSums(digits: number, maxShift: number): Int32Array {
  const reach = digits * 2 ** maxShift;
  const found = new Uint8Array(2 * reach + 1);
  let latest = [0];
  found[reach] = 1;
  for (let digit = 0; digit < digits; digit++) {
    const next: number[] = [];
    for (const value of latest) {
      for (const power of powers(maxShift)) {
        for (const sum of [value + power, value - power]) {
          if (found[reach + sum]) continue;
          found[reach + sum] = 1;
          next.push(sum);
        }
      }
    }
    latest = next;
  }
  const values: number[] = [];
  for (let i = 0; i < found.length; i++) if (found[i]) values.push(i - reach);
  return Int32Array.from(values);
}
