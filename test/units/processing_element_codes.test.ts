import { describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { codeBits, encodeWeight, exponentBits, minimalDigits, negativeCorrection } from '../../generator/plan/codes.js';
import { codebookSlots, laneSlots } from '../../generator/plan/digit_slots.js';
import { boothDigits } from '../../generator/plan/digits.js';

const sumOf = (digits: readonly { sign: number; shift: number }[]) => digits.reduce((sum, d) => sum + d.sign * 2 ** d.shift, 0);

/** Fewest signed powers of two with shifts 0..maxShift that sum up to each value, by adding one at a time. */
function fewestByTrying(maxShift: number, maxDigits: number): Map<number, number> {
  const fewest = new Map([[0, 0]]);
  for (let count = 1; count <= maxDigits; count++) {
    for (const value of [...fewest.keys()]) {
      for (let shift = 0; shift <= maxShift; shift++) {
        for (const next of [value + 2 ** shift, value - 2 ** shift]) if (!fewest.has(next)) fewest.set(next, count);
      }
    }
  }
  return fewest;
}

describe('minimalDigits', () => {
  it('spells in the non-adjacent form where that stays in range', () => {
    expect(minimalDigits(7, 6, 2)).toEqual([{ sign: -1, shift: 0 }, { sign: 1, shift: 3 }]);
    expect(minimalDigits(-44, 6, 3)).toEqual([{ sign: 1, shift: 2 }, { sign: 1, shift: 4 }, { sign: -1, shift: 6 }]);
    expect(minimalDigits(0, 6, 2)).toEqual([]);
  });

  it('spells in the fewest digits in range where the non-adjacent form is one place too long', () => {
    expect(minimalDigits(112, 6, 4)).toEqual([{ sign: 1, shift: 4 }, { sign: 1, shift: 5 }, { sign: 1, shift: 6 }]);
    expect(minimalDigits(128, 6, 2)).toEqual([{ sign: 1, shift: 6 }, { sign: 1, shift: 6 }]);
    expect(minimalDigits(112, 6, 2)).toBeUndefined();
  });

  it.each([[3, 3], [4, 2], [2, 4], [0, 3]])('finds a spelling exactly where there is one, as short as any: maxShift %i, %i digits', (maxShift, maxDigits) => {
    const fewest = fewestByTrying(maxShift, maxDigits);
    const most = maxDigits * 2 ** maxShift + 3;
    const wrong: number[] = [];
    for (let value = -most; value <= most; value++) {
      const digits = minimalDigits(value, maxShift, maxDigits);
      const isRight = digits
        ? sumOf(digits) === value && digits.length === fewest.get(value) && digits.every((d) => d.shift >= 0 && d.shift <= maxShift)
        : !fewest.has(value);
      if (!isRight) wrong.push(value);
    }
    expect(wrong).toEqual([]);
  });
});

describe('boothDigits', () => {
  it.each([2, 3, 4, 5, 8])('gives radix-4 digits -2..2 that add up to every value of %i bits', (bits) => {
    const wrong: number[] = [];
    for (let value = -(2 ** (bits - 1)); value < 2 ** (bits - 1); value++) {
      const digits = boothDigits(value, bits);
      const sum = digits.reduce((total, digit, j) => total + digit * 4 ** j, 0);
      if (sum !== value || digits.some((d) => Math.abs(d) > 2) || digits.length !== Math.ceil(bits / 2)) wrong.push(value);
    }
    expect(wrong).toEqual([]);
  });
});

describe('encodeWeight', () => {
  const bpot: ScalarEncoding = { encoding: 'bpot', groupSize: 16, maxExponent: 3 };
  it.each<[ScalarEncoding, number, number, number | undefined]>([
    [{ encoding: 'uniform', bits: 4 }, -8, 0, 0b1000],
    [{ encoding: 'uniform', bits: 4 }, 7, 0, 0b0111],
    [{ encoding: 'uniform', bits: 4 }, 8, 0, undefined],
    [{ encoding: 'pot', maxShift: 6 }, 0, 0, 0b0111],
    [{ encoding: 'pot', maxShift: 6 }, 64, 0, 0b0110],
    [{ encoding: 'pot', maxShift: 6 }, -1, 0, 0b1000],
    [{ encoding: 'pot', maxShift: 6 }, 128, 0, undefined],
    [{ encoding: 'pot', maxShift: 6 }, 3, 0, undefined],
    [{ encoding: 'pot', maxShift: 7 }, 0, 0, 0b01111],
    [{ encoding: 'pot', maxShift: 0 }, -1, 0, 0b10],
    [{ encoding: 'apot' }, -10, 0, 0b1111],
    [{ encoding: 'apot' }, 6, 0, 0b0101],
    [{ encoding: 'apot' }, 5, 0, undefined],
    [bpot, -32, 3, 0b111],
    [bpot, 8, 2, 0b010],
    [bpot, 0, 3, 0b000],
    [bpot, 4, 3, undefined],
    [bpot, 1, 4, undefined],
    [{ encoding: 'csd', digits: 2, maxShift: 7 }, 7, 0, 0b00011_10000],
    [{ encoding: 'csd', digits: 2, maxShift: 7 }, 0, 0, 0b01111_01111],
    [{ encoding: 'codebook', levels: [-5, 0, 9] }, 9, 0, 2],
    [{ encoding: 'codebook', levels: [-5, 0, 9] }, 1, 0, undefined],
  ])('%o spells %i (exponent %i) as %o', (encoding, value, exponent, code) => {
    expect(encodeWeight(encoding, value, exponent)).toBe(code);
  });

  it('takes as many bits as the number formats say', () => {
    const encodings: [ScalarEncoding, number, number][] = [
      [{ encoding: 'uniform', bits: 5 }, 5, 0],
      [{ encoding: 'pot', maxShift: 6 }, 4, 0],
      [{ encoding: 'pot', maxShift: 14 }, 5, 0],
      [{ encoding: 'apot' }, 4, 0],
      [bpot, 3, 2],
      [{ ...bpot, maxExponent: 4 }, 3, 3],
      [{ ...bpot, maxExponent: 0 }, 3, 0],
      [{ encoding: 'csd', digits: 3, maxShift: 7 }, 15, 0],
      [{ encoding: 'codebook', levels: Array.from({ length: 17 }, (_, i) => i) }, 5, 0],
    ];
    expect(encodings.map(([encoding]) => [codeBits(encoding), exponentBits(encoding)])).toEqual(encodings.map(([, code, exponent]) => [code, exponent]));
  });
});

describe('negativeCorrection', () => {
  it.each<[ScalarEncoding, number, number, number]>([
    [{ encoding: 'pot', maxShift: 6 }, -64, 0, 1],
    [{ encoding: 'pot', maxShift: 6 }, 64, 0, 0],
    [{ encoding: 'apot' }, -10, 0, 1],
    [{ encoding: 'bpot', groupSize: 8, maxExponent: 3 }, -16, 2, 4],
    [{ encoding: 'csd', digits: 3, maxShift: 7 }, -44, 0, 1],
    [{ encoding: 'csd', digits: 3, maxShift: 7 }, 44, 0, 2],
    [{ encoding: 'uniform', bits: 4 }, -8, 0, 4],
    [{ encoding: 'uniform', bits: 4 }, 7, 0, 1],
    [{ encoding: 'uniform', bits: 4 }, -1, 0, 1],
    [{ encoding: 'uniform', bits: 4 }, -6, 0, 5],
    [{ encoding: 'codebook', levels: [-64, 0, 16] }, -64, 0, 16],
  ])('%o: %i (exponent %i) falls short by %i', (encoding, value, exponent, correction) => {
    expect(negativeCorrection(encoding, 'lut', value, exponent)).toBe(correction);
  });

  it('is 0 in DSP blocks, which negate', () => {
    expect(negativeCorrection({ encoding: 'uniform', bits: 8 }, 'dsp', -128)).toBe(0);
  });

  it('refuses a weight that the encoding does not have', () => {
    expect(() => negativeCorrection({ encoding: 'pot', maxShift: 6 }, 'lut', 3)).toThrow('weight 3: is not a value of encoding pot (exponent 0)');
  });
});

describe('codebookSlots', () => {
  it('gives one slot to levels that are powers of two, shifted as far as they differ', () => {
    expect(codebookSlots([-64, 0, 16, 32]).slots).toEqual([{ low: 4, maxShift: 2, maxPositive: 1, maxNegative: 2 }]);
  });

  it('takes radix-4 digits for levels of many digits', () => {
    const { slots } = codebookSlots([-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127]);
    expect(slots.map(({ low, maxShift }) => [low, maxShift])).toEqual([[0, 1], [2, 1], [4, 1], [6, 1]]);
  });

  it('spells every level by its slots', () => {
    const levels = [-1024, -33, -8, 1, 5, 256];
    const { slots, digits } = codebookSlots(levels);
    expect(digits.map((level) => sumOf(level.flatMap((digit) => digit ?? [])))).toEqual(levels);
    const beyond = digits.flatMap((level) => level.filter((d, s) => d && (d.shift < slots[s].low || d.shift > slots[s].low + slots[s].maxShift)));
    expect(beyond).toEqual([]);
  });
});

describe('laneSlots', () => {
  it('narrows the ends of a uniform weight: the lowest digit is never +2, the top one of an odd width never +-2', () => {
    expect(laneSlots({ encoding: 'uniform', bits: 5 })).toEqual([
      { low: 0, maxShift: 1, maxPositive: 0, maxNegative: 1 },
      { low: 2, maxShift: 1, maxPositive: 1, maxNegative: 1 },
      { low: 4, maxShift: 0, maxPositive: 0, maxNegative: 0 },
    ]);
  });
});
