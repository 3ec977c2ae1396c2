/** What a layer computes from: the value, its order, and the format that the model gives it. */
import type { Refusal } from '../importer.js';
import { unsupported, wrong } from './geometry.js';
import type { FrameOrder, LayerInput } from './found_layer.js';
import type { OnnxGraph } from './graph.js';
import type { OnnxNode } from './node.js';
import type { LayerOperator } from './operators.js';
import { integerFormat } from './tensors.js';
import type { GraphValues } from './values.js';

/** Operators that hand elements on as they are, or pick among them. */
const PASSING = new Set(['Identity', 'Dropout', 'MaxPool', 'GlobalMaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Split', 'Gather', 'DepthToSpace', 'SpaceToDepth', 'Relu', 'Clip', 'Concat', 'Pad']);
/** Of non-negative inputs these make non-negative outputs. */
const KEEPS_SIGN = new Set([...PASSING, 'AveragePool', 'GlobalAveragePool', 'Add', 'Mul', 'Resize', 'Upsample', 'ReduceMean', 'ReduceMax', 'Sqrt', 'Sum', 'Max', 'Mean', 'LRN']);
const NOT_NEGATIVE = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Abs', 'Exp', 'Softplus']);
/** Nodes looked at in front of a layer. */
const MAX_STEPS = 200;

/** Quantization parameters of a value, read from the model. */
export interface Quantization {
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
  readonly scale: number;
}

/** The input of a layer, or why it can't be taken. */
export async function layerInput(values: GraphValues, node: OnnxNode, operator: LayerOperator, order: FrameOrder): Promise<LayerInput | Refusal> {
  const { graph } = values;
  const x = node.input(operator.x);
  if (operator.integer) return integerInput(values, node, operator, x, order);
  const dequantizer = graph.producer(x);
  if (dequantizer?.operator === 'DequantizeLinear') {
    const scale = dequantizer.input(1);
    const zero = dequantizer.optionalInput(2);
    const format = await quantizationOf(values, dequantizer.input(0), scale, zero);
    if (format) return { value: dequantizer.input(0), order, type: elementType(graph, dequantizer.input(0)), format, quantized: true };
  }
  const format = { bits: 8, signed: !(await isNonNegative(values, x)), zeroPoint: 0 };
  return { value: x, order, type: elementType(graph, x), format, quantized: false };
}

async function integerInput(values: GraphValues, node: OnnxNode, { integer }: LayerOperator, x: string, order: FrameOrder): Promise<LayerInput | Refusal> {
  const { graph } = values;
  const { xScale, xZero } = integer!;
  const producer = graph.producer(x);
  if (producer?.operator === 'DynamicQuantizeLinear' && xScale === undefined) {
    // The scale is found in every run; the layer takes the floats in front, and its format is chosen from recordings.
    const value = producer.input(0);
    return { value, order, type: elementType(graph, value), format: { bits: 8, signed: false, zeroPoint: 0 }, quantized: false, dynamic: true };
  }
  const scale = xScale === undefined ? undefined : node.input(xScale);
  const format = await quantizationOf(values, x, scale, node.optionalInput(xZero));
  if (format) return { value: x, order, type: elementType(graph, x), format, quantized: true };
  return unsupported('x_zero_point', 'or the scale of the input is computed while the model runs, and not by DynamicQuantizeLinear', 'Quantize with constant scales');
}

/** Format of a quantized value; `undefined` if its scale is not one constant. Without a scale the unit is 1. */
export async function quantizationOf(values: GraphValues, value: string, scale: string | undefined, zero: string | undefined): Promise<Quantization | undefined> {
  if ((scale !== undefined && !values.isConstant(scale)) || (zero !== undefined && !values.isConstant(zero))) return undefined;
  const format = integerFormat(zero === undefined ? elementType(values.graph, value) || 2 : elementType(values.graph, zero));
  const factor = scale === undefined ? undefined : await values.constant(scale);
  const offset = zero === undefined ? undefined : await values.constant(zero);
  if (!format || format.bits > 16 || (factor && factor.data.length !== 1) || (offset && offset.data.length !== 1)) return undefined;
  const found = factor?.data[0] ?? 1;
  return found > 0 && Number.isFinite(found) ? { ...format, zeroPoint: offset?.data[0] ?? 0, scale: found } : undefined;
}

/** Element type of a value, as far as declarations and zero points tell; 0 if they do not. */
export function elementType(graph: OnnxGraph, value: string): number {
  let name = value;
  for (let step = 0; step < MAX_STEPS; step++) {
    const known = graph.initializers.get(name)?.dataType ?? graph.declared.get(name)?.type;
    if (known) return known;
    const node = graph.producer(name);
    if (!node) return 0;
    if (node.operator === 'Constant') return node.tensor('value')?.dataType ?? 0;
    if (node.operator === 'Cast') return node.int('to', 0);
    if (node.operator === 'DequantizeLinear' || node.operator === 'MatMul' || node.operator === 'Conv') return 1;
    if (node.operator === 'DynamicQuantizeLinear') return 2;
    const zero = node.operator === 'QuantizeLinear' ? 2 : node.operator === 'QLinearConv' || node.operator === 'QLinearMatMul' ? 7 : undefined;
    if (zero !== undefined && !node.optionalInput(zero)) return node.int('output_dtype', 0) || 2;
    if (zero === undefined && !PASSING.has(node.operator)) return 0;
    name = node.input(zero ?? 0);
  }
  return 0;
}

/** Whether a value can't be negative, by the operators that make it. */
async function isNonNegative(values: GraphValues, value: string): Promise<boolean> {
  const waiting = [value];
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const node = values.graph.producer(name);
    if (!node || seen.size > MAX_STEPS) return false;
    if (NOT_NEGATIVE.has(node.operator)) continue;
    if (node.operator === 'Clip' && (await clipMinimum(values, node)) >= 0) continue;
    if (!KEEPS_SIGN.has(node.operator) || values.isConstant(name)) return false;
    const all = ['Add', 'Mul', 'Sum', 'Concat', 'Mean'].includes(node.operator);
    waiting.push(...(all ? node.inputs : node.inputs.slice(0, 1)));
  }
  return true;
}

/** Lower bound of a Clip: an attribute before opset 11, an input from then on. */
async function clipMinimum(values: GraphValues, node: OnnxNode): Promise<number> {
  const input = node.optionalInput(1);
  if (input === undefined) return node.float('min', -Infinity);
  return values.isConstant(input) ? (await values.constant(input)).data[0] : -Infinity;
}

/** Whether something found is a refusal. */
export function isRefusal(found: object): found is Refusal {
  return 'why' in found;
}

/** The refusal of a value whose shape is not known. */
export function shapeRefusal(values: GraphValues, value: string, reason = values.reason(value)): Refusal {
  const open = /is open|has no shape/.test(reason);
  const wayOut = open ? "Give it: --input-shape 'NAME=1,3,224,224'" : `Give the shape of this value: --input-shape '${value}=...'`;
  return reason.includes(values.graph.path) ? wrong(`input '${value}'`, reason, 'Export the model again') : unsupported(`input '${value}'`, reason, wayOut);
}
