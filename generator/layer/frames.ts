/** Input frames in a tensor: which shapes are accepted and how many frames they hold. */
import { ShiftloomError } from '../errors.js';
import { type Tensor, shapeText } from './tensor.js';

export interface MapSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Number of frames in a tensor of shape (H, W, C) or (N, H, W, C); for a 1x1 map also (C) or (N, C).
 * @throws ShiftloomError('input') for any other shape and for zero frames.
 */
export function frameCount(tensor: Tensor, map: MapSize, place: string): number {
  const single = [[map.height, map.width, map.channels]];
  if (map.height === 1 && map.width === 1) single.push([map.channels]);
  for (const shape of single) {
    if (sameShape(tensor.shape, shape)) return 1;
    if (tensor.shape.length === shape.length + 1 && sameShape(tensor.shape.slice(1), shape) && tensor.shape[0] > 0) {
      return tensor.shape[0];
    }
  }
  const wanted = single.map((s) => `${shapeText(s)} or (N, ${s.join(', ')})`).join(' or ');
  throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; the layer's input is ${wanted}; N from 1, channels last`);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
