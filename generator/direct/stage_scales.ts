/**
 * Requantization between stages. A stage gives each rank a scale of its own, from the largest sum it has on the given frames; the last stage before the
 * outputs brings all ranks to one unit again, because the outputs add over them.
 */
import { ShiftloomError } from '../errors.js';
import { multiplierFactors, powerOfTwoFactors, type Factors } from '../compress/requantization.js';
import type { Layer } from '../layer/layer.js';
import type { Requantize } from '../layer/schema.js';
import { MAX_SHIFT } from '../layer/tensor_rules.js';

/** Room above the largest sum that was seen, where there are bits to spare. */
const ROOM = 2;
const MANY_BITS = 12;

export interface Scaled {
  readonly factors: Factors;
  /** Real value of one unit of each channel's output, in units of the factors' exact sums. */
  readonly unit: Float64Array;
}

/** Largest magnitude of each channel; (positions, channels). */
export function largestSums(sums: Float64Array, channels: number): Float64Array {
  const largest = new Float64Array(channels);
  for (let i = 0, c = 0; i < sums.length; i++) {
    const size = Math.abs(sums[i]);
    if (size > largest[c]) largest[c] = size;
    if (++c === channels) c = 0;
  }
  return largest;
}

/**
 * A scale for each channel that fills its output.
 * @param largest largest sum of each channel
 * @param unit value of a unit of each channel's sum
 */
export function ownScales(largest: Float64Array, unit: Float64Array, bits: number, form: Requantize): Scaled {
  const most = largestOutput(bits);
  return scaled(largest.map((sum) => (sum === 0 ? 0 : most / sum)), unit, most, form);
}

/** One unit for all channels, as fine as the largest of them allows. Powers of two of it are exact where the form has no multiplier. */
export function commonScale(largest: Float64Array, unit: Float64Array, bits: number, form: Requantize): Scaled {
  const most = largestOutput(bits);
  const reach = largest.reduce((value, sum, c) => Math.max(value, sum * unit[c]), 0);
  let common = reach === 0 ? 1 : reach / most;
  if (form.form === 'power_of_two') common = 2 ** Math.ceil(Math.log2(common));
  // Without a multiplier a sum cannot be made larger, so no unit may be coarser than the common one.
  const coarsest = unit.reduce((value, own, c) => (largest[c] > 0 ? Math.max(value, own) : value), 0);
  if (form.form === 'power_of_two') common = Math.max(common, coarsest);
  const { factors } = scaled(unit.map((own, c) => (largest[c] === 0 ? 0 : own / common)), unit, most, form);
  return { factors, unit: new Float64Array(unit.length).fill(common) };
}

function largestOutput(bits: number): number {
  return (2 ** (bits - 1) - 1) / (bits >= MANY_BITS ? ROOM : 1);
}

/** @param wanted outputs for each unit of a sum; 0 for a channel that is always zero */
function scaled(wanted: Float64Array, unit: Float64Array, reach: number, form: Requantize): Scaled {
  const alive = wanted.filter((factor) => factor > 0);
  const least = alive.reduce((a, b) => Math.min(a, b), alive.length > 0 ? Infinity : 1);
  const given = wanted.map((factor) => factor || least);
  const factors = form.form === 'power_of_two'
    ? powerOfTwoFactors(Int32Array.from(given, (factor) => Math.min(MAX_SHIFT, Math.max(0, Math.ceil(-Math.log2(factor) - 1e-9)))))
    : multiplierFactors(given, new Float64Array(given.length).fill(reach), form.bits, true);
  return { factors, unit: unit.map((own, c) => (own * 2 ** factors.shift[c]) / factors.multiplier[c]) };
}

/**
 * What follows the last stage: the layer's own requantization, for sums in `unit`s of the factors' exact sums instead of recoded weights.
 * @throws ShiftloomError('unsupported') if a bias or a shift leaves its range
 */
export function outputRequantization({ description, tensors, factors: stored }: Layer, unit: number, form: Requantize): Factors & { readonly bias: Int32Array } {
  const { bias, multiplier, shift } = tensors;
  const { recodeShift } = stored!.tensors;
  const place = `layer ${description.name}`;
  const real = Array.from(bias, (value, o) => Math.round((value * 2 ** recodeShift[o]) / unit));
  const wrong = real.findIndex((value) => Math.abs(value) >= 2 ** 31);
  if (wrong >= 0) throw new ShiftloomError('unsupported', place, `the bias of output channel ${wrong} would be ${real[wrong]} in units of the last stage, more than 32 bits`, 'Give the stages fewer bits');
  return { ...outputFactors(form, multiplier, shift, recodeShift, unit, place, 2 ** description.output.bits), bias: Int32Array.from(real) };
}

function outputFactors(form: Requantize, multiplier: Int32Array, shift: Int32Array, recodeShift: Int32Array, unit: number, place: string, reach: number): Factors {
  if (form.form === 'multiplier') {
    const factors = Float64Array.from(multiplier, (value, o) => (value * unit) / 2 ** (shift[o] + recodeShift[o]));
    return multiplierFactors(factors, new Float64Array(factors.length).fill(reach), form.bits, true);
  }
  const shifts = Int32Array.from(shift, (own, o) => own + recodeShift[o] - Math.log2(unit));
  const wrong = shifts.findIndex((own) => own < 0 || own > MAX_SHIFT);
  if (wrong >= 0) throw new ShiftloomError('unsupported', place, `output channel ${wrong} would need a shift of ${shifts[wrong]}, 0..${MAX_SHIFT} are possible`, `Give the stages ${shifts[wrong] < 0 ? 'more' : 'fewer'} bits`);
  return powerOfTwoFactors(shifts);
}
