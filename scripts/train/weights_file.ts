/**
 * The trained networks as .safetensors files in PyTorch's order: convolutions (out, in, height, width), linear layers
 * (out, in) with the inputs of `fc1` in the order channel, row, column. float32.
 */
import { ShiftloomError } from '../../generator/errors.js';
import { readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import { shapeText, type Tensor } from '../../generator/layer/tensor.js';
import { DENSE_NAMES, DENSE_SIZES, emptyDenseNet, type DenseNet } from './dense_net.js';
import { LAYER_NAMES, LAYER_SIZES, emptyLenet, type LayerName, type Lenet } from './lenet.js';

/** Channels of the map in front of each layer; the inputs of a weight are (position, channel) in memory. */
const CHANNELS: Readonly<Record<LayerName, number>> = { conv1: 1, conv2: 6, fc1: 16, fc2: 120 };

const FILE_SHAPES: Readonly<Record<LayerName, readonly number[]>> = {
  conv1: [6, 1, 5, 5],
  conv2: [16, 6, 5, 5],
  fc1: [120, 256],
  fc2: [10, 120],
};

/** Writes the network, rounded to float32. */
export async function writeLenet(path: string, net: Lenet): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const name of LAYER_NAMES) {
    tensors.set(`${name}.weight`, { dtype: 'float32', shape: FILE_SHAPES[name], data: toFileOrder(name, net[name].weight) });
    tensors.set(`${name}.bias`, { dtype: 'float32', shape: [LAYER_SIZES[name][1]], data: Float32Array.from(net[name].bias) });
  }
  await writeSafetensors(path, tensors);
}

/** @throws ShiftloomError `input` if the file is missing or of another network. */
export async function readLenet(path: string): Promise<Lenet> {
  const tensors = await readSafetensors(path);
  const net = emptyLenet();
  for (const name of LAYER_NAMES) {
    fromFileOrder(name, takeTensor(tensors, path, `${name}.weight`, FILE_SHAPES[name]), net[name].weight);
    net[name].bias.set(takeTensor(tensors, path, `${name}.bias`, [LAYER_SIZES[name][1]]));
  }
  return net;
}

function takeTensor(tensors: ReadonlyMap<string, Tensor>, path: string, name: string, shape: readonly number[]): ArrayLike<number> {
  const tensor = tensors.get(name);
  if (tensor === undefined || shapeText(tensor.shape) !== shapeText(shape)) {
    const found = tensor ? `has shape ${shapeText(tensor.shape)}` : 'is missing';
    throw new ShiftloomError('input', `${path} tensor '${name}'`, `${found}; ${shapeText(shape)} is needed`);
  }
  return tensor.data;
}

/** Writes LeNet-300-100, rounded to float32: `fc1.weight` (300, 784) and so on. */
export async function writeDenseNet(path: string, net: DenseNet): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const name of DENSE_NAMES) {
    const [inputs, outputs] = DENSE_SIZES[name];
    tensors.set(`${name}.weight`, { dtype: 'float32', shape: [outputs, inputs], data: Float32Array.from(turned(net[name].weight, inputs, outputs)) });
    tensors.set(`${name}.bias`, { dtype: 'float32', shape: [outputs], data: Float32Array.from(net[name].bias) });
  }
  await writeSafetensors(path, tensors);
}

/** @throws ShiftloomError `input` if the file is missing or of another network. */
export async function readDenseNet(path: string): Promise<DenseNet> {
  const tensors = await readSafetensors(path);
  const net = emptyDenseNet();
  for (const name of DENSE_NAMES) {
    const [inputs, outputs] = DENSE_SIZES[name];
    net[name].weight.set(turned(takeTensor(tensors, path, `${name}.weight`, [outputs, inputs]), outputs, inputs));
    net[name].bias.set(takeTensor(tensors, path, `${name}.bias`, [outputs]));
  }
  return net;
}

/** (rows, columns) to (columns, rows). */
function turned(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) out[(i % columns) * rows + Math.floor(i / columns)] = values[i];
  return out;
}

/** A layer's weight (position, channel, out) as (out, channel, position), in float32. */
export function toFileOrder(name: LayerName, weight: Float64Array): Float32Array {
  const out = new Float32Array(weight.length);
  forEachWeight(name, (inFile, inMemory) => (out[inFile] = weight[inMemory]));
  return out;
}

function fromFileOrder(name: LayerName, stored: ArrayLike<number>, weight: Float64Array): void {
  forEachWeight(name, (inFile, inMemory) => (weight[inMemory] = stored[inFile]));
}

function forEachWeight(name: LayerName, visit: (inFile: number, inMemory: number) => void): void {
  const [inputs, outputs] = LAYER_SIZES[name];
  const channels = CHANNELS[name];
  const positions = inputs / channels;
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < positions; p++) visit((o * channels + c) * positions + p, (p * channels + c) * outputs + o);
    }
  }
}
