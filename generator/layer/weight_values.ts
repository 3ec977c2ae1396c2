/** Weights against what their encoding can hold, and the smallest file type that holds all of it. */
import { ShiftloomError } from '../errors.js';
import { nearestValues, representableValues, valuesText } from './representable.js';
import type { ScalarEncoding } from './schema.js';
import type { DType } from './tensor.js';

/**
 * Checks every weight.
 * @param exponentAt group exponent of the weight at a position, 0 for encodings without
 * @param positionText how messages name a position
 * @throws ShiftloomError('input') naming the first wrong weight, what is allowed and the nearest values
 */
export function checkWeightValues(
  weight: Int32Array,
  encoding: ScalarEncoding,
  exponentAt: (position: number) => number,
  positionText: (position: number) => string,
  place: string,
): void {
  const exponents = encoding.encoding === 'bpot' ? encoding.maxExponent + 1 : 1;
  const tables = Array.from({ length: exponents }, (_, e) => lookup(representableValues(encoding, e)));
  for (let i = 0; i < weight.length; i++) {
    const e = exponentAt(i);
    const table = tables[e];
    if (table.allowed[weight[i] + table.offset] === 1) continue;
    const near = nearestValues(table.values, weight[i]).join(' and ');
    const message = `element ${positionText(i)} is ${weight[i]}; allowed: ${valuesText(encoding, e)}. Nearest: ${near}`;
    throw new ShiftloomError('input', place, message);
  }
}

/** A table of flags, so that a million weights are checked in milliseconds. */
function lookup(values: Int32Array): { values: Int32Array; allowed: Uint8Array; offset: number } {
  const offset = -values[0];
  const allowed = new Uint8Array(values[values.length - 1] + offset + 1);
  for (const value of values) allowed[value + offset] = 1;
  return { values, allowed, offset };
}

/** Smallest signed type that holds every value of an encoding. */
export function weightType(encoding: ScalarEncoding): DType {
  const maxExponent = encoding.encoding === 'bpot' ? encoding.maxExponent : 0;
  const values = representableValues(encoding, maxExponent);
  const low = values[0];
  const high = values[values.length - 1];
  if (low >= -128 && high <= 127) return 'int8';
  return low >= -32768 && high <= 32767 ? 'int16' : 'int32';
}
