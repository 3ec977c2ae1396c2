/**
 * The k integer levels of least squared error out of a given list of candidates, exactly: the form of DP-Net's optimal codebook (arXiv
 * 2003.09615) whose levels the lanes can spell. Candidates are integers, so borders between neighbouring levels are multiples of one half
 * and sums over bins of one half say all about the weights: the search takes O(k m log m) for m candidates, however many weights there are.
 */
import { leastPaths, type LeastPaths } from './least_paths.js';

/** The layer description ends there. */
const LARGEST_LEVEL = 16384;

/** Integers of both signs whose non-adjacent form has at most `digits` signed powers of two, none above 2^maxShift; ascending. */
export function digitLevels(digits: number, maxShift: number): Int32Array {
  const largest = Math.min(LARGEST_LEVEL, Math.floor(2 ** (maxShift + 2) / 3));
  const positive = Array.from({ length: largest }, (_, i) => i + 1).filter((v) => signedDigits(v) <= digits);
  return Int32Array.of(...positive.map((v) => -v).reverse(), 0, ...positive);
}

/** Digits of the non-adjacent form: the places in which v and 3v differ (Prodinger, On binary representations of integers with digits -1, 0, 1, 2000). */
function signedDigits(value: number): number {
  let count = 0;
  for (let differ = value ^ (3 * value); differ !== 0; differ &= differ - 1) count++;
  return count;
}

/** Weights in units of the smallest digit, summed up in bins of one half. Weights beyond the ends belong to the outermost bins. */
export class HalfBins {
  private readonly count: number;
  private readonly mass: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  /** @param low, high integers; levels are within them */
  constructor(
    private readonly low: number,
    high: number,
  ) {
    this.count = 2 * (high - low) + 1;
    [this.mass, this.first, this.second] = Array.from({ length: 3 }, () => new Float64Array(this.count + 1));
  }

  /** Adds weights / scale, each counting `importance` (1 if missing) times scale^2, so that errors add up in units of the weights. */
  add(weights: Float64Array, importance: Float64Array | undefined, scale: number): void {
    const { count, mass, first, second } = this;
    const offset = -2 * this.low;
    for (let i = 0; i < weights.length; i++) {
      const x = weights[i] / scale;
      const at = Math.floor(2 * x) + offset;
      const bin = (at < 0 ? 0 : at >= count ? count - 1 : at) + 1;
      const m = importance ? importance[i] * scale * scale : scale * scale;
      mass[bin] += m;
      first[bin] += m * x;
      second[bin] += m * x * x;
    }
  }

  /**
   * The best `count` candidates, or fewer if more do not help; two at least.
   * @param candidates ascending integers within low..high, as many as `count` at least
   * @param count 2 or more
   * @param zero choose the candidate 0 in any case
   */
  bestLevels(candidates: Int32Array, count: number, zero: boolean): GridLevels {
    const sums = new RunningSums(this.low, this.mass, this.first, this.second);
    const at = candidates.indexOf(0);
    return zero && at >= 0 ? levelsThroughZero(sums, candidates, count, at) : leastLevels(sums, candidates, count);
  }
}

export interface GridLevels {
  /** Ascending, at most as many as asked for. */
  readonly levels: number[];
  /** Sum of importance * (weight - scale * level)^2. */
  readonly error: number;
}

/** Sums from the lowest bin up to a border. */
class RunningSums {
  private readonly total: readonly Float64Array[];
  private readonly end: number;

  constructor(
    private readonly low: number,
    ...parts: Float64Array[]
  ) {
    this.total = parts.map((part) => {
      const sums = part.slice();
      for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
      return sums;
    });
    this.end = parts[0].length - 1;
  }

  /** Squared error of the weights from..to as `level`; ends are multiples of one half or infinite. */
  error(level: number, from: number, to: number): number {
    const [mass, first, second] = this.total;
    const a = from === -Infinity ? 0 : 2 * (from - this.low);
    const b = to === Infinity ? this.end : 2 * (to - this.low);
    return second[b] - second[a] - 2 * level * (first[b] - first[a]) + level * level * (mass[b] - mass[a]);
  }

  /** Of all weights between two neighbouring levels, each as the nearer one; the higher one at the middle. One side may be open. */
  between(low: number, high: number): number {
    if (low === -Infinity) return high === Infinity ? Infinity : this.error(high, low, high);
    if (high === Infinity) return this.error(low, low, high);
    const border = (low + high) / 2;
    return this.error(low, low, border) + this.error(high, border, high);
  }

  /** Errors that differ by less are the same but for rounding. */
  get trifle(): number {
    return 1e-12 * this.total[2][this.end];
  }
}

/** Levels are the inner nodes of a path from below all weights to above them. */
function leastLevels(sums: RunningSums, candidates: Int32Array, count: number): GridLevels {
  const { costs, path } = pathsThrough(sums, [-Infinity, ...candidates, Infinity], count + 1);
  let edges = costs.length - 1;
  while (edges > 3 && costs[edges - 1] <= costs[costs.length - 1] + sums.trifle) edges--;
  return { levels: path(edges).slice(1, -1).map((node) => candidates[node - 1]), error: costs[edges] };
}

/** A path that passes through zero is one path to it and one from it. */
function levelsThroughZero(sums: RunningSums, candidates: Int32Array, count: number, zero: number): GridLevels {
  const lower = [-Infinity, ...candidates.subarray(0, zero + 1)];
  const upper = [...candidates.subarray(zero), Infinity];
  const [below, above] = [lower, upper].map((nodes) => pathsThrough(sums, nodes, Math.min(count, nodes.length - 1)));
  let best = { error: Infinity, lower: 1, upper: 1 };
  for (let edges = 3; edges <= count + 1; edges++) {
    for (let l = Math.max(1, edges - above.costs.length + 1); l < Math.min(edges, below.costs.length); l++) {
      const error = below.costs[l] + above.costs[edges - l];
      if (error < best.error - sums.trifle) best = { error, lower: l, upper: edges - l };
    }
  }
  const negative = below.path(best.lower).slice(1, -1).map((node) => lower[node]);
  const positive = above.path(best.upper).slice(1, -1).map((node) => upper[node]);
  return { levels: [...negative, 0, ...positive], error: best.error };
}

function pathsThrough(sums: RunningSums, nodes: readonly number[], edges: number): LeastPaths {
  const start = new Float64Array(nodes.length).fill(Infinity);
  start[0] = 0;
  return leastPaths(start, edges, (from, to) => sums.between(nodes[from], nodes[to]));
}
