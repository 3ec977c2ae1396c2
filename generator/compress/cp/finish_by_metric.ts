/**
 * The end of a decomposition that is fitted to a metric: what recoding does to a channel's weights is an error that its vector can partly take back, because rows of the output's factor have
 * cheap equations in any metric. So the vector is decided again with the errors of recoding in its target, a few times, and what is best is kept.
 */
import { dot, multiply } from './dense.js';
import { outputEquations } from './equations.js';
import { type FinishedBlock, type RecodedRow, type RepairTools, type RowLimits, recodeRow, scalesFor } from './finish.js';
import type { QuantizedTerms } from './quantized.js';
import { checkSums } from './recoder.js';
import { RowQuantizer } from './row_quantizer.js';
import type { BlockProblem } from './terms.js';

const ROUNDS = 3;

interface Candidate {
  readonly output: Float64Array;
  readonly sums: Float64Array;
  readonly rows: readonly RecodedRow[];
  /** (outputs): cost of each in the metric. */
  readonly errors: Float64Array;
}

export function finishByMetric(problem: BlockProblem, terms: QuantizedTerms, sums: Float64Array, tools: RepairTools, limits: (o: number) => RowLimits): FinishedBlock {
  const { rank, scale } = terms;
  const { outputs } = problem.shape;
  const n = problem.target.length / outputs;
  const { gram, targets, spread } = outputEquations(problem, terms);
  const quantizer = new RowQuantizer(gram, rank);
  let best = recoded(problem, terms.output, sums, scale, tools, limits);
  let current = best;
  for (let round = 0; round < ROUNDS; round++) {
    const deviations = new Float64Array(sums.length);
    current.rows.forEach((row, o) => {
      for (let p = o * n, i = 0; i < n; i++, p++) deviations[p] = row.scale * row.weights[i] - scale[o] * current.sums[p];
    });
    const seen = multiply(deviations, outputs, n, spread, rank);
    const goals = targets.map((t, i) => t - seen[i]);
    const solved = quantizer.solve(goals);
    const output = Float64Array.from(current.output);
    for (let o = 0; o < outputs; o++) {
      const part = (values: Float64Array) => values.subarray(o * rank, (o + 1) * rank);
      quantizer.quantize(part(solved), part(goals), scale[o], tools.levels, part(output), true);
    }
    const moved = multiply(output, outputs, rank, tools.rowsOfPatterns, n);
    checkSums(moved);
    current = recoded(problem, output, moved, scale, tools, limits);
    best = better(best, current, rank, n);
  }
  return { terms: { ...terms, output: best.output }, rows: best.rows, sums: best.sums };
}

/** Recodes all channels, with the scales of least cost in the metric. */
function recoded(problem: BlockProblem, output: Float64Array, sums: Float64Array, scale: Float64Array, { recoder }: RepairTools, limits: (o: number) => RowLimits): Candidate {
  const { target, image, metric, shape } = problem;
  const n = target.length / shape.outputs;
  const rows = Array.from(scale, (unit, o) => recodeRow(recoder, sums.subarray(o * n, (o + 1) * n), target.subarray(o * n, (o + 1) * n), unit, limits(o)));
  const weights = new Float64Array(target.length);
  rows.forEach((row, o) => weights.set(row.weights, o * n));
  const images = multiply(weights, shape.outputs, n, metric!, n);
  const errors = Float64Array.from(rows, (row, o) => {
    const own = image.subarray(o * n, (o + 1) * n);
    const cross = dot(row.weights, own);
    const squares = dot(row.weights, images.subarray(o * n, (o + 1) * n));
    const energy = dot(target.subarray(o * n, (o + 1) * n), own);
    const cost = (x: number) => energy - 2 * x * cross + x * x * squares;
    for (const fitted of scalesFor(cross, squares, row.scale, limits(o))) if (cost(fitted) < cost(row.scale)) row.scale = fitted;
    return cost(row.scale);
  });
  return { output, sums, rows, errors };
}

/** Channel by channel the better of two. */
function better(a: Candidate, b: Candidate, rank: number, n: number): Candidate {
  const merged = { output: Float64Array.from(a.output), sums: Float64Array.from(a.sums), rows: [...a.rows], errors: Float64Array.from(a.errors) };
  b.errors.forEach((error, o) => {
    if (error >= a.errors[o]) return;
    merged.output.set(b.output.subarray(o * rank, (o + 1) * rank), o * rank);
    merged.sums.set(b.sums.subarray(o * n, (o + 1) * n), o * n);
    merged.rows[o] = b.rows[o];
    merged.errors[o] = error;
  });
  return merged;
}
