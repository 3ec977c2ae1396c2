/**
 * Integer bias, multipliers and shifts from real scales. With weight scale sw, input scale sx and output scale sy, an accumulator
 * unit of output channel o is sw[o] * sx, and the requantization factor M[o] = sw[o] * sx / sy.
 */
import { ShiftloomError } from '../errors.js';
import { MAX_SHIFT } from '../layer/tensor_rules.js';

/** Biases keep one bit of room in 32 bits. */
const MAX_BIAS = 2 ** 30;

/** What a channel's weight scale must at least be, so that its bias fits 32 bits and its factor keeps 8 significant bits. */
export function minimumScale(bias: number, inputScale: number, outputScale: number): number {
  return Math.max(Math.abs(bias) / (inputScale * MAX_BIAS), (outputScale / inputScale) * 2 ** (8 - MAX_SHIFT));
}

/** Biases in accumulator units, rounded to the nearest. */
export function integerBias(bias: Float64Array, weightScale: Float64Array, inputScale: number): Int32Array {
  // Math.round gives -0 for small negative values; Int32Array makes that 0.
  return Int32Array.from(bias, (b, o) => Math.round(b / (weightScale[o] * inputScale)));
}

export interface Factors {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  /** The one shift of all channels, or undefined if they differ. */
  readonly commonShift?: number;
}

/**
 * Factors as multiplier * 2^-shift.
 * @param factors M[o], above 0
 * @param reach largest output of each channel in output units; what an error of the multiplier is measured on
 * @param bits bits of the unsigned multiplier
 * @param preferCommon one shift for all channels unless some channel's largest output would be off by more than half a unit
 * @throws ShiftloomError('input') if a factor is too large for the multiplier.
 */
export function multiplierFactors(factors: Float64Array, reach: Float64Array, bits: number, preferCommon: boolean): Factors {
  const most = 2 ** bits - 1;
  const own = Int32Array.from(factors, (factor, o) => largestShift(factor, most, o));
  const common = own.reduce((a, b) => Math.min(a, b), MAX_SHIFT);
  // Half a unit at the largest output: multiplier * 2 * 0.5 >= reach.
  const fine = factors.every((factor, o) => {
    const multiplier = Math.round(factor * 2 ** common);
    return own[o] === common || multiplier >= Math.max(1, reach[o]);
  });
  const shift = preferCommon && fine ? new Int32Array(own.length).fill(common) : own;
  const multiplier = Int32Array.from(factors, (factor, o) => Math.max(1, Math.round(factor * 2 ** shift[o])));
  return { multiplier, shift, commonShift: shift.every((s) => s === shift[0]) ? shift[0] : undefined };
}

function largestShift(factor: number, most: number, channel: number): number {
  let shift = Math.min(MAX_SHIFT, Math.max(0, Math.floor(Math.log2(most / factor)) + 1));
  while (shift >= 0 && Math.round(factor * 2 ** shift) > most) shift--;
  if (shift < 0) {
    throw new ShiftloomError(
      'input',
      `output channel ${channel}`,
      `needs a requantization factor of ${factor.toPrecision(4)}, the multiplier ends at ${most}`,
      'Give a larger output scale or a smaller input scale',
    );
  }
  return shift;
}

/** Factors that are powers of two: the shifts are given, the multiplier is 1. */
export function powerOfTwoFactors(shift: Int32Array): Factors {
  return {
    multiplier: new Int32Array(shift.length).fill(1),
    shift,
    commonShift: shift.every((s) => s === shift[0]) ? shift[0] : undefined,
  };
}
