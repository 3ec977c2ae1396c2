/**
 * Weights and bias of a layer from the constants of the graph. Integer weights are kept as integers with a scale for each output
 * channel wherever the model has them so.
 */
import type { Refusal } from '../importer.js';
import { type Tensor, shapeText } from '../../layer/tensor.js';
import { alongAxis } from './constant_ops.js';
import type { Affine, LayerGeometry } from './found_layer.js';
import { unsupported, wrong } from './geometry.js';
import { permutation } from './shape_arithmetic.js';
import type { OnnxNode } from './node.js';
import type { LayerOperator } from './operators.js';
import { transpose } from './arrays.js';
import type { GraphValues } from './values.js';

/** Where weights come from: a constant, which is floats, or integers with scales and zero points. */
export interface WeightSource {
  readonly value: string;
  readonly shape: readonly number[];
  /** For weights of integers: names of their parameters, and the axis of the output channels in `shape`. */
  readonly integer?: { readonly scale?: string; readonly zero?: string };
  readonly outAxis: number;
  /** Permutations on the way from `value` to the layer. */
  readonly permutations: readonly (readonly number[])[];
}

/** Float weights in the order of a float layer, with the scales that make integers of them. */
export interface LayerWeights {
  readonly weight: Float32Array | Float64Array;
  readonly bias: Float64Array;
  readonly weightScale?: Float64Array;
}

/** The weights of a node, or why they can't be had. */
export function weightSource(values: GraphValues, node: OnnxNode, operator: LayerOperator): WeightSource | Refusal {
  const { graph } = values;
  let value = node.input(operator.w);
  if (!values.isConstant(value)) {
    const producer = graph.producer(value);
    const by = producer ? `is computed while the model runs, by ${producer.operator} '${producer.name}'` : 'is an input of the model';
    return unsupported(`input ${operator.w} '${value}'`, `${by}; the engine's weights are constants`, 'Store the weights in the model');
  }
  const shape = values.shape(value)!;
  const outAxis = operator.kind === 'convolution' || (operator.kind === 'gemm' && node.int('transB', 0) !== 0) ? 0 : shape.length - 1;
  const { integer } = operator;
  if (integer) {
    const names = { scale: integer.wScale === undefined ? undefined : node.input(integer.wScale), zero: node.optionalInput(integer.wZero) };
    const open = [names.scale, names.zero].find((name) => name !== undefined && !values.isConstant(name));
    if (open !== undefined) return unsupported(`'${open}'`, 'is computed while the model runs; the scale and zero point of weights are constants', 'Store them in the model');
    return { value, shape, integer: names, outAxis, permutations: [] };
  }
  // Back to the integers, through what stands between DequantizeLinear and the layer.
  const permutations: number[][] = [];
  let channel = outAxis;
  for (let maker = graph.producer(value); maker && ['Identity', 'Transpose'].includes(maker.operator); maker = graph.producer(value)) {
    value = maker.input(0);
    if (maker.operator === 'Transpose') {
      permutations.unshift(permutation(maker, values.shape(value)!));
      channel = permutations[0][channel];
    }
  }
  const dequantizer = graph.producer(value);
  if (dequantizer?.operator !== 'DequantizeLinear') return { value: node.input(operator.w), shape, outAxis, permutations: [] };
  const scale = dequantizer.input(1);
  const stored = values.shape(dequantizer.input(0))!;
  const perChannel = values.shape(scale)!.every((n) => n === 1) || (dequantizer.int('axis', 1) + stored.length) % stored.length === channel;
  if (!perChannel || dequantizer.int('block_size', 0) !== 0) return { value: node.input(operator.w), shape, outAxis, permutations: [] };
  return { value: dequantizer.input(0), shape, integer: { scale, zero: dequantizer.optionalInput(2) }, outAxis: channel, permutations };
}

/**
 * Reads weights and bias and multiplies the folded factors into them.
 * @param inputScale real value of an input unit, for biases of integer operators
 * @throws ShiftloomError('input') naming the tensor that is wrong.
 */
