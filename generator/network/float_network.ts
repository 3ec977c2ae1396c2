/**
 * The trained network on real numbers, as far as its reference holds it: weights and biases of `reference.float`, the topology of the description, and the
 * activations of its layers and sums. What this gives is what compression is measured against.
 */
import { dirname, resolve } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { argmax } from '../golden/argmax.js';
import { sumsOfProducts } from '../golden/convolution.js';
import { maxPool } from '../golden/max_pool.js';
import { blockWeights, densePositions } from '../layer/blocks.js';
import { sameShape } from '../layer/frames.js';
import { readSafetensors } from '../layer/safetensors.js';
import type { BlockTensors } from '../layer/layer.js';
import type { Activation } from '../layer/schema.js';
import { type Tensor, shapeText } from '../layer/tensor.js';
import { type FrameValues, type NetworkRunOptions, forward, overBatches } from './golden_network.js';
import type { LayerNode, MapFormat, Network, NetworkNode } from './network.js';

/** Real weights of a layer node. */
export interface FloatWeights {
  /** (out, in / groups, kernel height, kernel width). */
  readonly weight: Float64Array;
  /** (out). */
  readonly bias: Float64Array;
}

/** Weights by the name of the layer's node. */
export type FloatReference = ReadonlyMap<string, FloatWeights>;

/**
 * Reads the float network that a description names; undefined if it names none.
 * @throws ShiftloomError('input') for a missing tensor or a wrong shape
 */
export async function readFloatReference(network: Network): Promise<FloatReference | undefined> {
  const file = network.description.reference?.float;
  if (file === undefined) return undefined;
  const path = resolve(dirname(network.path ?? '.'), file);
  return floatReference(network, await readSafetensors(path), path);
}

/** Weights from tensors `<node>.weight` and `<node>.bias`; `place` names them in messages. @throws ShiftloomError('input') */
export function floatReference({ nodes }: Network, tensors: ReadonlyMap<string, Tensor>, place: string): FloatReference {
  const tensorOf = (name: string, shapes: readonly (readonly number[])[]): Float64Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new ShiftloomError('input', place, `has no tensor '${name}'`, `It has: ${[...tensors.keys()].join(', ')}`);
    if (!shapes.some((shape) => sameShape(tensor.shape, shape))) {
      throw new ShiftloomError('input', place, `tensor '${name}' has shape ${shapeText(tensor.shape)}; the layer needs ${shapes.map(shapeText).join(' or ')}`);
    }
    return Float64Array.from(tensor.data);
  };
  const layers = nodes.filter((node) => node.op === 'layer');
  return new Map(
    layers.map(({ name, layer: { geometry: g, blocks } }) => {
      const flat = g.kernelHeight * g.kernelWidth === 1 ? [[g.outChannels, g.groupInChannels]] : [];
      const inBlocks = blocks ? [[blockWeights(blocks.tensors)]] : [];
      const weight = tensorOf(`${name}.weight`, [[g.outChannels, g.groupInChannels, g.kernelHeight, g.kernelWidth], ...flat, ...inBlocks]);
      return [name, { weight: blocks && tensors.get(`${name}.weight`)!.shape.length === 1 ? denseWeights(weight, blocks.tensors) : weight, bias: tensorOf(`${name}.bias`, [[g.outChannels]]) }] as const;
    }),
  );
}

/** The whole matrix, (out, in), of a float network that was trained under the layer's mask and is stored as its blocks. */
function denseWeights(weight: Float64Array, blocks: BlockTensors): Float64Array {
  const dense = new Float64Array(blocks.inputOrder.length * blocks.outputOrder.length);
  densePositions(blocks).forEach((position, i) => (dense[position] = weight[i]));
  return dense;
}

/**
 * Real outputs of `count` frames; classes (indices) if the network ends in an argmax.
 * @param frames (count, height, width, channels), integers of the network's input format
 * @throws ShiftloomError('input') if the network's input has no scale
 */
export function floatNetwork(network: Network, reference: FloatReference, frames: FrameValues, count: number, options: Pick<NetworkRunOptions, 'batch' | 'onProgress'> = {}): Float64Array {
  const { scale, zeroPoint } = network.input;
  if (scale === undefined) {
    throw new ShiftloomError('input', `network ${network.description.name} $.input.scale`, 'is missing; the float network needs the real value of one unit', 'Give the scale that pixels had in training, as 0.00392157 for 1/255');
  }
  return overBatches<Float64Array>(network, frames, count, options.batch, Float64Array, (input, first, size) => {
    const output = forward<Float64Array>(network, input.map((x) => scale * (x - zeroPoint)), (node, inputs) => floatNode(node, reference, inputs, size));
    options.onProgress?.(first + size);
    return output;
  });
}

function floatNode(node: NetworkNode, reference: FloatReference, inputs: readonly Float64Array[], count: number): Float64Array {
  switch (node.op) {
    case 'layer':
      return floatLayer(node, reference.get(node.name)!, inputs[0], count);
    case 'max_pool':
      return maxPool(inputs[0], node.inputFormats[0], node.description, count);
    case 'flatten':
      return inputs[0];
    case 'add':
      return activated(inputs[0].map((a, i) => a + inputs[1][i]), node.description.activation, node.output, node.name);
    case 'argmax':
      return Float64Array.from(argmax(inputs[0], node.inputFormats[0].channels));
  }
}

function floatLayer({ name, layer, output }: LayerNode, { weight, bias }: FloatWeights, input: Float64Array, count: number): Float64Array {
  const sums = sumsOfProducts(layer.geometry, weight, input, count);
  for (let i = 0; i < sums.length; i++) sums[i] += bias[i % bias.length];
  return activated(sums, layer.description.activation, output, name);
}

/** In place. The bounds of a clip are in output units, so that they need the output's scale. */
function activated(values: Float64Array, activation: Activation, { scale, zeroPoint }: MapFormat, name: string): Float64Array {
  if (activation.kind === 'none') return values;
  let [low, high] = [0, Infinity];
  if (activation.kind === 'clip') {
    if (scale === undefined) throw new ShiftloomError('input', `node "${name}"`, 'clips its output and gives no output scale, so the float network does not know the bounds', 'Give output.scale');
    [low, high] = [scale * (activation.min - zeroPoint), scale * (activation.max - zeroPoint)];
  }
  for (let i = 0; i < values.length; i++) values[i] = Math.max(low, Math.min(high, values[i]));
  return values;
}
