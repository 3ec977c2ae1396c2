/**
 * Recoding of sums to the lanes' encoding (docs/number_formats.md, section "Recoding"), fast enough for inner loops: a table over roundings for one weight, bit places for powers of
 * two. A test holds it equal to `golden/recoding.ts`.
 */
import { ShiftloomError } from '../../errors.js';
import { recodeGroup } from '../../golden/recoding.js';
import type { CpEncoding } from '../../layer/schema.js';

export type RecodeEncoding = CpEncoding['recode'];

/** Sums of this size and more are beyond the table's integer operations, and beyond any sensible factor memory. */
const MOST_SUM = 2 ** 31;

export class Recoder {
  /** Largest magnitude of a recoded weight. */
  readonly largest: number;
  /** Halves of a unit, or whole units, to magnitudes; the last entry holds for all that is larger. */
  private readonly table: Int32Array;
  private readonly unitsPerEntry: number;
  private readonly nearestPowers: boolean;

  /** @param inputs input channels of a row of sums: `bpot` groups lie within */
  constructor(readonly encoding: RecodeEncoding, private readonly inputs: number) {
    this.nearestPowers = encoding.encoding === 'bpot' || encoding.encoding === 'pot';
    this.unitsPerEntry = encoding.encoding === 'apot' ? 0.5 : 1;
    this.table = new Int32Array(this.nearestPowers ? 0 : tableLength(encoding));
    // Halves are the sums 0, 1, 2 ... at shift 1, units those at shift 0.
    const shift = encoding.encoding === 'apot' ? 1 : 0;
    for (let i = 0; i < this.table.length; i++) this.table[i] = recodeGroup(encoding, [i], shift).weights[0];
    this.largest = largestMagnitude(encoding);
  }

  /**
   * @param sums (taps * inputs), kernel position by kernel position
   * @param into as `sums`
   * @param exponents `bpot` only: (taps * groups)
   */
  recode(sums: Float64Array, shift: number, into: Int32Array, exponents?: Int32Array): void {
    if (this.encoding.encoding === 'bpot') return this.toBlocks(sums, shift, into, this.encoding, exponents);
    if (this.encoding.encoding === 'pot') return toPowers(sums, shift, into, this.encoding.maxShift);
    const { table, unitsPerEntry } = this;
    const perUnit = 2 ** -shift / unitsPerEntry;
    const half = unitsPerEntry === 1 ? 0.5 : 0;
    const last = table.length - 1;
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i];
      const at = Math.floor(Math.abs(sum) * perUnit + half);
      const magnitude = table[at > last ? last : at];
      into[i] = sum < 0 ? -magnitude : magnitude;
    }
  }

  private toBlocks(sums: Float64Array, shift: number, into: Int32Array, { groupSize, maxExponent }: { groupSize: number; maxExponent: number }, exponents?: Int32Array): void {
    let group = 0;
    for (let row = 0; row < sums.length; row += this.inputs) {
      for (let first = row; first < row + this.inputs; first += groupSize, group++) {
        const end = Math.min(row + this.inputs, first + groupSize);
        let highest = -Infinity;
        for (let i = first; i < end; i++) if (sums[i] !== 0) highest = Math.max(highest, nearestPlace(Math.abs(sums[i])) - shift);
        const e = Math.max(0, Math.min(maxExponent, highest - 2));
        if (exponents) exponents[group] = e;
        for (let i = first; i < end; i++) {
          const size = Math.abs(sums[i]);
          // A leading one two places below the group's unit, or lower, is less than half of it.
          const magnitude = size === 0 || 31 - Math.clz32(size) - shift < e - 1 ? 0 : 1 << Math.min(Math.max(nearestPlace(size) - shift, e), e + 2);
          into[i] = sums[i] < 0 ? -magnitude : magnitude;
        }
      }
    }
  }
}

function toPowers(sums: Float64Array, shift: number, into: Int32Array, maxShift: number): void {
  for (let i = 0; i < sums.length; i++) {
    const size = Math.abs(sums[i]);
    const magnitude = size === 0 || 31 - Math.clz32(size) - shift < -1 ? 0 : 1 << Math.min(Math.max(nearestPlace(size) - shift, 0), maxShift);
    into[i] = sums[i] < 0 ? -magnitude : magnitude;
  }
}

/** Place of the nearest power of two of an integer above zero, ties up. */
function nearestPlace(size: number): number {
  const leading = 31 - Math.clz32(size);
  return leading + (leading > 0 ? (size >> (leading - 1)) & 1 : 0);
}

function tableLength(encoding: RecodeEncoding): number {
  if (encoding.encoding === 'uniform') return 2 ** (encoding.bits - 1);
  if (encoding.encoding === 'csd') return 2 ** encoding.maxShift + 1;
  return 20;
}

function largestMagnitude(encoding: RecodeEncoding): number {
  switch (encoding.encoding) {
    case 'uniform':
      return 2 ** (encoding.bits - 1) - 1;
    case 'pot':
    case 'csd':
      return 2 ** encoding.maxShift;
    case 'apot':
      return 10;
    case 'bpot':
      return 2 ** (encoding.maxExponent + 2);
  }
}

/** @throws ShiftloomError('unsupported') if a sum is too large. */
export function checkSums(sums: Float64Array): void {
  let most = 0;
  for (let i = 0; i < sums.length; i++) most = Math.max(most, Math.abs(sums[i]));
  if (most < MOST_SUM) return;
  throw new ShiftloomError('unsupported', 'factors', `give sums of up to 2^${Math.log2(most).toFixed(1)}; compression takes those below 2^31`, 'Use a smaller maxShift or fewer bits');
}