export async function readWeights(
  values: GraphValues, node: OnnxNode, operator: LayerOperator, source: WeightSource, geometry: LayerGeometry, affine: Affine, inputScale: number,
): Promise<LayerWeights> {
  const stored = await values.constant(source.value);
  const channels = geometry.outChannels;
  const alpha = operator.kind === 'gemm' ? node.float('alpha', 1) : 1;
  const scale = source.integer ? await perChannel(values, node, source.integer.scale, channels, 1) : undefined;
  const zero = source.integer ? await perChannel(values, node, source.integer.zero, channels, 0) : undefined;
  const factor = Float64Array.from(affine.factor, (a, o) => a * alpha * (scale?.[o] ?? 1));
  const ordered = outFirst(stored, source, operator);
  const size = ordered.data.length / channels;
  const weight = stored.dtype === 'float64' ? new Float64Array(ordered.data.length) : new Float32Array(ordered.data.length);
  for (let o = 0; o < channels; o++) {
    for (let i = o * size; i < (o + 1) * size; i++) weight[i] = (ordered.data[i] - (zero?.[o] ?? 0)) * factor[o];
  }
  const unit = operator.integer?.xScale === undefined ? 1 : inputScale;
  const added = await biasValues(values, node, operator, channels);
  const bias = Float64Array.from(added, (b, o) => b * (operator.integer ? unit * (scale?.[o] ?? 1) * alpha : 1) * affine.factor[o] + affine.addend[o]);
  const kept = scale && factor.every((f) => f !== 0) ? factor.map(Math.abs) : undefined;
  return { weight, bias, weightScale: kept };
}

/** A parameter of the weights for each output channel. */
async function perChannel(values: GraphValues, node: OnnxNode, name: string | undefined, channels: number, fallback: number): Promise<Float64Array> {
  if (name === undefined) return new Float64Array(channels).fill(fallback);
  const { data, shape } = await values.constant(name);
  if (data.length !== 1 && data.length !== channels) {
    node.fail(`has '${name}' of shape ${shapeText(shape)} for ${channels} output channels`, 'One value, or one for each output channel, is needed');
  }
  return Float64Array.from({ length: channels }, (_, o) => data[data.length === 1 ? 0 : o]);
}

/** Weights with the output channel first: (O, I, kH, kW) or (O, I). */
function outFirst(stored: Tensor, { permutations, outAxis }: WeightSource, operator: LayerOperator): Tensor {
  let tensor = stored;
  let axis = outAxis;
  for (const perm of permutations) {
    tensor = transpose(tensor, perm);
    axis = perm.indexOf(axis);
  }
  return operator.kind === 'convolution' || axis === 0 ? tensor : transpose(tensor, [1, 0]);
}

/** The bias operand, beta multiplied in: one value for each output channel. */
async function biasValues(values: GraphValues, node: OnnxNode, operator: LayerOperator, channels: number): Promise<Float64Array> {
  const name = operator.bias === undefined ? undefined : node.optionalInput(operator.bias);
  if (name === undefined) return new Float64Array(channels);
  const tensor = await values.constant(name);
  const beta = operator.kind === 'gemm' && !operator.integer ? node.float('beta', 1) : 1;
  const at = alongAxis(node, { ...tensor, shape: [channels] }, tensor.data.slice(0, tensor.data.length === 1 ? 1 : channels), 0);
  return Float64Array.from({ length: channels }, (_, o) => at(o) * beta);
}

/** Why a bias operand can't be the layer's bias; `undefined` if it can. */
export async function biasRefusal(values: GraphValues, node: OnnxNode, operator: LayerOperator, channels: number): Promise<Refusal | undefined> {
  const name = operator.bias === undefined ? undefined : node.optionalInput(operator.bias);
  if (name === undefined) return undefined;
  const what = `input ${operator.bias} '${name}'`;
  if (!values.isConstant(name)) return unsupported(what, "is computed while the model runs; the engine's bias is constant", 'Add it behind the layer');
  const shape = values.shape(name)!;
  const last = shape[shape.length - 1] ?? 1;
  const rows = shape.slice(0, -1).every((n) => n === 1);
  if (rows && (last === channels || (last === 1 && operator.kind === 'gemm'))) return undefined;
  if (operator.kind === 'gemm' && shape.length === 2 && (last === channels || last === 1)) {
    return unsupported(what, `has shape ${shapeText(shape)}: another bias for every row`, 'Add it behind the layer');
  }
  return wrong(what, `has shape ${shapeText(shape)}; a bias of ${channels} channels is needed`);
}
