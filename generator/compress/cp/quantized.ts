/**
 * Quantized alternating least squares: every factor is integers, and each update solves its least squares, quantizes, and is what the next one sees. Outputs have a real scale of
 * their own (requantization takes it), all other factors have none: columns are brought to the range of their encoding once, before the first round.
 */
import type { NearestLevel } from '../levels.js';
import { type FactorLevels } from './levels_of_factor.js';
import { type Equations, inputEquations, kernelEquations, outputEquations, outputView } from './equations.js';
import { errorOf } from './als.js';
import { RowQuantizer } from './row_quantizer.js';
import { type BlockProblem, type Terms, columnLengths } from './terms.js';
import type { RankSweep } from './rank_sweep.js';

export interface LevelSet {
  readonly output: FactorLevels;
  readonly input: FactorLevels;
  readonly kernel: readonly FactorLevels[];
}

/** Integers in all factors; the weights are scale[o] times the sums. */
export interface QuantizedTerms extends Terms {
  /** (outputs) */
  readonly scale: Float64Array;
  /** As in `Fitted`. */
  readonly error: number;
}

/** What an output's scale may be. */
export interface ScaleRule {
  /** Scales are unit times a power of two, if given. */
  readonly unit?: number;
}

/** Ratios of an output's scale that are tried, around the last one. */
const NARROW = [2 ** -0.125, 1, 2 ** 0.125];
const WIDE = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75].map((octaves) => 2 ** octaves);

/** The real terms with their columns in the range of the encodings; what scales had is in the output's factor. */
export function loadColumns(terms: Terms, levels: LevelSet): Terms {
  const { rank } = terms;
  const output = Float64Array.from(terms.output);
  const load = (factor: Float64Array, { loading }: FactorLevels): Float64Array => {
    const lengths = columnLengths(factor, rank);
    const wanted = loading * Math.sqrt(factor.length / rank);
    for (let i = 0; i < output.length; i++) output[i] *= lengths[i % rank] / wanted;
    return factor.map((x, i) => (lengths[i % rank] > 0 ? (x * wanted) / lengths[i % rank] : 0));
  };
  return { rank, input: load(terms.input, levels.input), kernel: terms.kernel.map((factor, j) => load(factor, levels.kernel[j])), output };
}

/** Every value rounded by itself, after the iteration: what quantizing inside it is measured against. */
export function quantizeAfter(problem: BlockProblem, real: Terms, levels: LevelSet, rule: ScaleRule): QuantizedTerms {
  const loaded = loadColumns(real, levels);
  const { rank } = loaded;
  const round = (factor: Float64Array, { nearest }: FactorLevels) => factor.map((x) => nearest.of(x));
  const output = new Float64Array(loaded.output.length);
  const scale = new Float64Array(problem.shape.outputs);
  for (let o = 0; o < scale.length; o++) {
    const row = loaded.output.subarray(o * rank, (o + 1) * rank);
    scale[o] = startScale(row, levels.output, rule);
    output.set(row.map((x) => levels.output.nearest.of(x / scale[o])), o * rank);
  }
  const terms = { rank, input: round(loaded.input, levels.input), kernel: loaded.kernel.map((factor, j) => round(factor, levels.kernel[j])), output };
  return { ...terms, scale, error: errorOf(problem, outputEquations(problem, terms), realOutput(terms, scale)) };
}

function startScale(row: Float64Array, { loading }: FactorLevels, { unit }: ScaleRule): number {
  const rms = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / row.length);
  return held(rms > 0 ? rms / loading : (unit ?? 1), unit);
}

function held(scale: number, unit: number | undefined): number {
  return unit === undefined ? scale : unit * 2 ** Math.round(Math.log2(scale / unit));
}

/** The output's factor in real numbers. */
export function realOutput({ output, rank }: Pick<Terms, 'output' | 'rank'>, scale: Float64Array): Float64Array {
  return output.map((x, i) => x * scale[Math.floor(i / rank)]);
}

