/** A trained network's files: float weights, and the compressed network as a chain of layer descriptions that every command takes. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { integerBias, multiplierFactors } from '../../generator/compress/requantization.js';
import { ShiftloomError } from '../../generator/errors.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import type { Layer, StoredTensors } from '../../generator/layer/layer.js';
import { readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import { LAYER_FORMAT, SCHEMA_VERSION } from '../../generator/layer/schema.js';
import { shapeText, type Tensor } from '../../generator/layer/tensor.js';
import { writeLayer, type DescriptionToWrite } from '../../generator/layer/write.js';
import { FACTOR_SHIFT } from '../train/cp_model.js';
import type { FloatNet } from '../train/float_net.js';
import { uniformIntegers } from '../train/layer_models.js';
import type { StageShape } from '../train/stage.js';
import { floatFile, layerFile, type NetworkJob } from './network_jobs.js';
import { DENSE_BITS, type TunedNet } from './network_training.js';

const PIXEL_UNIT = 1 / 255;
const MULTIPLIER_BITS = 16;
const LOGIT_BITS = 16;
/** Logits beyond this size are clamped; those of images are about a tenth of it. */
const LARGEST_LOGIT = 256;

const weightShape = ({ outChannels, inChannels, kernel }: StageShape): number[] => [outChannels, inChannels, kernel, kernel];

/** Writes the float network, float32. */
export async function writeFloatNet(job: NetworkJob, { weights, biases }: FloatNet, path = floatFile(job)): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const [i, stage] of job.stages.entries()) {
    tensors.set(`${stage.name}.weight`, { dtype: 'float32', shape: weightShape(stage), data: weights[i] });
    tensors.set(`${stage.name}.bias`, { dtype: 'float32', shape: [stage.outChannels], data: biases[i] });
  }
  mkdirSync(dirname(path), { recursive: true });
  await writeSafetensors(path, tensors);
}

/** @throws ShiftloomError `input` if the file is missing or of another network */
export async function readFloatNet(job: NetworkJob, path = floatFile(job)): Promise<FloatNet> {
  const tensors = await readSafetensors(path);
  const take = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor && shapeText(tensor.shape) === shapeText(shape)) return Float32Array.from(tensor.data);
    throw new ShiftloomError('input', `${path} tensor '${name}'`, `${tensor ? `has shape ${shapeText(tensor.shape)}` : 'is missing'}; ${shapeText(shape)} is needed`, 'Train the network again: npm run train:cp');
  };
  return {
    weights: job.stages.map((stage) => take(`${stage.name}.weight`, weightShape(stage))),
    biases: job.stages.map((stage) => take(`${stage.name}.bias`, [stage.outChannels])),
  };
}

/** A layer of the compressed network with what follows it. */
export interface ChainLayer {
  readonly layer: Layer;
  readonly stage: StageShape;
}

/** The committed compressed network. @throws ShiftloomError `input` if a file is missing or wrong */
export async function readChain(job: NetworkJob): Promise<ChainLayer[]> {
  return Promise.all(job.stages.map(async (stage) => ({ layer: await readLayer(layerFile(job, stage)), stage })));
}

/** Writes the compressed network as it was trained. */
export async function writeChain(job: NetworkJob, net: TunedNet, pathOf = (stage: StageShape) => layerFile(job, stage)): Promise<void> {
  for (const [i, stage] of job.stages.entries()) {
    const { description, tensors } = storedStage(job, net, i);
    const path = pathOf(stage);
    mkdirSync(dirname(path), { recursive: true });
    await writeLayer(path, description, tensors);
  }
}

/** The description of stage `i` with its integers. */
export function storedStage(job: Pick<NetworkJob, 'id' | 'ranks' | 'lanes'>, net: TunedNet, i: number): { description: DescriptionToWrite; tensors: StoredTensors } {
  const stage = net.stages[i];
  const inputUnit = i === 0 ? PIXEL_UNIT : net.units[i - 1]!;
  const outputUnit = net.units[i] ?? LARGEST_LOGIT / 2 ** (LOGIT_BITS - 1);
  const weights = integerWeights(stage, net, i);
  const { multiplier, shift } = multiplierFactors(
    weights.scale.map((scale) => (scale * inputUnit) / outputUnit),
    new Float64Array(stage.outChannels).fill(255),
    MULTIPLIER_BITS,
    false,
  );
  const bias = integerBias(Float64Array.from(net.biases[i].values), weights.scale, inputUnit);
  const { stored } = weights;
  const output = stage.relu ? { bits: 8, signed: false } : { bits: LOGIT_BITS, signed: true };
  const common = {
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    name: `${job.id}_${stage.name}`,
    input: { channels: stage.inChannels, height: stage.inSide, width: stage.inSide, bits: 8, signed: false, zeroPoint: 0, scale: inputUnit },
    output: { channels: stage.outChannels, ...output, zeroPoint: 0, scale: outputUnit },
    weights: stored.factors ? factorEncoding(job, stage, stored.factors.kernel !== undefined) : { encoding: 'uniform', bits: DENSE_BITS },
    requantize: { form: 'multiplier', bits: MULTIPLIER_BITS },
    activation: { kind: stage.relu ? 'relu' : 'none' },
  } as const;
  const description = (isVector(stage) ? { kind: 'linear', ...common } : { kind: 'conv2d', ...common, ...geometry(stage) }) as DescriptionToWrite;
  return { description, tensors: { ...stored, bias, multiplier, shift } };
}

/** A linear stage on a map of one position; one on a larger map is described as a convolution with a kernel of the map's size. */
const isVector = ({ kind, inSide }: StageShape): boolean => kind === 'linear' && inSide === 1;

function geometry({ kernel, pad }: StageShape) {
  return { kernel: [kernel, kernel], strides: [1, 1], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 };
}

function integerWeights(stage: StageShape, net: TunedNet, i: number): { readonly scale: Float64Array; readonly stored: Pick<StoredTensors, 'weight' | 'factors'> } {
  const model = net.factors[i];
  if (!model) {
    const { integers, scale } = uniformIntegers(net.models[i].trained[0].values, stage.outChannels, DENSE_BITS);
    return { scale, stored: { weight: integers } };
  }
  const { output, input, kernel, recodeShift, scale } = model.integers();
  return { scale, stored: { factors: { output, input, ...(isVector(stage) ? {} : { kernel }), recodeShift } } };
}

function factorEncoding({ ranks, lanes }: Pick<NetworkJob, 'ranks' | 'lanes'>, stage: StageShape, spatial: boolean) {
  const pot = { encoding: 'pot', maxShift: FACTOR_SHIFT } as const;
  const factors = { output: pot, input: pot, ...(spatial ? { kernel: pot } : {}) };
  return { encoding: 'cp', form: spatial ? 'spatial' : 'matrix', rank: ranks[stage.name], blocks: 1, factors, recode: lanes } as const;
}
