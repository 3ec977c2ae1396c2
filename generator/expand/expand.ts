/** A layer as its file has it, to a layer that everything after reading can work with. */
import { ShiftloomError } from '../errors.js';
import { denseWeights } from '../golden/block_permuted.js';
import { rebuildWeights } from '../golden/factor_reconstruction.js';
import type { Layer, StoredLayer } from '../layer/layer.js';

/**
 * A layer with integer weights: factors are multiplied out and recoded, blocks put to their places in a dense matrix, all else is left as it is.
 * @throws ShiftloomError('input') if sums of factors could be too large
 */
export function expandLayer({ description, geometry, tensors, sample }: StoredLayer, place: string): Layer {
  const { weight, exponent, factors, blocks, ...requantization } = tensors;
  const { weights } = description;
  if (weights.encoding === 'block_permuted') {
    if (!blocks) throw new ShiftloomError('input', place, 'has no blocks');
    const dense = { weight: denseWeights(blocks), ...requantization };
    return { description: { ...description, weights: weights.values }, geometry, tensors: dense, blocks: { encoding: weights, tensors: blocks }, sample };
  }
  if (weights.encoding !== 'cp') {
    if (!weight) throw new ShiftloomError('input', place, 'has no weights');
    return { description, geometry, tensors: { weight, exponent, ...requantization }, sample };
  }
  if (!factors) throw new ShiftloomError('input', place, 'has no factors');
  return {
    description: { ...description, weights: weights.recode },
    geometry,
    tensors: { ...rebuildWeights(weights, factors, geometry, place), ...requantization },
    factors: { weights, tensors: factors },
    sample,
  };
}

/** The way back: what `writeLayer` takes to write the layer as it was stored. */
export function storedLayer({ description, geometry, tensors, factors, blocks, sample }: Layer): StoredLayer {
  const { bias, multiplier, shift } = tensors;
  if (blocks) return { description: { ...description, weights: blocks.encoding }, geometry, tensors: { blocks: blocks.tensors, bias, multiplier, shift }, sample };
  if (!factors) return { description, geometry, tensors, sample };
  return { description: { ...description, weights: factors.weights }, geometry, tensors: { factors: factors.tensors, bias, multiplier, shift }, sample };
}
