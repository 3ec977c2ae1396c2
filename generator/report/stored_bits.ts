/** Bits that a compressed layer stores, all side information included, against the same layer uncompressed. */
import type { Layer } from '../layer/layer.js';
import { codeBits, exponentBits, storedCodes } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';

const SHIFT_BITS = 6;

export interface StoredSize {
  readonly weights: number;
  /** Codes, selections of n:m structure, group exponents, levels, biases at the width of the widest, multipliers and shifts. */
  readonly storedBits: number;
  /** 32-bit float weights and biases. */
  readonly denseBits: number;
  /** 8-bit weights and 32-bit biases. */
  readonly dense8Bits: number;
  /** Share of weights that are not zero. */
  readonly density: number;
}

/** The rule of `generator/compress/stats.ts`, worked out from the layer alone, so that it holds for layers of other origin too. */
export function storedSize({ description, geometry, tensors }: Layer): StoredSize {
  const encoding = description.weights as ScalarEncoding;
  const { weight, exponent, bias, shift } = tensors;
  const oneShift = shift.every((value) => value === shift[0]);
  const codes = storedCodes(weight.length, geometry.groupInChannels, description.sparsity);
  const storedBits =
    codes.count * (codeBits(encoding) + codes.selectionBits) +
    (encoding.encoding === 'bpot' ? (exponent?.length ?? 0) * exponentBits(encoding.maxExponent) : 0) +
    (encoding.encoding === 'codebook' ? encoding.levels.length * signedBits(encoding.levels) : 0) +
    bias.length * signedBits(bias) +
    (description.requantize.form === 'multiplier' ? bias.length * description.requantize.bits : 0) +
    SHIFT_BITS * (oneShift ? 1 : bias.length);
  return {
    weights: weight.length,
    storedBits,
    denseBits: 32 * (weight.length + bias.length),
    dense8Bits: 8 * weight.length + 32 * bias.length,
    density: weight.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0) / weight.length,
  };
}

/** Two's complement width that holds all values. */
function signedBits(values: ArrayLike<number>): number {
  let bits = 1;
  for (let i = 0; i < values.length; i++) {
    while (values[i] < -(2 ** (bits - 1)) || values[i] > 2 ** (bits - 1) - 1) bits++;
  }
  return bits;
}
