/**
 * Normal equations of one factor with all others held: every row x of it minimises x G x' - 2 x t', where G is common to all rows. Without a metric G is a product of Gram matrices
 * (Kolda & Bader 2009, section 3.4); with one that holds for the output's factor only.
 */
import { gram, hadamard, multiply, multiplyTransposed } from './dense.js';
import { type BlockProblem, type Terms, kernelGram, kernelProduct, patterns, tapsOf } from './terms.js';

export interface Equations {
  /** (rank, rank) */
  readonly gram: Float64Array;
  /** (rows, rank) */
  readonly targets: Float64Array;
}

/** Of the output's factor. @param known metric times patterns, (n, rank), if it is there; the result has it */
export function outputEquations({ shape, metric, image }: BlockProblem, terms: Terms, known?: Float64Array): Equations & { readonly spread: Float64Array } {
  const { rank } = terms;
  const columns = patterns(terms);
  const n = columns.length / rank;
  const spread = known ?? (metric ? multiply(metric, n, n, columns, rank) : columns);
  const products = metric ? multiplyTransposed(columns, n, rank, spread, rank) : hadamard(gram(terms.input, rank), kernelGram(terms));
  return { gram: products, targets: multiply(image, shape.outputs, n, columns, rank), spread };
}

/** The weights, in the metric, as the outputs' vectors see them: image' output, (n, rank). */
export function outputView({ shape, image }: BlockProblem, output: Float64Array, rank: number): Float64Array {
  return multiplyTransposed(image, shape.outputs, image.length / shape.outputs, output, rank);
}

/** Of the input's factor, without a metric. @param view see `outputView` */
export function inputEquations(terms: Terms, view: Float64Array): Equations {
  const { rank, input } = terms;
  const kernel = kernelProduct(terms);
  const targets = new Float64Array(input.length);
  for (let tap = 0, at = 0; tap < kernel.length; tap += rank) {
    for (let i = 0; i < input.length; i += rank) {
      for (let r = 0; r < rank; r++) targets[i + r] += kernel[tap + r] * view[at++];
    }
  }
  return { gram: hadamard(gram(terms.output, rank), kernelGram(terms)), targets };
}

/** Of factor `j` of the kernel, without a metric. */
export function kernelEquations({ shape }: BlockProblem, terms: Terms, view: Float64Array, j: number): Equations {
  const { rank, input } = terms;
  const byTap = new Float64Array(tapsOf(shape) * rank);
  for (let tap = 0, at = 0; tap < byTap.length; tap += rank) {
    for (let i = 0; i < input.length; i += rank) {
      for (let r = 0; r < rank; r++) byTap[tap + r] += input[i + r] * view[at++];
    }
  }
  const others = hadamard(hadamard(gram(terms.output, rank), gram(input, rank)), kernelGram(terms, j));
  return { gram: others, targets: foldTaps(byTap, terms, j) };
}

/** Sums over the kernel's other factor, if it has two: (taps, rank) to (size of factor j, rank). */
function foldTaps(byTap: Float64Array, { rank, kernel }: Terms, j: number): Float64Array {
  if (kernel.length === 1) return byTap;
  const other = kernel[1 - j];
  const width = kernel[1].length / rank;
  const targets = new Float64Array(kernel[j].length);
  for (let tap = 0; tap < byTap.length / rank; tap++) {
    const place = [Math.floor(tap / width), tap % width];
    for (let r = 0; r < rank; r++) targets[place[j] * rank + r] += byTap[tap * rank + r] * other[place[1 - j] * rank + r];
  }
  return targets;
}
