/** A linear layer as two permuted block layers, one after the other: projected, quantized, measured and written as a network. */
import path from 'node:path';
import { type MonarchFactor, type MonarchProjection, projectMonarch } from '../compress/blocks/monarch.js';
import { type CompressedLayer, compressLayer } from '../compress/compress.js';
import { type LayerInputs, layerInputs } from '../compress/layer_inputs.js';
import type { CompressOptions } from '../compress/options.js';
import { activate } from '../compress/output_format.js';
import { dense4Bits, sqnrDb } from '../compress/stats.js';
import { ShiftloomError } from '../errors.js';
import { goldenRun } from '../golden/convolution.js';
import type { ActivationFormat, FloatLayer, InputFrames } from '../import/float_layer.js';
import { checkFloatLayer } from '../import/float_layer.js';
import { blockWeights, gatherBlocks } from '../layer/blocks.js';
import { type Layer, geometryOf } from '../layer/layer.js';
import { isScalar } from '../layer/representable.js';
import { layerSchema } from '../layer/schema.js';
import type { Tensor } from '../layer/tensor.js';
import { writeNetwork } from '../network/write.js';
import { makeFolder } from './compressed_files.js';

export interface MonarchOptions extends Omit<CompressOptions, 'prune' | 'blocks'> {
  /** Blocks of each factor. */
  readonly blocks: number;
  /** Terms of each pair of blocks. Default: 1. */
  readonly rank?: number;
  /** Bits of the values between the factors, which are signed. Default: 8. */
  readonly middleBits?: number;
}

export interface MonarchStats {
  readonly blocks: number;
  readonly rank: number;
  /** Values between the factors. */
  readonly middle: number;
  /** Weights of both factors with the outputs' biases, and weights and biases of the dense layer. */
  readonly parameters: number;
  readonly denseParameters: number;
  /** Product of the float factors against the dense matrix. */
  readonly projectionSqnrDb: number | null;
  /** Outputs of the two integer layers against those of the dense float layer, and against those of the float factors. */
  readonly outputSqnrDb: number | null;
  readonly factorSqnrDb: number | null;
  readonly outputSqnrOn: string;
  readonly storedBits: number;
  readonly ratio32: number;
  readonly ratio8: number;
  readonly ratio4: number;
}

export interface MonarchLayers {
  readonly first: CompressedLayer;
  readonly second: CompressedLayer;
  readonly projection: MonarchProjection;
  readonly stats: MonarchStats;
}

/** Frames that stand in for a missing sample. */
const STAND_INS = 32;
/** With fewer frames their spread says too little of each value between the factors. */
const FEW_FRAMES = 16;
/** Values that hardly move are not blown up beyond this share of the one that moves most. */
const LEAST_SPREAD = 0.05;

/**
 * Projects a linear layer's matrix on Monarch form and quantizes both factors. The values between them are signed integers without activation, each scaled by its
 * spread on the sample so that all use the same range; that costs nothing, as every row of a factor has a scale of its own.
 * @throws ShiftloomError('usage') as `projectMonarch`, and for a conv2d; else as `compressLayer`
 */
export function compressMonarch(layer: FloatLayer, { blocks, rank = 1, middleBits = 8, ...options }: MonarchOptions): MonarchLayers {
  checkFloatLayer(layer, `layer '${layer.name}'`);
  if (layer.kind !== 'linear') throw new ShiftloomError('usage', 'monarch', `is for linear layers; layer '${layer.name}' is a conv2d`, 'Leave it out');
  const projection = projectMonarch(layer.weight, layer.outChannels, layer.input.channels, blocks, rank);
  const inputs = layerInputs(layer, options.seed ?? 1, 'sample', STAND_INS);
  const balanced = balance(projection, inputs);
  const progress = (from: number) => (done: number, text: string) => options.onProgress?.(from + done / 2, text);
  const first = compressLayer(firstLayer(layer, balanced.first, inputs, middleBits), { ...options, outputScale: undefined, blocks: { structure: balanced.first.structure }, onProgress: progress(0) });
  const integer = (frames: InputFrames | undefined) => frames && through(first, layer, frames, inputs);
  const second = compressLayer(
    { ...layer, name: monarchNames(layer)[1], weightScale: undefined, weight: balanced.second.weight, input: { channels: projection.middle, height: 1, width: 1 }, inputFormat: first.description.output as Required<ActivationFormat>, sample: integer({ frames: inputs.frames, values: inputs.data }), calibration: integer(layer.calibration) },
    { ...options, blocks: { structure: balanced.second.structure }, onProgress: progress(0.5) },
  );
  const stats = measure(layer, { first, second, projection }, blocks, rank, inputs);
  return { first: told({ ...first, sample: inputs.genuine ? first.sample : undefined }, inputs.origin), second: told({ ...second, sample: undefined }, `the first factor's outputs on ${inputs.origin}`), projection, stats };
}

