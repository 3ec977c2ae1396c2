/** What the networks that are trained here have in common: layers of weights and biases, in float64, weights input-major. */
import type { Random } from '../../generator/layer/random.js';
import type { Digits } from '../../generator/data/mnist.js';

/** One layer's values: weight (inputs, outputs), bias (outputs). */
export interface LayerValues {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Inputs of one output, and outputs, by the name of the layer. */
export type LayerSizes<Name extends string> = Readonly<Record<Name, readonly [number, number]>>;

/** Zeros in a network's shape. */
export function emptyLayers<Name extends string>(sizes: LayerSizes<Name>): Record<Name, LayerValues> {
  const entries = (Object.keys(sizes) as Name[]).map((name) => {
    const [inputs, outputs] = sizes[name];
    return [name, { weight: new Float64Array(inputs * outputs), bias: new Float64Array(outputs) }];
  });
  return Object.fromEntries(entries) as Record<Name, LayerValues>;
}

/** He's uniform initialization; biases are zero. */
export function initialLayers<Name extends string>(sizes: LayerSizes<Name>, random: Random): Record<Name, LayerValues> {
  const net = emptyLayers(sizes);
  for (const name of Object.keys(sizes) as Name[]) {
    const bound = Math.sqrt(6 / sizes[name][0]);
    const { weight } = net[name];
    for (let i = 0; i < weight.length; i++) weight[i] = (2 * random.fraction() - 1) * bound;
  }
  return net;
}

/** Writes digit `index` of (count, 28, 28) bytes as values 0..1. */
export function putPixels(images: Uint8Array, index: number, into: Float64Array): void {
  const pixels = into.length;
  for (let i = 0; i < pixels; i++) into[i] = images[index * pixels + i] / 255;
}

/** out = x weight + bias; an input of zero skips its row. */
export function linear(x: Float64Array, { weight, bias }: LayerValues, out: Float64Array): void {
  out.set(bias);
  for (let i = 0; i < x.length; i++) {
    const value = x[i];
    if (value === 0) continue;
    for (let o = 0; o < out.length; o++) out[o] += value * weight[i * out.length + o];
  }
}

/** How many of the first `count` digits get their label. */
export function countMatches(classify: (index: number) => number, { labels }: Pick<Digits, 'labels'>, count = labels.length): number {
  let right = 0;
  for (let i = 0; i < count; i++) if (classify(i) === labels[i]) right++;
  return right;
}
