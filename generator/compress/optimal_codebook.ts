/**
 * The k real levels of least squared error for a set of weights, exactly: one-dimensional k-means by dynamic programming over the sorted
 * weights, as DP-Net (arXiv 2003.09615) quantizes networks with. A cluster is a run of the sorted weights, its level their mean.
 * Wang, Song, Ckmeans.1d.dp: Optimal k-means Clustering in One Dimension by Dynamic Programming, The R Journal 3/2 (2011); the divide and
 * conquer is in least_paths.ts. It is the least error that any codebook of k levels has, whatever its digits (grid_levels.ts has those).
 */
import { ShiftloomError } from '../errors.js';
import { leastPaths } from './least_paths.js';
import { lowerBound } from './sorted.js';

export interface OptimalCodebook {
  /** Ascending, all different. Fewer than asked for if the weights have fewer different values. */
  readonly levels: Float64Array;
  /** Sum over the weights of importance * (weight - nearest level)^2. */
  readonly error: number;
}

export interface OptimalCodebookOptions {
  /** Of each weight, 0 or more: what its squared error counts, such as the diagonal of the Hessian. Default: 1 each. */
  readonly importance?: ArrayLike<number>;
  /** Holds one level at exactly zero, for pruned weights. Default: false. */
  readonly zero?: boolean;
}

/**
 * Optimal levels in O(k n log n) for n different values; a weight that repeats is counted, not repeated.
 * @param weights finite
 * @param count most levels, 1 or more; the zero level is one of them
 * @throws ShiftloomError('usage') for an impossible count, no weights, or importances that do not fit them.
 */
export function optimalCodebook(weights: ArrayLike<number>, count: number, options: OptimalCodebookOptions = {}): OptimalCodebook {
  const { importance, zero = false } = options;
  checkRequest(weights, count, importance);
  const points = mergeEqual(weights, importance);
  if (!zero) return freeLevels(points, count);
  return levelsAroundZero(points, count);
}

function checkRequest(weights: ArrayLike<number>, count: number, importance: ArrayLike<number> | undefined): void {
  if (!Number.isInteger(count) || count < 1) throw new ShiftloomError('usage', 'levels', `is ${count}; allowed: integers from 1`);
  if (weights.length === 0) throw new ShiftloomError('usage', 'weights', 'are empty; at least one is needed');
  if (importance && importance.length !== weights.length) {
    throw new ShiftloomError('usage', 'importance', `has ${importance.length} values for ${weights.length} weights`);
  }
  for (let i = 0; i < weights.length; i++) {
    if (!Number.isFinite(weights[i])) throw new ShiftloomError('usage', `weight ${i}`, `is ${weights[i]}; finite numbers are needed`);
    if (importance && !(importance[i] >= 0 && importance[i] < Infinity)) {
      throw new ShiftloomError('usage', `importance ${i}`, `is ${importance[i]}; allowed: numbers from 0`);
    }
  }
}

/** Different values in ascending order, each with the sum of its importances. Those that do not count are left out. */
interface Points {
  readonly value: Float64Array;
  readonly mass: Float64Array;
}

function mergeEqual(weights: ArrayLike<number>, importance: ArrayLike<number> | undefined): Points {
  const sorted = Float64Array.from(weights).sort();
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i];
  const value = sorted.slice(0, count);
  const mass = new Float64Array(count);
  for (let i = 0; i < weights.length; i++) mass[lowerBound(value, weights[i], 0)] += importance ? importance[i] : 1;
  if (mass.every((m) => m > 0)) return { value, mass };
  const kept = (_: number, i: number) => mass[i] > 0;
  return { value: value.filter(kept), mass: mass.filter(kept) };
}

function freeLevels(points: Points, count: number): OptimalCodebook {
  const { value, mass } = points;
  // No weight counts: any level does.
  if (value.length === 0) return { levels: Float64Array.of(0), error: 0 };
  if (value.length <= count) return { levels: value, error: 0 };
  const runs = new Runs(value, mass);
  const start = new Float64Array(value.length + 1).fill(Infinity);
  start[0] = 0;
  const paths = leastPaths(start, count, runs.cost);
  return { levels: runs.means(paths.path(count)), error: paths.costs[count] };
}

/**
 * With a level at zero, no weight is nearest to a level beyond it: both signs are problems of their own that share the levels. On each, the
 * weights next to zero belong to it, which is where a path may start.
 */
function levelsAroundZero(points: Points, count: number): OptimalCodebook {
  const [below, above] = [-1, 1].map((sign) => side(points, sign, count - 1));
  let best = 0;
  for (let own = 1; own < count; own++) {
    if (total(below, own) + total(above, count - 1 - own) < total(below, best) + total(above, count - 1 - best)) best = own;
  }
  const negative = below.levels(best).map((v) => -v).reverse();
  const positive = above.levels(count - 1 - best);
  return { levels: Float64Array.of(...negative, 0, ...positive), error: total(below, best) + total(above, count - 1 - best) };
}

interface Side {
  /** Error with 0, 1, ... levels beside zero, up to as many as there are different weights. */
  readonly costs: Float64Array;
  /** Ascending magnitudes. */
  levels(count: number): Float64Array;
}

function total({ costs }: Side, levels: number): number {
  return costs[Math.min(levels, costs.length - 1)];
}

function side({ value, mass }: Points, sign: number, most: number): Side {
  const chosen = Array.from(value, (_, i) => i).filter((i) => sign * value[i] > 0);
  if (sign < 0) chosen.reverse();
  const magnitude = Float64Array.from(chosen, (i) => Math.abs(value[i]));
  const own = Float64Array.from(chosen, (i) => mass[i]);
  const runs = new Runs(magnitude, own);
  const start = new Float64Array(magnitude.length + 1);
  for (let i = 0; i < magnitude.length; i++) start[i + 1] = start[i] + own[i] * magnitude[i] ** 2;
  const paths = leastPaths(start, Math.min(most, magnitude.length), runs.cost);
  return { costs: paths.costs, levels: (count) => runs.means(paths.path(Math.min(count, paths.costs.length - 1))) };
}

/** Squared error of runs of points around their mean, from running sums about the middle point, where they cancel least. */
class Runs {
  private readonly middle: number;
  private readonly m: Float64Array;
  private readonly mx: Float64Array;
  private readonly mxx: Float64Array;

  constructor(value: Float64Array, mass: Float64Array) {
    const n = value.length;
    this.middle = n > 0 ? value[n >> 1] : 0;
    [this.m, this.mx, this.mxx] = [new Float64Array(n + 1), new Float64Array(n + 1), new Float64Array(n + 1)];
    for (let i = 0; i < n; i++) {
      const x = value[i] - this.middle;
      this.m[i + 1] = this.m[i] + mass[i];
      this.mx[i + 1] = this.mx[i] + mass[i] * x;
      this.mxx[i + 1] = this.mxx[i] + mass[i] * x * x;
    }
  }

  /** Of the points from..to-1 as one cluster. Rounding may leave a trifle below zero. */
  readonly cost = (from: number, to: number): number => {
    const sum = this.mx[to] - this.mx[from];
    return Math.max(0, this.mxx[to] - this.mxx[from] - (sum * sum) / (this.m[to] - this.m[from]));
  };

  /** Mean of each run between neighbouring borders. */
  means(borders: readonly number[]): Float64Array {
    const { m, mx, middle } = this;
    return Float64Array.from({ length: borders.length - 1 }, (_, c) => {
      const [from, to] = [borders[c], borders[c + 1]];
      return middle + (mx[to] - mx[from]) / (m[to] - m[from]);
    });
  }
}
