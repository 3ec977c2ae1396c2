/** Bits that a compressed layer stores, all side information included, against the same layer uncompressed. */
import { structureBits } from '../layer/blocks.js';
import type { Layer, LayerBlocks, LayerFactors } from '../layer/layer.js';
import { codeBits, exponentBits, storedCodes } from '../layer/representable.js';
import type { FactorEncoding, ScalarEncoding } from '../layer/schema.js';

const SHIFT_BITS = 6;
const RECODE_SHIFT_BITS = 5;

export interface StoredSize {
  readonly weights: number;
  /** Codes (of the factors or blocks, if the file stores those; with blocks the orders and sizes), selections of n:m structure, group exponents, levels, biases at the width of the widest, multipliers and shifts. */
  readonly storedBits: number;
  /** 32-bit float weights and biases. */
  readonly denseBits: number;
  /** 8-bit weights and 32-bit biases. */
  readonly dense8Bits: number;
  /** Share of weights that are not zero. */
  readonly density: number;
}

/** The rule of `generator/compress/stats.ts`, worked out from the layer alone, so that it holds for layers of other origin too. */
export function storedSize(layer: Layer): StoredSize {
  const { description, tensors } = layer;
  const { weight, bias, shift } = tensors;
  const storedBits =
    ownBits(layer) +
    bias.length * signedBits(bias) +
    (description.requantize.form === 'multiplier' ? bias.length * description.requantize.bits : 0) +
    SHIFT_BITS * (allEqual(shift) ? 1 : shift.length);
  return {
    weights: weight.length,
    storedBits,
    denseBits: 32 * (weight.length + bias.length),
    dense8Bits: 8 * weight.length + 32 * bias.length,
    density: weight.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0) / weight.length,
  };
}

function ownBits(layer: Layer): number {
  if (layer.factors) return factorBits(layer.factors, layer.tensors.weight.length);
  return layer.blocks ? blockBits(layer.blocks) : weightBits(layer);
}

/** Codes of the weights in blocks, group exponents and levels; both orders and all sizes as indices. */
export function blockBits({ encoding: { values }, tensors }: LayerBlocks): number {
  const { weight, exponent } = tensors;
  return (
    weight.length * codeBits(values) +
    (values.encoding === 'bpot' ? (exponent?.length ?? 0) * exponentBits(values.maxExponent) : 0) +
    (values.encoding === 'codebook' ? values.levels.length * signedBits(values.levels) : 0) +
    structureBits(tensors)
  );
}

/** Codes with selections, group exponents and levels. */
function weightBits({ description, geometry, tensors }: Layer): number {
  const encoding = description.weights as ScalarEncoding;
  const codes = storedCodes(tensors.weight.length, geometry.groupInChannels, description.sparsity);
  return (
    codes.count * (codeBits(encoding) + codes.selectionBits) +
    (encoding.encoding === 'bpot' ? (tensors.exponent?.length ?? 0) * exponentBits(encoding.maxExponent) : 0) +
    (encoding.encoding === 'codebook' ? encoding.levels.length * signedBits(encoding.levels) : 0)
  );
}

/**
 * Codes of all factors, recoding shifts (once if all channels share one), and of each residual entry the weight's position, a sign and a shift.
 * @param positions number of weights that an entry may belong to
 */
export function factorBits({ weights, tensors }: LayerFactors, positions: number): number {
  const codes = (values: Int32Array | undefined, encoding: FactorEncoding | undefined) => (values && encoding ? values.length * codeBits(encoding) : 0);
  const { factors, residual } = weights;
  const entryBits = residual ? countBits(positions) + 1 + countBits(residual.maxShift + 1) : 0;
  return (
    codes(tensors.output, factors.output) +
    codes(tensors.input, factors.input) +
    codes(tensors.kernel, factors.kernel) +
    codes(tensors.kernelRow, factors.kernelRow) +
    codes(tensors.kernelColumn, factors.kernelColumn) +
    RECODE_SHIFT_BITS * (allEqual(tensors.recodeShift) ? 1 : tensors.recodeShift.length) +
    ((tensors.residual?.length ?? 0) / 3) * entryBits
  );
}

function allEqual(values: Int32Array): boolean {
  return values.every((value) => value === values[0]);
}

/** Bits that tell `count` values apart. */
function countBits(count: number): number {
  return Math.ceil(Math.log2(count));
}

/** Two's complement width that holds all values. */
function signedBits(values: ArrayLike<number>): number {
  let bits = 1;
  for (let i = 0; i < values.length; i++) {
    while (values[i] < -(2 ** (bits - 1)) || values[i] > 2 ** (bits - 1) - 1) bits++;
  }
  return bits;
}
