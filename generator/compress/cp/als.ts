/**
 * Alternating least squares on real numbers: each factor in turn takes its best values while the others are held (Kolda & Bader 2009, section 3.4), with a ridge that keeps terms
 * from growing against each other.
 */
import { choleskyFactor, dot, solveRows, trace } from './dense.js';
import { type Equations, inputEquations, kernelEquations, outputEquations, outputView } from './equations.js';
import { type BlockProblem, type Terms, normalize } from './terms.js';

/** In shares of the mean of the Gram matrix's diagonal. */
export const RIDGE = 1e-3;

export interface Fitted {
  readonly terms: Terms;
  /** Cost of what is left, in shares of the cost of weights of zero. */
  readonly error: number;
}

/** One round over all factors; the error is that after the output's factor, the last one. Without a metric. */
export function alsRound(problem: BlockProblem, start: Terms): Fitted {
  let terms = start;
  const view = outputView(problem, terms.output, terms.rank);
  terms = { ...terms, input: ridgeRows(inputEquations(terms, view), terms.input, terms.rank) };
  terms.kernel.forEach((_, j) => {
    const factor = ridgeRows(kernelEquations(problem, terms, view, j), terms.kernel[j], terms.rank);
    terms = { ...terms, kernel: terms.kernel.map((old, k) => (k === j ? factor : old)) };
  });
  return fitOutput(problem, normalize(terms));
}

/** The best output factor for the others. @param spread as in `outputEquations` */
export function fitOutput(problem: BlockProblem, terms: Terms, spread?: Float64Array): Fitted {
  const equations = outputEquations(problem, terms, spread);
  const output = ridgeRows(equations, terms.output, terms.rank);
  return { terms: { ...terms, output }, error: errorOf(problem, equations, output) };
}

/** Share of the cost that is left with this output factor. */
export function errorOf({ energy }: BlockProblem, { gram, targets }: Equations, output: Float64Array): number {
  const rank = Math.sqrt(gram.length);
  let cost = energy - 2 * dot(output, targets);
  for (let row = 0; row < output.length; row += rank) cost += quadratic(gram, rank, output, row);
  return energy > 0 ? Math.max(0, cost) / energy : 0;
}

/** x G x' of the row of `x` that begins at `row`. */
export function quadratic(gram: Float64Array, rank: number, x: Float64Array, row: number): number {
  let sum = 0;
  for (let i = 0; i < rank; i++) {
    const value = x[row + i];
    if (value === 0) continue;
    let image = 0;
    for (let j = 0, at = i * rank; j < rank; j++) image += gram[at + j] * x[row + j];
    sum += value * image;
  }
  return sum;
}

/** Solves for all rows; the ridge pulls towards what they were, so that no step of a flat valley is long (proximal least squares). */
function ridgeRows({ gram, targets }: Equations, before: Float64Array, rank: number): Float64Array {
  const ridge = (RIDGE * trace(gram, rank)) / rank;
  const matrix = Float64Array.from(gram);
  for (let r = 0; r < rank; r++) matrix[r * rank + r] += ridge;
  return solveRows(choleskyFactor(matrix, rank), rank, targets.map((t, i) => t + ridge * before[i]));
}