/** Frames that were given to a factor as its sample are told as what they are. */
function told(compressed: CompressedLayer, origin: string): CompressedLayer {
  const { description, stats } = compressed;
  const outputSqnrOn = stats.outputSqnrOn.replace(/^the layer's sample of \d+ frames?/, origin);
  return { ...compressed, description: { ...description, compression: { ...description.compression, outputSqnrOn } }, stats: { ...stats, outputSqnrOn } };
}

/** Names of the two layers of a layer. */
export function monarchNames({ name }: FloatLayer): readonly [string, string] {
  return [`${name.slice(0, 33)}_first`, `${name.slice(0, 33)}_second`];
}

function firstLayer(layer: FloatLayer, { weight }: MonarchFactor, inputs: LayerInputs, bits: number): FloatLayer {
  const middle = weight.length / layer.input.channels;
  return {
    ...layer,
    name: monarchNames(layer)[0],
    outChannels: middle,
    weight,
    weightScale: undefined,
    bias: new Float64Array(middle),
    activation: { kind: 'none' },
    inputFormat: inputs.format,
    outputFormat: { bits, signed: true, zeroPoint: 0 },
    sample: { frames: inputs.frames, values: inputs.data },
  };
}

/** Rows of the first factor divided, columns of the second multiplied by the spread of the values between them. */
function balance(projection: MonarchProjection, inputs: LayerInputs): Pick<MonarchProjection, 'first' | 'second'> {
  const { first, second, middle } = projection;
  if (inputs.frames < FEW_FRAMES) return projection;
  const values = product(first.weight, middle, realInputs(inputs), inputs.frames);
  const spread = Float64Array.from({ length: middle }, (_, m) => {
    let squares = 0;
    for (let f = 0; f < inputs.frames; f++) squares += values[f * middle + m] ** 2;
    return Math.sqrt(squares / inputs.frames);
  });
  const most = spread.reduce((a, b) => Math.max(a, b), 0);
  const by = spread.map((s) => (most > 0 ? Math.max(s / most, LEAST_SPREAD) : 1));
  const width = first.weight.length / middle;
  return {
    first: { ...first, weight: first.weight.map((w, at) => w / by[Math.floor(at / width)]) },
    second: { ...second, weight: second.weight.map((w, at) => w * by[at % middle]) },
  };
}

function realInputs({ data, format }: Pick<LayerInputs, 'data' | 'format'>): Float64Array {
  return Float64Array.from(data, (x) => (x - format.zeroPoint) * format.scale);
}

/** (frames, outputs) of a matrix (outputs, inputs) on frames (frames, inputs). */
function product(weight: ArrayLike<number>, outputs: number, frames: Float64Array, count: number): Float64Array {
  const inputs = frames.length / count;
  const sums = new Float64Array(count * outputs);
  for (let f = 0; f < count; f++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * frames[f * inputs + i];
      sums[f * outputs + o] = sum;
    }
  }
  return sums;
}

/** Frames of the layer as the first integer layer passes them on. */
function through(first: CompressedLayer, layer: FloatLayer, frames: InputFrames, inputs: LayerInputs): InputFrames {
  const { data } = layerInputs({ ...layer, inputFormat: inputs.format, sample: frames }, 1);
  return { frames: frames.frames, values: goldenRun(asLayer(first), data, frames.frames).outputs };
}

/** A compressed layer as the golden model takes it. */
function asLayer({ description, tensors }: CompressedLayer): Layer {
  const checked = layerSchema.parse({ ...description, tensors: `${description.name}.safetensors` });
  const { weights } = checked;
  return { description: { ...checked, weights: isScalar(weights) || weights.encoding === 'cp' ? weights : weights.values }, geometry: geometryOf(checked), tensors };
}

