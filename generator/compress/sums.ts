/**
 * The layer's sums (before bias) at chosen output positions, for float or integer weights alike. Written for measuring errors: straight
 * from the definition of ONNX Conv, with patches gathered once and four positions summed at a time.
 */
import type { FloatLayer } from '../import/float_layer.js';
import { Random } from '../layer/random.js';
import { takeChannel } from './channel_order.js';
import type { LayerInputs } from './layer_inputs.js';

/** Memory limit of what is measured: 64 MiB of patches. */
export const MAX_PATCH_VALUES = 2 ** 24;

/** Input patches of chosen output positions. */
export interface Patches {
  /** Number of positions; a multiple of 4 is stored, the rest zero. */
  readonly count: number;
  /** How many there are in all frames. */
  readonly of: number;
  /** (positions, groups, taps, groupInChannels): input minus zero point; 0 where the padding is. */
  readonly data: Float32Array;
  readonly length: number;
}

/**
 * Gathers patches of as many output positions as the work limit allows; if not all, a seeded choice over all frames.
 * @param outputMacs limit of positions * weights
 * @param allocate makes the array that holds them
 */
export function gatherPatches(
  layer: FloatLayer, inputs: LayerInputs, outputMacs: number, seed: number,
  { maxValues = MAX_PATCH_VALUES, allocate = (count: number) => new Float32Array(count) }: { maxValues?: number; allocate?: (count: number) => Float32Array } = {},
): Patches {
  const { kernel, strides, pads, dilations, groups, input } = layer;
  const [OH, OW] = outputSize(layer);
  const groupIn = input.channels / groups;
  const length = kernel[0] * kernel[1] * input.channels;
  const of = inputs.frames * OH * OW;
  const limit = Math.min(Math.floor(outputMacs / layer.weight.length), Math.floor(maxValues / length));
  const chosen = choosePositions(of, Math.max(4, limit), seed);
  const data = allocate(Math.ceil(chosen.length / 4) * 4 * length);
  chosen.forEach((position, p) => {
    const frame = Math.floor(position / (OH * OW));
    const top = Math.floor((position % (OH * OW)) / OW) * strides[0] - pads[0];
    const left = (position % OW) * strides[1] - pads[1];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const y = top + Math.floor(tap / kernel[1]) * dilations[0];
      const x = left + (tap % kernel[1]) * dilations[1];
      if (y < 0 || y >= input.height || x < 0 || x >= input.width) continue;
      const from = ((frame * input.height + y) * input.width + x) * input.channels;
      for (let c = 0; c < input.channels; c++) {
        const group = Math.floor(c / groupIn);
        const to = p * length + (group * kernel[0] * kernel[1] + tap) * groupIn + (c - group * groupIn);
        data[to] = inputs.data[from + c] - inputs.format.zeroPoint;
      }
    }
  });
  return { count: chosen.length, of, data, length };
}

/** Output height and width. */
export function outputSize({ input, kernel, strides, pads, dilations }: FloatLayer): [number, number] {
  const side = (size: number, axis: 0 | 1) =>
    Math.floor((size + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis]) + 1;
  return [side(input.height, 0), side(input.width, 1)];
}

/** A seeded choice of `limit` of 0..of-1, ascending (Fisher-Yates, of which only the moved entries are kept). */
function choosePositions(of: number, limit: number, seed: number): number[] {
  if (of <= limit) return Array.from({ length: of }, (_, i) => i);
  const random = new Random(seed);
  const moved = new Map<number, number>();
  const chosen = Array.from({ length: limit }, (_, i) => {
    const j = random.integer(i, of - 1);
    const value = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return value;
  });
  return chosen.sort((a, b) => a - b);
}

/**
 * Sums of weight * (input - zero point), (outChannels, positions). Exact for integer weights while the sums stay below 2^53.
 * @param weight (O, I, KH, KW), float or integer
 */
export function layerSums(layer: FloatLayer, weight: Float32Array | Float64Array | Int32Array, patches: Patches): Float64Array {
  const { outChannels, groups, kernel } = layer;
  const size = { outChannels, groupInChannels: layer.input.channels / groups, taps: kernel[0] * kernel[1] };
  const values = weight instanceof Int32Array ? Float64Array.from(weight) : weight;
  const perGroup = size.groupInChannels * size.taps;
  const out = new Float64Array(outChannels * patches.count);
  for (let o = 0; o < outChannels; o++) {
    const group = Math.floor(o / (outChannels / groups));
    const channel = takeChannel(values, size, o);
    for (let p = 0; p < patches.count; p += 4) {
      const sums = dotFour(channel, patches, p, group * perGroup);
      for (let k = 0; k < 4 && p + k < patches.count; k++) out[o * patches.count + p + k] = sums[k];
    }
  }
  return out;
}

function dotFour(channel: Float64Array, { data, length }: Patches, position: number, offset: number): [number, number, number, number] {
  const a = position * length + offset;
  const [b, c, d] = [a + length, a + 2 * length, a + 3 * length];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < channel.length; i++) {
    const w = channel[i];
    s0 += w * data[a + i];
    s1 += w * data[b + i];
    s2 += w * data[c + i];
    s3 += w * data[d + i];
  }
  return [s0, s1, s2, s3];
}
