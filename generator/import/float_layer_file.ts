/** Float layers in files: a small JSON with .npy or .safetensors tensors beside it. */
import { basename, dirname, join, resolve } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { checkAgainst } from '../layer/explain.js';
import { type StagedFile, writeStaged } from '../layer/files.js';
import { sameShape } from '../layer/frames.js';
import { formatJson, readJson } from '../layer/json_text.js';
import { encodeNpy } from '../layer/npy.js';
import { encodeSafetensors, listSafetensors } from '../layer/safetensors.js';
import { type DType, type Tensor, shapeText } from '../layer/tensor.js';
import { type FloatLayer, type InputFrames, checkFloatLayer, plainGeometry } from './float_layer.js';
import { schemaReference } from '../layer/schema_reference.js';
import { FLOAT_LAYER_FILE, FLOAT_LAYER_FORMAT, FLOAT_LAYER_REFERENCE, type FloatLayerFile, floatLayerSchema } from './float_layer_schema.js';
import { readSampleFrames } from './sample_frames.js';
import { readTensorReference } from './tensor_reference.js';
import { kernelToOihw } from './weight_layout.js';

/**
 * Reads a float layer file and its tensors.
 * @throws ShiftloomError('input') naming the JSON path or the tensor, the value and what is allowed.
 */
export async function readFloatLayer(path: string): Promise<FloatLayer> {
  const file = checkAgainst(floatLayerSchema, await readJson(path), path);
  const geometry = file.kind === 'conv2d' ? file : { kernel: [1, 1] as [number, number], ...plainGeometry };
  checkLinearInput(file, path);
  const shape = [file.output.channels, file.input.channels / geometry.groups, geometry.kernel[0], geometry.kernel[1]] as const;
  if (!Number.isInteger(shape[1])) {
    throw new ShiftloomError('input', `${path} $.groups`, `${geometry.groups} groups do not divide ${file.input.channels} input channels`);
  }
  const { weight, bias, weightScale } = await readTensors(path, file);
  const { channels, height, width, ...inputFormat } = file.input;
  const { channels: outChannels, ...outputFormat } = file.output;
  const layer: FloatLayer = {
    name: file.name,
    kind: file.kind,
    input: { channels, height, width },
    outChannels,
    kernel: geometry.kernel,
    strides: geometry.strides as [number, number],
    pads: geometry.pads as [number, number, number, number],
    dilations: geometry.dilations as [number, number],
    groups: geometry.groups,
    weight: kernelToOihw(weight, file.weightLayout, shape, file.kind === 'linear', `${path} tensor 'weight'`),
    bias: channelValues(bias, outChannels, `${path} tensor 'bias'`) ?? new Float64Array(outChannels),
    weightScale: channelValues(weightScale, outChannels, `${path} tensor 'weight_scale'`),
    activation: file.activation,
    inputFormat,
    outputFormat,
    sample: await readFrames(path, file, 'sample'),
    calibration: await readFrames(path, file, 'calibration'),
    source: file.source,
  };
  checkFloatLayer(layer, path);
  return layer;
}

/** Paths of the files that a float layer is read from, its own among them. @throws ShiftloomError('input') as `readFloatLayer` */
export async function floatLayerSources(path: string): Promise<string[]> {
  const { tensors, sample, calibration } = checkAgainst(floatLayerSchema, await readJson(path), path);
  const references = typeof tensors === 'string' ? [tensors] : Object.values(tensors);
  const beside = [...references, sample, calibration].filter((name) => name !== undefined);
  return [path, ...beside.map((name) => resolve(dirname(path), name.split('#')[0]))];
}

function checkLinearInput(file: FloatLayerFile, path: string): void {
  if (file.kind !== 'linear' || (file.input.height === 1 && file.input.width === 1)) return;
  throw new ShiftloomError(
    'input',
    `${path} $.input`,
    `is ${file.input.height}x${file.input.width}; a linear layer takes a flat vector`,
    'Give channels = height * width * channels, or use conv2d with a kernel as large as the map',
  );
}

interface LayerFileTensors {
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly weightScale?: Tensor;
}

async function readTensors(path: string, file: FloatLayerFile): Promise<LayerFileTensors> {
  const folder = dirname(path);
  const { tensors } = file;
  const read = async (reference: string | undefined, name: string) => (reference === undefined ? undefined : readTensorReference(folder, reference, name));
  if (typeof tensors !== 'string') {
    const weight = await readTensorReference(folder, tensors.weight, 'weight');
    return { weight, bias: await read(tensors.bias, 'bias'), weightScale: await read(tensors.weightScale, 'weight_scale') };
  }
  const weight = await readTensorReference(folder, tensors, 'weight');
  const names = tensors.endsWith('.safetensors') ? (await listSafetensors(resolve(folder, tensors))).map((e) => e.name) : [];
  const present = (name: string) => (names.includes(name) ? tensors : undefined);
  return { weight, bias: await read(present('bias'), 'bias'), weightScale: await read(present('weight_scale'), 'weight_scale') };
}

