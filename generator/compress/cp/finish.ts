/**
 * From integer factors to weights of the lanes: every output channel takes the recode shift and the scale of least error after recoding. Then its vector is repaired there, where the
 * error counts: single values go one level up or down as long as the recoded weights gain from it.
 */
import type { NearestLevel } from '../levels.js';
import { dot, multiply, transpose } from './dense.js';
import { finishByMetric } from './finish_by_metric.js';
import type { QuantizedTerms, ScaleRule } from './quantized.js';
import { type Recoder, checkSums } from './recoder.js';
import { type BlockProblem, patterns } from './terms.js';

const MOST_SHIFT = 31;
/** Shifts that are tried around the one that brings the largest sum to the largest weight. */
const AROUND = [-2, -1, 0, 1, 2, 3];
const REPAIR_SWEEPS = 2;

/** One channel's recoded weights. */
export interface RecodedRow {
  readonly shift: number;
  /** Real value of one unit of the recoded weights; not yet held to any limits but the rule. */
  scale: number;
  readonly weights: Int32Array;
}

export interface RowLimits extends ScaleRule {
  /** Smallest scale of a recoded unit. */
  readonly minimum: number;
}

export interface FinishedBlock {
  readonly terms: QuantizedTerms;
  /** (outputs), see `RecodedRow`. */
  readonly rows: readonly RecodedRow[];
  /** (outputs, n): exact sums. */
  readonly sums: Float64Array;
}

/**
 * @param limits of each output
 * @param levels of the output's factor
 */
export function finishBlock(problem: BlockProblem, terms: QuantizedTerms, recoder: Recoder, levels: NearestLevel, limits: (o: number) => RowLimits): FinishedBlock {
  const { rank } = terms;
  const { outputs } = problem.shape;
  const columns = patterns(terms);
  const n = columns.length / rank;
  const rowsOfPatterns = transpose(columns, n, rank);
  const output = Float64Array.from(terms.output);
  const sums = multiply(output, outputs, rank, rowsOfPatterns, n);
  checkSums(sums);
  if (problem.metric) return finishByMetric(problem, { ...terms, output }, sums, { rowsOfPatterns, recoder, levels }, limits);
  const rows: RecodedRow[] = [];
  for (let o = 0; o < outputs; o++) {
    const target = problem.target.subarray(o * n, (o + 1) * n);
    const own = sums.subarray(o * n, (o + 1) * n);
    let row = recodeRow(recoder, own, target, terms.scale[o], limits(o));
    if (repair(row, own, target, output.subarray(o * rank, (o + 1) * rank), { rowsOfPatterns, recoder, levels })) {
      row = recodeRow(recoder, own, target, terms.scale[o], limits(o));
    }
    rows.push(row);
  }
  return { terms: { ...terms, output }, rows, sums };
}

/** The shift and scale of least squared error for a channel's sums. @param unit real value of one unit of the sums, about */
export function recodeRow(recoder: Recoder, sums: Float64Array, target: Float64Array, unit: number, limits: RowLimits): RecodedRow {
  let largest = 0;
  for (let i = 0; i < sums.length; i++) largest = Math.max(largest, Math.abs(sums[i]));
  const middle = largest > 0 ? Math.round(Math.log2(largest / recoder.largest)) : 0;
  const shifts = new Set(AROUND.map((step) => Math.min(MOST_SHIFT, Math.max(0, middle + step))));
  let best: RecodedRow | undefined;
  let least = Infinity;
  for (const shift of shifts) {
    const weights = new Int32Array(sums.length);
    recoder.recode(sums, shift, weights);
    for (const scale of scalesFor(dot(weights, target), dot(weights, weights), unit * 2 ** shift, limits)) {
      const error = rowError(weights, target, scale);
      if (error >= least) continue;
      least = error;
      best = { shift, scale, weights };
    }
  }
  return best!;
}

/** The least-squares scale, cross / squares, or the allowed ones around it. */
export function scalesFor(cross: number, squares: number, fallback: number, { unit, minimum }: RowLimits): number[] {
  const fitted = cross > 0 ? cross / squares : fallback;
  if (unit === undefined) return [Math.max(minimum, fitted)];
  const place = Math.log2(unit / fitted);
  const most = Math.floor(Math.log2(unit / minimum));
  return [Math.floor(place), Math.ceil(place)].map((shift) => unit * 2 ** -Math.min(most, Math.max(0, shift)));
}

function rowError(weights: Int32Array, target: Float64Array, scale: number): number {
  let error = 0;
  for (let i = 0; i < weights.length; i++) error += (target[i] - scale * weights[i]) ** 2;
  return error;
}

export interface RepairTools {
  /** (rank, n) */
  readonly rowsOfPatterns: Float64Array;
  readonly recoder: Recoder;
  readonly levels: NearestLevel;
}

/** Improves a channel's vector and sums in place. @returns whether anything changed */
function repair(row: RecodedRow, sums: Float64Array, target: Float64Array, vector: Float64Array, { rowsOfPatterns, recoder, levels }: RepairTools): boolean {
  const n = sums.length;
  const moved = new Float64Array(n);
  const weights = new Int32Array(n);
  let least = rowError(row.weights, target, row.scale);
  let changed = false;
  for (let sweep = 0; sweep < REPAIR_SWEEPS; sweep++) {
    let gained = false;
    for (let r = 0; r < vector.length; r++) {
      for (const level of neighbours(levels, vector[r])) {
        const step = level - vector[r];
        for (let i = 0, at = r * n; i < n; i++) moved[i] = sums[i] + step * rowsOfPatterns[at + i];
        recoder.recode(moved, row.shift, weights);
        const error = rowError(weights, target, row.scale);
        if (error >= least) continue;
        least = error;
        vector[r] = level;
        sums.set(moved);
        gained = true;
        break;
      }
    }
    if (!gained) break;
    changed = true;
  }
  return changed;
}

function neighbours({ levels }: NearestLevel, value: number): number[] {
  const at = levels.indexOf(value);
  return [levels[at - 1], levels[at + 1]].filter((level) => level !== undefined);
}
