/** Accumulator width and the folded bias (docs/number_formats.md, "Accumulation"). */
import type { Layer } from '../layer/layer.js';
import { integerRange } from '../layer/layer.js';
import { signedWidth } from '../verilog/literal.js';
import { runsOnPair } from './array.js';
import { negativeCorrection } from './codes.js';
import type { Lanes } from './plan.js';
import type { ScalarEncoding } from '../layer/schema.js';

/** Weights of one output channel, length groupInChannels * kernel positions. */
function channelWeights(layer: Layer, channel: number): Int32Array {
  const g = layer.geometry;
  const size = g.groupInChannels * g.kernelHeight * g.kernelWidth;
  return layer.tensors.weight.subarray(channel * size, (channel + 1) * size);
}

const widths = new WeakMap<Layer, number>();

/** Smallest two's complement width that holds every value that any output channel's accumulator, bias included, can take. */
export function accumulatorWidth(layer: Layer): number {
  let width = widths.get(layer); // the search plans one layer many times
  if (width === undefined) widths.set(layer, (width = widthOf(layer)));
  return width;
}

function widthOf(layer: Layer): number {
  const { bits, signed, zeroPoint } = layer.description.input;
  const [low, high] = integerRange(bits, signed);
  let smallest = 0;
  let largest = 0;
  for (let channel = 0; channel < layer.geometry.outChannels; channel++) {
    let positive = 0;
    let negative = 0;
    for (const weight of channelWeights(layer, channel)) {
      if (weight > 0) positive += weight;
      else negative -= weight;
    }
    const bias = layer.tensors.bias[channel];
    largest = Math.max(largest, positive * (high - zeroPoint) - negative * (low - zeroPoint) + bias);
    smallest = Math.min(smallest, positive * (low - zeroPoint) - negative * (high - zeroPoint) + bias);
  }
  return Math.max(2, signedWidth(smallest, largest));
}

/** Exponent of a weight's group, 0 if the encoding has none. Indices: output channel, input channel within the group, kernel position. */
export function exponentOf(layer: Layer, channel: number, input: number, position: number): number {
  const encoding = layer.description.weights;
  if (encoding.encoding !== 'bpot' || !layer.tensors.exponent) return 0;
  const g = layer.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const groups = Math.ceil(g.groupInChannels / encoding.groupSize);
  return layer.tensors.exponent[(channel * groups + Math.floor(input / encoding.groupSize)) * positions + position];
}

/**
 * Bias with the input zero point and the one's complement corrections folded in; exact integers (below 2^53).
 * `folded[o] = bias[o] - zx * sum(w) + corrections`; lanes in pairs need none, and which lane a channel runs on follows from the folding.
 */
export function foldedBias(layer: Layer, encoding: ScalarEncoding, lanes: Pick<Lanes, 'oc' | 'kind' | 'dsp'>): Float64Array {
  const g = layer.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const folded = new Float64Array(g.outChannels);
  const corrections = new Map<number, number>();
  for (let channel = 0; channel < g.outChannels; channel++) {
    const weights = channelWeights(layer, channel);
    const isExact = lanes.kind === 'dsp' || runsOnPair(lanes, channel % g.groupOutChannels);
    let sum = 0;
    let correction = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      sum += weight;
      if (weight === 0 || isExact) continue;
      const exponent = exponentOf(layer, channel, Math.floor(i / positions), i % positions);
      const key = weight * 16 + exponent;
      let part = corrections.get(key);
      if (part === undefined) corrections.set(key, (part = negativeCorrection(encoding, 'lut', weight, exponent)));
      correction += part;
    }
    folded[channel] = layer.tensors.bias[channel] - layer.description.input.zeroPoint * sum + correction;
  }
  return folded;
}
