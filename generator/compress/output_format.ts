/** The output's integer format: its scale, zero point and the activation in output units. */
import { ShiftloomError } from '../errors.js';
import type { ActivationFormat, FloatActivation, FloatLayer } from '../import/float_layer.js';
import { integerRange } from '../layer/layer.js';
import type { Activation } from '../layer/schema.js';

/** The activation function on a real value. */
export function activate(value: number, activation: FloatActivation): number {
  if (activation.kind === 'relu') return Math.max(0, value);
  if (activation.kind === 'clip') return Math.min(activation.max, Math.max(activation.min, value));
  return value;
}

/**
 * Completes what the layer says of its output. Unsigned if the activation lets no negative value through; the scale is the smallest that holds
 * the outputs seen (after the activation), or all but the outermost 0.01 %.
 * @param outputs real outputs before the activation
 */
export function outputFormat(layer: FloatLayer, outputs: Float64Array, range: 'max' | 'percentile', scale?: number): Required<ActivationFormat> {
  const given = layer.outputFormat ?? {};
  const { activation } = layer;
  const negative = activation.kind === 'none' || (activation.kind === 'clip' && activation.min < 0);
  const bits = given.bits ?? 8;
  const signed = given.signed ?? negative;
  const wanted = scale ?? given.scale;
  const [low, high] = integerRange(bits, signed);
  const [least, most] = seenRange(outputs, activation, range);
  const zeroPoint = given.zeroPoint ?? (signed ? 0 : defaultZeroPoint(least, most, low, high, wanted));
  const found = Math.max(high > zeroPoint ? most / (high - zeroPoint) : 0, zeroPoint > low ? least / (low - zeroPoint) : 0);
  return { bits, signed, zeroPoint, scale: wanted ?? (found > 0 ? found : 1) };
}

/** Smallest and largest activated output, zero included. */
function seenRange(outputs: Float64Array, activation: FloatActivation, range: 'max' | 'percentile'): [number, number] {
  const seen = outputs.map((y) => activate(y, activation)).sort();
  const cut = range === 'percentile' ? Math.floor(seen.length * 1e-4) : 0;
  return [Math.min(0, seen[cut]), Math.max(0, seen[seen.length - 1 - cut])];
}

/** An unsigned format with negative outputs puts zero in the middle of them. */
function defaultZeroPoint(least: number, most: number, low: number, high: number, scale: number | undefined): number {
  if (least >= 0) return low;
  const unit = scale ?? (most - least) / (high - low);
  return Math.min(high, Math.max(low, low + Math.round(-least / unit)));
}

/**
 * The activation in output units.
 * @throws ShiftloomError('input') if the clip bounds leave nothing of the output's range.
 */
export function integerActivation(activation: FloatActivation, format: Required<ActivationFormat>): Activation {
  if (activation.kind !== 'clip') return { kind: activation.kind };
  const [low, high] = integerRange(format.bits, format.signed);
  const unitsOf = (value: number) => Math.round(value / format.scale) + format.zeroPoint;
  const min = Math.max(low, unitsOf(activation.min));
  const max = Math.min(high, unitsOf(activation.max));
  if (min > max) {
    throw new ShiftloomError('input', 'activation', `clips to ${activation.min}..${activation.max}, which is outside the output's range`, 'Give another output scale or zero point');
  }
  return { kind: 'clip', min, max };
}
