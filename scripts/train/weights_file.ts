/**
 * The trained network as a .safetensors file in PyTorch's order: convolutions (out, in, height, width), linear layers
 * (out, in) with the inputs of `fc1` in the order channel, row, column. float32.
 */
import { ShiftloomError } from '../../generator/errors.js';
import { readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import { shapeText, type Tensor } from '../../generator/layer/tensor.js';
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
  const take = (name: string, shape: readonly number[]): ArrayLike<number> => {
    const tensor = tensors.get(name);
    if (tensor === undefined || shapeText(tensor.shape) !== shapeText(shape)) {
      const found = tensor ? `has shape ${shapeText(tensor.shape)}` : 'is missing';
      throw new ShiftloomError('input', `${path} tensor '${name}'`, `${found}; ${shapeText(shape)} is needed`);
    }
    return tensor.data;
  };
  for (const name of LAYER_NAMES) {
    fromFileOrder(name, take(`${name}.weight`, FILE_SHAPES[name]), net[name].weight);
    net[name].bias.set(take(`${name}.bias`, [LAYER_SIZES[name][1]]));
  }
  return net;
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
