/**
 * A metric taken for a product of one matrix for the input channels and one for each kernel factor: in turned coordinates all errors then count alike, so that plain alternating least
 * squares and its starts apply. What it finds is where the exact iteration begins.
 */
import { choleskyFactor, multiply, solveUpper, transpose } from './dense.js';
import { type BlockProblem, type BlockShape, type Terms, blockProblem } from './terms.js';

/** Added to the diagonal, in shares of its mean: inputs that are always zero leave it empty. */
const DAMPING = 1e-3;

export interface Whitened {
  /** Without a metric. */
  readonly problem: BlockProblem;
  /** Terms of that problem in the coordinates of the original one. */
  restore(terms: Terms): Terms;
}

export function whiten({ shape, target, metric }: BlockProblem): Whitened {
  const { outputs, inputs, kernel } = shape;
  const sides = [...kernel, inputs];
  const factors = sides.map((size, axis) => choleskyFactor(sideMoments(metric!, shape, axis), size));
  let turned = target;
  for (let axis = 0; axis < sides.length; axis++) turned = alongAxis(turned, [outputs, ...sides], axis + 1, factors[axis]);
  const restored = (factor: Float64Array, lower: Float64Array, rank: number): Float64Array => {
    const size = factor.length / rank;
    const columns = transpose(factor, size, rank);
    for (let r = 0; r < rank; r++) solveUpper(lower, size, columns, r * size);
    return transpose(columns, rank, size);
  };
  return {
    problem: blockProblem(shape, turned),
    restore: ({ rank, output, input, kernel: parts }) => ({
      rank,
      output,
      input: restored(input, factors[sides.length - 1], rank),
      kernel: parts.map((factor, j) => restored(factor, factors[j], rank)),
    }),
  };
}

/** Moments of one side of the weights' inputs, summed over the others: (size, size), mean of the diagonal 1. */
function sideMoments(metric: Float32Array, { inputs, kernel }: BlockShape, axis: number): Float64Array {
  const sides = [...kernel, inputs];
  const size = sides[axis];
  const after = sides.slice(axis + 1).reduce((product, side) => product * side, 1);
  const n = sides.reduce((product, side) => product * side, 1);
  const out = new Float64Array(size * size);
  for (let p = 0; p < n; p++) {
    const own = Math.floor(p / after) % size;
    const first = p - own * after;
    for (let other = 0; other < size; other++) out[own * size + other] += metric[p * n + first + other * after];
  }
  let mean = 0;
  for (let i = 0; i < size; i++) mean += out[i * size + i] / size;
  for (let i = 0; i < out.length; i++) out[i] = mean > 0 ? out[i] / mean : 0;
  for (let i = 0; i < size; i++) out[i * size + i] += mean > 0 ? DAMPING : 1;
  return out;
}

/** A tensor of the given sides times a matrix (size, size) along one of them. */
function alongAxis(tensor: Float64Array, sides: readonly number[], axis: number, matrix: Float64Array): Float64Array {
  const size = sides[axis];
  const after = sides.slice(axis + 1).reduce((product, side) => product * side, 1);
  const lower = new Float64Array(matrix.length);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) lower[i * size + j] = matrix[i * size + j];
  if (after === 1) return multiply(tensor, tensor.length / size, size, lower, size);
  const turned = transpose(lower, size, size);
  const out = new Float64Array(tensor.length);
  for (let from = 0; from < tensor.length; from += size * after) {
    out.set(multiply(turned, size, size, tensor.subarray(from, from + size * after), after), from);
  }
  return out;
}
