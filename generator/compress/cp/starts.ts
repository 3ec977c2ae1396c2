/**
 * Where the iteration starts. HOSVD: the tensor is turned to the principal axes of its kernel positions, every slice along an axis is cut into its singular vectors, and the
 * largest of all of them become terms; for a matrix that is the truncated SVD, which is optimal. Random: seeded Gaussian vectors.
 */
import { Random } from '../../layer/random.js';
import { gram, multiply, multiplyTransposed, transpose } from './dense.js';
import { symmetricEigen } from './eigen.js';
import { type BlockProblem, type Terms, tapsOf } from './terms.js';

/** Sides up to which all singular vectors are found; beyond, subspace iteration finds those that are needed. */
const MOST_EXACT = 320;
const SPARE = 8;
const SUBSPACE_ROUNDS = 4;

export function randomStart({ shape }: BlockProblem, rank: number, seed: number): Terms {
  const random = new Random(seed);
  const gaussian = (rows: number) => Float64Array.from({ length: rows * rank }, () => random.gaussian());
  return { rank, output: gaussian(shape.outputs), input: gaussian(shape.inputs), kernel: shape.kernel.map(gaussian) };
}

interface Candidate {
  readonly strength: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly axis: Float64Array;
}

/** Ranks beyond all singular vectors get random terms that are small. */
export function hosvdStart(problem: BlockProblem, rank: number, seed: number): Terms {
  const { shape, target } = problem;
  const { outputs, inputs } = shape;
  const taps = tapsOf(shape);
  const n = taps * inputs;
  const axes = kernelAxes(problem);
  const found: Candidate[] = [];
  for (let j = 0; j < taps; j++) {
    const axis = axes.subarray(j * taps, (j + 1) * taps);
    const slice = new Float64Array(outputs * inputs);
    for (let o = 0; o < outputs; o++) {
      for (let tap = 0; tap < taps; tap++) {
        for (let i = 0; i < inputs; i++) slice[o * inputs + i] += axis[tap] * target[o * n + tap * inputs + i];
      }
    }
    found.push(...singularVectors(slice, outputs, inputs, rank, seed + j).map((vectors) => ({ ...vectors, axis })));
  }
  found.sort((a, b) => b.strength - a.strength);
  return fill(problem, found.slice(0, rank), rank, seed);
}

function fill(problem: BlockProblem, chosen: readonly Candidate[], rank: number, seed: number): Terms {
  const { outputs, inputs, kernel } = problem.shape;
  const terms = randomStart(problem, rank, seed);
  const weakest = chosen.length > 0 ? chosen[chosen.length - 1].strength : 1;
  for (let i = 0; i < terms.output.length; i++) terms.output[i] *= (1e-3 * weakest) / Math.sqrt(outputs);
  chosen.forEach(({ strength, left, right, axis }, r) => {
    for (let o = 0; o < outputs; o++) terms.output[o * rank + r] = strength * left[o];
    for (let i = 0; i < inputs; i++) terms.input[i * rank + r] = right[i];
    splitAxis(axis, kernel).forEach((vector, j) => vector.forEach((x, k) => (terms.kernel[j][k * rank + r] = x)));
  });
  return terms;
}

/** Principal axes of the kernel positions, (taps, taps), a row each. */
function kernelAxes({ shape, target }: BlockProblem): Float64Array {
  const taps = tapsOf(shape);
  const n = taps * shape.inputs;
  const products = new Float64Array(taps * taps);
  for (let row = 0; row < target.length; row += n) {
    for (let a = 0; a < taps; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let i = 0; i < shape.inputs; i++) sum += target[row + a * shape.inputs + i] * target[row + b * shape.inputs + i];
        products[a * taps + b] += sum;
        if (a !== b) products[b * taps + a] += sum;
      }
    }
  }
  return symmetricEigen(products, taps).vectors;
}

/** A pattern over the kernel as one vector for each of its factors: itself, or the best product of a column and a row. */
function splitAxis(axis: Float64Array, kernel: readonly number[]): Float64Array[] {
  if (kernel.length < 2) return kernel.length === 0 ? [] : [axis];
  const [height, width] = kernel;
  const row = symmetricEigen(gram(axis, width), width).vectors.subarray(0, width);
  return [multiply(axis, height, width, Float64Array.from(row), 1), row];
}

/** The largest singular vectors of a matrix (rows, columns), strongest first. */
function singularVectors(matrix: Float64Array, rows: number, columns: number, count: number, seed: number): Omit<Candidate, 'axis'>[] {
  if (rows < columns) {
    const turned = singularVectors(transpose(matrix, rows, columns), columns, rows, count, seed);
    return turned.map(({ strength, left, right }) => ({ strength, left: right, right: left }));
  }
  const basis = rightVectors(matrix, rows, columns, count, seed);
  return basis.slice(0, count).map((right) => {
    const left = multiply(matrix, rows, columns, right, 1);
    const strength = Math.hypot(...left);
    return { strength, left: strength > 0 ? left.map((x) => x / strength) : left, right };
  });
}

function rightVectors(matrix: Float64Array, rows: number, columns: number, count: number, seed: number): Float64Array[] {
  const rowOf = (vectors: Float64Array, r: number) => vectors.slice(r * columns, (r + 1) * columns);
  if (columns <= MOST_EXACT || count + SPARE >= columns) {
    const { vectors } = symmetricEigen(gram(matrix, columns), columns);
    return Array.from({ length: columns }, (_, r) => rowOf(vectors, r));
  }
  const size = count + SPARE;
  const random = new Random(seed);
  let subspace = orthonormal(Float64Array.from({ length: columns * size }, () => random.gaussian()), columns, size);
  for (let round = 0; round < SUBSPACE_ROUNDS; round++) {
    subspace = orthonormal(multiplyTransposed(matrix, rows, columns, multiply(matrix, rows, columns, subspace, size), size), columns, size);
  }
  const { vectors } = symmetricEigen(gram(multiply(matrix, rows, columns, subspace, size), size), size);
  const turned = multiply(vectors, size, size, transpose(subspace, columns, size), columns);
  return Array.from({ length: size }, (_, r) => rowOf(turned, r));
}

/** An orthonormal basis of the columns of a matrix (rows, count): x (x'x)^(-1/2), in the eigenvectors' order. */
function orthonormal(x: Float64Array, rows: number, count: number): Float64Array {
  const { values, vectors } = symmetricEigen(gram(x, count), count);
  const turned = multiply(x, rows, count, transpose(vectors, count, count), count);
  return turned.map((value, i) => (values[i % count] > 0 ? value / Math.sqrt(values[i % count]) : 0));
}
