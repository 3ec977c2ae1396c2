/** The parts of calibrated compression that worker threads share: plain data over shared memory in, results into shared memory. */
import type { ScalarEncoding } from '../../layer/schema.js';
import { NearestLevel, compressionLevels } from '../levels.js';
import { quantizeChannel, type ScaleLimits } from './channel.js';
import { factorFeedback } from './factor.js';
import { type InputLists, covarianceRows, momentStripes } from './moments.js';
import type { GroupProblem } from './problem.js';
import { pruneSequentially, settle } from './pruning_pass.js';
import type { SharedStatistics } from './statistics.js';

/** Covariance of the inputs: job i is a stripe of rows of a group. */
export interface MomentsTask {
  readonly kind: 'moments';
  readonly lists: InputLists;
  readonly mean: Float64Array;
  readonly perGroup: number;
  /** (groups, perGroup, perGroup) */
  readonly covariance: Float32Array;
}

/** Triangular factor of each group's covariance, in the order of decision; job i is a group. */
export interface FactorTask {
  readonly kind: 'factor';
  readonly perGroup: number;
  readonly ordered: Float32Array;
  readonly feedback: Float32Array;
  readonly cost: Float64Array;
}

/** What thresholds would do: job i is an output channel of a selection. */
export interface ThresholdsTask {
  readonly kind: 'thresholds';
  readonly shared: SharedStatistics;
  readonly channels: Int32Array;
  readonly thresholds: Float64Array;
  /** Results, (channels, thresholds): weights that stay, and the loss. */
  readonly kept: Float64Array;
  readonly loss: Float64Array;
}

/** Pruning by a threshold or n:m; job i is an output channel. */
export interface PruneTask {
  readonly kind: 'prune';
  readonly shared: SharedStatistics;
  readonly rule: { readonly threshold: number } | { readonly n: number; readonly m: number };
  /** Results, (outChannels, perGroup): values that stay, and scores (`settle`). */
  readonly values: Float64Array;
  readonly scores: Float64Array;
}

/** Settles values and scores again after zeros were chosen by the scores; job i is an output channel. */
export interface SettleTask {
  readonly kind: 'settle';
  readonly shared: SharedStatistics;
  readonly values: Float64Array;
  readonly scores: Float64Array;
}

/** Quantization: job i is an output channel of a selection. */
export interface ChannelsTask {
  readonly kind: 'channels';
  readonly shared: SharedStatistics;
  readonly channels: Int32Array;
  readonly encoding: ScalarEncoding;
  /** (outChannels, perGroup): 1 where a weight must be zero. */
  readonly zeros: Uint8Array;
  /** Of each channel of the selection. */
  readonly limits: readonly ScaleLimits[];
  /** Results: (outChannels, perGroup), (outChannels, units), (outChannels). */
  readonly integers: Int32Array;
  readonly sets: Uint8Array;
  readonly scales: Float64Array;
}

export type Task = MomentsTask | FactorTask | ThresholdsTask | PruneTask | SettleTask | ChannelsTask;

/** Does one job of a task. Jobs do not depend on each other. */
export function perform(task: Task, job: number): void {
  switch (task.kind) {
    case 'moments':
      return performMoments(task, job);
    case 'factor':
      return performFactor(task, job);
    case 'thresholds':
      return performThresholds(task, job);
    case 'prune':
      return performPrune(task, job);
    case 'settle':
      return performSettle(task, job);
    case 'channels':
      return performChannel(task, job);
  }
}

function performMoments({ lists, mean, perGroup, covariance }: MomentsTask, job: number): void {
  const stripes = momentStripes(perGroup);
  const group = Math.floor(job / stripes);
  // The longest stripes, those at the bottom, first: no thread is left with one at the end.
  const means = mean.subarray(group * perGroup, (group + 1) * perGroup);
  covarianceRows(lists, means, group, stripes - 1 - (job % stripes), matrixOf(covariance, perGroup, group));
}

