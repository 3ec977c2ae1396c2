/** A trained stack as files: the network, a layer file for each stage, and the float network beside it. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blockWeights } from '../../generator/layer/blocks.js';
import { readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import type { DatasetName } from '../../generator/network/schema.js';
import { type LayerToWrite, type NodeToWrite, writeNetwork } from '../../generator/network/write.js';
import type { Tensor } from '../../generator/layer/tensor.js';
import type { FloatNet } from '../train/float_net.js';
import { weightCount, type StageShape } from '../train/stage.js';
import type { IntegerNet } from './stack_training.js';
import { inFileOrder, inStageOrder } from './stored_weights.js';
import { sumNode } from './sum_node.js';
import { LOGITS, PIXELS, activations, branches, layerToWrite, type ValueFormat } from './trained_layer.js';

const CLASSES: Readonly<Record<DatasetName, readonly string[]>> = {
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  'fashion-mnist': ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
};

/**
 * Writes a network of stages one behind the other, with the float network that its loss is told against.
 * @param path `NAME.network.json`
 * @param dense stages of the float network
 * @throws ShiftloomError if the network would be refused on reading, or the folder can't be written
 */
export async function writeStack(path: string, name: string, dataset: DatasetName, net: IntegerNet, dense: readonly StageShape[], float: FloatNet): Promise<void> {
  const layers = new Map<string, LayerToWrite>();
  net.stages.forEach((stage, i) => layers.set(stage.name, stackLayer(name, net, i)));
  const [{ inChannels, inSide }] = net.stages;
  const input = { channels: inChannels, height: inSide, width: inSide, bits: PIXELS.bits, signed: PIXELS.signed, zeroPoint: 0, scale: PIXELS.unit };
  await writeNetwork(path, { name, input, nodes: stackNodes(net), dataset, classes: [...CLASSES[dataset]] }, layers, floatTensors(dense, float));
}

/** Stage `i` of a stack as a layer. */
export function stackLayer(network: string, net: IntegerNet, i: number): LayerToWrite {
  const stage = net.stages[i];
  const output = stage.skip === undefined ? formatBehind(net, i) : branchFormat(net, i);
  return layerToWrite({ name: `${network}_${stage.name}`, stage, model: net.models[i], bias: net.biases[i].values, input: formatBehind(net, i - 1), output });
}

const formatBehind = ({ units }: Units, stage: number): ValueFormat => (stage < 0 ? PIXELS : units[stage] === undefined ? LOGITS : activations(units[stage]));
const branchFormat = ({ branchUnits }: Units, stage: number): ValueFormat => branches(branchUnits![stage]!);

type Units = Pick<IntegerNet, 'units' | 'branchUnits'>;

/** Nodes of stages one behind the other, sums with what is skipped, and the class of the largest logit. */
export function stackNodes(net: Units & Pick<IntegerNet, 'stages'>): NodeToWrite[] {
  const nodes: NodeToWrite[] = [];
  const behind: string[] = [];
  let [pools, sums] = [0, 0];
  net.stages.forEach(({ name, kind, kernel, pool, skip }, i) => {
    if (kind === 'linear' && kernel > 1) nodes.push({ op: 'flatten', name: 'flat' });
    nodes.push({ op: 'layer', name });
    if (skip !== undefined) {
      const skipped = net.stages.findIndex((stage) => stage.name === skip);
      nodes.push(sumNode(`add${++sums}`, [name, behind[skipped]], [branchFormat(net, i), formatBehind(net, skipped)], formatBehind(net, i)));
    }
    if (pool) nodes.push({ op: 'max_pool', name: `pool${++pools}`, kernel: [2, 2], strides: [2, 2] });
    behind.push(nodes[nodes.length - 1].name);
  });
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

const floatShape = ({ kind, outChannels, inChannels, kernel, blocks }: StageShape): number[] =>
  blocks ? [blockWeights(blocks)] : kind === 'linear' ? [outChannels, inChannels * kernel ** 2] : [outChannels, inChannels, kernel, kernel];

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

/** Weights and biases of a dense network. */
export const denseParameterCount = (stages: readonly StageShape[]): number => stages.reduce((sum, stage) => sum + weightCount(stage) + stage.outChannels, 0);
