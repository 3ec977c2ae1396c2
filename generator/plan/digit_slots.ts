/**
 * How a lane in LUTs splits a weight into terms: each slot of the lane adds zero or one signed power of two times the activation.
 * A slot covers the shifts low..low + maxShift; the lane shifts by the part above `low`, the adder tree by `low`.
 */
import type { ScalarEncoding } from '../layer/schema.js';
import { boothDigits, minimalDigits, nonAdjacentForm, type Digit } from './digits.js';

export interface DigitSlot {
  /** Smallest shift; the wiring gives it for free. */
  readonly low: number;
  /** Largest shift above `low`. */
  readonly maxShift: number;
  /** Largest shift above `low` of a positive and of a negative term; -1 if the slot has none. */
  readonly maxPositive: number;
  readonly maxNegative: number;
}

/** A term of one weight in one slot: +-2^(low + shift). */
export interface LaneTerm {
  readonly low: number;
  readonly shift: number;
  readonly negative: boolean;
}

/** Slots of a codebook lane and, for each level, its digit in each slot (undefined: zero). */
export interface CodebookSlots {
  readonly slots: readonly DigitSlot[];
  readonly digits: readonly (readonly (Digit | undefined)[])[];
}

/** The slots of a lane in LUTs. `apot` has one product, not slots: its list is empty. */
export function laneSlots(encoding: ScalarEncoding): readonly DigitSlot[] {
  switch (encoding.encoding) {
    case 'pot':
      return [symmetricSlot(encoding.maxShift)];
    case 'bpot':
      return [symmetricSlot(2)];
    case 'csd':
      return Array.from({ length: encoding.digits }, () => symmetricSlot(encoding.maxShift));
    case 'uniform': {
      const half = 2 ** (encoding.bits - 1);
      const values = Array.from({ length: 2 * half }, (_, i) => i - half);
      return slotsOf(values.map((value) => boothTerms(value, encoding.bits)));
    }
    case 'codebook':
      return codebookSlots(encoding.levels).slots;
    case 'apot':
      return [];
  }
}

/** The non-zero terms of a weight that the encoding has, as the lane's slots add them; not for `apot`. */
export function laneTerms(encoding: ScalarEncoding, value: number, exponent: number): readonly LaneTerm[] {
  if (encoding.encoding === 'uniform') {
    return boothDigits(value, encoding.bits).flatMap((digit, j) =>
      digit === 0 ? [] : [{ low: 2 * j, shift: Math.abs(digit) - 1, negative: digit < 0 }],
    );
  }
  if (encoding.encoding === 'codebook') {
    const { slots, digits } = codebookSlots(encoding.levels);
    return digits[encoding.levels.indexOf(value)].flatMap((digit, s) =>
      digit ? [{ low: slots[s].low, shift: digit.shift - slots[s].low, negative: digit.sign < 0 }] : [],
    );
  }
  if (encoding.encoding === 'bpot') {
    return value === 0 ? [] : [{ low: exponent, shift: Math.log2(Math.abs(value)) - exponent, negative: value < 0 }];
  }
  if (encoding.encoding === 'apot') return [];
  const count = encoding.encoding === 'csd' ? encoding.digits : 1;
  const digits = minimalDigits(value, encoding.maxShift, count) ?? [];
  return digits.map((digit) => ({ low: 0, shift: digit.shift, negative: digit.sign < 0 }));
}

/**
 * Spells every level either in radix 4 (many narrow slots: one shift place each) or in the fewest digits (few slots that shift
 * far), whichever needs fewer LUTs.
 */
export function codebookSlots(levels: readonly number[]): CodebookSlots {
  const bits = Math.max(...levels.map(signedBits));
  const radix4 = spell(levels.map((level) => boothTerms(level, bits)));
  const fewest = spell(levels.map((level) => nonAdjacentForm(level)));
  return roughCost(radix4) < roughCost(fewest) ? radix4 : fewest;
}

function spell(digits: readonly (readonly (Digit | undefined)[])[]): CodebookSlots {
  const used = slotIndices(digits);
  return { slots: slotsOf(digits), digits: digits.map((level) => used.map((s) => level[s])) };
}

function slotIndices(digits: readonly (readonly (Digit | undefined)[])[]): number[] {
  const count = Math.max(0, ...digits.map((level) => level.length));
  return Array.from({ length: count }, (_, s) => s).filter((s) => digits.some((level) => level[s] !== undefined));
}

/** LUTs per lane for 8-bit activations: shifter, half a LUT for each bit in the tree, and the control bits read from the index. */
function roughCost({ slots }: CodebookSlots): number {
  return slots.reduce((sum, { maxShift }) => {
    const width = 9 + maxShift;
    const shifter = maxShift > 3 ? 8 + width / 2 : maxShift > 1 ? 10 : width / 2;
    return sum + shifter + width / 2 + 3 + Math.log2(maxShift + 1);
  }, 0);
}

/** Range of each slot over all values; slots that no value uses are dropped. */
function slotsOf(values: readonly (readonly (Digit | undefined)[])[]): readonly DigitSlot[] {
  return slotIndices(values).map((s) => {
    const digits = values.flatMap((value) => value[s] ?? []);
    const low = Math.min(...digits.map((digit) => digit.shift));
    const highest = (sign: number) => Math.max(-1, ...digits.flatMap((digit) => (digit.sign === sign ? [digit.shift - low] : [])));
    const maxPositive = highest(1);
    const maxNegative = highest(-1);
    return { low, maxShift: Math.max(maxPositive, maxNegative), maxPositive, maxNegative };
  });
}

function boothTerms(value: number, bits: number): readonly (Digit | undefined)[] {
  return boothDigits(value, bits).map((digit, j) =>
    digit === 0 ? undefined : { sign: digit < 0 ? -1 : 1, shift: 2 * j + Math.abs(digit) - 1 },
  );
}

function symmetricSlot(maxShift: number): DigitSlot {
  return { low: 0, maxShift, maxPositive: maxShift, maxNegative: maxShift };
}

/** Two's complement bits of an integer. */
function signedBits(value: number): number {
  return (value < 0 ? Math.ceil(Math.log2(-value)) : Math.ceil(Math.log2(value + 1))) + 1;
}
