/**
 * Quantization of a layer by the error of its outputs on recorded inputs, in place of the error of its weights: statistics of the inputs, then every output
 * channel by itself (`channel.ts`), then the mean error that is left, which goes into the bias.
 */
import { ShiftloomError } from '../../errors.js';
import type { FloatLayer } from '../../import/float_layer.js';
import { MAX_SHIFT } from '../../layer/tensor_rules.js';
import { type KernelSize, putChannel, putExponents, takeChannel } from '../channel_order.js';
import { type QuantizeRequest, type QuantizedWeights, chooseScale, emptyWeights, kernelSize } from '../quantize_weights.js';
import { quantizerFor } from '../quantizers.js';
import { minimumScale } from '../requantization.js';
import type { ScaleLimits } from './channel.js';
import { type PatchTable, inputLists, inputMeans, momentStripes } from './moments.js';
import { type DecisionOrder, decisionOrder } from './order.js';
import { runJobs, sharedFloat32, sharedFloat64, sharedInt32, sharedUint8 } from './parallel.js';
import type { ChannelsTask } from './tasks.js';

/** Elements of all covariance matrices together: 256 MiB, and as much again for their factors. */
const MOST_MOMENTS = 2 ** 26;
/** Damping that held-out frames liked best, per weight and recorded patch, in shares of the mean variance. */
const DAMPING = 0.1;
const LEAST_DAMPING = 0.005;
const MOST_DAMPING = 1;

export interface CalibratedRequest extends QuantizeRequest {
  readonly patches: PatchTable;
  /** Whether zeros of `weight` must stay zero, because they are pruned. */
  readonly holdZeros: boolean;
  /** Added to the variance of every input, in shares of their mean; default: by the number of patches. */
  readonly damping?: number;
  readonly workers?: number;
}

export interface CalibratedWeights extends QuantizedWeights {
  /** (outChannels): what the quantized weights change the mean of the sums by, less, in weight times input units: to be added to the bias. */
  readonly correction: Float64Array;
  /** What was added to the variance of the inputs, in shares of their mean. */
  readonly damping: number;
}

/**
 * Quantizes a layer's weights by output error.
 * @throws ShiftloomError('resource') if a channel has too many weights for the statistics, 'input' as `quantizeWeights`.
 */
export function quantizeCalibrated(layer: FloatLayer, request: CalibratedRequest): CalibratedWeights {
  const size = kernelSize(layer);
  const n = size.groupInChannels * size.taps;
  checkSize(layer, n);
  const { patches } = request;
  const damping = request.damping ?? Math.min(MOST_DAMPING, Math.max(LEAST_DAMPING, (DAMPING * n) / patches.count));
  const mean = inputMeans(patches);
  const covariance = covariances(layer, n, mean, request);
  const orders = Array.from({ length: layer.groups }, (_, group) => {
    const matrix = covariance.subarray(group * n * n, (group + 1) * n * n);
    dampen(matrix, n, damping);
    return decisionOrder(request.encoding, size.groupInChannels, Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]));
  });
  const task = channelsTask(layer, size, request, covariance, orders);
  runJobs({ kind: 'factor', perGroup: n, ordered: task.ordered, feedback: task.feedback, cost: task.cost }, layer.groups, {
    workers: request.workers,
    work: (layer.groups * n ** 3) / 6,
    onProgress: (done) => request.onProgress(0.25 + 0.1 * done),
  });
  runJobs(task, layer.outChannels, {
    workers: request.workers,
    work: 10 * layer.outChannels * n ** 2,
    onProgress: (done) => request.onProgress(0.35 + 0.65 * done),
  });
  return { ...collect(layer, size, request, task, orders, mean), damping };
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

