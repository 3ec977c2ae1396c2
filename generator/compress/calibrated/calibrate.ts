/**
 * Quantization of a layer by the error of its outputs on recorded inputs, in place of the error of its weights: statistics of the inputs, pruning by that same
 * error if asked for, then every output channel by itself (`channel.ts`), then the mean error that is left, which goes into the bias.
 */
import type { FloatLayer } from '../../import/float_layer.js';
import { MAX_SHIFT } from '../../layer/tensor_rules.js';
import { putChannel, putExponents, takeChannel } from '../channel_order.js';
import type { PruneOptions } from '../pruning.js';
import { keeperOf } from '../kept_integers.js';
import { type QuantizeRequest, type QuantizedWeights, chooseScale, emptyWeights, kernelSize } from '../quantize_weights.js';
import { quantizerFor } from '../quantizers.js';
import { minimumScale } from '../requantization.js';
import type { ScaleLimits } from './channel.js';
import type { PatchTable } from './moments.js';
import { runJobs, sharedFloat64, sharedInt32, sharedUint8 } from './parallel.js';
import { pruneByOutput } from './prune_by_output.js';
import { type Statistics, inputStatistics } from './statistics.js';
import type { ChannelsTask } from './tasks.js';

export interface CalibratedRequest extends QuantizeRequest {
  readonly patches: PatchTable;
  /** Whether zeros of `weight` must stay zero, because they are pruned. */
  readonly holdZeros: boolean;
  /** Pruning by output error. */
  readonly prune?: PruneOptions;
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
  const { patches, encoding, damping, workers, prune, onProgress } = request;
  const blockSize = prune && 'm' in prune ? prune.m : 1;
  const statistics = inputStatistics(layer, { patches, encoding, blockSize, damping, workers, onProgress: (done) => onProgress(0.3 * done) });
  const begin = prune ? 0.5 : 0.3;
  const values = prune
    ? pruneByOutput({ ...layer, inputFormat: { ...layer.inputFormat, scale: request.inputScale } }, statistics, prune, { workers, onProgress: (done) => onProgress(0.3 + 0.2 * done) })
    : prunedWeights(layer, statistics, request);
  const task = channelsTask(layer, statistics, request, values);
  runJobs(task, task.channels.length, {
    workers,
    work: 10 * task.channels.length * statistics.shared.perGroup ** 2,
    onProgress: (done) => onProgress(begin + (1 - begin) * done),
  });
  return { ...collect(layer, statistics, request, task), damping: statistics.damping };
}

/** The request's weights, pruned ones zero, in the order of decision. */
function prunedWeights(layer: FloatLayer, { orders, shared }: Statistics, { weight }: CalibratedRequest): Float64Array {
  const values = new Float64Array(shared.weights.length);
  for (let o = 0; o < layer.outChannels; o++) {
    const channel = takeChannel(weight, kernelSize(layer), o);
    orders[Math.floor(o / shared.channelsPerGroup)].places.forEach((place, t) => (values[o * shared.perGroup + t] = channel[place]));
  }
  return values;
}

/** @param values weights in the order of decision, pruned ones zero; where the search for scales starts */
function channelsTask(layer: FloatLayer, statistics: Statistics, request: CalibratedRequest, values: Float64Array): ChannelsTask {
  const { shared } = statistics;
  const zeros = sharedUint8(values.length);
  if (request.holdZeros || request.prune) values.forEach((v, i) => (zeros[i] = v === 0 ? 1 : 0));
  const results = { integers: sharedInt32(values.length), sets: sharedUint8(layer.outChannels * shared.units), scales: sharedFloat64(layer.outChannels) };
  const channels = keepIntegers(layer, statistics, request, values, results);
  return { kind: 'channels', shared, channels, encoding: request.encoding, zeros, limits: scaleLimits(layer, statistics, request, values, channels), ...results };
}

/**
 * Channels that came as integers which the encoding can spell, and of which nothing was pruned, stay as they are: they have no error that could be less.
 * @returns the other channels
 */
function keepIntegers(
  layer: FloatLayer, { shared }: Statistics, request: CalibratedRequest, values: Float64Array, { integers, scales }: Pick<ChannelsTask, 'integers' | 'scales'>,
): Int32Array {
  const n = shared.perGroup;
  const keeping = keeperOf(layer, request);
  return Int32Array.from({ length: layer.outChannels }, (_, o) => o).filter((o) => {
    const row = values.subarray(o * n, (o + 1) * n);
    const kept = row.every((w, t) => w === shared.weights[o * n + t]) ? keeping(row, o) : undefined;
    if (!kept) return true;
    integers.set(kept, o * n);
    scales[o] = layer.weightScale![o];
    return false;
  });
}

/** Scale of least weight error of each of the channels, from which the search by output error starts. */
function scaleLimits(layer: FloatLayer, { orders, shared }: Statistics, request: CalibratedRequest, values: Float64Array, channels: Int32Array): ScaleLimits[] {
  const quantizer = quantizerFor(request.encoding, kernelSize(layer).groupInChannels);
  const { inputScale, outputScale, powerOfTwo } = request;
  const channel = new Float64Array(shared.perGroup);
  return Array.from(channels, (o) => {
    orders[Math.floor(o / shared.channelsPerGroup)].places.forEach((place, t) => (channel[place] = values[o * shared.perGroup + t]));
    return {
      start: chooseScale(quantizer, channel, layer.bias[o], o, request).scale,
      minimum: minimumScale(layer.bias[o], inputScale, outputScale),
      ...(powerOfTwo ? { powersOf: { unit: outputScale / inputScale, maxShift: MAX_SHIFT } } : {}),
    };
  });
}

function collect(layer: FloatLayer, { orders, mean, shared }: Statistics, request: CalibratedRequest, task: ChannelsTask): Omit<CalibratedWeights, 'damping'> {
  const { encoding, powerOfTwo, inputScale, outputScale } = request;
  const size = kernelSize(layer);
  const { perGroup: n, units, channelsPerGroup } = shared;
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
      correction[o] += mean[group * n + places[t]] * (shared.weights[o * n + t] - task.scales[o] * task.integers[o * n + t]);
    }
    putChannel(integers, out.weight, size, o);
    if (encoding.encoding !== 'bpot') continue;
    groups.forEach((place, unit) => (exponents[place] = task.sets[o * units + unit]));
    putExponents(exponents, out.exponent!, size, encoding.groupSize, o);
  }
  return { ...out, correction };
}
