/**
 * Coordinate descent after the sequential pass: weights are decided again, one at a time, with all others as they are, until nothing changes. The error
 * only falls. (Behdin et al. 2023, QuantEase, section 3.)
 */
import type { ChannelChoice, ChannelWeights, GroupProblem } from './problem.js';

/** Gains below this share of the error end the descent. */
const LEAST_GAIN = 1e-3;

/** Scale of least error for the integers, not below `minimum`; what it was if there is none, or if it is held. */
export type ScaleFit = (choice: ChannelChoice, wq: number, qq: number) => number;

/** e' C e of the weights' errors e. */
export function exactLoss({ n, covariance }: GroupProblem, weights: Float64Array, { integers, scale }: ChannelChoice): number {
  const errors = weights.map((w, t) => w - scale * integers[t]);
  const image = multiply(covariance, n, errors);
  return errors.reduce((sum, e, t) => sum + e * image[t], 0);
}

/**
 * Improves a choice in place; its loss is exact afterwards.
 * @param rescale new scale from w' C q and q' C q
 */
export function descend(problem: GroupProblem, channel: ChannelWeights, choice: ChannelChoice, rounds: number, rescale: ScaleFit): void {
  const { n, covariance } = problem;
  const moved = multiply(covariance, n, channel.weights);
  const image = multiply(covariance, n, choice.integers);
  refit(channel, choice, moved, image, rescale);
  for (let round = 0; round < rounds; round++) {
    const before = choice.loss;
    const changes = sweep(problem, channel, choice, moved, image);
    refit(channel, choice, moved, image, rescale);
    if (changes === 0 || choice.loss > before * (1 - LEAST_GAIN)) break;
  }
}

/**
 * One sweep over all weights. @param moved C w @param image C q, kept current
 * @returns how many changed
 */
function sweep({ n, covariance, starts, tables }: GroupProblem, { zeros }: ChannelWeights, { scale, integers, sets }: ChannelChoice, moved: Float64Array, image: Float64Array): number {
  let changes = 0;
  for (let unit = 0; unit + 1 < starts.length; unit++) {
    const { table, offset } = tables[sets[unit]];
    const last = table.length - 1;
    for (let t = starts[unit]; t < starts[unit + 1]; t++) {
      if (zeros[t] !== 0) continue;
      const best = integers[t] + (moved[t] / scale - image[t]) / covariance[t * n + t];
      const at = Math.floor(2 * best) + offset;
      const integer = table[at < 0 ? 0 : at > last ? last : at];
      const step = integer - integers[t];
      if (step === 0) continue;
      changes++;
      integers[t] = integer;
      for (let j = 0, row = t * n; j < n; j++, row++) image[j] += step * covariance[row];
    }
  }
  return changes;
}

function refit({ weights }: ChannelWeights, choice: ChannelChoice, moved: Float64Array, image: Float64Array, rescale: ScaleFit): void {
  let ww = 0;
  let wq = 0;
  let qq = 0;
  for (let t = 0; t < weights.length; t++) {
    ww += weights[t] * moved[t];
    wq += choice.integers[t] * moved[t];
    qq += choice.integers[t] * image[t];
  }
  choice.scale = rescale(choice, wq, qq);
  choice.loss = Math.max(0, ww - 2 * choice.scale * wq + choice.scale * choice.scale * qq);
}

/** matrix * vector of a symmetric matrix; zeros are skipped, pruned channels have many. */
export function multiply(matrix: Float32Array, n: number, vector: ArrayLike<number>): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const factor = vector[i];
    if (factor === 0) continue;
    for (let j = 0, row = i * n; j < n; j++, row++) out[j] += factor * matrix[row];
  }
  return out;
}
