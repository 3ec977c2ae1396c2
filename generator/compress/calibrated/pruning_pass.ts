/**
 * Which weights of a channel can go at the least output error, with the others making up for them (SparseGPT, Frantar & Alistarh 2023, in the triangular form
 * of `factor.ts`): weights are decided one after the other, and one whose loss would cost less than a threshold goes; or, of each block of m, all but the n go
 * whose loss costs least together. Values then settle by coordinate descent, and the scores behind it settle who goes in the end.
 */
import { multiply } from './descent.js';
import type { GroupProblem } from './problem.js';
import { type SequentialRow, decideRows } from './sequential.js';

/** Choices of a block that are tried in full; of more, the weights that cost least by themselves go. */
const MOST_CHOICES = 70;
/** Sweeps of coordinate descent over the weights that stay. */
const SWEEPS = 3;

/** What one weight that goes may cost, or the structure that stays. */
export type PruningRule = { readonly threshold: number } | { readonly n: number; readonly m: number };

export interface PrunedRow {
  /** (n): weights that stay, moved to make up for the others; zero where they went. */
  readonly values: Float64Array;
  /** Sum of what the weights that went cost. */
  readonly loss: number;
  /** How many stay. */
  readonly kept: number;
}

/**
 * Prunes a channel by several thresholds side by side, or by a structure.
 * @param blocks first step of each block, and the end; for thresholds every weight by itself
 */
export function pruneSequentially(problem: GroupProblem, weights: Float64Array, blocks: Int32Array, rules: readonly PruningRule[]): PrunedRow[] {
  const rows = rules.map((rule) => new Row(problem, weights, rule));
  decideRows(problem, blocks, rows);
  return rows.map(({ values, loss }) => ({ values, loss, kept: values.reduce((count, v) => count + (v === 0 ? 0 : 1), 0) }));
}

class Row implements SequentialRow {
  readonly errors: Float64Array;
  readonly targets: Float64Array;
  readonly values: Float64Array;
  loss = 0;

  constructor(
    private readonly problem: GroupProblem,
    private readonly weights: Float64Array,
    private readonly rule: PruningRule,
  ) {
    this.errors = new Float64Array(weights.length);
    this.targets = Float64Array.from(weights);
    this.values = new Float64Array(weights.length);
  }

  decide(from: number, to: number, block: number): void {
    if ('threshold' in this.rule) {
      for (let t = from; t < to; t++) this.loss += this.step(t, block, this.rule.threshold);
      return;
    }
    const kept = Math.min(this.rule.n, to - from);
    const choices = combinations(to - from, kept);
    const masks = choices.length > 0 ? choices : [this.strongest(from, to, block, kept)];
    let best = masks[0];
    let least = Infinity;
    for (const mask of masks.length > 1 ? masks : []) {
      const cost = this.apply(mask, from, to, block);
      if (cost < least) {
        least = cost;
        best = mask;
      }
    }
    this.loss += this.apply(best, from, to, block);
  }

  /** The mask of the weights that would cost most by themselves, nothing of the block being gone. */
  private strongest(from: number, to: number, block: number, kept: number): number {
    const { cost } = this.problem;
    const all = Array.from({ length: to - from }, (_, i) => i);
    this.apply(2 ** all.length - 1, from, to, block);
    const alone = all.map((i) => cost[from + i] * this.values[from + i] ** 2);
    return all.sort((a, b) => alone[b] - alone[a] || a - b).slice(0, kept).reduce((mask, i) => mask | (1 << i), 0);
  }

  /** Decides a block by a mask of the weights that stay; returns what it costs. */
  private apply(mask: number, from: number, to: number, block: number): number {
    let sum = 0;
    for (let t = from; t < to; t++) sum += this.step(t, block, (mask >> (t - from)) & 1 ? -1 : Infinity);
    return sum;
  }

  /** Decides one weight: it goes if that costs less than `limit`. Returns what it cost. */
  private step(t: number, block: number, limit: number): number {
    const { n, feedback, cost } = this.problem;
    const { errors } = this;
    let target = this.targets[t];
    for (let j = block, at = t * n + block; j < t; j++, at++) target += errors[j] * feedback[at];
    const price = cost[t] * target * target;
    const goes = price < limit;
    this.values[t] = goes ? 0 : target;
    errors[t] = this.weights[t] - this.values[t];
    return goes ? price : 0;
  }
}

const known = new Map<string, number[]>();

/** Masks of all choices of `kept` of `length`, or none if there are too many. */
function combinations(length: number, kept: number): number[] {
  const key = `${length} ${kept}`;
  let masks = known.get(key);
  if (!masks) {
    masks = [];
    for (let mask = 0; mask < 2 ** length; mask++) {
      let bits = 0;
      for (let rest = mask; rest > 0; rest >>= 1) bits += rest & 1;
      if (bits === kept) masks.push(mask);
    }
    if (masks.length > MOST_CHOICES) masks = [];
    known.set(key, masks);
  }
  return masks;
}

/**
 * Lets the values that stay settle, and gives every weight's score: what it would cost to be without it, if it could take its best value with all
 * others as they are.
 * @param values changed in place
 */
export function settle({ n, covariance }: GroupProblem, weights: Float64Array, values: Float64Array): Float64Array {
  const gradient = multiply(covariance, n, weights.map((w, t) => w - values[t]));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let t = 0; t < n; t++) {
      if (values[t] === 0) continue;
      const step = gradient[t] / covariance[t * n + t];
      values[t] += step;
      for (let j = 0, row = t * n; j < n; j++, row++) gradient[j] -= step * covariance[row];
    }
  }
  return values.map((v, t) => (v + gradient[t] / covariance[t * n + t]) ** 2 * covariance[t * n + t]);
}
