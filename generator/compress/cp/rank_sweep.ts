/**
 * Input and kernel factors where errors of different weights count together (a metric H): there are no common equations for rows, so ranks take turns. With all others held, the
 * input vector b of a rank minimises g b' M b - 2 b' t with M = the metric seen through the rank's kernel vector, and the kernel vectors likewise; exact least squares for
 * real terms, coordinate descent over the levels for integers.
 */
import type { NearestLevel } from '../levels.js';
import { choleskyFactor, gram, multiply, solveRows, trace } from './dense.js';
import { outputView } from './equations.js';
import { RowQuantizer } from './row_quantizer.js';
import { type BlockProblem, type Terms, kernelProduct, patterns } from './terms.js';

const RIDGE = 1e-3;

export interface SweepLevels {
  readonly input: NearestLevel;
  readonly kernel: readonly NearestLevel[];
}

/** Terms with the metric times their patterns, (n, rank), which is costly to make from nothing. */
export interface Swept {
  readonly terms: Terms;
  readonly spread: Float64Array;
}

/**
 * One update of every rank's input and kernel vectors.
 * @param spread metric times patterns of `terms`, if it is there from before
 * @param levels integers to round to; real numbers without
 */
export function sweepRanks(problem: BlockProblem, terms: Terms, spread: Float64Array | undefined, levels?: SweepLevels): Swept {
  const sweep = new RankSweep(problem, terms, spread);
  for (let r = 0; r < terms.rank; r++) sweep.update(r, levels);
  return sweep;
}

class RankSweep {
  readonly terms: Terms;
  private readonly metric: Float32Array;
  private readonly n: number;
  private readonly inputs: number;
  private readonly taps: number;
  /** (rank, rank) of the output's factor. */
  private readonly weights: Float64Array;
  /** (n, rank) */
  private readonly view: Float64Array;
  /** (n, rank): metric times patterns, kept current. */
  readonly spread: Float64Array;

  constructor(problem: BlockProblem, { rank, output, input, kernel }: Terms, spread: Float64Array | undefined) {
    this.terms = { rank, output, input: Float64Array.from(input), kernel: kernel.map((factor) => Float64Array.from(factor)) };
    this.metric = problem.metric!;
    this.inputs = problem.shape.inputs;
    this.n = problem.target.length / problem.shape.outputs;
    this.taps = this.n / this.inputs;
    this.weights = gram(output, rank);
    this.view = outputView(problem, output, rank);
    this.spread = spread ? Float64Array.from(spread) : multiply(this.metric, this.n, this.n, patterns(this.terms), rank);
  }

  update(r: number, levels: SweepLevels | undefined): void {
    const { terms, inputs, weights } = this;
    const weight = weights[r * terms.rank + r];
    if (!(weight > 0)) return;
    const residual = this.residual(r, weight);
    const b = column(terms.input, r, terms.rank);
    const c = this.kernelColumn(r);
    const target = new Float64Array(inputs);
    for (let tap = 0, at = 0; tap < this.taps; tap++) for (let i = 0; i < inputs; i++) target[i] += c[tap] * residual[at++];
    decide(this.throughKernel(c), target, b, levels?.input);
    putColumn(b, terms.input, r, terms.rank);
    this.updateKernel(r, b, residual, levels);
    this.respread(r, b);
  }

  /** What is left for rank r to explain, (n), in the metric and per unit of its output vector's square. */
  private residual(r: number, weight: number): Float64Array {
    const { n, view, spread, weights } = this;
    const { rank } = this.terms;
    const out = new Float64Array(n);
    for (let p = 0, at = 0; p < n; p++, at += rank) {
      let sum = view[at + r];
      for (let q = 0, row = r * rank; q < rank; q++) sum -= spread[at + q] * weights[row + q];
      out[p] = sum / weight + spread[at + r];
    }
    return out;
  }

  /** (inputs, inputs): sum over taps k, l of c_k c_l H[(k, i), (l, j)]. */
  private throughKernel(c: Float64Array): Float64Array {
    const { metric, n, inputs, taps } = this;
    const out = new Float64Array(inputs * inputs);
    for (let k = 0; k < taps; k++) {
      if (c[k] === 0) continue;
      for (let i = 0; i < inputs; i++) {
        const row = (k * inputs + i) * n;
        for (let l = 0; l < taps; l++) {
          const factor = c[k] * c[l];
          if (factor === 0) continue;
          for (let j = 0, from = row + l * inputs, to = i * inputs; j <= i; j++) out[to + j] += factor * metric[from + j];
        }
      }
    }
    for (let i = 0; i < inputs; i++) for (let j = 0; j < i; j++) out[j * inputs + i] = out[i * inputs + j];
    return out;
  }

