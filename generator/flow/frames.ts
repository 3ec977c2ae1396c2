/** Input frames for a simulation: those that came with the layer, or seeded random ones. */
import type { Layer } from '../layer/layer.js';
import { randomInput } from '../layer/random_layer.js';

export interface InputFrames {
  readonly source: 'sample' | 'random';
  readonly frames: number;
  /** (frames, inHeight, inWidth, inChannels). */
  readonly data: Int32Array;
}

/**
 * `count` frames. A sample with fewer is taken from its start again; without a sample they are random, the same for the same seed.
 */
export function inputFrames(layer: Layer, count: number, seed: number): InputFrames {
  const { inHeight, inWidth, inChannels } = layer.geometry;
  if (!layer.sample) return { source: 'random', frames: count, data: randomInput(layer, count, seed) };
  const length = inHeight * inWidth * inChannels;
  const data = new Int32Array(count * length);
  for (let frame = 0; frame < count; frame++) {
    const from = (frame % layer.sample.frames) * length;
    data.set(layer.sample.data.subarray(from, from + length), frame * length);
  }
  return { source: 'sample', frames: count, data };
}
