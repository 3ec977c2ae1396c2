/** What a report says about the layer itself: sizes and errors of its compression. */
import { codeBits, exponentBits } from '../layer/representable.js';
import type { Layer } from '../layer/layer.js';
import type { LayerDescription, ScalarEncoding } from '../layer/schema.js';

export interface LayerFacts {
  readonly format: 'shiftloom.layer_facts';
  readonly version: 1;
  readonly layer: string;
  readonly weights: LayerDescription['weights'];
  /** Bits of codes, group exponents and levels, biases, multipliers and shifts. */
  readonly storedBits: number;
  /** Bits of the same layer with 32-bit float weights and biases. */
  readonly denseBits: number;
  /** Share of weights that are not zero. */
  readonly density: number;
  /** What the compressor measured, if the layer came from one. */
  readonly compression?: LayerDescription['compression'];
}

export function layerFacts(layer: Layer): LayerFacts {
  const { description, tensors } = layer;
  return {
    format: 'shiftloom.layer_facts',
    version: 1,
    layer: description.name,
    weights: description.weights,
    storedBits: storedBits(layer),
    denseBits: 32 * (tensors.weight.length + tensors.bias.length),
    density: tensors.weight.reduce((n, w) => n + (w !== 0 ? 1 : 0), 0) / tensors.weight.length,
    ...(description.compression ? { compression: description.compression } : {}),
  };
}

/** The same sum that `compress` prints. */
function storedBits({ description, tensors }: Layer): number {
  const encoding = description.weights as ScalarEncoding;
  const { weight, exponent, bias, shift } = tensors;
  const codes = weight.length * codeBits(encoding);
  const exponents = encoding.encoding === 'bpot' ? (exponent?.length ?? 0) * exponentBits(encoding.maxExponent) : 0;
  const levels = encoding.encoding === 'codebook' ? encoding.levels.length * widest(encoding.levels) : 0;
  const multipliers = description.requantize.form === 'multiplier' ? bias.length * description.requantize.bits : 0;
  const shifts = 6 * (shift.every((s) => s === shift[0]) ? 1 : shift.length);
  return codes + exponents + levels + bias.length * widest(bias) + multipliers + shifts;
}

/** Two's complement bits of the widest value. */
function widest(values: ArrayLike<number>): number {
  let bits = 1;
  for (let i = 0; i < values.length; i++) while (values[i] < -(2 ** (bits - 1)) || values[i] >= 2 ** (bits - 1)) bits++;
  return bits;
}
