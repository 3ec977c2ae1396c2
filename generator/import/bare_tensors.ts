/**
 * Importers of files that hold named tensors and no geometry: .safetensors, .npy and the tfjs weights manifest. What the file
 * does not say (map size, strides, pads, groups, activation) comes from the request.
 */
import { basename } from 'node:path';
import { ShiftloomError, nearestName } from '../errors.js';
import { sameShape } from '../layer/frames.js';
import { readNpy } from '../layer/npy.js';
import { listSafetensors, readSafetensors } from '../layer/safetensors.js';
import { type Tensor, elementCount, shapeText } from '../layer/tensor.js';
import { type FloatLayer, checkFloatLayer } from './float_layer.js';
import type { ImportRequest, Importer, ModelLayer } from './importer.js';
import { readSampleFrames } from './sample_frames.js';
import { listManifest, readManifestTensors } from './tfjs_manifest.js';
import { type WeightLayout, kernelToOihw } from './weight_layout.js';

/** A file of named tensors. */
interface TensorSource {
  readonly layout: WeightLayout;
  list(path: string): Promise<readonly { name: string; shape: readonly number[] }[]>;
  read(path: string, names: readonly string[]): Promise<Map<string, Tensor>>;
}

const safetensors: TensorSource = { layout: 'OIHW', list: listSafetensors, read: readSafetensors };
const manifest: TensorSource = { layout: 'HWIO', list: listManifest, read: readManifestTensors };
const npy: TensorSource = {
  layout: 'OIHW',
  list: async (path) => [{ name: basename(path, '.npy'), shape: (await readNpy(path)).shape }],
  read: async (path) => new Map([[basename(path, '.npy'), await readNpy(path)]]),
};

const startsWith = (head: Uint8Array, text: string) => Buffer.from(head.subarray(0, text.length)).toString('latin1') === text;

export const safetensorsImporter = importerOf('safetensors', safetensors, (path) => path.endsWith('.safetensors'));
export const npyImporter = importerOf('npy', npy, (path, head) => path.endsWith('.npy') || startsWith(head, '\x93NUMPY'));
export const manifestImporter = importerOf('tfjs weights manifest', manifest, (path, head) => {
  const text = Buffer.from(head).toString('latin1').trimStart();
  return path.endsWith('-weights_manifest.json') || (path.endsWith('.json') && text.startsWith('['));
});

function importerOf(format: string, source: TensorSource, accepts: Importer['accepts']): Importer {
  return {
    format,
    accepts,
    list: async (path) => (await source.list(path)).filter((t) => t.shape.length === 4 || t.shape.length === 2).map(modelLayer),
    read: (path, request) => readBareLayer(source, path, request),
  };
}

function modelLayer({ name, shape }: { name: string; shape: readonly number[] }): ModelLayer {
  return { name, kind: shape.length === 4 ? 'conv2d' : 'linear', shape, parameters: elementCount(shape) };
}

async function readBareLayer(source: TensorSource, path: string, request: ImportRequest): Promise<FloatLayer> {
  const entries = await source.list(path);
  const chosen = chooseWeight(entries, path, request.layer);
  const biasName = request.bias ?? customaryBias(chosen, entries);
  const tensors = await source.read(path, biasName === undefined ? [chosen.name] : [chosen.name, biasName]);
  const layout = request.weightLayout ?? source.layout;
  const groups = request.groups ?? 1;
  const linear = chosen.shape.length === 2;
  const shape = oihwShape(chosen.shape, layout, groups, linear);
  const bias = biasName === undefined ? undefined : tensors.get(biasName)!;
  if (bias && !sameShape(bias.shape, [shape[0]])) {
    throw new ShiftloomError('input', `${path} tensor '${biasName}'`, `has shape ${shapeText(bias.shape)}; a bias of ${shape[0]} channels is needed`);
  }
  const [height, width] = request.inputSize ?? [1, 1];
  if (!linear && !request.inputSize) {
    throw new ShiftloomError('usage', path, 'does not say how large the input map is', 'Give the height and width of the input');
  }
  const input = { channels: shape[1] * groups, height, width };
  const layer: FloatLayer = {
    name: request.name ?? identifierOf(chosen.name),
    kind: linear ? 'linear' : 'conv2d',
    input,
    outChannels: shape[0],
    kernel: [shape[2], shape[3]],
    strides: request.strides ?? [1, 1],
    pads: request.pads ?? [0, 0, 0, 0],
    dilations: request.dilations ?? [1, 1],
    groups,
    weight: kernelToOihw(tensors.get(chosen.name)!, layout, shape, linear, `${path} tensor '${chosen.name}'`),
    bias: bias ? Float64Array.from(bias.data) : new Float64Array(shape[0]),
    activation: request.activation ?? { kind: 'none' },
    inputFormat: { bits: 8, signed: false, zeroPoint: 0, ...request.inputFormat },
    outputFormat: request.outputFormat,
    sample: request.samplePath === undefined ? undefined : await readSampleFrames(request.samplePath, input),
    calibration: request.calibrationPath === undefined ? undefined : await readSampleFrames(request.calibrationPath, input),
    source: `${chosen.name} of ${basename(path)}`,
  };
  checkFloatLayer(layer, path);
  return layer;
}

type Entry = { readonly name: string; readonly shape: readonly number[] };

function chooseWeight(entries: readonly Entry[], path: string, name: string | undefined): Entry {
  const weights = entries.filter((e) => e.shape.length === 4 || e.shape.length === 2);
  if (name === undefined && weights.length === 1) return weights[0];
  const names = weights.map((e) => e.name);
  const some = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
  if (name === undefined) throw new ShiftloomError('usage', path, `holds ${names.length} kernels; name the one to import`, `It has: ${some}`);
  const chosen = entries.find((e) => e.name === name);
  if (!chosen) {
    const near = nearestName(name, names);
    throw new ShiftloomError('input', path, `has no tensor '${name}'`, near ? `Did you mean '${near}'?` : `It has: ${some}`);
  }
  if (!weights.includes(chosen)) {
    throw new ShiftloomError('input', `${path} tensor '${name}'`, `has shape ${shapeText(chosen.shape)}; a kernel has 4 dimensions, a matrix 2`);
  }
  return chosen;
}

function customaryBias(weight: Entry, entries: readonly Entry[]): string | undefined {
  const candidates = ['bias', 'biases'].map((b) => weight.name.replace(/(kernel|weights?|filters?)$/, b));
  return entries.find((e) => e.shape.length === 1 && candidates.includes(e.name))?.name;
}

/** (O, I, H, W) of a stored kernel; a TensorFlow depthwise kernel (H, W, C, M) has C groups and C*M output channels. */
function oihwShape(shape: readonly number[], layout: WeightLayout, groups: number, linear: boolean): [number, number, number, number] {
  if (linear) return layout === 'OIHW' ? [shape[0], shape[1], 1, 1] : [shape[1], shape[0], 1, 1];
  if (layout === 'OIHW') return [shape[0], shape[1], shape[2], shape[3]];
  const depthwise = groups > 1 && shape[2] === groups;
  return depthwise ? [shape[2] * shape[3], 1, shape[0], shape[1]] : [shape[3], shape[2], shape[0], shape[1]];
}

/** `Prediction/Conv2d_1_pointwise/weights` becomes `prediction_conv2d_1_pointwise`. */
export function identifierOf(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+(kernel|weights?|filters?)$/, '').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `layer_${plain}`).slice(0, 40).replace(/_+$/, '');
}
