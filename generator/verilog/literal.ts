/** Spelling of Verilog numbers. */
import { ShiftloomError } from '../errors.js';

/** Bits of an unsigned integer 0..max (at least 1). */
export function unsignedWidth(max: number): number {
  return Math.max(1, Math.ceil(Math.log2(max + 1)));
}

/** Bits of a two's complement number that holds low..high (at least 1). */
export function signedWidth(low: number, high: number): number {
  let width = 1;
  while (low < -(2 ** (width - 1)) || high > 2 ** (width - 1) - 1) width++;
  return width;
}

/** Sized decimal literal of an unsigned value, e.g. `4'd9`. */
export function unsignedLiteral(value: number, width: number): string {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
    throw new ShiftloomError('unsupported', 'verilog', `${value} does not fit ${width} unsigned bits`);
  }
  return `${width}'d${value}`;
}

/** Sized literal of a two's complement value, e.g. `-5'sd3`. */
export function signedLiteral(value: number, width: number): string {
  if (!Number.isInteger(value) || value < -(2 ** (width - 1)) || value >= 2 ** (width - 1)) {
    throw new ShiftloomError('unsupported', 'verilog', `${value} does not fit ${width} signed bits`);
  }
  // The most negative value has no positive twin of the same width, so it is spelled by its bit pattern.
  if (value === -(2 ** (width - 1))) return `${width}'sb1${'0'.repeat(width - 1)}`;
  return value < 0 ? `-${width}'sd${-value}` : `${width}'sd${value}`;
}

/** `value` modulo 2^width as an unsigned literal, e.g. -1 in 4 bits: `4'd15`. */
export function wrappedLiteral(value: number, width: number): string {
  const modulus = 2 ** width;
  return unsignedLiteral(((value % modulus) + modulus) % modulus, width);
}