/** What goes on from round to round. */
export interface RoundState {
  /** With a metric: input and kernel factors; it is changed. */
  readonly sweep?: RankSweep;
  /** Counts from 0. */
  readonly round: number;
}

/** Rounds in which vectors are decided anew with a metric; afterwards they are only improved, which is cheaper. */
const FRESH_ROUNDS = 4;

/** One round: input and kernel with the output as it is, then the output. Integers, or real terms to begin with. */
export function quantizedRound(problem: BlockProblem, before: QuantizedTerms, levels: LevelSet, rule: ScaleRule, { sweep, round }: RoundState): QuantizedTerms {
  const { rank, scale } = before;
  const terms: Terms = { rank, input: before.input, kernel: before.kernel, output: realOutput(before, scale) };
  if (!sweep) return quantizeOutput(problem, plainSweep(problem, terms, levels), scale, levels.output, rule, round === 0);
  sweep.update(terms.output, { input: levels.input.nearest, kernel: levels.kernel.map(({ nearest }) => nearest), fresh: round < FRESH_ROUNDS });
  const swept = { rank, output: terms.output, input: Float64Array.from(sweep.input), kernel: sweep.kernel.map((factor) => Float64Array.from(factor)) };
  return quantizeOutput(problem, swept, scale, levels.output, rule, round === 0, sweep.spread);
}

function plainSweep(problem: BlockProblem, start: Terms, levels: LevelSet): Terms {
  const { rank } = start;
  let terms = start;
  const view = outputView(problem, terms.output, rank);
  terms = { ...terms, input: quantizeRows(inputEquations(terms, view), terms.input, rank, levels.input.nearest) };
  start.kernel.forEach((_, j) => {
    const factor = quantizeRows(kernelEquations(problem, terms, view, j), terms.kernel[j], rank, levels.kernel[j].nearest);
    terms = { ...terms, kernel: terms.kernel.map((old, k) => (k === j ? factor : old)) };
  });
  return terms;
}

function quantizeRows({ gram, targets }: Equations, before: Float64Array, rank: number, nearest: NearestLevel): Float64Array {
  const quantizer = new RowQuantizer(gram, rank);
  const best = quantizer.solve(targets);
  const rows = before.map((x) => nearest.of(x));
  for (let row = 0; row < rows.length; row += rank) {
    quantizer.quantize(best.subarray(row, row + rank), targets.subarray(row, row + rank), 1, nearest, rows.subarray(row, row + rank), true);
  }
  return rows;
}

/** Integers and scales of all outputs for the other factors. */
export function quantizeOutput(problem: BlockProblem, terms: Terms, before: Float64Array, { nearest }: FactorLevels, { unit }: ScaleRule, wide: boolean, spread?: Float64Array): QuantizedTerms {
  const { rank } = terms;
  const equations = outputEquations(problem, terms, spread);
  const quantizer = new RowQuantizer(equations.gram, rank);
  const best = quantizer.solve(equations.targets);
  const output = new Float64Array(terms.output.length);
  const scale = new Float64Array(before.length);
  const ratios = unit === undefined ? (wide ? WIDE : NARROW) : [0.5, 1, 2];
  for (let o = 0; o < scale.length; o++) {
    const target = equations.targets.subarray(o * rank, (o + 1) * rank);
    let least = Infinity;
    for (const ratio of ratios) {
      const tried = held(before[o] * ratio, unit);
      const row = new Float64Array(rank);
      let cost = quantizer.quantize(best.subarray(o * rank, (o + 1) * rank), target, tried, nearest, row, false);
      const fitted = unit === undefined ? quantizer.fitScale(target, row) : undefined;
      if (fitted) cost = fitted.cost;
      if (cost >= least) continue;
      least = cost;
      output.set(row, o * rank);
      scale[o] = fitted?.scale ?? tried;
    }
  }
  const made = { rank, input: terms.input, kernel: terms.kernel, output };
  return { ...made, scale, error: errorOf(problem, equations, realOutput(made, scale)) };
}
