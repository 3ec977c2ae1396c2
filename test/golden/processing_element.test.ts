import { describe, expect, test } from 'vitest';
import { foldedBias, processingElementSum } from '../../generator/golden/processing_element.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const pot: ScalarEncoding = { encoding: 'pot', maxShift: 6 };
const bpot: ScalarEncoding = { encoding: 'bpot', groupSize: 2, maxExponent: 3 };

describe('processing element', () => {
  test.each([
    { name: 'products add up', codes: [0b0_011, 0b1_001], x: [5, 3], width: 16, shortfall: 0, want: 34 },
    { name: 'the shortfall of one complement is missing', codes: [0b0_011, 0b1_001], x: [5, 3], width: 16, shortfall: 1, want: 33 },
    { name: 'a zero code adds nothing', codes: [0b0_111], x: [255], width: 16, shortfall: 0, want: 0 },
    { name: 'a complement of zero is -1', codes: [0b1_110], x: [0], width: 16, shortfall: 1, want: -1 },
    { name: 'a sum wraps at the width', codes: [0b0_110, 0b0_110], x: [1, 1], width: 8, shortfall: 0, want: -128 },
    { name: 'a negative activation and a negative weight', codes: [0b1_110], x: [-128], width: 16, shortfall: 1, want: 8191 },
  ])('$name', ({ codes, x, width, shortfall, want }) => {
    expect(processingElementSum({ encoding: pot, codes }, x, width, shortfall)).toBe(want);
  });

  test('bpot weights have their group exponent, in the sum and in the folded bias', () => {
    const weights = { encoding: bpot, codes: [0b0_11, 0b1_01], exponents: [0, 3] };
    // 4 * 100 + ((-100 - 1) << 3) = -408; modulo 2^8 that is 104.
    expect(processingElementSum(weights, [100, 100], 16, 8)).toBe(-408);
    expect(processingElementSum(weights, [100, 100], 8, 8)).toBe(104);
    // bias 7, zero point 10: 7 - 10 * (4 - 8) + 8.
    expect(foldedBias(weights, 7, 10, 8)).toBe(55);
  });

  test('sums that pass 2^53 on the way are exact', () => {
    const encoding: ScalarEncoding = { encoding: 'codebook', levels: [-16384, 1, 16384] };
    const codes = Array.from({ length: 2001 }, (_, i) => (i < 1000 ? 2 : i === 1000 ? 1 : 0));
    const x = codes.map((code) => (code === 1 ? 1 : 2 ** 31 - 1));
    expect(processingElementSum({ encoding, codes }, x, 48)).toBe(1);
  });
});
