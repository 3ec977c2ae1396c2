/** The integer levels that the compressor rounds an encoding's weights to, and the nearest of them. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';

/**
 * Levels of an encoding, ascending. `uniform` from 8 bits on without -2^(B-1): one level in 256 or fewer is not missed, and two weights of
 * +-127 fit a DSP48E1 with twice the products in a chain (docs/units/processing_element_pair.md).
 * @param exponent group exponent, for `bpot` only
 */
export function compressionLevels(encoding: ScalarEncoding, exponent = 0): Int32Array {
  const levels = representableValues(encoding, exponent);
  return encoding.encoding === 'uniform' && encoding.bits >= 8 ? levels.subarray(1) : levels;
}

/**
 * Nearest of ascending integer levels; ties go to the higher one. The borders between integers are multiples of one half, so a table over
 * halves is exact.
 */
export class NearestLevel {
  /** Level of the values from (i - offset) / 2 to (i + 1 - offset) / 2. */
  readonly table: Int32Array;
  readonly offset: number;

  constructor(readonly levels: Int32Array) {
    const low = levels[0];
    const high = levels[levels.length - 1];
    this.offset = -2 * low;
    this.table = new Int32Array(2 * (high - low) + 1);
    for (let i = 0, at = 0; i < this.table.length; i++) {
      const middle = (i - this.offset) / 2 + 0.25;
      while (at + 1 < levels.length && Math.abs(levels[at + 1] - middle) < Math.abs(levels[at] - middle)) at++;
      this.table[i] = levels[at];
    }
  }

  /** @param value in units of the smallest digit, finite */
  of(value: number): number {
    const { table } = this;
    const at = Math.floor(2 * value) + this.offset;
    return table[at < 0 ? 0 : at >= table.length ? table.length - 1 : at];
  }
}