function covariances(layer: FloatLayer, perGroup: number, mean: Float64Array, { patches, workers, onProgress }: CalibratedRequest): Float32Array {
  const covariance = sharedFloat32(layer.groups * perGroup * perGroup);
  const lists = inputLists(patches, perGroup);
  runJobs({ kind: 'moments', lists, mean, perGroup, covariance }, layer.groups * momentStripes(perGroup), {
    workers,
    work: lists.values.length ** 2 / (2 * layer.groups * patches.count),
    onProgress: (done) => onProgress(0.25 * done),
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

function channelsTask(layer: FloatLayer, size: KernelSize, request: CalibratedRequest, covariance: Float32Array, orders: readonly DecisionOrder[]): ChannelsTask {
  const n = size.groupInChannels * size.taps;
  const { outChannels, groups } = layer;
  const units = orders[0].starts.length - 1;
  const task: ChannelsTask = {
    kind: 'channels',
    encoding: request.encoding,
    perGroup: n,
    channelsPerGroup: outChannels / groups,
    ordered: sharedFloat32(groups * n * n),
    feedback: sharedFloat32(groups * n * n),
    cost: sharedFloat64(groups * n),
    starts: sharedInt32(groups * (units + 1)),
    units,
    weights: sharedFloat64(outChannels * n),
    zeros: sharedUint8(outChannels * n),
    limits: scaleLimits(layer, size, request),
    integers: sharedInt32(outChannels * n),
    sets: sharedUint8(outChannels * units),
    scales: sharedFloat64(outChannels),
  };
  orders.forEach(({ places, starts }, group) => {
    task.starts.set(starts, group * (units + 1));
    const from = covariance.subarray(group * n * n);
    const to = task.ordered.subarray(group * n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) to[i * n + j] = from[places[i] * n + places[j]];
    }
  });
  for (let o = 0; o < outChannels; o++) {
    const { places } = orders[Math.floor(o / task.channelsPerGroup)];
    const trained = takeChannel(layer.weight, size, o);
    const pruned = takeChannel(request.weight, size, o);
    for (let t = 0; t < n; t++) {
      task.weights[o * n + t] = trained[places[t]];
      task.zeros[o * n + t] = request.holdZeros && pruned[places[t]] === 0 ? 1 : 0;
    }
  }
  return task;
}

/** Every channel's scale of least weight error, from which the search by output error starts. */
function scaleLimits(layer: FloatLayer, size: KernelSize, request: CalibratedRequest): ScaleLimits[] {
  const quantizer = quantizerFor(request.encoding, size.groupInChannels);
  const { inputScale, outputScale, powerOfTwo } = request;
  return Array.from({ length: layer.outChannels }, (_, o) => ({
    start: chooseScale(quantizer, takeChannel(request.weight, size, o), layer.bias[o], o, request).scale,
    minimum: minimumScale(layer.bias[o], inputScale, outputScale),
    ...(powerOfTwo ? { powersOf: { unit: outputScale / inputScale, maxShift: MAX_SHIFT } } : {}),
  }));
}

function collect(
  layer: FloatLayer, size: KernelSize, { encoding, powerOfTwo, inputScale, outputScale }: CalibratedRequest, task: ChannelsTask, orders: readonly DecisionOrder[], mean: Float64Array,
): Omit<CalibratedWeights, 'damping'> {
  const { perGroup: n, units, channelsPerGroup } = task;
  const out = emptyWeights(size, encoding, powerOfTwo);
  const correction = new Float64Array(layer.outChannels);
  const integers = new Int32Array(n);
  const exponents = new Int32Array(units);
  for (let o = 0; o < layer.outChannels; o++) {
    const group = Math.floor(o / channelsPerGroup);
    const { places, groups } = orders[group];
    out.scale[o] = task.scales[o];
    if (out.shift) out.shift[o] = Math.round(Math.log2(outputScale / inputScale / task.scales[o]));
    for (let t = 0; t < n; t++) {
      integers[places[t]] = task.integers[o * n + t];
      correction[o] += mean[group * n + places[t]] * (task.weights[o * n + t] - task.scales[o] * task.integers[o * n + t]);
    }
    putChannel(integers, out.weight, size, o);
    if (encoding.encoding !== 'bpot') continue;
    groups.forEach((place, unit) => (exponents[place] = task.sets[o * units + unit]));
    putExponents(exponents, out.exponent!, size, encoding.groupSize, o);
  }
  return { ...out, correction };
}
