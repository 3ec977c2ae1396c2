/**
 * LeNet-300-100: linear 784 -> 300, ReLU, 300 -> 100, ReLU, 100 -> 10 (LeCun et al., Gradient-based learning applied to document recognition, 1998,
 * section III.C). Pixels come in as 0..1. One digit at a time, in float64; weights are input-major, so that an input of zero skips its row.
 */
import type { Random } from '../../generator/layer/random.js';
import { type LayerValues, countMatches, emptyLayers, initialLayers, linear, putPixels } from './layer_values.js';
import type { Digits } from '../../generator/data/mnist.js';
import type { Trainee } from './training.js';

/** Inputs and outputs of each layer. */
export const DENSE_SIZES = { fc1: [784, 300], fc2: [300, 100], fc3: [100, 10] } as const;
export type DenseLayerName = keyof typeof DENSE_SIZES;
export const DENSE_NAMES = Object.keys(DENSE_SIZES) as DenseLayerName[];
/** weight (inputs, outputs), bias (outputs). */
export type DenseNet = Readonly<Record<DenseLayerName, LayerValues>>;

export const emptyDenseNet = (): DenseNet => emptyLayers(DENSE_SIZES);
export const initialDenseNet = (random: Random): DenseNet => initialLayers(DENSE_SIZES, random);

/** Values of each layer for one digit, and their gradients: `maps[0]` is the input, `maps[3]` the logits. */
export interface DenseState {
  readonly maps: readonly Float64Array[];
  readonly gradients: readonly Float64Array[];
}

export function newDenseState(): DenseState {
  const arrays = () => [DENSE_SIZES.fc1[0], ...DENSE_NAMES.map((name) => DENSE_SIZES[name][1])].map((size) => new Float64Array(size));
  return { maps: arrays(), gradients: arrays() };
}

/** Runs digit `index` of (count, 28, 28) bytes through the network. Returns the class with the largest logit. */
export function denseForward(net: DenseNet, images: Uint8Array, index: number, { maps }: DenseState): number {
  putPixels(images, index, maps[0]);
  DENSE_NAMES.forEach((name, layer) => {
    const y = maps[layer + 1];
    linear(maps[layer], net[name], y);
    if (layer < DENSE_NAMES.length - 1) for (let o = 0; o < y.length; o++) y[o] = Math.max(0, y[o]);
  });
  const logits = maps[maps.length - 1];
  return logits.indexOf(Math.max(...logits));
}

/** Adds the gradient of the digit that `denseForward` has just run; returns its cross-entropy in nats. */
export function denseBackward(net: DenseNet, { maps, gradients }: DenseState, label: number, sum: DenseNet): number {
  const logits = maps[maps.length - 1];
  const top = Math.max(...logits);
  const total = logits.reduce((acc, value) => acc + Math.exp(value - top), 0);
  logits.forEach((value, o) => (gradients[gradients.length - 1][o] = Math.exp(value - top) / total - (o === label ? 1 : 0)));
  for (let layer = DENSE_NAMES.length - 1; layer >= 0; layer--) {
    const [values, slopes] = [net[DENSE_NAMES[layer]], sum[DENSE_NAMES[layer]]];
    const [x, dx, dy] = [maps[layer], gradients[layer], gradients[layer + 1]];
    for (let o = 0; o < dy.length; o++) slopes.bias[o] += dy[o];
    for (let i = 0; i < x.length; i++) {
      const value = x[i];
      dx[i] = 0;
      if (value === 0) continue; // behind a ReLU the gradient is zero as well
      const row = i * dy.length;
      let slope = 0;
      for (let o = 0; o < dy.length; o++) {
        slopes.weight[row + o] += value * dy[o];
        slope += values.weight[row + o] * dy[o];
      }
      dx[i] = slope;
    }
  }
  return Math.log(total) + top - logits[label];
}

/** How many of the digits are classified right. */
export function countDenseRight(net: DenseNet, digits: Pick<Digits, 'images' | 'labels'>): number {
  const state = newDenseState();
  return countMatches((i) => denseForward(net, digits.images, i, state), digits);
}

/** For `trainNetwork`. */
export const DENSE_TRAINEE: Trainee<DenseNet> = {
  initial: initialDenseNet,
  empty: emptyDenseNet,
  learner() {
    const state = newDenseState();
    return (net, images, index, label, sum) => {
      const right = denseForward(net, images, index, state) === label;
      return { right, loss: denseBackward(net, state, label, sum) };
    };
  },
};
