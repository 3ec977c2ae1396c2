/** What all output channels of a layer share: statistics of their inputs, the order of decision, and the trained weights in that order. In shared memory. */
import { ShiftloomError } from '../../errors.js';
import type { FloatLayer } from '../../import/float_layer.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import { takeChannel } from '../channel_order.js';
import { kernelSize } from '../quantize_weights.js';
import { type PatchTable, inputLists, inputMeans, momentStripes } from './moments.js';
import { type DecisionOrder, decisionOrder } from './order.js';
import { runJobs, sharedFloat32, sharedFloat64, sharedInt32 } from './parallel.js';

/** Elements of all covariance matrices together: 256 MiB, and as much again for their factors. */
const MOST_MOMENTS = 2 ** 26;
/** Damping that held-out frames liked best, per weight and recorded patch, in shares of the mean variance. */
const DAMPING = 0.1;
const LEAST_DAMPING = 0.005;
const MOST_DAMPING = 1;

export interface SharedStatistics {
  /** Weights of an output channel. */
  readonly perGroup: number;
  readonly channelsPerGroup: number;
  /** (groups, perGroup, perGroup): damped covariance in the order of decision. */
  readonly ordered: Float32Array;
  /** (groups, perGroup, perGroup) and (groups, perGroup), see `factor.ts`. */
  readonly feedback: Float32Array;
  readonly cost: Float64Array;
  /** (groups, units + 1) */
  readonly starts: Int32Array;
  readonly units: number;
  /** (groups, blockCount + 1) */
  readonly blocks: Int32Array;
  readonly blockCount: number;
  /** (outChannels, perGroup): trained weights in the order of decision. */
  readonly weights: Float64Array;
}

export interface Statistics {
  readonly shared: SharedStatistics;
  /** Of each convolution group. */
  readonly orders: readonly DecisionOrder[];
  /** (groups * perGroup): mean of each input. */
  readonly mean: Float64Array;
  /** Added to each variance, in shares of their mean. */
  readonly damping: number;
}

export interface CovarianceRequest {
  readonly patches: PatchTable;
  /** Default: by the number of patches. */
  readonly damping?: number;
  readonly workers?: number;
  readonly onProgress: (fraction: number) => void;
}

export interface StatisticsRequest extends CovarianceRequest {
  readonly encoding: ScalarEncoding;
  /** m of n:m pruning by output error; else 1. */
  readonly blockSize: number;
}

/** @throws ShiftloomError('resource') if a channel has too many weights. */
export function inputStatistics(layer: FloatLayer, request: StatisticsRequest): Statistics {
  const size = kernelSize(layer);
  const n = size.groupInChannels * size.taps;
  const { encoding, workers, onProgress } = request;
  const { covariance, mean, damping } = dampedCovariances(layer, request);
  const groupSize = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const orders = Array.from({ length: layer.groups }, (_, group) => {
    const matrix = covariance.subarray(group * n * n, (group + 1) * n * n);
    const together = { groupInChannels: size.groupInChannels, groupSize, blockSize: request.blockSize };
    return decisionOrder(together, Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]));
  });
  const shared = inOrder(layer, covariance, orders);
  runJobs({ kind: 'factor', perGroup: n, ordered: shared.ordered, feedback: shared.feedback, cost: shared.cost }, layer.groups, {
    workers,
    work: (layer.groups * n ** 3) / 6,
    onProgress: (done) => onProgress(0.7 + 0.3 * done),
  });
  return { shared, orders, mean, damping };
}

export interface DampedCovariances {
  /** (groups, perGroup, perGroup), in the weights' order. */
  readonly covariance: Float32Array;
  readonly mean: Float64Array;
  readonly damping: number;
}

/** Covariance of the inputs of each group's weights, damped. @throws ShiftloomError('resource') if a channel has too many weights. */
export function dampedCovariances(layer: FloatLayer, request: CovarianceRequest): DampedCovariances {
  const size = kernelSize(layer);
  const n = size.groupInChannels * size.taps;
  checkSize(layer, n);
  const { patches } = request;
  const damping = request.damping ?? Math.min(MOST_DAMPING, Math.max(LEAST_DAMPING, (DAMPING * n) / patches.count));
  const mean = inputMeans(patches);
  const covariance = covariances(layer, n, mean, request);
  for (let group = 0; group < layer.groups; group++) dampen(covariance.subarray(group * n * n, (group + 1) * n * n), n, damping);
  return { covariance, mean, damping };
}

function checkSize({ groups, name }: FloatLayer, n: number): void {
  if (groups * n * n <= MOST_MOMENTS) return;
  throw new ShiftloomError(
    'resource',
    `layer '${name}'`,
    `has ${n} weights in an output channel${groups > 1 ? ` and ${groups} groups` : ''}; calibration holds the covariance of their inputs and takes up to ${Math.floor(Math.sqrt(MOST_MOMENTS / groups))}`,
    'Compress it without calibration',
  );
}

function covariances(layer: FloatLayer, perGroup: number, mean: Float64Array, { patches, workers, onProgress }: CovarianceRequest): Float32Array {
  const covariance = sharedFloat32(layer.groups * perGroup * perGroup);
  const lists = inputLists(patches, perGroup);
  runJobs({ kind: 'moments', lists, mean, perGroup, covariance }, layer.groups * momentStripes(perGroup), {
    workers,
    work: lists.values.length ** 2 / (2 * layer.groups * patches.count),
    onProgress: (done) => onProgress(0.7 * done),
  });
  return covariance;
}

/** Adds to the diagonal; inputs that never change leave a group without any variance: then all weights count alike. */
function dampen(matrix: Float32Array, n: number, damping: number): void {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i];
  const added = trace > 0 ? (damping * trace) / n : 1;
  for (let i = 0; i < n; i++) matrix[i * n + i] += added;
}

/** Covariance and weights in the order of decision; the factor's place is still empty. */
function inOrder(layer: FloatLayer, covariance: Float32Array, orders: readonly DecisionOrder[]): SharedStatistics {
  const size = kernelSize(layer);
  const n = size.groupInChannels * size.taps;
  const { outChannels, groups } = layer;
  const units = orders[0].starts.length - 1;
  const blockCount = orders[0].blocks.length - 1;
  const shared: SharedStatistics = {
    perGroup: n,
    channelsPerGroup: outChannels / groups,
    ordered: sharedFloat32(groups * n * n),
    feedback: sharedFloat32(groups * n * n),
    cost: sharedFloat64(groups * n),
    starts: sharedInt32(groups * (units + 1)),
    units,
    blocks: sharedInt32(groups * (blockCount + 1)),
    blockCount,
    weights: sharedFloat64(outChannels * n),
  };
  orders.forEach(({ places, starts, blocks }, group) => {
    shared.starts.set(starts, group * (units + 1));
    shared.blocks.set(blocks, group * (blockCount + 1));
    const from = covariance.subarray(group * n * n);
    const to = shared.ordered.subarray(group * n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) to[i * n + j] = from[places[i] * n + places[j]];
    }
  });
  for (let o = 0; o < outChannels; o++) {
    const { places } = orders[Math.floor(o / shared.channelsPerGroup)];
    const trained = takeChannel(layer.weight, size, o);
    for (let t = 0; t < n; t++) shared.weights[o * n + t] = trained[places[t]];
  }
  return shared;
}
