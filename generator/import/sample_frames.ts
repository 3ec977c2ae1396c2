/** Input frames of a float layer from a .npy file. */
import { type MapSize, frameCount } from '../layer/frames.js';
import { readNpy } from '../layer/npy.js';
import { isIntegerType } from '../layer/tensor.js';
import type { InputFrames } from './float_layer.js';

/**
 * Frames of shape (H, W, C) or (N, H, W, C): an integer element type means input units, a float type real units.
 * @throws ShiftloomError('input') if the file is missing or the shape is another.
 */
export async function readSampleFrames(path: string, map: MapSize): Promise<InputFrames> {
  const tensor = await readNpy(path);
  const frames = frameCount(tensor, map, path);
  return { frames, values: isIntegerType(tensor.dtype) ? Int32Array.from(tensor.data) : Float32Array.from(tensor.data) };
}