function channelValues(tensor: Tensor | undefined, channels: number, place: string): Float64Array | undefined {
  if (!tensor) return undefined;
  if (!sameShape(tensor.shape, [channels])) {
    throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; ${shapeText([channels])} is needed`);
  }
  return Float64Array.from(tensor.data);
}

async function readFrames(path: string, file: FloatLayerFile, key: 'sample' | 'calibration'): Promise<InputFrames | undefined> {
  const name = file[key];
  return name === undefined ? undefined : readSampleFrames(resolve(dirname(path), name), file.input);
}

/**
 * Writes a float layer: the JSON at `path`, and beside it `<base>.safetensors`, and `<base>.sample.npy` and `<base>.calibration.npy`
 * for the frames that the layer has.
 * The same layer always gives the same bytes.
 * @throws ShiftloomError('input') if the layer is inconsistent or the folder can't be written.
 */
export async function writeFloatLayer(path: string, layer: FloatLayer): Promise<void> {
  await writeStaged(floatLayerFiles(path, layer));
}

/** The files of a float layer, the JSON last: for writing many layers together. @throws ShiftloomError('input') if the layer is inconsistent. */
export function floatLayerFiles(path: string, layer: FloatLayer): StagedFile[] {
  checkFloatLayer(layer, path);
  const base = basename(path).replace(/(\.float)?\.json$/, '');
  const linear = layer.kind === 'linear';
  const { input, outChannels, kernel } = layer;
  const groupIn = input.channels / layer.groups;
  const dtype = layer.weight instanceof Float64Array ? 'float64' : 'float32';
  const tensors = new Map<string, Tensor>([
    ['weight', { dtype, shape: linear ? [outChannels, groupIn] : [outChannels, groupIn, ...kernel], data: layer.weight }],
    ['bias', { dtype: 'float64', shape: [outChannels], data: layer.bias }],
  ]);
  if (layer.weightScale) tensors.set('weight_scale', { dtype: 'float64', shape: [outChannels], data: layer.weightScale });
  const files: StagedFile[] = [
    { path: join(dirname(path), `${base}.safetensors`), content: encodeSafetensors(tensors, path) },
  ];
  for (const key of ['sample', 'calibration'] as const) {
    const given = layer[key];
    if (given) files.push({ path: join(dirname(path), `${base}.${key}.npy`), content: encodeFrames(given, input, path) });
  }
  return [...files, { path, content: formatJson(fileOf(layer, base, path)) }];
}

function encodeFrames({ frames, values }: InputFrames, { height, width, channels }: FloatLayer['input'], path: string): Uint8Array {
  const dtype = values instanceof Int32Array ? smallestType(values) : 'float32';
  return encodeNpy({ dtype, shape: [frames, height, width, channels], data: values }, path);
}

/** The smallest integer type that holds all values; samples are large. */
function smallestType(values: Int32Array): DType {
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  if (low < 0) return low >= -128 && high <= 127 ? 'int8' : low >= -32768 && high <= 32767 ? 'int16' : 'int32';
  return high <= 255 ? 'uint8' : high <= 65535 ? 'uint16' : 'int32';
}

function fileOf(layer: FloatLayer, base: string, path: string): object {
  const geometry = {
    kernel: layer.kernel,
    strides: layer.strides,
    pads: layer.pads,
    dilations: layer.dilations,
    groups: layer.groups,
  };
  return {
    $schema: schemaReference(path, FLOAT_LAYER_FILE, FLOAT_LAYER_REFERENCE),
    format: FLOAT_LAYER_FORMAT,
    version: 1,
    kind: layer.kind,
    name: layer.name,
    input: { ...layer.input, ...layer.inputFormat },
    output: { channels: layer.outChannels, ...layer.outputFormat },
    ...(layer.kind === 'conv2d' ? geometry : {}),
    activation: layer.activation,
    weightLayout: 'OIHW',
    tensors: `${base}.safetensors`,
    sample: layer.sample ? `${base}.sample.npy` : undefined,
    calibration: layer.calibration ? `${base}.calibration.npy` : undefined,
    source: layer.source,
  };
}
