/** A float layer computed straight from the definition of ONNX Conv, in float64. */
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { outputMap } from '../../../generator/import/onnx/geometry.js';

/**
 * Outputs (frames, height, width, channels) in real units after the activation.
 * @param input (frames, height, width, channels) in real units
 */
export function floatOutputs(layer: FloatLayer, input: ArrayLike<number>): Float64Array {
  const { input: map, outChannels, kernel, strides, pads, dilations, groups } = layer;
  const [OH, OW] = outputMap(layer);
  const size = map.height * map.width * map.channels;
  const frames = input.length / size;
  const groupIn = map.channels / groups;
  const out = new Float64Array(frames * OH * OW * outChannels);
  let at = 0;
  for (let f = 0; f < frames; f++) {
    for (let oy = 0; oy < OH; oy++) {
      for (let ox = 0; ox < OW; ox++) {
        for (let o = 0; o < outChannels; o++) {
          const first = Math.floor(o / (outChannels / groups)) * groupIn;
          let sum = layer.bias[o];
          for (let ky = 0; ky < kernel[0]; ky++) {
            for (let kx = 0; kx < kernel[1]; kx++) {
              const y = oy * strides[0] + ky * dilations[0] - pads[0];
              const x = ox * strides[1] + kx * dilations[1] - pads[1];
              if (y < 0 || x < 0 || y >= map.height || x >= map.width) continue;
              const from = f * size + (y * map.width + x) * map.channels + first;
              for (let i = 0; i < groupIn; i++) sum += layer.weight[((o * groupIn + i) * kernel[0] + ky) * kernel[1] + kx] * input[from + i];
            }
          }
          out[at++] = activated(sum, layer);
        }
      }
    }
  }
  return out;
}

function activated(sum: number, { activation }: FloatLayer): number {
  if (activation.kind === 'none') return sum;
  return activation.kind === 'relu' ? Math.max(0, sum) : Math.max(activation.min, Math.min(activation.max, sum));
}

/** (frames, C, positions) to (frames, positions, C), or back with `channels` the positions. */
export function swapAxes(values: ArrayLike<number>, channels: number, positions: number): Float64Array {
  const out = new Float64Array(values.length);
  const frames = values.length / (channels * positions);
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < positions; p++) out[(f * positions + p) * channels + c] = values[(f * channels + c) * positions + p];
    }
  }
  return out;
}
