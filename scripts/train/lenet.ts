/**
 * A small LeNet-5: conv 5x5 1->6, ReLU, 2x2 max pool, conv 5x5 6->16, ReLU, 2x2 max pool, linear 256->120, ReLU, linear
 * 120->10. No padding; the digit's pixels come in as 0..1. One digit at a time, in float64.
 *
 * Maps are (height, width, channels) and weights are input-major, (height, width, in, out): most inputs are zero, and an
 * input of zero then skips its whole row of weights, which is what makes plain TypeScript fast enough to train with.
 */
import type { Random } from '../../generator/layer/random.js';
import { type LayerValues, countMatches, emptyLayers, initialLayers, linear, putPixels } from './layer_values.js';
import { DIGIT_SIDE } from '../../generator/data/mnist.js';

export interface ConvolutionShape {
  readonly inChannels: number;
  readonly inSide: number;
  readonly outChannels: number;
  readonly outSide: number;
  readonly kernel: number;
}

export const CONV1: ConvolutionShape = { inChannels: 1, inSide: DIGIT_SIDE, outChannels: 6, outSide: 24, kernel: 5 };
export const CONV2: ConvolutionShape = { inChannels: 6, inSide: 12, outChannels: 16, outSide: 8, kernel: 5 };
export const HIDDEN = 120;
export const CLASSES = 10;
const POOLED = 256;

/** Inputs of one output, and outputs, of each layer. */
export const LAYER_SIZES = { conv1: [25, 6], conv2: [150, 16], fc1: [POOLED, HIDDEN], fc2: [HIDDEN, CLASSES] } as const;
export type LayerName = keyof typeof LAYER_SIZES;
export const LAYER_NAMES = Object.keys(LAYER_SIZES) as LayerName[];

export type Lenet = Readonly<Record<LayerName, LayerValues>>;

export const emptyLenet = (): Lenet => emptyLayers(LAYER_SIZES);
export const initialLenet = (random: Random): Lenet => initialLayers(LAYER_SIZES, random);

/** What a forward pass leaves behind for the gradient and for those who want to look inside. */
export interface LenetState {
  /** (28, 28), 0..1 */
  readonly input: Float64Array;
  /** (24, 24, 6) and (8, 8, 16), after ReLU. */
  readonly map1: Float64Array;
  readonly map2: Float64Array;
  /** (12, 12, 6) and (4, 4, 16), after pooling, and where in `map` each maximum was. */
  readonly pooled1: Float64Array;
  readonly pooled2: Float64Array;
  readonly winner1: Int32Array;
  readonly winner2: Int32Array;
  /** (120), after ReLU. */
  readonly hidden: Float64Array;
  /** (10) */
  readonly logits: Float64Array;
}

export function newState(): LenetState {
  const pooled1 = (CONV1.outSide / 2) ** 2 * CONV1.outChannels;
  return {
    input: new Float64Array(DIGIT_SIDE ** 2),
    map1: new Float64Array(4 * pooled1),
    map2: new Float64Array(4 * POOLED),
    pooled1: new Float64Array(pooled1),
    pooled2: new Float64Array(POOLED),
    winner1: new Int32Array(pooled1),
    winner2: new Int32Array(POOLED),
    hidden: new Float64Array(HIDDEN),
    logits: new Float64Array(CLASSES),
  };
}

/** Runs digit `index` of (count, 28, 28) bytes through the network. Returns the class with the largest logit. */
export function forward(net: Lenet, images: Uint8Array, index: number, s: LenetState): number {
  putPixels(images, index, s.input);
  convolve(CONV1, s.input, net.conv1, s.map1);
  poolPositive(CONV1, s.map1, s.pooled1, s.winner1);
  convolve(CONV2, s.pooled1, net.conv2, s.map2);
  poolPositive(CONV2, s.map2, s.pooled2, s.winner2);
  linear(s.pooled2, net.fc1, s.hidden);
  for (let i = 0; i < HIDDEN; i++) s.hidden[i] = Math.max(0, s.hidden[i]);
  linear(s.hidden, net.fc2, s.logits);
  return s.logits.indexOf(Math.max(...s.logits));
}

/** How many of the first `count` digits are classified right. */
export function countRight(net: Lenet, digits: { readonly images: Uint8Array; readonly labels: Uint8Array }, count = digits.labels.length): number {
  const state = newState();
  return countMatches((i) => forward(net, digits.images, i, state), digits, count);
}

/** Each non-zero input adds its products to all the outputs it reaches. ReLU follows with the pooling. */
function convolve(c: ConvolutionShape, x: Float64Array, { weight, bias }: LayerValues, out: Float64Array): void {
  const { inChannels, inSide, outChannels, outSide, kernel } = c;
  for (let at = 0; at < out.length; at += outChannels) out.set(bias, at);
  for (let i = 0; i < x.length; i++) {
    const value = x[i];
    if (value === 0) continue;
    const channel = i % inChannels;
    const column = ((i - channel) / inChannels) % inSide;
    const row = (i - channel - column * inChannels) / (inChannels * inSide);
    for (let ky = Math.max(0, row - outSide + 1); ky <= Math.min(kernel - 1, row); ky++) {
      for (let kx = Math.max(0, column - outSide + 1); kx <= Math.min(kernel - 1, column); kx++) {
        const to = ((row - ky) * outSide + column - kx) * outChannels;
        const from = ((ky * kernel + kx) * inChannels + channel) * outChannels;
        for (let o = 0; o < outChannels; o++) out[to + o] += value * weight[from + o];
      }
    }
  }
}

/** ReLU in place, then the maximum of each 2x2 block. */
function poolPositive(c: ConvolutionShape, map: Float64Array, pooled: Float64Array, winner: Int32Array): void {
  for (let i = 0; i < map.length; i++) if (!(map[i] > 0)) map[i] = 0;
  const half = c.outSide / 2;
  const rowStep = c.outSide * c.outChannels;
  for (let i = 0; i < pooled.length; i++) {
    const channel = i % c.outChannels;
    const column = ((i - channel) / c.outChannels) % half;
    const row = (i - channel - column * c.outChannels) / (c.outChannels * half);
    const corner = 2 * row * rowStep + 2 * column * c.outChannels + channel;
    let best = corner;
    if (map[corner + c.outChannels] > map[best]) best = corner + c.outChannels;
    if (map[corner + rowStep] > map[best]) best = corner + rowStep;
    if (map[corner + rowStep + c.outChannels] > map[best]) best = corner + rowStep + c.outChannels;
    winner[i] = best;
    pooled[i] = map[best];
  }
}
