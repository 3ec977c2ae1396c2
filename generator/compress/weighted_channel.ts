/** One output channel whose weights count differently, prepared for being measured with any levels at any scale. */
import { lowerBound } from './sorted.js';

const STEPS_PER_OCTAVE = 16;
/** Scales that are looked at to each side of the one so far: half an octave. */
const STEPS = 8;
const MOST_DESCENTS = 8;

export class WeightedChannel {
  /** Root mean square, each weight counted by its importance; 0 if all that count are zero. */
  readonly rms: number;
  private readonly sorted: Float64Array;
  /** Running sums of importance and of importance * weight over the sorted weights. */
  private readonly mass: Float64Array;
  private readonly first: Float64Array;
  private readonly squares: number;

  /** @param importance of each weight, 0 or more; 1 each if missing */
  constructor(
    readonly weights: Float64Array,
    readonly importance?: Float64Array,
  ) {
    const n = weights.length;
    const order = importance ? Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => weights[a] - weights[b]) : undefined;
    this.sorted = order ? Float64Array.from(order, (i) => weights[i]) : weights.slice().sort();
    this.mass = new Float64Array(n + 1);
    this.first = new Float64Array(n + 1);
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const w = this.sorted[i];
      const m = order ? importance![order[i]] : 1;
      this.mass[i + 1] = this.mass[i] + m;
      this.first[i + 1] = this.first[i] + m * w;
      squares += m * w * w;
    }
    this.squares = squares;
    this.rms = squares > 0 ? Math.sqrt(squares / this.mass[n]) : 0;
  }

  /** A scale of less error than `scale`, or that itself: the best of a grid around it, then least squares until that no longer helps. */
  bestScaleNear(levels: readonly number[], scale: number, minimum: number): number {
    const grid = Array.from({ length: 2 * STEPS + 1 }, (_, i) => Math.max(minimum, scale * 2 ** ((i - STEPS) / STEPS_PER_OCTAVE)));
    let best = this.bestOf(levels, grid);
    let error = this.error(levels, best);
    for (let i = 0; i < MOST_DESCENTS; i++) {
      const { wq, qq } = this.fit(levels, best);
      const next = qq > 0 && wq > 0 ? Math.max(wq / qq, minimum) : best;
      const reached = this.error(levels, next);
      if (!(reached < error)) break;
      [best, error] = [next, reached];
    }
    return best;
  }

  /** The first of least error. */
  bestOf(levels: readonly number[], scales: readonly number[]): number {
    let best = scales[0];
    let least = Infinity;
    for (const scale of scales) {
      const error = this.error(levels, scale);
      if (error < least) [best, least] = [scale, error];
    }
    return best;
  }

  /** Sum of importance * (weight - scale * nearest level)^2. */
  error(levels: readonly number[], scale: number): number {
    const { wq, qq } = this.fit(levels, scale);
    return this.squares - 2 * scale * wq + scale * scale * qq;
  }

  /** Sums of importance * weight * level and of importance * level^2, each weight with its nearest level. */
  private fit(levels: readonly number[], scale: number): { wq: number; qq: number } {
    const { sorted, mass, first } = this;
    let wq = 0;
    let qq = 0;
    let from = 0;
    for (let l = 0; l < levels.length; l++) {
      const to = l + 1 < levels.length ? lowerBound(sorted, ((levels[l] + levels[l + 1]) / 2) * scale, from) : sorted.length;
      wq += levels[l] * (first[to] - first[from]);
      qq += levels[l] * levels[l] * (mass[to] - mass[from]);
      from = to;
    }
    return { wq, qq };
  }
}
