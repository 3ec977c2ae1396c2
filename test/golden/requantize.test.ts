import { describe, expect, test } from 'vitest';
import { requantizeValues, scaleAccumulator } from '../../generator/golden/requantize.js';
import { Random } from '../../generator/layer/random.js';

describe('golden requantization', () => {
  test.each([
    { acc: 5, multiplier: 1, shift: 1, want: 3, why: '2.5 goes up' },
    { acc: -5, multiplier: 1, shift: 1, want: -2, why: '-2.5 goes up, towards plus infinity' },
    { acc: 3, multiplier: 1, shift: 1, want: 2, why: '1.5 goes up' },
    { acc: -3, multiplier: 1, shift: 1, want: -1, why: '-1.5 goes up' },
    { acc: -1, multiplier: 1, shift: 1, want: 0, why: '-0.5 goes up to 0' },
    { acc: -7, multiplier: 1, shift: 2, want: -2, why: '-1.75 goes to the nearest' },
    { acc: 7, multiplier: 3, shift: 0, want: 21, why: 'shift 0 adds no rounding' },
    { acc: -2147483648, multiplier: 131071, shift: 47, want: -2, why: '-1.99999 rounds' },
    { acc: 2 ** 46, multiplier: 1, shift: 47, want: 1, why: 'one half at the largest shift' },
    { acc: 2 ** 46 - 1, multiplier: 1, shift: 47, want: 0, why: 'just below one half at the largest shift' },
    { acc: 2 ** 44 + 1, multiplier: 131071, shift: 47, want: 16384, why: 'a product beyond 2^53: 16383.875 + 2^-30' },
  ])('$acc * $multiplier >> $shift is $want: $why', ({ acc, multiplier, shift, want }) => {
    expect(scaleAccumulator(acc, multiplier, shift)).toBe(want);
  });

  test('agrees with BigInt over accumulators of up to 53 bits, multipliers of 17 and all shifts', () => {
    const random = new Random(1);
    const differ: number[][] = [];
    for (let i = 0; i < 40_000; i++) {
      const limit = 2 ** random.integer(1, 53) - 1;
      const acc = Math.round((random.fraction() * 2 - 1) * limit);
      const multiplier = random.integer(0, 2 ** random.integer(1, 17) - 1);
      const shift = random.integer(0, 47);
      const round = shift > 0 ? 1n << BigInt(shift - 1) : 0n;
      const want = (BigInt(acc) * BigInt(multiplier) + round) >> BigInt(shift);
      // A result that no double holds is far beyond any output range; it only has to stay there.
      const got = scaleAccumulator(acc, multiplier, shift);
      if (got !== Number(want)) differ.push([acc, multiplier, shift]);
    }
    expect(differ).toEqual([]);
  });

  test('agrees with BigInt exactly at and around halves whose products need more than 53 bits', () => {
    for (const multiplier of [65537, 131071, 99999]) {
      for (const shift of [40, 44, 47]) {
        for (const target of [-5n, -1n, 0n, 3n, 1000n]) {
          const centre = ((2n * target + 1n) << BigInt(shift - 1)) / BigInt(multiplier);
          for (let near = -2n; near <= 2n; near++) {
            const acc = centre + near;
            const want = (acc * BigInt(multiplier) + (1n << BigInt(shift - 1))) >> BigInt(shift);
            expect(scaleAccumulator(Number(acc), multiplier, shift)).toBe(Number(want));
          }
        }
      }
    }
  });

  test('the zero point is added before the clamp, and each channel has its own multiplier and shift', () => {
    const outputs = requantizeValues(Float64Array.of(100, 100, -100, -100, 1e15, -1e15), {
      multiplier: Int32Array.of(1, 5),
      shift: Int32Array.of(1, 3),
      zeroPoint: 10,
      bounds: [-40, 72],
    });
    // 50 + 10; 62.5 up to 63, + 10 clamped; -50 + 10; -62.5 up to -62, + 10 clamped; both far ends.
    expect([...outputs]).toEqual([60, 72, -40, -40, 72, -40]);
  });
});
