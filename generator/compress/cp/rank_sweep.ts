/**
 * Input and kernel factors where errors of different weights count together (a metric H): there are no common equations for rows, so ranks take turns. With all others held, the
 * input vector b of a rank minimises b' M b - 2 b' t with M = the metric seen through the rank's kernel vector, and the kernel vectors likewise; exact least squares for
 * real terms, integers as in `row_quantizer.ts`. What the metric makes of each input vector is kept from round to round, so that a round costs what changes in it.
 */
import type { NearestLevel } from '../levels.js';
import { choleskyFactor, gram, solveRows, trace } from './dense.js';
import { outputView } from './equations.js';
import { RowQuantizer, descend } from './row_quantizer.js';
import { type BlockProblem, type Terms, kernelProduct } from './terms.js';

const RIDGE = 1e-3;
/** Elements of all matrices M that are kept: 128 MiB. */
const MOST_KEPT = 2 ** 24;

export interface SweepLevels {
  readonly input: NearestLevel;
  readonly kernel: readonly NearestLevel[];
  /** Whether vectors are decided anew as well, with error feedback; else only improved from what they are. */
  readonly fresh: boolean;
}

export class RankSweep {
  readonly rank: number;
  readonly input: Float64Array;
  readonly kernel: readonly Float64Array[];
  /** (n, rank): metric times patterns. */
  readonly spread: Float64Array;
  private readonly metric: Float32Array;
  private readonly n: number;
  private readonly inputs: number;
  private readonly taps: number;
  /** For each rank (taps, n): the metric times the input vector at one kernel position. */
  private readonly images: readonly Float64Array[];
  /** M of each rank, and the kernel vector that it was made for. */
  private readonly kept: ({ readonly kernel: Float64Array; readonly matrix: Float64Array } | undefined)[];
  /** Without a kernel M is the metric, whatever the rank: its triangular factors, which cost n^3, are made once. */
  private readonly common: VectorEquations | undefined;

  constructor(private readonly problem: BlockProblem, { rank, input, kernel }: Terms) {
    this.rank = rank;
    this.input = Float64Array.from(input);
    this.kernel = kernel.map((factor) => Float64Array.from(factor));
    this.metric = problem.metric!;
    this.inputs = problem.shape.inputs;
    this.n = problem.target.length / problem.shape.outputs;
    this.taps = this.n / this.inputs;
    this.spread = new Float64Array(this.n * rank);
    this.kept = new Array<undefined>(rank).fill(undefined);
    this.common = kernel.length === 0 ? new VectorEquations(Float64Array.from(this.metric), this.inputs) : undefined;
    this.images = Array.from({ length: rank }, (_, r) => {
      const image = new Float64Array(this.n * this.taps);
      this.addImage(image, column(this.input, r, rank));
      this.respread(r, image);
      return image;
    });
  }

  /** One update of every rank's vectors for the output's factor (outputs, rank). @param levels integers to round to; real numbers without */
  update(output: Float64Array, levels?: SweepLevels): void {
    const weights = gram(output, this.rank);
    const view = outputView(this.problem, output, this.rank);
    for (let r = 0; r < this.rank; r++) if (weights[r * this.rank + r] > 0) this.updateRank(r, weights, view, levels);
  }

  private updateRank(r: number, weights: Float64Array, view: Float64Array, levels: SweepLevels | undefined): void {
    const { inputs, taps, rank } = this;
    const residual = this.residual(r, weights, view);
    const before = column(this.input, r, rank);
    const b = Float64Array.from(before);
    const c = this.kernelVector(r);
    const target = new Float64Array(inputs);
    for (let tap = 0, at = 0; tap < taps; tap++) for (let i = 0; i < inputs; i++) target[i] += c[tap] * residual[at++];
    (this.common ?? new VectorEquations(this.throughKernel(r, c), inputs)).decide(target, b, levels?.input, levels?.fresh ?? false);
    putColumn(b, this.input, r, rank);
    this.addImage(this.images[r], b.map((x, i) => x - before[i]));
    this.updateKernel(r, b, residual, levels);
    this.respread(r, this.images[r]);
  }

  /** What is left for rank r to explain, (n), in the metric and per unit of its output vector's square. */
  private residual(r: number, weights: Float64Array, view: Float64Array): Float64Array {
    const { n, rank, spread } = this;
    const out = new Float64Array(n);
    const own = weights[r * rank + r];
    for (let p = 0, at = 0; p < n; p++, at += rank) {
      let sum = view[at + r];
      for (let q = 0, row = r * rank; q < rank; q++) sum -= spread[at + q] * weights[row + q];
      out[p] = sum / own + spread[at + r];
    }
    return out;
  }

