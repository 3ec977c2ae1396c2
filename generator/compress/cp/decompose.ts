/**
 * Decomposition of one block of output channels: several starts, the best of them by alternating least squares to its end, then quantized alternating least squares. Nekooei &
 * Safari 2022 quantize inside the iteration; Lebedev et al. 2015 decompose trained kernels in the 4-way form.
 */
import { type Fitted, alsRound, fitOutput } from './als.js';
import { hosvdStart, randomStart } from './starts.js';
import { type LevelSet, type QuantizedTerms, type ScaleRule, loadColumns, quantizeAfter, quantizedRound } from './quantized.js';
import { RankSweep } from './rank_sweep.js';
import type { BlockProblem, Terms } from './terms.js';
import { whiten } from './whitened.js';

export interface DecomposeRequest {
  readonly rank: number;
  readonly levels: LevelSet;
  readonly rule: ScaleRule;
  readonly seed: number;
  /** How many starts are tried: the HOSVD and `starts` - 1 random ones. */
  readonly starts: number;
  /** Most rounds of each phase. */
  readonly rounds: number;
  readonly onProgress: (fraction: number) => void;
}

export interface Decomposed {
  readonly terms: QuantizedTerms;
  /** Error of the real terms, and of rounding those after the iteration; shares of the cost of weights of zero, as `terms.error`. */
  readonly realError: number;
  readonly roundedError: number;
  /** 0: HOSVD; k: random start k. */
  readonly start: number;
  /** Rounds over all factors, of all starts and phases. */
  readonly iterations: number;
}

/** Rounds that each start gets before the best is chosen. */
const TRIAL_ROUNDS = 6;
/** Rounds in the exact metric: the whitened start is close already. */
const METRIC_ROUNDS = 2;
/** Rounds that gain less than this share of the error end a phase. */
const LEAST_GAIN = 1e-3;

/** The same result for the same request, on every machine with the same arithmetic. */
export function decomposeBlock(problem: BlockProblem, request: DecomposeRequest): Decomposed {
  const { levels, rule, rounds, onProgress } = request;
  let iterations = 0;
  const counted = <T>(value: T): T => {
    iterations++;
    return value;
  };
  const { fitted, start } = realTerms(problem, request, () => counted(onProgress(Math.min(0.6, iterations / (request.starts * TRIAL_ROUNDS + 2 * rounds)))));
  let best = quantizeAfter(problem, fitted.terms, levels, rule);
  const roundedError = best.error;
  const loaded = loadColumns(fitted.terms, levels);
  const { rank, output } = loaded;
  let current: QuantizedTerms = { ...loaded, scale: best.scale, output: output.map((x, i) => x / best.scale[Math.floor(i / rank)]), error: best.error };
  const sweep = problem.metric ? new RankSweep(problem, loaded) : undefined;
  for (let round = 0, idle = 0; round < rounds && idle < 2; round++) {
    const before = best.error;
    current = counted(quantizedRound(problem, current, levels, rule, { sweep, round }));
    if (current.error < best.error) best = current;
    idle = best.error > before * (1 - LEAST_GAIN) ? idle + 1 : 0;
    onProgress(0.6 + (0.4 * (round + 1)) / rounds);
  }
  return { terms: best, realError: fitted.error, roundedError, start, iterations };
}

/** The best real terms of several starts. */
function realTerms(problem: BlockProblem, { rank, seed, starts, rounds }: DecomposeRequest, count: () => void): { fitted: Fitted; start: number } {
  const { problem: plain, restore } = problem.metric ? whiten(problem) : { problem, restore: (terms: Terms) => terms };
  const run = (from: Terms, most: number): Fitted => {
    let fitted = fitOutput(plain, from);
    for (let round = 0; round < most; round++) {
      const next = alsRound(plain, fitted.terms);
      count();
      const gain = fitted.error - next.error;
      fitted = next;
      if (gain < LEAST_GAIN * fitted.error * (round < TRIAL_ROUNDS ? 0 : 1)) break;
    }
    return fitted;
  };
  let best: Fitted | undefined;
  let start = 0;
  for (let k = 0; k < starts; k++) {
    const tried = run(k === 0 ? hosvdStart(plain, rank, seed) : randomStart(plain, rank, seed + k), TRIAL_ROUNDS);
    if (best && tried.error >= best.error) continue;
    best = tried;
    start = k;
  }
  const fitted = run(best!.terms, rounds);
  if (!problem.metric) return { fitted, start };
  const restored = restore(fitted.terms);
  const sweep = new RankSweep(problem, restored);
  let exact = fitOutput(problem, restored, sweep.spread);
  for (let round = 0; round < METRIC_ROUNDS; round++) {
    sweep.update(exact.terms.output);
    const next = fitOutput(problem, { ...exact.terms, input: Float64Array.from(sweep.input), kernel: sweep.kernel.map((factor) => Float64Array.from(factor)) }, sweep.spread);
    count();
    if (!(next.error < exact.error)) break;
    exact = next;
  }
  return { fitted: exact, start };
}
