/** Weights that came as integers with a scale for each output channel, as quantized models have them. */
import type { FloatLayer } from '../import/float_layer.js';
import { representableValues } from '../layer/representable.js';
import type { QuantizeRequest } from './quantize_weights.js';
import { minimumScale } from './requantization.js';

/** How far from an integer a weight may lie, in units: far more than rounding of products to float32, far less than half a unit. */
const TOLERANCE = 1e-3;

/** The integers that a channel came with (weights in any order, pruned ones zero), where they can stay; `undefined` elsewhere. */
export type Keeper = (channel: Float64Array, o: number) => Int32Array | undefined;

/**
 * Keeps the integers of channels whose every weight the encoding can spell: such a channel needs no search for a scale, and loses nothing.
 * Group exponents and power-of-two factors have scales of their own, and a bias must fit 32 bits.
 */
export function keeperOf({ weightScale, bias }: FloatLayer, { encoding, inputScale, outputScale, powerOfTwo }: QuantizeRequest): Keeper {
  if (!weightScale || powerOfTwo || encoding.encoding === 'bpot') return () => undefined;
  const levels = new Set(representableValues(encoding));
  return (channel, o) => (weightScale[o] < minimumScale(bias[o], inputScale, outputScale) ? undefined : keptIntegers(channel, weightScale[o], levels));
}

function keptIntegers(channel: Float64Array, scale: number, levels: ReadonlySet<number>): Int32Array | undefined {
  const integers = new Int32Array(channel.length);
  for (let i = 0; i < channel.length; i++) {
    const units = channel[i] / scale;
    integers[i] = Math.round(units);
    if (Math.abs(units - integers[i]) > TOLERANCE || !levels.has(integers[i])) return undefined;
  }
  return integers;
}