  /** (inputs, inputs): sum over taps k, l of c_k c_l H[(k, i), (l, j)]. */
  private throughKernel(r: number, c: Float64Array): Float64Array {
    const known = this.kept[r];
    if (known && known.kernel.every((x, k) => x === c[k])) return known.matrix;
    const { metric, n, inputs, taps } = this;
    const matrix = known?.matrix.fill(0) ?? new Float64Array(inputs * inputs);
    for (let k = 0; k < taps; k++) {
      for (let l = 0; l < taps; l++) {
        const factor = c[k] * c[l];
        if (factor === 0) continue;
        for (let i = 0; i < inputs; i++) {
          for (let j = 0, from = (k * inputs + i) * n + l * inputs, to = i * inputs; j <= i; j++) matrix[to + j] += factor * metric[from + j];
        }
      }
    }
    for (let i = 0; i < inputs; i++) for (let j = 0; j < i; j++) matrix[j * inputs + i] = matrix[i * inputs + j];
    if ((r + 1) * matrix.length <= MOST_KEPT) this.kept[r] = { kernel: c, matrix };
    return matrix;
  }

  /** Adds the metric times a change of an input vector, at each kernel position, four inputs at a time. */
  private addImage(image: Float64Array, change: Float64Array): void {
    const { metric, n, inputs, taps } = this;
    const changed: number[] = [];
    for (let j = 0; j < inputs; j++) if (change[j] !== 0) changed.push(j);
    for (let at = 0; at < changed.length; at += 4) {
      const four = [0, 1, 2, 3].map((k) => changed[Math.min(at + k, changed.length - 1)]);
      const [d0, d1, d2, d3] = four.map((j, k) => (at + k < changed.length ? change[j] : 0));
      for (let l = 0; l < taps; l++) {
        const [h0, h1, h2, h3] = four.map((j) => (l * inputs + j) * n);
        for (let p = 0, to = l * n; p < n; p++) image[to + p] += d0 * metric[h0 + p] + d1 * metric[h1 + p] + d2 * metric[h2 + p] + d3 * metric[h3 + p];
      }
    }
  }

  private updateKernel(r: number, b: Float64Array, residual: Float64Array, levels: SweepLevels | undefined): void {
    const { kernel, taps, inputs, rank, n } = this;
    if (kernel.length === 0) return;
    const image = this.images[r];
    const matrix = new Float64Array(taps * taps);
    const target = new Float64Array(taps);
    for (let k = 0; k < taps; k++) {
      for (let i = 0, at = k * inputs; i < inputs; i++, at++) {
        target[k] += b[i] * residual[at];
        for (let l = 0; l < taps; l++) matrix[k * taps + l] += b[i] * image[l * n + at];
      }
    }
    kernel.forEach((factor, j) => {
      const own = column(factor, r, rank);
      const other = kernel.length === 2 ? column(kernel[1 - j], r, rank) : undefined;
      const { matrix: m, target: t } = other ? throughOther(matrix, target, own.length, other, j) : { matrix, target };
      new VectorEquations(m, own.length).decide(t, own, levels?.kernel[j], levels?.fresh ?? false);
      putColumn(own, factor, r, rank);
    });
  }

  private kernelVector(r: number): Float64Array {
    return kernelProduct({ rank: 1, kernel: this.kernel.map((factor) => column(factor, r, this.rank)) });
  }

  /** Metric times the rank's pattern. */
  private respread(r: number, image: Float64Array): void {
    const { n, rank, spread } = this;
    const c = this.kernelVector(r);
    for (let p = 0; p < n; p++) {
      let sum = 0;
      for (let l = 0; l < c.length; l++) sum += c[l] * image[l * n + p];
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

/** Least squares of one vector, x M x' - 2 x t', for any target t. Triangular factors of M are made when they are first needed. */
class VectorEquations {
  private quantizer: RowQuantizer | undefined;
  private damped: { readonly lower: Float64Array; readonly ridge: number } | undefined;

  /** @param matrix M, (n, n) */
  constructor(private readonly matrix: Float64Array, private readonly n: number) {}

  /** Minimises in place, over real numbers near `x` or over levels. @param fresh see `SweepLevels` */
  decide(target: Float64Array, x: Float64Array, levels: NearestLevel | undefined, fresh: boolean): void {
    if (!levels) return this.solve(target, x);
    const { n, matrix } = this;
    for (let i = 0; i < n; i++) x[i] = levels.of(x[i]);
    if (!fresh) {
      descend(matrix, target, levels, x, new Float64Array(n));
      return;
    }
    this.quantizer ??= new RowQuantizer(matrix, n);
    this.quantizer.quantize(this.quantizer.solve(target), target, 1, levels, x, true);
  }

  private solve(target: Float64Array, x: Float64Array): void {
    const { n } = this;
    const { lower, ridge } = (this.damped ??= this.dampedFactor());
    if (ridge > 0) x.set(solveRows(lower, n, target.map((t, i) => t + ridge * x[i])));
  }

  private dampedFactor(): { lower: Float64Array; ridge: number } {
    const { n, matrix } = this;
    const ridge = (RIDGE * trace(matrix, n)) / n;
    if (!(ridge > 0)) return { lower: matrix, ridge: 0 };
    const damped = Float64Array.from(matrix);
    for (let i = 0; i < n; i++) damped[i * n + i] += ridge;
    return { lower: choleskyFactor(damped, n), ridge };
  }
}

function column(factor: Float64Array, r: number, rank: number): Float64Array {
  return Float64Array.from({ length: factor.length / rank }, (_, i) => factor[i * rank + r]);
}

function putColumn(values: Float64Array, factor: Float64Array, r: number, rank: number): void {
  for (let i = 0; i < values.length; i++) factor[i * rank + r] = values[i];
}