  /** (taps, taps): sum over inputs i, j of b_i b_j H[(k, i), (l, j)]. */
  private throughInput(b: Float64Array): Float64Array {
    const { metric, n, inputs, taps } = this;
    const out = new Float64Array(taps * taps);
    for (let k = 0; k < taps; k++) {
      for (let i = 0; i < inputs; i++) {
        if (b[i] === 0) continue;
        const row = (k * inputs + i) * n;
        for (let l = 0; l <= k; l++) {
          let sum = 0;
          for (let j = 0, from = row + l * inputs; j < inputs; j++) sum += b[j] * metric[from + j];
          out[k * taps + l] += b[i] * sum;
        }
      }
    }
    for (let k = 0; k < taps; k++) for (let l = 0; l < k; l++) out[l * taps + k] = out[k * taps + l];
    return out;
  }

  private updateKernel(r: number, b: Float64Array, residual: Float64Array, levels: SweepLevels | undefined): void {
    const { terms, taps, inputs } = this;
    if (terms.kernel.length === 0) return;
    const matrix = this.throughInput(b);
    const target = new Float64Array(taps);
    for (let tap = 0, at = 0; tap < taps; tap++) for (let i = 0; i < inputs; i++) target[tap] += b[i] * residual[at++];
    terms.kernel.forEach((factor, j) => {
      const own = column(factor, r, terms.rank);
      const other = terms.kernel.length === 2 ? column(terms.kernel[1 - j], r, terms.rank) : undefined;
      const { matrix: m, target: t } = other ? throughOther(matrix, target, own.length, other, j) : { matrix, target };
      decide(m, t, own, levels?.kernel[j]);
      putColumn(own, factor, r, terms.rank);
    });
  }

  private kernelColumn(r: number): Float64Array {
    return kernelProduct({ rank: 1, kernel: this.terms.kernel.map((factor) => column(factor, r, this.terms.rank)) });
  }

  /** Metric times the rank's new pattern. */
  private respread(r: number, b: Float64Array): void {
    const { metric, n, spread } = this;
    const { rank } = this.terms;
    const c = this.kernelColumn(r);
    const pattern = new Float64Array(n);
    for (let tap = 0, at = 0; tap < c.length; tap++) for (let i = 0; i < b.length; i++) pattern[at++] = c[tap] * b[i];
    for (let p = 0; p < n; p++) {
      let sum = 0;
      for (let q = 0, row = p * n; q < n; q++) sum += metric[row + q] * pattern[q];
      spread[p * rank + r] = sum;
    }
  }
}

/** Equations of one of two kernel factors: those of all taps, seen through the other. */
function throughOther(matrix: Float64Array, target: Float64Array, size: number, other: Float64Array, j: number): { matrix: Float64Array; target: Float64Array } {
  const taps = target.length;
  const width = j === 1 ? size : other.length;
  const own = (tap: number) => (j === 0 ? Math.floor(tap / width) : tap % width);
  const across = (tap: number) => other[j === 0 ? tap % width : Math.floor(tap / width)];
  const m = new Float64Array(size * size);
  const t = new Float64Array(size);
  for (let k = 0; k < taps; k++) {
    t[own(k)] += across(k) * target[k];
    for (let l = 0; l < taps; l++) m[own(k) * size + own(l)] += across(k) * across(l) * matrix[k * taps + l];
  }
  return { matrix: m, target: t };
}

/** Minimises x M x' - 2 x t' in place, over real numbers near `x` or over levels. */
function decide(matrix: Float64Array, target: Float64Array, x: Float64Array, levels: NearestLevel | undefined): void {
  const n = x.length;
  if (levels) {
    const quantizer = new RowQuantizer(matrix, n);
    for (let i = 0; i < n; i++) x[i] = levels.of(x[i]);
    quantizer.quantize(quantizer.solve(target), target, 1, levels, x, true);
    return;
  }
  const ridge = (RIDGE * trace(matrix, n)) / n;
  if (!(ridge > 0)) return;
  const damped = Float64Array.from(matrix);
  for (let i = 0; i < n; i++) damped[i * n + i] += ridge;
  x.set(solveRows(choleskyFactor(damped, n), n, target.map((t, i) => t + ridge * x[i])));
}

function column(factor: Float64Array, r: number, rank: number): Float64Array {
  return Float64Array.from({ length: factor.length / rank }, (_, i) => factor[i * rank + r]);
}

function putColumn(values: Float64Array, factor: Float64Array, r: number, rank: number): void {
  for (let i = 0; i < values.length; i++) factor[i * rank + r] = values[i];
}
