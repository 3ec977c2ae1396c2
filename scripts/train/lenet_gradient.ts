/**
 * Gradient of the cross-entropy of `lenet.ts`. Behind ReLU and max pooling most gradients of a convolution's output are
 * zero (three of four at the least); they are skipped, so the backward pass is cheaper than the forward pass.
 */
import type { LayerValues } from './layer_values.js';
import { CLASSES, CONV1, CONV2, HIDDEN, type ConvolutionShape, type Lenet, type LenetState } from './lenet.js';

/** Gradients of one digit's activations; scratch memory. */
export interface ActivationGradients {
  readonly logits: Float64Array;
  readonly hidden: Float64Array;
  readonly pooled2: Float64Array;
  readonly pooled1: Float64Array;
}

export function newActivationGradients(s: LenetState): ActivationGradients {
  const like = (values: Float64Array): Float64Array => new Float64Array(values.length);
  return { logits: like(s.logits), hidden: like(s.hidden), pooled2: like(s.pooled2), pooled1: like(s.pooled1) };
}

/**
 * Adds the gradient of one digit's cross-entropy to `sum`; `forward` must just have run into `s`.
 * @returns the cross-entropy, in nats
 */
export function backward(net: Lenet, s: LenetState, label: number, sum: Lenet, g: ActivationGradients): number {
  const top = Math.max(...s.logits);
  let total = 0;
  for (let i = 0; i < CLASSES; i++) total += Math.exp(s.logits[i] - top);
  for (let i = 0; i < CLASSES; i++) g.logits[i] = Math.exp(s.logits[i] - top) / total - (i === label ? 1 : 0);

  linearGradient(s.hidden, g.logits, net.fc2, sum.fc2, g.hidden);
  for (let i = 0; i < HIDDEN; i++) if (s.hidden[i] <= 0) g.hidden[i] = 0;
  linearGradient(s.pooled2, g.hidden, net.fc1, sum.fc1, g.pooled2);
  g.pooled1.fill(0);
  convolutionGradient(CONV2, s.pooled1, { pooled: s.pooled2, winner: s.winner2, gradient: g.pooled2 }, net.conv2, sum.conv2, g.pooled1);
  convolutionGradient(CONV1, s.input, { pooled: s.pooled1, winner: s.winner1, gradient: g.pooled1 }, net.conv1, sum.conv1);
  return Math.log(total) + top - s.logits[label];
}

/** `dx` is needed only where `x` is positive: what is in front of every linear layer is a ReLU. */
function linearGradient(x: Float64Array, dy: Float64Array, values: LayerValues, sum: LayerValues, dx: Float64Array): void {
  const outputs = dy.length;
  for (let o = 0; o < outputs; o++) sum.bias[o] += dy[o];
  for (let i = 0; i < x.length; i++) {
    const value = x[i];
    dx[i] = 0;
    if (value === 0) continue;
    const row = i * outputs;
    let slope = 0;
    for (let o = 0; o < outputs; o++) {
      sum.weight[row + o] += value * dy[o];
      slope += values.weight[row + o] * dy[o];
    }
    dx[i] = slope;
  }
}

/** Through pooling, ReLU and convolution. `dx` (zeroed by the caller) is left out where the input needs no gradient. */
function convolutionGradient(
  c: ConvolutionShape,
  x: Float64Array,
  out: { readonly pooled: Float64Array; readonly winner: Int32Array; readonly gradient: Float64Array },
  { weight }: LayerValues,
  sum: LayerValues,
  dx?: Float64Array,
): void {
  const { inChannels, inSide, outChannels, outSide, kernel } = c;
  const run = kernel * inChannels;
  for (let i = 0; i < out.pooled.length; i++) {
    const d = out.gradient[i];
    if (d === 0 || out.pooled[i] <= 0) continue;
    const o = out.winner[i] % outChannels;
    const position = (out.winner[i] - o) / outChannels;
    const column = position % outSide;
    const row = (position - column) / outSide;
    sum.bias[o] += d;
    for (let ky = 0; ky < kernel; ky++) {
      const from = ((row + ky) * inSide + column) * inChannels;
      const to = ky * run * outChannels + o;
      for (let t = 0; t < run; t++) sum.weight[to + t * outChannels] += d * x[from + t];
      if (dx) for (let t = 0; t < run; t++) dx[from + t] += d * weight[to + t * outChannels];
    }
  }
}
