/** Pruning of a layer by output error: to a density, to a loss, or to n of m (`pruning_pass.ts` does one channel). */
import type { FloatLayer } from '../../import/float_layer.js';
import type { PruneOptions } from '../pruning.js';
import { runJobs, sharedFloat64, sharedInt32 } from './parallel.js';
import type { Statistics } from './statistics.js';
import type { PruneTask } from './tasks.js';

/** Thresholds tried at once, and how often; the first time over 2^-40 of the largest loss up to all of it, then between the two that bracket the target. */
const ROUNDS = [8, 4, 4];
const OCTAVES = 40;
/** Channels on which a density's threshold is looked for; what it misses by is put right by the scores. */
const MOST_CHANNELS = 64;
/** How often zeros are chosen again by the scores. */
const EXCHANGES = 2;

export interface PruneRequest {
  readonly workers?: number;
  readonly onProgress: (fraction: number) => void;
}

/**
 * Chooses the weights that go, with those that stay moved to make up for them.
 * @returns (outChannels, perGroup), in the order of decision: values that stay, exact zeros for the others
 */
export function pruneByOutput(layer: FloatLayer, statistics: Statistics, options: PruneOptions, request: PruneRequest): Float64Array {
  const { shared } = statistics;
  const { outChannels } = layer;
  const structure = 'n' in options ? { n: options.n, m: options.m } : undefined;
  const rule = structure ?? { threshold: findThreshold(layer, statistics, options, request) };
  const task: PruneTask = { kind: 'prune', shared, rule, values: sharedFloat64(shared.weights.length), scores: sharedFloat64(shared.weights.length) };
  const work = outChannels * shared.perGroup ** 2 * 5;
  runJobs(task, outChannels, { workers: request.workers, work, onProgress: (done) => request.onProgress(0.4 + 0.2 * done) });
  const kept = 'density' in options ? Math.round(task.values.length * options.density) : task.values.filter((v) => v !== 0).length;
  for (let exchange = 0; exchange < EXCHANGES; exchange++) {
    if (structure) keepInBlocks(task, layer, structure.n);
    else if ('scope' in options && options.scope === 'channel') {
      for (let o = 0; o < outChannels; o++) keepBest(task, o * shared.perGroup, (o + 1) * shared.perGroup, Math.round(kept / outChannels));
    } else keepBest(task, 0, task.values.length, kept);
    runJobs({ ...task, kind: 'settle' }, outChannels, { workers: request.workers, work, onProgress: (done) => request.onProgress(0.6 + 0.2 * (exchange + done)) });
  }
  return task.values;
}

/** The threshold that comes closest to the target without going beyond it. */
function findThreshold(layer: FloatLayer, statistics: Statistics, options: PruneOptions, { workers, onProgress }: PruneRequest): number {
  const { shared } = statistics;
  const step = 'density' in options ? Math.ceil(layer.outChannels / MOST_CHANNELS) : 1;
  const channels = sharedInt32(Math.ceil(layer.outChannels / step)).map((_, i) => i * step);
  const energies = channelEnergies(layer, statistics);
  let [low, high] = [Math.log2(energies.variance) - OCTAVES, Math.log2(energies.variance) + 1];
  ROUNDS.forEach((count, round) => {
    const logs = Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 1)) / (count + 1));
    const thresholds = Float64Array.from(logs, (log) => 2 ** log);
    const results = { kept: sharedFloat64(channels.length * count), loss: sharedFloat64(channels.length * count) };
    runJobs({ kind: 'thresholds', shared, channels, thresholds, ...results }, channels.length, {
      workers,
      work: (channels.length * count * shared.perGroup ** 2) / 2,
      onProgress: (done) => onProgress((0.4 * (round + done)) / ROUNDS.length),
    });
    const beyond = logs.findIndex((_, i) => {
      const sum = (values: Float64Array) => values.reduce((total, v, at) => total + (at % count === i ? v : 0), 0);
      if ('density' in options) return sum(results.kept) < options.density * channels.length * shared.perGroup;
      return 'sqnrDb' in options && sum(results.loss) > energies.signal * 10 ** (-options.sqnrDb / 10);
    });
    [low, high] = [beyond === 0 ? low : logs[(beyond < 0 ? count : beyond) - 1], beyond < 0 ? high : logs[beyond]];
  });
  return 2 ** low;
}

/** Largest variance of a channel's sums, and the mean square of all sums together, in weight times input units. */
function channelEnergies(layer: FloatLayer, { shared, orders, mean }: Statistics): { variance: number; signal: number } {
  const { perGroup: n, weights, ordered, channelsPerGroup } = shared;
  const inputScale = layer.inputFormat.scale ?? 1;
  let largest = Number.MIN_VALUE;
  let signal = 0;
  for (let o = 0; o < layer.outChannels; o++) {
    const group = Math.floor(o / channelsPerGroup);
    let variance = 0;
    let average = layer.bias[o] / inputScale;
    for (let i = 0; i < n; i++) {
      const w = weights[o * n + i];
      average += w * mean[group * n + orders[group].places[i]];
      let sum = 0;
      for (let j = 0, row = group * n * n + i * n; j < n; j++, row++) sum += ordered[row] * weights[o * n + j];
      variance += w * sum;
    }
    largest = Math.max(largest, variance);
    signal += variance + average * average;
  }
  return { variance: largest, signal };
}

/** Of positions [first, end), the `kept` of the best scores stay; of equal ones the first. */
function keepBest({ values, scores }: PruneTask, first: number, end: number, kept: number): void {
  const sorted = scores.slice(first, end).sort();
  const border = kept > 0 ? sorted[sorted.length - kept] : Infinity;
  let equal = kept;
  for (let i = first; i < end; i++) if (scores[i] > border) equal--;
  for (let i = first; i < end; i++) {
    const stays = scores[i] > border || (scores[i] === border && equal-- > 0);
    hold(values, i, stays);
  }
}

function keepInBlocks(task: PruneTask, layer: FloatLayer, n: number): void {
  const { blocks, blockCount, perGroup, channelsPerGroup } = task.shared;
  for (let o = 0; o < layer.outChannels; o++) {
    const first = Math.floor(o / channelsPerGroup) * (blockCount + 1);
    for (let b = first; b < first + blockCount; b++) keepBest(task, o * perGroup + blocks[b], o * perGroup + blocks[b + 1], Math.min(n, blocks[b + 1] - blocks[b]));
  }
}

/** A weight that stays must differ from zero to be seen as such; it settles from there. */
function hold(values: Float64Array, at: number, stays: boolean): void {
  if (!stays) values[at] = 0;
  else if (values[at] === 0) values[at] = Number.MIN_VALUE;
}
