/** All output channels of a layer to integers, each at its own best scale. */
import { ShiftloomError } from '../errors.js';
import type { FloatLayer } from '../import/float_layer.js';
import { groupCount } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { MAX_SHIFT } from '../layer/tensor_rules.js';
import { type KernelSize, putChannel, putExponents, takeChannel } from './channel_order.js';
import { keeperOf } from './kept_integers.js';
import type { Quantizer } from './quantizer.js';
import { quantizerFor } from './quantizers.js';
import { minimumScale } from './requantization.js';
import { findPowerOfTwoScale, findScale } from './scale_search.js';

/** Shift of a channel of zeros: its bias counts in 1/256 of an output unit. */
const ZERO_CHANNEL_SHIFT = 8;

export interface QuantizedWeights {
  /** (O, I, KH, KW). */
  readonly weight: Int32Array;
  /** `bpot` only: (O, groups, KH, KW). */
  readonly exponent?: Int32Array;
  /** (O): real value of one unit of the smallest digit. */
  readonly scale: Float64Array;
  /** (O), if scales were held to powers of two of the output scale: requantization shifts. */
  readonly shift?: Int32Array;
}

export interface QuantizeRequest {
  readonly encoding: ScalarEncoding;
  /** The layer's weights, pruned ones zero. */
  readonly weight: Float32Array | Float64Array;
  readonly inputScale: number;
  readonly outputScale: number;
  /** Hold every scale to outputScale / inputScale * 2^-k. */
  readonly powerOfTwo: boolean;
  readonly onProgress: (fraction: number) => void;
}

/**
 * Quantizes a layer's weights.
 * @throws ShiftloomError('input') if a channel's bias is too large for any scale that requantization allows.
 */
export function quantizeWeights(layer: FloatLayer, request: QuantizeRequest): QuantizedWeights {
  const size = kernelSize(layer);
  const { encoding } = request;
  const quantizer = quantizerFor(encoding, size.groupInChannels);
  const { weight, exponent, scale, shift } = emptyWeights(size, encoding, request.powerOfTwo);
  const integers = new Int32Array(weight.length / size.outChannels);
  const exponents = new Int32Array((exponent?.length ?? 0) / size.outChannels);
  const keeping = keeperOf(layer, request);
  for (let o = 0; o < size.outChannels; o++) {
    const channel = takeChannel(request.weight, size, o);
    const kept = keeping(channel, o);
    if (kept) {
      scale[o] = layer.weightScale![o];
      putChannel(kept, weight, size, o);
      continue;
    }
    const choice = chooseScale(quantizer, channel, layer.bias[o], o, request);
    scale[o] = choice.scale;
    if (shift) shift[o] = choice.shift;
    quantizer.quantize(channel, scale[o], integers, exponents);
    putChannel(integers, weight, size, o);
    if (encoding.encoding === 'bpot') putExponents(exponents, exponent!, size, encoding.groupSize, o);
    request.onProgress((o + 1) / size.outChannels);
  }
  return { weight, exponent, scale, shift };
}

export function kernelSize({ outChannels, input, groups, kernel }: FloatLayer): KernelSize {
  return { outChannels, groupInChannels: input.channels / groups, taps: kernel[0] * kernel[1] };
}

/** Tensors of the right sizes, all zero. */
export function emptyWeights({ outChannels, groupInChannels, taps }: KernelSize, encoding: ScalarEncoding, powerOfTwo: boolean): QuantizedWeights {
  return {
    weight: new Int32Array(outChannels * groupInChannels * taps),
    exponent: encoding.encoding === 'bpot' ? new Int32Array(outChannels * groupCount(groupInChannels, encoding.groupSize) * taps) : undefined,
    scale: new Float64Array(outChannels),
    shift: powerOfTwo ? new Int32Array(outChannels) : undefined,
  };
}

/** A channel's scale of least weight error, and its requantization shift if scales are held to powers of two. @throws as `quantizeWeights` */
export function chooseScale(quantizer: Quantizer, channel: Float64Array, bias: number, o: number, request: QuantizeRequest): { scale: number; shift: number } {
  const { inputScale, outputScale } = request;
  const unit = outputScale / inputScale;
  const minimum = minimumScale(bias, inputScale, outputScale);
  if (!request.powerOfTwo) {
    return { scale: findScale(quantizer, channel, minimum, unit * 2 ** -ZERO_CHANNEL_SHIFT).scale, shift: 0 };
  }
  if (channel.every((w) => w === 0) && unit * 2 ** -ZERO_CHANNEL_SHIFT >= minimum) {
    return { scale: unit * 2 ** -ZERO_CHANNEL_SHIFT, shift: ZERO_CHANNEL_SHIFT };
  }
  const found = findPowerOfTwoScale(quantizer, channel, unit, MAX_SHIFT, minimum);
  if (found) return found;
  throw new ShiftloomError('input', `output channel ${o}`, `has a bias of ${bias}, too large for an output unit of ${outputScale}`, 'Give a larger output scale');
}
