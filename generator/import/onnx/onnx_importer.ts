/** Importer of ONNX models: layers as the graph has them, with geometry, scales and what is folded into them. */
import { basename } from 'node:path';
import { ShiftloomError, nearestName } from '../../errors.js';
import { identifierOf } from '../bare_tensors.js';
import type { FloatLayer } from '../float_layer.js';
import type { ImportRequest, Importer, ModelLayer, ModelListing } from '../importer.js';
import { readSampleFrames } from '../sample_frames.js';
import type { FoundLayer } from './found_layer.js';
import { OnnxGraph } from './graph.js';
import { findLayers, outputShape, readLayer, refusalText } from './layers.js';
import { looksLikeModel, readModel } from './model.js';
import { GraphValues, type InputShapes } from './values.js';

export interface OpenedModel {
  readonly path: string;
  readonly values: GraphValues;
  readonly layers: readonly FoundLayer[];
}

/** Reads a model and finds its layers. @throws ShiftloomError for a damaged model and for names and shapes that do not fit it. */
export async function openOnnx(path: string, inputShapes: InputShapes = {}): Promise<OpenedModel> {
  const values = await GraphValues.of(new OnnxGraph(await readModel(path)), inputShapes);
  return { path, values, layers: await findLayers(values) };
}

export const onnxImporter: Importer = {
  format: 'ONNX',
  accepts: (path, head) => path.endsWith('.onnx') || looksLikeModel(head),
  list: async (path) => (await openOnnx(path)).layers.map(modelLayer),
  describe: async (path, { inputShapes }) => describeModel(await openOnnx(path, inputShapes)),
  read: async (path, request) => {
    refuseFixed(request, path);
    const model = await openOnnx(path, request.inputShapes);
    return readOnnxLayer(model, chooseLayer(model, request.layer), request);
  },
};

/** One layer as a float layer; what the request gives wins over the model. */
export async function readOnnxLayer(model: OpenedModel, found: FoundLayer, request: ImportRequest = {}): Promise<FloatLayer> {
  const layer = await readLayer(model.values, found, request.name ?? identifierOf(found.name));
  return {
    ...layer,
    inputFormat: { ...layer.inputFormat, ...request.inputFormat },
    outputFormat: request.outputFormat || layer.outputFormat ? { ...layer.outputFormat, ...request.outputFormat } : undefined,
    sample: request.samplePath === undefined ? undefined : await readSampleFrames(request.samplePath, layer.input),
    source: `${layer.source} of ${basename(model.path)}`,
  };
}

/** The layer of a name: its node's, its output's, or the identifier that is made of it. */
export function chooseLayer({ path, layers }: OpenedModel, name: string | undefined): FoundLayer {
  const usable = layers.filter(({ refusals }) => refusals.length === 0);
  if (name === undefined && usable.length === 1) return usable[0];
  if (name === undefined) {
    if (usable.length === 0) throw noLayers(path, layers);
    throw new ShiftloomError('usage', path, `holds ${usable.length} layers; name the one to import`, `It has: ${someNames(usable)}`);
  }
  const found = layers.find((l) => l.name === name) ?? layers.find((l) => l.node.outputs.includes(name)) ?? layers.find((l) => identifierOf(l.name) === name);
  if (found) return found;
  const near = nearestName(name, layers.map((l) => l.name));
  throw new ShiftloomError('input', path, `has no layer '${name}'`, near ? `Did you mean '${near}'?` : `It has: ${someNames(layers)}`);
}

/** Why a model has nothing to import, with the first reason. */
export function noLayers(path: string, layers: readonly FoundLayer[]): ShiftloomError {
  if (layers.length === 0) return new ShiftloomError('unsupported', path, 'has no convolution and no product with constant weights', 'shiftloom import MODEL lists its operators');
  const [{ node, refusals }] = layers;
  const more = layers.length > 1 ? `; ${layers.length - 1} more of its kind` : '';
  return new ShiftloomError(refusals[0].code, path, `has no layer that can be imported: ${node.operator} '${node.name}': ${refusalText(refusals[0])}${more}`, refusals[0].wayOut);
}

function someNames(layers: readonly FoundLayer[]): string {
  return layers.slice(0, 8).map((l) => l.name).join(', ') + (layers.length > 8 ? ` and ${layers.length - 8} more` : '');
}

/** Geometry is the model's own; a request for another is refused rather than left unheard. */
function refuseFixed(request: ImportRequest, path: string): void {
  for (const key of ['bias', 'inputSize', 'strides', 'pads', 'dilations', 'groups', 'activation', 'weightLayout'] as const) {
    if (request[key] === undefined) continue;
    const wayOut = key === 'inputSize' ? "Give the shape of the model's input: --input-shape 'NAME=1,3,224,224'" : 'Leave it out, or change the model';
    throw new ShiftloomError('usage', path, `says its own ${key}; the request's is not used`, wayOut);
  }
}

function modelLayer(found: FoundLayer): ModelLayer {
  const { geometry, refusals, input } = found;
  return {
    name: found.name,
    kind: geometry?.kind ?? found.operator,
    operator: found.operator,
    shape: found.weightShape,
    parameters: found.parameters,
    ...(geometry ? { input: [geometry.input.channels, geometry.input.height, geometry.input.width], output: outputShape(geometry), macs: found.macs } : {}),
    fused: [...found.absorbed, ...(found.followers?.fused ?? [])],
    quantized: input?.quantized ?? false,
    ...(refusals.length > 0 ? { refusal: refusals.map((r) => `${refusalText(r)}${r.wayOut ? `. ${r.wayOut}` : ''}`).join('; '), refusals } : {}),
  };
}

function describeModel({ values, layers }: OpenedModel): ModelListing {
  const { graph } = values;
  const used = new Set(layers.flatMap(({ node, absorbed, followers }) => [`${node.operator} '${node.name}'`, ...absorbed, ...(followers?.fused ?? [])]));
  const counts = new Map<string, number>();
  for (const node of graph.nodes) {
    const constant = node.outputs.every((output) => output === '' || values.isConstant(output));
    if (!constant && !used.has(`${node.operator} '${node.name}'`)) counts.set(node.operator, (counts.get(node.operator) ?? 0) + 1);
  }
  return {
    format: 'ONNX',
    layers: layers.map(modelLayer),
    inputs: graph.inputs.map(({ name, shape }) => ({ name, shape: (shape ?? []).map((n) => n ?? '?') })),
    operators: [...counts].map(([operator, count]) => ({ operator, count, note: noteOn(operator) })).sort((a, b) => b.count - a.count || (a.operator < b.operator ? -1 : 1)),
  };
}

/** Why an operator that is part of no layer is not in hardware. */
function noteOn(operator: string): string {
  if (['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast'].includes(operator)) return 'between layers: formats of inputs and outputs';
  if (/Relu|^Clip$|BatchNormalization|^Mul$/.test(operator)) return 'not directly behind a layer that is its only source, or not constant: run it beside the engine';
  return 'no hardware for it: run it beside the engine';
}
