/** An encoding whose levels are to be found becomes one with levels. */
import type { FloatLayer } from '../import/float_layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { takeChannel } from './channel_order.js';
import { searchCodebook } from './codebook_search.js';
import type { CodebookChoice } from './options.js';
import { minimumScale } from './requantization.js';

export interface SettleRequest {
  /** The layer's weights, pruned ones zero. */
  readonly weight: Float32Array | Float64Array;
  /** One level must be zero. */
  readonly zero: boolean;
  readonly inputScale: number;
  readonly outputScale: number;
  /** Hold every scale to outputScale / inputScale * 2^-k. */
  readonly powerOfTwo: boolean;
  /** Weights of each output channel that are there to be spelled, where that is not all of `weight`. */
  readonly channels?: readonly Float64Array[];
  /** For each output channel, in the order (kernelHeight, kernelWidth, groupInChannels): what a weight's squared error counts. Default: 1 each. */
  readonly importance?: (channel: number) => Float64Array;
  readonly onProgress: (fraction: number) => void;
}

/** Finds the levels of a codebook that is given by its size; every other encoding is returned as it is. */
export function settleEncoding(layer: FloatLayer, encoding: ScalarEncoding | CodebookChoice, request: SettleRequest): ScalarEncoding {
  if (!('search' in encoding)) return encoding;
  const { importance, inputScale, outputScale } = request;
  const size = { outChannels: layer.outChannels, groupInChannels: layer.input.channels / layer.groups, taps: layer.kernel[0] * layer.kernel[1] };
  const { levels } = searchCodebook({
    ...encoding.search,
    channels: request.channels ? [...request.channels] : Array.from(layer.bias, (_, o) => takeChannel(request.weight, size, o)),
    importance: importance && Array.from(layer.bias, (_, o) => importance(o)),
    minimum: layer.bias.map((bias) => minimumScale(bias, inputScale, outputScale)),
    powerOfTwoUnit: request.powerOfTwo ? outputScale / inputScale : undefined,
    zero: request.zero || encoding.search.zero,
    onProgress: request.onProgress,
  });
  return { encoding: 'codebook', levels };
}
