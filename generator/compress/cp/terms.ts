/**
 * A kernel block as a sum of products of vectors: S[o, i, k] = sum over r of output[o, r] * input[i, r] * product over the kernel's factors. (Kolda & Bader 2009,
 * "Tensor Decompositions and Applications", section 3.) In memory a factor is a matrix of one row for each index and one column for each rank; the weights' inputs
 * are counted kernel position by kernel position, tap * inputs + i, as in `channel_order.ts`.
 */
import { dot, gram, hadamard, multiply } from './dense.js';

export interface BlockShape {
  readonly outputs: number;
  /** Input channels of the block's convolution group. */
  readonly inputs: number;
  /** Sizes of the kernel's factors: none (matrix form), [positions] (spatial) or [height, width] (separable). */
  readonly kernel: readonly number[];
}

export interface Terms {
  readonly rank: number;
  /** (outputs, rank) */
  readonly output: Float64Array;
  /** (inputs, rank) */
  readonly input: Float64Array;
  /** (size, rank) each */
  readonly kernel: readonly Float64Array[];
}

/** What a block's terms are fitted to. */
export interface BlockProblem {
  readonly shape: BlockShape;
  /** (outputs, n): weights, n = taps * inputs. */
  readonly target: Float64Array;
  /** (n, n): what errors of the weights cost together, e' H e for each output; without it all count alike. */
  readonly metric?: Float32Array;
  /** (outputs, n): target times metric. */
  readonly image: Float64Array;
  /** What weights of zero would cost. */
  readonly energy: number;
}

/** @param metric (n, n), symmetric and positive definite */
export function blockProblem(shape: BlockShape, target: Float64Array, metric?: Float32Array): BlockProblem {
  const n = target.length / shape.outputs;
  // The metric is symmetric: rows of the target times it.
  const image = metric ? multiply(target, shape.outputs, n, Float64Array.from(metric), n) : target;
  return { shape, target, metric, image, energy: dot(target, image) };
}

export function tapsOf({ kernel }: BlockShape): number {
  return kernel.reduce((product, size) => product * size, 1);
}

/** Products of the kernel's factors, (taps, rank); row-major over the kernel's sizes. */
export function kernelProduct({ rank, kernel }: Pick<Terms, 'rank' | 'kernel'>): Float64Array {
  let product = new Float64Array(rank).fill(1);
  for (const factor of kernel) {
    const next = new Float64Array((product.length * factor.length) / rank);
    for (let a = 0, to = 0; a < product.length; a += rank) {
      for (let b = 0; b < factor.length; b += rank) {
        for (let r = 0; r < rank; r++) next[to++] = product[a + r] * factor[b + r];
      }
    }
    product = next;
  }
  return product;
}

/** Every rank's pattern over the weights' inputs, (n, rank): products of its input and kernel vectors. */
export function patterns(terms: Terms): Float64Array {
  const { rank, input } = terms;
  const kernel = kernelProduct(terms);
  const out = new Float64Array((kernel.length / rank) * input.length);
  for (let tap = 0, to = 0; tap < kernel.length; tap += rank) {
    for (let i = 0; i < input.length; i += rank) {
      for (let r = 0; r < rank; r++) out[to++] = kernel[tap + r] * input[i + r];
    }
  }
  return out;
}

/** The sums S, (outputs, n). */
export function expand(terms: Terms): Float64Array {
  const { rank, output } = terms;
  const columns = patterns(terms);
  const n = columns.length / rank;
  const rows = new Float64Array(rank * n);
  for (let p = 0; p < n; p++) {
    for (let r = 0; r < rank; r++) rows[r * n + p] = columns[p * rank + r];
  }
  return multiply(output, output.length / rank, rank, rows, n);
}

/** Products of the kernel's Gram matrices, (rank, rank), leaving one factor out. */
export function kernelGram({ rank, kernel }: Terms, except = -1): Float64Array {
  return kernel.reduce((product, factor, j) => (j === except ? product : hadamard(product, gram(factor, rank))), new Float64Array(rank * rank).fill(1));
}

/** Columns of unit length in all factors but the output's, which takes what they had; columns of zeros stay. */
export function normalize(terms: Terms): Terms {
  const { rank } = terms;
  const output = Float64Array.from(terms.output);
  const unit = (factor: Float64Array): Float64Array => {
    const lengths = columnLengths(factor, rank);
    for (let i = 0; i < output.length; i++) output[i] *= lengths[i % rank];
    return factor.map((x, i) => (lengths[i % rank] > 0 ? x / lengths[i % rank] : 0));
  };
  return { rank, input: unit(terms.input), kernel: terms.kernel.map(unit), output };
}

/** Euclidean length of every column, (rank). */
export function columnLengths(factor: Float64Array, rank: number): Float64Array {
  const squares = new Float64Array(rank);
  for (let i = 0; i < factor.length; i++) squares[i % rank] += factor[i] * factor[i];
  return squares.map(Math.sqrt);
}
