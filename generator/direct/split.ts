/**
 * A layer stored as factors as a chain of ordinary layers: the same factors run as 1x1, per-rank and 1x1 convolutions, about as many times fewer
 * multiply-accumulates as there are fewer factors than weights. Sums are not recoded; what is lost instead is the rounding between the stages.
 */
import { ShiftloomError } from '../errors.js';
import { goldenRun } from '../golden/convolution.js';
import { requantizeValues } from '../golden/requantize.js';
import { geometryOf, integerRange, type Layer, type LayerTensors, type SampleFrames } from '../layer/layer.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema, type Requantize } from '../layer/schema.js';
import { commonScale, largestSums, outputRequantization, ownScales } from './stage_scales.js';
import { stageShapes, type StageShape } from './stage_weights.js';

export interface SplitOptions {
  /** Bits of the signed values between stages, 2..16; default 16. */
  readonly bits?: number;
  /** Channels that a block of the stages in the middle may have, 1..16; default 8: lanes then choose one of so many channels. */
  readonly block?: number;
}

export const SPLIT_DEFAULTS = { bits: 16, block: 8 } as const;

export interface DirectChain {
  /** In the order in which they run; each has as its sample what it is given on the frames. */
  readonly stages: readonly Layer[];
  /** (frames, height, width, channels) of the last stage, from the golden model. */
  readonly outputs: Int32Array;
}

const NAME_LENGTH = 40;
const MULTIPLIER_BITS = 16;

/**
 * @param frames input of the layer; scales between the stages are found on the first `learnFrom` of them
 * @throws ShiftloomError('unsupported') for a layer without factors, with a residual, or whose requantization leaves the ranges of a layer
 */
export function splitLayer(layer: Layer, frames: SampleFrames, learnFrom: number, options: SplitOptions = {}): DirectChain {
  const { bits = SPLIT_DEFAULTS.bits, block = SPLIT_DEFAULTS.block } = options;
  const { factors, geometry } = checkedFactors(layer);
  const shapes = stageShapes(factors.weights, factors.tensors, geometry, block);
  const form = stageForm(layer.description.requantize);
  const stages: Layer[] = [];
  let data = frames.data;
  let unit = new Float64Array([1]);
  for (const [i, shape] of shapes.entries()) {
    const last = i === shapes.length - 1;
    const open = openStage(layer, stages[i - 1], shape, { bits, last, form });
    const sample = { frames: frames.frames, data };
    if (last) {
      stages.push({ ...open, tensors: { ...open.tensors, ...outputRequantization(layer, unit[0], form) }, sample });
      data = goldenRun(stages[i], data, frames.frames).outputs;
      continue;
    }
    const { accumulators } = goldenRun(open, data, frames.frames);
    const learned = accumulators.subarray(0, (accumulators.length / frames.frames) * learnFrom);
    const largest = largestSums(learned, shape.outChannels);
    const own = i === 0 ? new Float64Array(shape.outChannels).fill(1) : unit;
    const { factors: { multiplier, shift }, unit: next } = (i === shapes.length - 2 ? commonScale : ownScales)(largest, own, bits, form);
    stages.push({ ...open, tensors: { ...open.tensors, multiplier, shift }, sample });
    unit = Float64Array.from(next);
    data = requantizeValues(accumulators, { multiplier, shift, zeroPoint: 0, bounds: integerRange(bits, true) });
  }
  return { stages, outputs: data };
}

/** Multipliers only where the layer has them, and then as wide as is usual: units between stages are finer than those of outputs. */
function stageForm(form: Requantize): Requantize {
  return form.form === 'multiplier' ? { form: 'multiplier', bits: Math.max(form.bits, MULTIPLIER_BITS) } : form;
}

function checkedFactors({ factors, geometry, description }: Layer) {
  const place = `layer ${description.name}`;
  if (!factors) throw new ShiftloomError('unsupported', place, 'is not stored as factors, which is what direct execution runs', 'Compress it with --encoding cp');
  if (factors.tensors.residual && factors.tensors.residual.length > 0) {
    throw new ShiftloomError('unsupported', place, 'has a residual, which belongs to no rank', 'Run it with stored or rebuilt weights, or compress it without a residual');
  }
  return { factors, geometry };
}

/** A stage without its requantization: bias 0, multiplier 1, shift 0. */
function openStage(layer: Layer, before: Layer | undefined, shape: StageShape, { bits, last, form }: { readonly bits: number; readonly last: boolean; readonly form: Requantize }): Layer {
  const { description: d, geometry: g } = layer;
  const base = d.name.slice(0, NAME_LENGTH - 1 - shape.suffix.length);
  const between = { bits, signed: true, zeroPoint: 0 };
  const description = layerSchema.parse({
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    kind: 'conv2d',
    name: `${base}_${shape.suffix}`,
    input: before
      ? { channels: before.geometry.outChannels, height: before.geometry.outHeight, width: before.geometry.outWidth, ...between }
      : { ...d.input, height: g.inHeight, width: g.inWidth },
    output: last ? d.output : { channels: shape.outChannels, ...between },
    kernel: shape.kernel,
    strides: shape.strides,
    pads: shape.pads,
    dilations: shape.dilations,
    groups: shape.groups,
    weights: shape.encoding,
    ...(shape.sparsity ? { sparsity: shape.sparsity } : {}),
    requantize: form,
    activation: last ? d.activation : { kind: 'none' },
    tensors: `${base}_${shape.suffix}.safetensors`,
  });
  const all = (value: number) => new Int32Array(shape.outChannels).fill(value);
  const tensors: LayerTensors = { weight: shape.weight, bias: all(0), multiplier: all(1), shift: all(0) };
  return { description, geometry: geometryOf(description), tensors };
}
