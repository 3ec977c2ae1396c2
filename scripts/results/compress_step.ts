/** A layer of a network through the compressor, and back to the weights and biases that its integers stand for. */
import { type CompressedLayer, compressLayer } from '../../generator/compress/compress.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import type { LayerStep } from '../networks/graph.js';
import type { ActivationRange, LayerValues } from '../networks/onnx_model.js';

/** Work of measuring outputs, which are not used here. */
const OUTPUT_MACS = 1e6;
/** Without calibration only weights count, and a map this much larger than the kernel does to stand in for inputs. */
const STAND_IN_SIDE = 4;

export interface CompressedStep {
  readonly values: LayerValues;
  readonly storedBits: number;
}

/**
 * @param range integers that the layer reads
 * @param calibration frames (frames, height, width, channels) in real units that the layer reads; none: weights alone count
 */
export function compressStep(step: LayerStep, range: ActivationRange, options: CompressOptions, calibration?: FloatLayer['calibration']): CompressedStep {
  const layer = stepLayer(step, range, calibration);
  const compressed = compressLayer(layer, { outputMacs: OUTPUT_MACS, ...options });
  return { values: expanded(compressed), storedBits: compressed.stats.stored.total };
}

/** The step as a float layer. @param calibration as in `compressStep` */
export function stepLayer(step: LayerStep, { scale, signed }: ActivationRange, calibration: FloatLayer['calibration']): FloatLayer {
  const [outChannels, , kernelHeight, kernelWidth] = step.weight.shape;
  const [channels, height, width] = step.input.shape;
  const side = (size: number, kernel: number) => (calibration ? size : Math.min(size, kernel + STAND_IN_SIDE));
  // What is measured on is of no account: one frame, so that none is held back from calibration nor made up.
  const sample = calibration && { frames: 1, values: calibration.values.subarray(0, calibration.values.length / calibration.frames) };
  return {
    name: slug(step.name),
    kind: 'conv2d',
    input: { channels, height: side(height, kernelHeight), width: side(width, kernelWidth) },
    outChannels,
    kernel: [kernelHeight, kernelWidth],
    strides: [step.stride, step.stride],
    pads: step.pads,
    dilations: [1, 1],
    groups: step.groups,
    weight: step.weight.data,
    bias: Float64Array.from(step.bias.data),
    activation: step.activation,
    inputFormat: { bits: 8, signed, zeroPoint: 0, scale },
    ...(calibration ? { calibration, sample } : {}),
  };
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_').slice(0, 40);
}

/** What the hardware computes before it rounds: integers times multiplier * 2^-shift, in units of output and input. */
export function expanded({ tensors, description }: CompressedLayer): LayerValues {
  const { weight, bias, multiplier, shift } = tensors;
  const [inputScale, outputScale] = [description.input.scale!, description.output.scale!];
  const perChannel = weight.length / bias.length;
  const unit = Float64Array.from(bias, (_, o) => multiplier[o] * 2 ** -shift[o] * outputScale);
  return {
    weight: Float32Array.from(weight, (w, i) => (w * unit[Math.floor(i / perChannel)]) / inputScale),
    bias: Float32Array.from(bias, (b, o) => b * unit[o]),
  };
}
