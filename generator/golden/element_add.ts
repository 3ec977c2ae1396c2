/** Golden element-wise addition, docs/number_formats.md *Networks*: two maps of different scales to one, with one rounding. */
import { ShiftloomError } from '../errors.js';

export interface ElementAdd {
  /** Of the first and the second input. */
  readonly zeroPoints: readonly [number, number];
  /** Of the first and the second input: 1..65535. */
  readonly multipliers: readonly [number, number];
  /** 0..31. */
  readonly shift: number;
  readonly outputZeroPoint: number;
  /** Smallest and largest output value, activation included. */
  readonly bounds: readonly [number, number];
}

/**
 * `clamp((((a - za) * ma + (b - zb) * mb + round) >> shift) + zo, low, high)`, element by element; exact, because the sum stays below 2^36.
 * @throws ShiftloomError (input) if the inputs differ in length, or a multiplier or shift is out of range.
 */
export function elementAdd(a: Int32Array, b: Int32Array, add: ElementAdd): Int32Array {
  checkElementAdd(add);
  if (a.length !== b.length) {
    throw new ShiftloomError('input', 'add', `the inputs have ${a.length} and ${b.length} values`, 'Both inputs of an addition must be maps of the same shape');
  }
  const { zeroPoints: [za, zb], multipliers: [ma, mb], shift, outputZeroPoint, bounds: [low, high] } = add;
  const round = shift > 0 ? 2 ** (shift - 1) : 0;
  const divisor = 2 ** shift;
  const result = new Int32Array(a.length);
  for (let i = 0; i < result.length; i++) {
    const y = Math.floor(((a[i] - za) * ma + (b[i] - zb) * mb + round) / divisor) + outputZeroPoint;
    result[i] = Math.max(low, Math.min(high, y));
  }
  return result;
}

/** @throws ShiftloomError (input) if a multiplier or the shift is out of range. */
export function checkElementAdd({ multipliers, shift }: Pick<ElementAdd, 'multipliers' | 'shift'>, place = 'add'): void {
  const wrong = multipliers.find((m) => !Number.isInteger(m) || m < 1 || m > 65535);
  if (wrong !== undefined) throw new ShiftloomError('input', place, `multiplier ${wrong}`, 'Multipliers of an addition are integers 1..65535');
  if (!Number.isInteger(shift) || shift < 0 || shift > 31) throw new ShiftloomError('input', place, `shift ${shift}`, 'The shift of an addition is an integer 0..31');
}
