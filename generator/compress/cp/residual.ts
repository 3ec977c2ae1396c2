/**
 * Sparse correction: some sums get a signed power of two on top. Those weights are chosen whose recoded value then gains most, one after the other: in a metric a correction changes what
 * all others of its output are worth, and several at once would correct the same error several times.
 */
import { multiply } from './dense.js';
import type { FinishedBlock } from './finish.js';
import type { Recoder } from './recoder.js';
import type { BlockProblem } from './terms.js';

/** Largest shift of an entry; sums are below 2^31. */
const MOST_SHIFT = 30;

export interface ResidualEntry {
  readonly output: number;
  /** Position among the channel's weights, tap * inputs + i. */
  readonly position: number;
  readonly sign: 1 | -1;
  readonly shift: number;
}

interface Candidate extends ResidualEntry {
  readonly gain: number;
  /** What the recoded weight becomes. */
  readonly weight: number;
}

/** Chooses entries and carries them out in `finished`: its sums and recoded weights are those with the correction. Not for `bpot`, whose weights depend on each other. */
export function addResidual(problem: BlockProblem, finished: FinishedBlock, recoder: Recoder, count: number): ResidualEntry[] {
  const n = problem.target.length / problem.shape.outputs;
  const pulls = errorImages(problem, finished);
  const taken = new Uint8Array(problem.target.length);
  const entries: ResidualEntry[] = [];
  const best = Array.from({ length: problem.shape.outputs }, (_, o) => bestOfOutput(problem, finished, recoder, pulls, taken, o));
  while (entries.length < count) {
    const entry = best.reduce((most, found) => (found && (!most || found.gain > most.gain) ? found : most), undefined);
    if (!entry) break;
    const { output, position, sign, shift } = entry;
    apply(problem, finished, pulls, entry);
    taken[output * n + position] = 1;
    entries.push({ output, position, sign, shift });
    best[output] = bestOfOutput(problem, finished, recoder, pulls, taken, output);
  }
  return entries;
}

/** The entry that an output gains most from, of the weights that have none. */
function bestOfOutput(problem: BlockProblem, finished: FinishedBlock, recoder: Recoder, pulls: Float64Array, taken: Uint8Array, o: number): Candidate | undefined {
  const n = problem.target.length / problem.shape.outputs;
  let best: Candidate | undefined;
  for (let p = 0; p < n; p++) {
    if (taken[o * n + p]) continue;
    const found = bestEntry(problem, finished, recoder, pulls, o, p);
    if (found && (!best || found.gain > best.gain)) best = found;
  }
  return best;
}

/** Errors of the recoded weights, in the metric: (outputs, n). */
function errorImages({ target, metric, shape }: BlockProblem, { rows }: FinishedBlock): Float64Array {
  const n = target.length / shape.outputs;
  const errors = Float64Array.from(target);
  rows.forEach(({ weights, scale }, o) => weights.forEach((w, p) => (errors[o * n + p] -= scale * w)));
  return metric ? multiply(errors, shape.outputs, n, metric, n) : errors;
}

const one = { sum: new Float64Array(1), weight: new Int32Array(1) };

function bestEntry({ metric, target, shape }: BlockProblem, { terms, rows, sums }: FinishedBlock, recoder: Recoder, pulls: Float64Array, o: number, p: number): Candidate | undefined {
  const n = target.length / shape.outputs;
  const pull = pulls[o * n + p];
  const weight = metric ? metric[p * n + p] : 1;
  const wanted = pull / weight / terms.scale[o];
  const place = Math.log2(Math.abs(wanted));
  if (!(place >= -1)) return undefined;
  const sign = wanted > 0 ? 1 : -1;
  const row = rows[o];
  let best: Candidate | undefined;
  for (const shift of new Set([Math.floor(place), Math.ceil(place)].map((k) => Math.min(MOST_SHIFT, Math.max(0, k))))) {
    one.sum[0] = sums[o * n + p] + sign * 2 ** shift;
    recoder.recode(one.sum, row.shift, one.weight);
    const step = row.scale * (one.weight[0] - row.weights[p]);
    const gain = step * (2 * pull - step * weight);
    if (gain > 0 && (!best || gain > best.gain)) best = { output: o, position: p, sign, shift, gain, weight: one.weight[0] };
  }
  return best;
}

function apply({ metric, target, shape }: BlockProblem, { rows, sums }: FinishedBlock, pulls: Float64Array, { output, position, sign, shift, weight }: Candidate): void {
  const n = target.length / shape.outputs;
  const row = rows[output];
  const step = row.scale * (weight - row.weights[position]);
  sums[output * n + position] += sign * 2 ** shift;
  row.weights[position] = weight;
  if (!metric) pulls[output * n + position] -= step;
  else for (let q = 0; q < n; q++) pulls[output * n + q] -= step * metric[position * n + q];
}
