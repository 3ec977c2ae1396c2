/** All layers of a graph, and one of them as a float layer. */
import { ShiftloomError } from '../../errors.js';
import { elementCount, shapeText } from '../../layer/tensor.js';
import { type ActivationFormat, type FloatLayer, checkFloatLayer } from '../float_layer.js';
import type { Refusal } from '../importer.js';
import { followers } from './followers.js';
import type { Affine, Followers, FoundLayer, FrameOrder, LayerGeometry } from './found_layer.js';
import { convolutionGeometry, hardwareRefusals, macsOf, outputMap, productGeometry, unsupported, wrong } from './geometry.js';
import { isRefusal, layerInput, quantizationOf, shapeRefusal } from './layer_input.js';
import type { OnnxNode } from './node.js';
import { LAYER_OPERATORS, type LayerOperator, REFUSED_OPERATORS, WAYS_OUT } from './operators.js';
import { paddingInFront } from './padding.js';
import type { GraphValues } from './values.js';
import { type WeightSource, biasRefusal, readWeights, weightSource } from './weights.js';

/** Layers in the order of computation. A layer's name is its node's; the first output's where several nodes have the same. */
export async function findLayers(values: GraphValues): Promise<FoundLayer[]> {
  const { graph } = values;
  const nodes = graph.nodes.filter(({ operator }) => operator in LAYER_OPERATORS || operator in REFUSED_OPERATORS || graph.model.functions.has(operator));
  const counts = new Map<string, number>();
  for (const { name } of nodes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const layers: FoundLayer[] = [];
  for (const node of nodes) {
    const name = counts.get(node.name)! > 1 ? (node.outputs[0] ?? node.name) : node.name;
    const constant = node.outputs.every((output) => values.isConstant(output));
    if (!constant) layers.push({ ...(await examine(values, node)), name, node, operator: node.operator });
  }
  return layers;
}

type Examined = Omit<FoundLayer, 'name' | 'node' | 'operator'>;
const NOTHING: Examined = { weightShape: [], parameters: 0, absorbed: [], refusals: [] };

async function examine(values: GraphValues, node: OnnxNode): Promise<Examined> {
  const operator = LAYER_OPERATORS[node.operator];
  if (!operator) return { ...NOTHING, refusals: [refusedOperator(values, node)] };
  try {
    return await examineLayer(values, node, operator);
  } catch (error) {
    if (!(error instanceof ShiftloomError)) throw error;
    const why = error.message.startsWith(`${node.place}: `) ? error.message.slice(node.place.length + 2) : error.message;
    return { ...NOTHING, refusals: [{ code: error.code === 'unsupported' ? 'unsupported' : 'input', what: '', why, wayOut: '' }] };
  }
}

async function examineLayer(values: GraphValues, node: OnnxNode, operator: LayerOperator): Promise<Examined> {
  const source = weightSource(values, node, operator);
  if (isRefusal(source)) return { ...NOTHING, refusals: [source] };
  const { shape } = source;
  const parameters = elementCount(shape);
  const found = { ...NOTHING, weightShape: shape, parameters };
  if (parameters === 0) return { ...found, refusals: [wrong(`input ${operator.w} '${node.input(operator.w)}'`, `has shape ${shapeText(shape)}, no elements`)] };
  const x = node.input(operator.x);
  if (values.isConstant(x)) return { ...found, refusals: [unsupported(`input ${operator.x} '${x}'`, 'is constant: there is nothing to compute in hardware', 'Fold it before exporting')] };
  const padding = operator.kind === 'convolution' ? await paddingInFront(values, node, operator) : undefined;
  const from = padding?.value ?? x;
  if (!values.shape(from)) return { ...found, refusals: [shapeRefusal(values, from)] };
  const geometry = geometryOf(node, operator, values.shape(from)!, shape, padding?.pads ?? [0, 0, 0, 0]);
  if (isRefusal(geometry)) return { ...found, refusals: [geometry] };
  const input = padding?.input ?? (await layerInput(values, node, operator, orderOf(node, operator)));
  const bias = await biasRefusal(values, node, operator, geometry.outChannels);
  const refusals = [...hardwareRefusals(geometry), ...(bias ? [bias] : [])];
  if (isRefusal(input)) return { ...found, geometry, macs: macsOf(geometry), refusals: [...refusals, input] };
  const behind = await behindLayer(values, node, operator, geometry);
  return {
    ...found,
    geometry,
    input,
    macs: macsOf(geometry),
    absorbed: padding?.absorbed ?? [],
    followers: isRefusal(behind) ? undefined : behind,
    refusals: isRefusal(behind) ? [...refusals, behind] : refusals,
  };
}

function geometryOf(node: OnnxNode, operator: LayerOperator, x: readonly number[], w: readonly number[], pads: readonly number[]): LayerGeometry | Refusal {
  if (operator.kind === 'convolution') return convolutionGeometry(node, x, w, pads);
  const what = `input ${operator.w} '${node.input(operator.w)}'`;
  if (w.length !== 2) return unsupported(what, `has shape ${shapeText(w)}; a layer's weights are one matrix`, 'Split it into one product for each matrix');
  const transA = operator.kind === 'gemm' && node.int('transA', 0) !== 0;
  const transB = operator.kind === 'gemm' && node.int('transB', 0) !== 0;
  const [inputs, outputs] = transB ? [w[1], w[0]] : w;
  const found = transA ? x[0] : x[x.length - 1];
  if (x.length === 0 || (operator.kind === 'gemm' && x.length !== 2) || found !== inputs) {
    return wrong(what, `has shape ${shapeText(w)}${transB ? ' (transB)' : ''}, the input ${shapeText(x)}${transA ? ' (transA)' : ''}: they do not match`);
  }
  return productGeometry(x, inputs, outputs);
}

function orderOf(node: OnnxNode, operator: LayerOperator): FrameOrder {
  if (operator.kind === 'convolution') return 'channels_first';
  return operator.kind === 'gemm' && node.int('transA', 0) !== 0 ? 'columns' : 'channels_last';
}

/** What becomes part of the layer behind it. Operators with an output scale of their own end in it. */
async function behindLayer(values: GraphValues, node: OnnxNode, operator: LayerOperator, geometry: LayerGeometry): Promise<Followers | Refusal> {
  const { integer } = operator;
  const [output] = node.outputs;
  if (integer?.yScale !== undefined && node.optionalInput(integer.yScale)) {
    const format = await quantizationOf(values, output, node.input(integer.yScale), node.optionalInput(integer.yZero!));
    if (!format) return unsupported('y_scale', 'or the zero point of the output is not one constant', 'Quantize with constant scales by tensor');
    return { folds: [], activation: { kind: 'none' }, outputFormat: format, value: output, fused: [] };
  }
  const producer = values.graph.producer(node.input(operator.x));
  const dynamic = integer && producer?.operator === 'DynamicQuantizeLinear' ? producer.outputs[1] : undefined;
  const behind = await followers(values, output, geometry.outChannels, operator.kind === 'convolution' ? 3 : 1, dynamic);
  if (behind.scaled) return behind;
  return unsupported('its output', `is not multiplied by the input's scale '${dynamic}' (Cast, then Mul)`, 'Export it as ONNX Runtime quantizes dynamically');
}

function refusedOperator(values: GraphValues, node: OnnxNode): Refusal {
  if (values.graph.model.functions.has(node.operator)) {
    return unsupported(node.operator, 'is a function that the model defines; layers inside of it are not looked for', 'Inline functions before exporting');
  }
  return unsupported(node.operator, REFUSED_OPERATORS[node.operator], WAYS_OUT[node.operator] ?? 'Run it beside the engine');
}

/**
 * Reads a found layer's tensors.
 * @param name identifier of the float layer
 * @throws ShiftloomError with the first refusal, or naming the tensor that is wrong.
 */
export async function readLayer(values: GraphValues, found: FoundLayer, name: string): Promise<FloatLayer> {
  const [refusal] = found.refusals;
  if (refusal) throw new ShiftloomError(refusal.code, found.node.place, refusalText(refusal), refusal.wayOut);
  const { node, geometry, input, followers: behind } = found;
  const operator = LAYER_OPERATORS[node.operator];
  const source = weightSource(values, node, operator) as WeightSource;
  const affine: Affine = { factor: new Float64Array(geometry!.outChannels).fill(1), addend: new Float64Array(geometry!.outChannels) };
  for (const fold of behind!.folds) await fold(affine);
  const weights = await readWeights(values, node, operator, source, geometry!, affine, input!.format.scale ?? 1);
  const parts = [...found.absorbed, ...behind!.fused];
  const layer: FloatLayer = {
    name,
    ...geometry!,
    ...weights,
    activation: behind!.activation,
    inputFormat: input!.format as ActivationFormat,
    outputFormat: behind!.outputFormat,
    source: `${node.operator} '${node.name}'${parts.length > 0 ? ` with ${parts.join(', ')}` : ''}`,
  };
  checkFloatLayer(layer, node.place);
  return layer;
}

/** `kernel_shape: is 13, 13; the engine has up to 11`. */
export function refusalText({ what, why }: Refusal): string {
  return what === '' ? why : `${what} ${why}`;
}

/** Channels, height and width of a layer's output. */
export function outputShape(geometry: LayerGeometry): [number, number, number] {
  return [geometry.outChannels, ...outputMap(geometry)];
}