function performFactor({ perGroup, ordered, feedback, cost }: FactorTask, group: number): void {
  factorFeedback(matrixOf(ordered, perGroup, group), perGroup, matrixOf(feedback, perGroup, group), cost.subarray(group * perGroup, (group + 1) * perGroup));
}

function performThresholds({ shared, channels, thresholds, kept, loss }: ThresholdsTask, job: number): void {
  const rows = pruneSequentially(problemOf(shared, channels[job]), rowOf(shared.weights, shared, channels[job]), singles(shared.perGroup), Array.from(thresholds, (threshold) => ({ threshold })));
  rows.forEach((row, i) => {
    kept[job * thresholds.length + i] = row.kept;
    loss[job * thresholds.length + i] = row.loss;
  });
}

function performPrune({ shared, rule, values, scores }: PruneTask, channel: number): void {
  const problem = problemOf(shared, channel);
  const weights = rowOf(shared.weights, shared, channel);
  const group = Math.floor(channel / shared.channelsPerGroup);
  const blocks = 'n' in rule ? shared.blocks.subarray(group * (shared.blockCount + 1), (group + 1) * (shared.blockCount + 1)) : singles(shared.perGroup);
  const [row] = pruneSequentially(problem, weights, blocks, [rule]);
  scores.set(settle(problem, weights, row.values), channel * shared.perGroup);
  values.set(row.values, channel * shared.perGroup);
}

function performSettle({ shared, values, scores }: SettleTask, channel: number): void {
  scores.set(settle(problemOf(shared, channel), rowOf(shared.weights, shared, channel), rowOf(values, shared, channel)), channel * shared.perGroup);
}

function performChannel(task: ChannelsTask, job: number): void {
  const { shared } = task;
  const channel = task.channels[job];
  const problem = { ...problemOf(shared, channel), tables: levelTables(task) };
  const first = channel * shared.perGroup;
  const zeros = task.zeros.subarray(first, first + shared.perGroup);
  const choice = quantizeChannel(problem, { weights: rowOf(shared.weights, shared, channel), zeros }, task.limits[job]);
  task.integers.set(choice.integers, first);
  task.sets.set(choice.sets, channel * shared.units);
  task.scales[channel] = choice.scale;
}

function problemOf({ perGroup, channelsPerGroup, ordered, feedback, cost, starts, units }: SharedStatistics, channel: number): GroupProblem {
  const group = Math.floor(channel / channelsPerGroup);
  return {
    n: perGroup,
    covariance: matrixOf(ordered, perGroup, group),
    feedback: matrixOf(feedback, perGroup, group),
    cost: cost.subarray(group * perGroup, (group + 1) * perGroup),
    starts: starts.subarray(group * (units + 1), (group + 1) * (units + 1)),
    tables: [],
  };
}

function rowOf(values: Float64Array, { perGroup }: SharedStatistics, channel: number): Float64Array {
  return values.subarray(channel * perGroup, (channel + 1) * perGroup);
}

/** Every weight by itself. */
function singles(n: number): Int32Array {
  return Int32Array.from({ length: n + 1 }, (_, t) => t);
}

const tablesOf = new WeakMap<ChannelsTask, readonly NearestLevel[]>();

/** The level sets of which a unit takes one; set e is that of exponent e. Made once for a task. */
function levelTables(task: ChannelsTask): readonly NearestLevel[] {
  const { encoding } = task;
  const sets = encoding.encoding === 'bpot' ? encoding.maxExponent + 1 : 1;
  const tables = tablesOf.get(task) ?? Array.from({ length: sets }, (_, exponent) => new NearestLevel(compressionLevels(encoding, exponent)));
  tablesOf.set(task, tables);
  return tables;
}

function matrixOf(values: Float32Array, n: number, group: number): Float32Array {
  return values.subarray(group * n * n, (group + 1) * n * n);
}
