/**
 * What is trained, and the weights that it stands for: each step the weights are made from the trained values (rounded, if the layer is quantized), and their
 * gradient goes back to those, straight through the rounding (Bengio, Léonard, Courville 2013, "Estimating or propagating gradients through stochastic neurons").
 */
import type { Random } from '../../generator/layer/random.js';
import { weightCount, weightRows, type StageShape } from './stage.js';

/** Trained values with their gradient. */
export interface Trained {
  readonly values: Float32Array;
  readonly slopes: Float32Array;
  /** What the rate of training is multiplied by. */
  readonly pace: number;
}

export interface LayerModel {
  /** Everything that is trained but the bias. */
  readonly trained: readonly Trained[];
  /** Writes the weights (out, in, kernel, kernel). */
  weights(out: Float32Array): void;
  /** From the gradient of the weights to those of the trained values, which are overwritten. */
  slopes(weight: Float32Array): void;
}

export function trainedValues(values: Float32Array, pace = 1): Trained {
  return { values, slopes: new Float32Array(values.length), pace };
}

/** Weights as they are. */
export function floatModel(values: Float32Array): LayerModel {
  const weight = trainedValues(values);
  return {
    trained: [weight],
    weights: (out) => out.set(weight.values),
    slopes: (slopes) => weight.slopes.set(slopes),
  };
}

/** He's uniform initialization, by the inputs that each output has. */
export function initialWeights(stage: StageShape, random: Random): Float32Array {
  const weight = new Float32Array(weightCount(stage));
  for (const { start, length } of weightRows(stage)) {
    const bound = Math.sqrt(6 / length);
    for (let at = start; at < start + length; at++) weight[at] = (2 * random.fraction() - 1) * bound;
  }
  return weight;
}

/** Integers of `uniform` weights and their scale per output channel, from float weights (out, ...): the largest weight of a channel is the largest integer. */
export function uniformIntegers(values: Float32Array, outChannels: number, bits: number): { readonly integers: Int32Array; readonly scale: Float64Array } {
  const per = values.length / outChannels;
  const integers = new Int32Array(values.length);
  const scale = new Float64Array(outChannels);
  const most = 2 ** (bits - 1) - 1;
  for (let o = 0; o < outChannels; o++) {
    const row = values.subarray(o * per, (o + 1) * per);
    const largest = row.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    scale[o] = largest > 0 ? largest / most : 1;
    for (let i = 0; i < per; i++) integers[o * per + i] = Math.round(row[i] / scale[o]);
  }
  return { integers, scale };
}

/** Weights rounded to `bits` bits. */
export function uniformModel(values: Float32Array, outChannels: number, bits: number): LayerModel {
  const weight = trainedValues(values);
  return {
    trained: [weight],
    weights(out) {
      const { integers, scale } = uniformIntegers(weight.values, outChannels, bits);
      const per = out.length / outChannels;
      for (let i = 0; i < out.length; i++) out[i] = integers[i] * scale[Math.floor(i / per)];
    },
    slopes: (slopes) => weight.slopes.set(slopes),
  };
}
