import { describe, expect, test } from 'vitest';
import { codeBits, exponentBits, termsOfCode, weightOfCode } from '../../generator/golden/lane.js';
import type { DigitEncoding } from '../../generator/golden/lane.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const pot = (maxShift: number): DigitEncoding => ({ encoding: 'pot', maxShift });
const csd = (digits: number, maxShift: number): DigitEncoding => ({ encoding: 'csd', digits, maxShift });
const uniform = (bits: number): ScalarEncoding => ({ encoding: 'uniform', bits });
const bpot: DigitEncoding = { encoding: 'bpot', groupSize: 16, maxExponent: 3 };
const apot: DigitEncoding = { encoding: 'apot' };
const codebook: ScalarEncoding = { encoding: 'codebook', levels: [-20, 0, 7] };

describe('weight codes', () => {
  test.each([
    { encoding: uniform(2), bits: 2 },
    { encoding: uniform(8), bits: 8 },
    { encoding: pot(0), bits: 2 },
    { encoding: pot(2), bits: 3 },
    { encoding: pot(3), bits: 4 },
    { encoding: pot(6), bits: 4 },
    { encoding: pot(7), bits: 5 },
    { encoding: apot, bits: 4 },
    { encoding: bpot, bits: 3 },
    { encoding: csd(2, 6), bits: 8 },
    { encoding: csd(4, 14), bits: 20 },
    { encoding: codebook, bits: 2 },
    { encoding: { encoding: 'codebook', levels: [1, 2] } as ScalarEncoding, bits: 1 },
  ])('$encoding takes $bits bits', ({ encoding, bits }) => {
    expect(codeBits(encoding)).toBe(bits);
  });

  test('a group exponent takes ceil(log2(maxExponent + 1)) bits', () => {
    expect([0, 1, 2, 3, 4, 7].map(exponentBits)).toEqual([0, 1, 2, 2, 3, 3]);
  });

  test.each([
    { encoding: uniform(4), code: 0b1000, weight: -8 },
    { encoding: uniform(4), code: 0b0111, weight: 7 },
    { encoding: uniform(8), code: 0xff, weight: -1 },
    { encoding: pot(6), code: 0b0_110, weight: 64 },
    { encoding: pot(6), code: 0b1_000, weight: -1 },
    { encoding: pot(6), code: 0b0_111, weight: 0 },
    { encoding: pot(0), code: 0b1_0, weight: -1 },
    { encoding: pot(0), code: 0b0_1, weight: 0 },
    { encoding: apot, code: 0b0_11_1, weight: 10 },
    { encoding: apot, code: 0b1_10_1, weight: -6 },
    { encoding: apot, code: 0b0_01_1, weight: 3 },
    { encoding: apot, code: 0b1_00_1, weight: -1 },
    { encoding: apot, code: 0b0_00_0, weight: 0 },
    { encoding: csd(2, 6), code: 0b0110_1100, weight: -16 + 64 },
    { encoding: csd(2, 6), code: 0b0111_0111, weight: 0 },
    { encoding: csd(3, 6), code: 0b0110_0101_0100, weight: 112 },
    { encoding: codebook, code: 0, weight: -20 },
    { encoding: codebook, code: 2, weight: 7 },
  ])('$encoding.encoding code $code is $weight', ({ encoding, code, weight }) => {
    expect(weightOfCode(encoding, code)).toBe(weight);
  });

  test('bpot applies the group exponent', () => {
    expect([0b0_11, 0b1_01, 0b0_00].map((code) => weightOfCode(bpot, code, 3))).toEqual([32, -8, 0]);
  });

  test.each([
    { encoding: uniform(4), codes: 16, values: 16 },
    { encoding: pot(6), codes: 15, values: 15 },
    { encoding: pot(4), codes: 11, values: 11 },
    { encoding: apot, codes: 15, values: 15 },
    { encoding: bpot, codes: 7, values: 7 },
    { encoding: codebook, codes: 3, values: 3 },
    { encoding: csd(2, 2), codes: 49, values: 15 },
  ])('$encoding has $codes codes and $values values', ({ encoding, codes, values }) => {
    const legal: number[] = [];
    for (let code = 0; code < 2 ** codeBits(encoding); code++) {
      try {
        legal.push(weightOfCode(encoding, code));
      } catch {
        // Not a code of the table.
      }
    }
    expect(legal.length).toBe(codes);
    expect(new Set(legal).size).toBe(values);
  });

  test('the values of apot are those of the table', () => {
    const codes = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15];
    expect(codes.map((code) => weightOfCode(apot, code)).sort((a, b) => a - b)).toEqual([
      -10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10,
    ]);
  });

  test.each([
    { encoding: pot(6), code: 0b1_111, message: 'pot code: 15 is a zero with its sign set' },
    { encoding: apot, code: 0b1_00_0, message: 'apot code: 8 is a zero with its sign set' },
    { encoding: bpot, code: 0b1_00, message: 'bpot code: 4 is a zero with its sign set' },
    { encoding: pot(4), code: 0b0_101, message: 'pot code: 5 is a shift of 5 beyond maxShift 4' },
    { encoding: codebook, code: 3, message: 'codebook code: 3 is not in 0..2' },
    { encoding: uniform(4), code: 16, message: 'uniform code: 16 is not in 0..15' },
    { encoding: csd(2, 6), code: 0b1111_0000, message: 'csd code: 15 is a zero with its sign set' },
  ])('$message', ({ encoding, code, message }) => {
    expect(() => weightOfCode(encoding, code)).toThrow(message);
  });
});

describe('terms of a code', () => {
  test.each([
    { encoding: pot(6), code: 0b1_101, terms: '-5' },
    { encoding: pot(6), code: 0b0_111, terms: '' },
    { encoding: apot, code: 0b1_11_1, terms: '-3 -1' },
    { encoding: apot, code: 0b0_00_1, terms: '+0' },
    { encoding: bpot, code: 0b1_11, terms: '-2' },
    { encoding: csd(3, 6), code: 0b0111_0110_1100, terms: '-4 +6' },
  ])('$encoding.encoding code $code is "$terms"', ({ encoding, code, terms }) => {
    const spelled = termsOfCode(encoding, code).map(({ negative, shift }) => `${negative ? '-' : '+'}${shift}`);
    expect(spelled.join(' ')).toBe(terms);
  });
});
