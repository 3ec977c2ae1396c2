/** Kernel layouts of the frameworks, brought to (O, I, H, W). */
import { ShiftloomError } from '../errors.js';
import type { Tensor } from '../layer/tensor.js';
import { shapeText } from '../layer/tensor.js';
import { sameShape } from '../layer/frames.js';

/** OIHW: PyTorch, ONNX; linear (out, in). HWIO: TensorFlow, Keras; linear (in, out). */
export type WeightLayout = 'OIHW' | 'HWIO';

export type KernelShape = readonly [out: number, groupIn: number, height: number, width: number];

/**
 * Kernel values in (O, I, H, W) order as floats (float32 unless the file has float64).
 * A TensorFlow depthwise kernel (H, W, C, M) is the same memory as the grouped (H, W, 1, C*M) and is taken as such.
 * @param shape wanted shape; I is the input channels of one group
 * @throws ShiftloomError('input') if the tensor's shape does not match.
 */
export function kernelToOihw(tensor: Tensor, layout: WeightLayout, shape: KernelShape, linear: boolean, place: string): Float32Array | Float64Array {
  const [O, I, H, W] = shape;
  const stored = storedShape(layout, shape, linear);
  const depthwise = layout === 'HWIO' && I === 1 && !linear && tensor.shape.length === 4 && tensor.shape[2] > 1;
  const seen = depthwise ? [tensor.shape[0], tensor.shape[1], 1, tensor.shape[2] * tensor.shape[3]] : tensor.shape;
  if (!sameShape(seen, stored)) {
    throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; the geometry in ${layout} order needs ${shapeText(stored)}`);
  }
  const source = tensor.data;
  const out = source instanceof Float64Array ? new Float64Array(source.length) : new Float32Array(source.length);
  if (layout === 'OIHW') {
    out.set(source);
    return out;
  }
  for (let o = 0, to = 0; o < O; o++) {
    for (let i = 0; i < I; i++) {
      for (let k = 0; k < H * W; k++) out[to++] = source[(k * I + i) * O + o];
    }
  }
  return out;
}

function storedShape(layout: WeightLayout, [O, I, H, W]: KernelShape, linear: boolean): number[] {
  if (linear) return layout === 'OIHW' ? [O, I] : [I, O];
  return layout === 'OIHW' ? [O, I, H, W] : [H, W, I, O];
}
