/** The parts of calibrated quantization that worker threads share: plain data over shared memory in, results into shared memory. */
import type { ScalarEncoding } from '../../layer/schema.js';
import { NearestLevel, compressionLevels } from '../levels.js';
import { quantizeChannel, type ScaleLimits } from './channel.js';
import { factorFeedback } from './factor.js';
import { type InputLists, covarianceRows, momentStripes } from './moments.js';
import type { GroupProblem } from './problem.js';

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

/** Quantization: job i is an output channel. All but `weights` by group. */
export interface ChannelsTask {
  readonly kind: 'channels';
  readonly encoding: ScalarEncoding;
  readonly perGroup: number;
  readonly channelsPerGroup: number;
  /** (groups, perGroup, perGroup), damped, in the order of decision. */
  readonly ordered: Float32Array;
  readonly feedback: Float32Array;
  /** (groups, perGroup) */
  readonly cost: Float64Array;
  /** (groups, units + 1) */
  readonly starts: Int32Array;
  readonly units: number;
  /** (outChannels, perGroup), in the order of decision. */
  readonly weights: Float64Array;
  readonly zeros: Uint8Array;
  /** (outChannels) */
  readonly limits: readonly ScaleLimits[];
  /** Results: (outChannels, perGroup), (outChannels, units), (outChannels). */
  readonly integers: Int32Array;
  readonly sets: Uint8Array;
  readonly scales: Float64Array;
}

export type Task = MomentsTask | FactorTask | ChannelsTask;

/** Does one job of a task. Jobs do not depend on each other. */
export function perform(task: Task, job: number): void {
  if (task.kind === 'moments') performMoments(task, job);
  else if (task.kind === 'factor') performFactor(task, job);
  else performChannel(task, job);
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

function performChannel(task: ChannelsTask, channel: number): void {
  const { perGroup, units } = task;
  const group = Math.floor(channel / task.channelsPerGroup);
  const problem: GroupProblem = {
    n: perGroup,
    covariance: matrixOf(task.ordered, perGroup, group),
    feedback: matrixOf(task.feedback, perGroup, group),
    cost: task.cost.subarray(group * perGroup, (group + 1) * perGroup),
    starts: task.starts.subarray(group * (units + 1), (group + 1) * (units + 1)),
    tables: levelTables(task),
  };
  const [first, end] = [channel * perGroup, (channel + 1) * perGroup];
  const choice = quantizeChannel(problem, { weights: task.weights.subarray(first, end), zeros: task.zeros.subarray(first, end) }, task.limits[channel]);
  task.integers.set(choice.integers, first);
  task.sets.set(choice.sets, channel * units);
  task.scales[channel] = choice.scale;
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
