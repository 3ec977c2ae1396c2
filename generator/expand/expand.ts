/** A layer as its file has it, to a layer that everything after reading can work with. */
import { ShiftloomError } from '../errors.js';
import { rebuildWeights } from '../golden/factor_reconstruction.js';
import type { Layer, StoredLayer } from '../layer/layer.js';

/**
 * A layer with integer weights: factors are multiplied out and recoded, all else is left as it is.
 * @throws ShiftloomError('input') if sums of factors could be too large
 */
export function expandLayer({ description, geometry, tensors, sample }: StoredLayer, place: string): Layer {
  const { weight, exponent, factors, ...requantization } = tensors;
  const { weights } = description;
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
export function storedLayer({ description, geometry, tensors, factors, sample }: Layer): StoredLayer {
  if (!factors) return { description, geometry, tensors, sample };
  const { bias, multiplier, shift } = tensors;
  return { description: { ...description, weights: factors.weights }, geometry, tensors: { factors: factors.tensors, bias, multiplier, shift }, sample };
}
