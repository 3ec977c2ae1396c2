/**
 * Rows of a factor to integers. All rows x of a factor cost x G x' - 2 x t' with one matrix G, so its triangular factor is made once: values are decided one after the other,
 * each from where the errors of those before have moved it (`calibrated/factor.ts`), and then again one at a time until nothing changes.
 */
import { factorFeedback } from '../calibrated/factor.js';
import type { NearestLevel } from '../levels.js';
import { choleskyFactor, solveRows, trace } from './dense.js';

const MOST_SWEEPS = 6;
/** Keeps the triangular factor of a singular G defined, in shares of the mean diagonal. */
const RIDGE = 1e-6;

export class RowQuantizer {
  private readonly lower: Float64Array;
  private readonly feedback: Float32Array;
  /** Ranks in the order of decision: those that weigh most first. */
  private readonly order: Int32Array;
  private readonly errors: Float64Array;
  private readonly image: Float64Array;
  private readonly scratch: [Float64Array, Float64Array];

  /** @param gram (rank, rank), symmetric, positive semidefinite */
  constructor(private readonly gram: Float64Array, private readonly rank: number) {
    const ridge = (RIDGE * trace(gram, rank)) / rank || 1;
    const matrix = Float64Array.from(gram);
    for (let r = 0; r < rank; r++) matrix[r * rank + r] += ridge;
    this.lower = choleskyFactor(matrix, rank);
    this.order = Int32Array.from({ length: rank }, (_, r) => r).sort((a, b) => gram[b * rank + b] - gram[a * rank + a] || a - b);
    const ordered = new Float32Array(rank * rank);
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b < rank; b++) ordered[a * rank + b] = matrix[this.order[a] * rank + this.order[b]];
    }
    this.feedback = factorFeedback(ordered, rank).weights;
    this.errors = new Float64Array(rank);
    this.image = new Float64Array(rank);
    this.scratch = [new Float64Array(rank), new Float64Array(rank)];
  }

  /** Best real rows for the targets (rows, rank). */
  solve(targets: Float64Array): Float64Array {
    return solveRows(this.lower, this.rank, Float64Array.from(targets));
  }

  /**
   * Integers for one row at a scale: x = scale * integers.
   * @param best real row from `solve`, and `target`, its right-hand side, both (rank)
   * @param into (rank): integers to start from as well if `warm`, and the result
   * @returns the cost of the integers, x G x' - 2 x t'
   */
  quantize(best: Float64Array, target: Float64Array, scale: number, levels: NearestLevel, into: Float64Array, warm: boolean): number {
    const [fresh, goal] = this.scratch;
    for (let r = 0; r < this.rank; r++) goal[r] = target[r] / scale;
    this.decide(best, scale, levels, fresh);
    const cost = descend(this.gram, goal, levels, fresh, this.image);
    if (warm) {
      const warmCost = descend(this.gram, goal, levels, into, this.image);
      if (warmCost <= cost) return warmCost * scale * scale;
    }
    into.set(fresh);
    return cost * scale * scale;
  }

  private decide(best: Float64Array, scale: number, levels: NearestLevel, into: Float64Array): void {
    const { rank, order, errors, feedback } = this;
    for (let step = 0; step < rank; step++) {
      let value = best[order[step]] / scale;
      const real = value;
      for (let j = 0, at = step * rank; j < step; j++) value += feedback[at + j] * errors[j];
      const level = levels.of(value);
      into[order[step]] = level;
      errors[step] = real - level;
    }
  }

  /** Least-squares scale of a row's integers, and its cost; undefined if no positive scale helps. */
  fitScale(target: Float64Array, integers: Float64Array): { scale: number; cost: number } | undefined {
    const { rank, gram } = this;
    let cross = 0;
    let squares = 0;
    for (let i = 0; i < rank; i++) {
      if (integers[i] === 0) continue;
      cross += integers[i] * target[i];
      let image = 0;
      for (let j = 0, at = i * rank; j < rank; j++) image += gram[at + j] * integers[j];
      squares += integers[i] * image;
    }
    return cross > 0 && squares > 0 ? { scale: cross / squares, cost: -(cross * cross) / squares } : undefined;
  }
}

/**
 * Coordinate descent in place: each value again with all others as they are, until nothing changes.
 * @param matrix (n, n) @param image (n), for its use
 * @returns x G x' - 2 x t' of the integers
 */
export function descend(matrix: Float64Array, goal: Float64Array, levels: NearestLevel, integers: Float64Array, image: Float64Array): number {
  const n = integers.length;
  const add = (r: number, step: number): void => {
    for (let j = 0, at = r * n; j < n; j++) image[j] += step * matrix[at + j];
  };
  image.fill(0);
  for (let r = 0; r < n; r++) if (integers[r] !== 0) add(r, integers[r]);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let changed = false;
    for (let r = 0; r < n; r++) {
      const weight = matrix[r * n + r];
      if (weight <= 0) continue;
      const level = levels.of(integers[r] + (goal[r] - image[r]) / weight);
      const step = level - integers[r];
      // A tie of two levels is no reason to move: it could go on for ever.
      if (step === 0 || step * (weight * step + 2 * (image[r] - goal[r])) >= 0) continue;
      integers[r] = level;
      add(r, step);
      changed = true;
    }
    if (!changed) break;
  }
  let cost = 0;
  for (let r = 0; r < n; r++) cost += integers[r] * (image[r] - 2 * goal[r]);
  return cost;
}
