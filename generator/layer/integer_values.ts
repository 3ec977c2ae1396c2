/** Tensors to exact integers within a range. */
import { ShiftloomError } from '../errors.js';
import { sameShape } from './frames.js';
import { type Tensor, indexText, shapeText } from './tensor.js';

/** Exact integers of a tensor of the given shape and range. */
export function integers(tensor: Tensor, shape: readonly number[], range: readonly [number, number], place: string): Int32Array {
  if (!sameShape(tensor.shape, shape)) {
    throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; the layer needs ${shapeText(shape)}`);
  }
  const { data } = tensor;
  const [low, high] = range;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    // NaN fails every comparison, so it is caught by the first one.
    if (!(value >= low && value <= high) || value !== Math.floor(value)) {
      const allowed = Number.isInteger(value) ? `integers ${low}..${high}` : 'integers only';
      throw new ShiftloomError('input', place, `element ${indexText(tensor.shape, i)} is ${value}; allowed: ${allowed}`);
    }
  }
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/** One value per output channel; a scalar or a single element stands for all channels. */
export function channelValues(tensor: Tensor, channels: number, low: number, high: number, place: string): Int32Array {
  if (tensor.data.length === 1 && tensor.shape.length <= 1) {
    return new Int32Array(channels).fill(integers(tensor, tensor.shape, [low, high], place)[0]);
  }
  return integers(tensor, [channels], [low, high], place);
}