type Made = Pick<MonarchLayers, 'first' | 'second' | 'projection'>;

function measure(layer: FloatLayer, { first, second, projection }: Made, blocks: number, rank: number, inputs: LayerInputs): MonarchStats {
  const { outChannels, bias, activation } = layer;
  const count = inputs.frames;
  const frames = realInputs(inputs);
  const activated = (sums: Float64Array) => sums.map((sum, at) => activate(sum + bias[at % outChannels], activation));
  const dense = activated(product(layer.weight, outChannels, frames, count));
  const between = product(projection.first.weight, projection.middle, frames, count);
  const factors = activated(product(projection.second.weight, outChannels, between, count));
  const middle = goldenRun(asLayer(first), inputs.data, count).outputs;
  const { scale, zeroPoint } = second.description.output as Required<ActivationFormat>;
  const actual = Float64Array.from(goldenRun(asLayer(second), middle, count).outputs, (y) => (y - zeroPoint) * scale);
  const weights = blockWeights(projection.first.structure) + blockWeights(projection.second.structure);
  const storedBits = first.stats.stored.total + second.stats.stored.total;
  const bits = (perWeight: number) => perWeight * layer.weight.length + 32 * outChannels;
  return {
    blocks,
    rank,
    middle: projection.middle,
    parameters: weights + outChannels,
    denseParameters: layer.weight.length + outChannels,
    projectionSqnrDb: projection.error > 0 ? -10 * Math.log10(projection.error) : null,
    outputSqnrDb: sqnrDb(dense, actual),
    factorSqnrDb: sqnrDb(factors, actual),
    outputSqnrOn: inputs.origin,
    storedBits,
    ratio32: (32 * (layer.weight.length + outChannels)) / storedBits,
    ratio8: bits(8) / storedBits,
    ratio4: dense4Bits(layer.weight.length, outChannels) / storedBits,
  };
}

/**
 * Writes both layers and the network that chains them, `NAME.network.json`, with the float factors beside it.
 * @returns path of the network file
 */
export async function writeMonarch(folder: string, layer: FloatLayer, { first, second, projection }: MonarchLayers): Promise<string> {
  await makeFolder(folder);
  const file = path.join(folder, `${layer.name}.network.json`);
  const names = [first, second].map(({ description }) => description.name);
  const float = new Map<string, Tensor>();
  for (const [name, { structure, weight }, bias] of [[names[0], projection.first, new Float64Array(projection.middle)], [names[1], projection.second, layer.bias]] as const) {
    const own = gatherBlocks(structure, weight);
    float.set(`${name}.weight`, { dtype: 'float32', shape: [own.length], data: own });
    float.set(`${name}.bias`, { dtype: 'float32', shape: [bias.length], data: bias });
  }
  const { input } = first.description;
  const nodes = names.map((name) => ({ op: 'layer' as const, name }));
  await writeNetwork(file, { name: layer.name, input, nodes }, new Map([[names[0], first], [names[1], second]]), float);
  return file;
}

/** The figures as lines for people. */
export function monarchText(s: MonarchStats): string {
  const db = (value: number | null) => (value === null ? 'no error' : `${value.toFixed(1)} dB`);
  return [
    `monarch           two factors of ${s.blocks} blocks, rank ${s.rank}, ${s.middle} values between them`,
    `  parameters      ${s.parameters}, biases included, of ${s.denseParameters}: ${(s.denseParameters / s.parameters).toFixed(2)} times fewer`,
    `SQNR of product   ${db(s.projectionSqnrDb)} of the weights, before quantization`,
    `SQNR of outputs   ${db(s.outputSqnrDb)} against the dense layer, ${db(s.factorSqnrDb)} against the float factors`,
    `  measured on     ${s.outputSqnrOn}`,
    `stored            ${s.storedBits} bits`,
    `smaller by        ${s.ratio32.toFixed(2)} than 32-bit, ${s.ratio8.toFixed(2)} than 8-bit, ${s.ratio4.toFixed(2)} than 4-bit`,
  ].join('\n');
}
