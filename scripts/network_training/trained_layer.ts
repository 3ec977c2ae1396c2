/** A trained stage as a layer file: integer bias, multipliers and shifts from the real scales of weights, inputs and outputs. */
import { integerBias, multiplierFactors } from '../../generator/compress/requantization.js';
import { LAYER_FORMAT, SCHEMA_VERSION } from '../../generator/layer/schema.js';
import type { LayerToWrite } from '../../generator/network/write.js';
import type { DescriptionToWrite } from '../../generator/layer/write.js';
import type { StageShape } from '../train/stage.js';
import { storedWeights, type IntegerModel } from './stored_weights.js';

/** Integers between two layers, and the real value of one unit; zero is zero. */
export interface ValueFormat {
  readonly bits: number;
  readonly signed: boolean;
  readonly unit: number;
}

const MULTIPLIER_BITS = 16;
const LOGIT_BITS = 16;
/** Logits beyond this size are clamped; those of images are about a tenth of it. */
const LARGEST_LOGIT = 256;

/** Pixels 0..255 as 0..1. */
export const PIXELS: ValueFormat = { bits: 8, signed: false, unit: 1 / 255 };
export const LOGITS: ValueFormat = { bits: LOGIT_BITS, signed: true, unit: LARGEST_LOGIT / 2 ** (LOGIT_BITS - 1) };
/** Sums of a stage with a skip, before it is added. */
export const branches = (unit: number): ValueFormat => ({ bits: 8, signed: true, unit });
export const activations = (unit: number): ValueFormat => ({ bits: 8, signed: false, unit });

export interface TrainedLayer {
  /** Name of the layer, prefix of its modules. */
  readonly name: string;
  readonly stage: StageShape;
  readonly model: IntegerModel;
  /** (out), real. */
  readonly bias: ArrayLike<number>;
  readonly input: ValueFormat;
  readonly output: ValueFormat;
}

/** Description and integers. A linear stage becomes a `linear` layer, whatever map it reads: it stands behind a `flatten`. */
export function layerToWrite({ name, stage, model, bias, input, output }: TrainedLayer): LayerToWrite {
  const { encoding, tensors, scale } = storedWeights(stage, model);
  const { multiplier, shift } = multiplierFactors(scale.map((s) => (s * input.unit) / output.unit), new Float64Array(scale.length), MULTIPLIER_BITS, false);
  const common = {
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    name,
    output: { channels: stage.outChannels, bits: output.bits, signed: output.signed, zeroPoint: 0, scale: output.unit },
    weights: encoding,
    requantize: { form: 'multiplier', bits: MULTIPLIER_BITS },
    activation: { kind: stage.relu && stage.skip === undefined ? 'relu' : 'none' },
  } as const;
  const format = { bits: input.bits, signed: input.signed, zeroPoint: 0, scale: input.unit };
  const description = stage.kind === 'linear'
    ? { kind: 'linear', ...common, input: { channels: stage.inChannels * stage.kernel ** 2, height: 1, width: 1, ...format } }
    : { kind: 'conv2d', ...common, input: { channels: stage.inChannels, height: stage.inSide, width: stage.inSide, ...format }, ...geometry(stage) };
  return {
    description: description as DescriptionToWrite,
    tensors: { ...tensors, bias: integerBias(Float64Array.from(bias), scale, input.unit), multiplier, shift },
  };
}

function geometry({ kernel, pad }: StageShape) {
  return { kernel: [kernel, kernel], strides: [1, 1], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 };
}
