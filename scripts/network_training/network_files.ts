/** A trained stack as files: the network, a layer file for each stage, and the dense float network beside it. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import type { DatasetName } from '../../generator/network/schema.js';
import { type LayerToWrite, type NodeToWrite, writeNetwork } from '../../generator/network/write.js';
import type { Tensor } from '../../generator/layer/tensor.js';
import type { FloatNet } from '../train/float_net.js';
import { weightCount, type StageShape } from '../train/stage.js';
import type { IntegerNet } from './stack_training.js';
import { inFileOrder, inStageOrder } from './stored_weights.js';
import { LOGITS, PIXELS, activations, layerToWrite, type ValueFormat } from './trained_layer.js';

const CLASSES: Readonly<Record<DatasetName, readonly string[]>> = {
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  'fashion-mnist': ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
};

/**
 * Writes a network of stages one behind the other, with the dense float network that its loss is told against.
 * @param path `NAME.network.json`
 * @param dense stages of the float network
 * @throws ShiftloomError if the network would be refused on reading, or the folder can't be written
 */
export async function writeStack(path: string, name: string, dataset: DatasetName, net: IntegerNet, dense: readonly StageShape[], float: FloatNet): Promise<void> {
  const layers = new Map<string, LayerToWrite>();
  net.stages.forEach((stage, i) => layers.set(stage.name, stackLayer(name, net, i)));
  const [{ inChannels, inSide }] = net.stages;
  const input = { channels: inChannels, height: inSide, width: inSide, bits: PIXELS.bits, signed: PIXELS.signed, zeroPoint: 0, scale: PIXELS.unit };
  await writeNetwork(path, { name, input, nodes: stackNodes(net.stages), dataset, classes: [...CLASSES[dataset]] }, layers, floatTensors(dense, float));
}

/** Stage `i` of a stack as a layer. */
export function stackLayer(network: string, net: IntegerNet, i: number): LayerToWrite {
  const formatBehind = (at: number): ValueFormat => (at < 0 ? PIXELS : net.units[at] === undefined ? LOGITS : activations(net.units[at]));
  const stage = net.stages[i];
  return layerToWrite({
    name: `${network}_${stage.name}`, stage, model: net.models[i], bias: net.biases[i].values, input: formatBehind(i - 1), output: formatBehind(i),
  });
}

/** Nodes of stages one behind the other, and the class of the largest logit. */
export function stackNodes(stages: readonly StageShape[]): NodeToWrite[] {
  const nodes: NodeToWrite[] = [];
  let pools = 0;
  for (const { name, kind, kernel, pool } of stages) {
    if (kind === 'linear' && kernel > 1) nodes.push({ op: 'flatten', name: 'flat' });
    nodes.push({ op: 'layer', name });
    if (pool) nodes.push({ op: 'max_pool', name: `pool${++pools}`, kernel: [2, 2], strides: [2, 2] });
  }
  return [...nodes, { op: 'argmax', name: 'class' }];
}

/** `<stage>.weight` and `<stage>.bias` of a float network, in float16: a hundredth of what 8-bit integers lose. */
export function floatTensors(stages: readonly StageShape[], { weights, biases }: FloatNet): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  stages.forEach((stage, i) => {
    tensors.set(`${stage.name}.weight`, { dtype: 'float16', shape: floatShape(stage), data: inFileOrder(stage, weights[i]) });
    tensors.set(`${stage.name}.bias`, { dtype: 'float16', shape: [stage.outChannels], data: biases[i] });
  });
  return tensors;
}

const floatShape = ({ kind, outChannels, inChannels, kernel }: StageShape): number[] =>
  kind === 'linear' ? [outChannels, inChannels * kernel ** 2] : [outChannels, inChannels, kernel, kernel];

/** Where `writeStack` puts the float network of a network file. */
export const floatFile = (path: string): string => join(dirname(path), 'float.safetensors');

/** Writes the float network by itself, as `writeStack` does beside the rest. */
export async function writeFloatNet(path: string, stages: readonly StageShape[], float: FloatNet): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, floatTensors(stages, float));
}

/** The float network as it was written. @throws ShiftloomError('input') if a tensor is missing */
export async function readFloatNet(path: string, stages: readonly StageShape[]): Promise<FloatNet> {
  const tensors = await readSafetensors(path, stages.flatMap(({ name }) => [`${name}.weight`, `${name}.bias`]));
  return {
    weights: stages.map((stage) => inStageOrder(stage, Float32Array.from(tensors.get(`${stage.name}.weight`)!.data))),
    biases: stages.map(({ name }) => Float32Array.from(tensors.get(`${name}.bias`)!.data)),
  };
}

/** Weights and biases of a network as they are stored: of blocks only what is in them, of factors their values and recode shifts. */
export function parameterCount({ stages, models }: Pick<IntegerNet, 'stages' | 'models'>): number {
  return models.reduce((sum, model, i) => sum + model.storedCount + stages[i].outChannels, 0);
}

/** Weights and biases of a dense network. */
export const denseParameterCount = (stages: readonly StageShape[]): number => stages.reduce((sum, stage) => sum + weightCount(stage) + stage.outChannels, 0);
