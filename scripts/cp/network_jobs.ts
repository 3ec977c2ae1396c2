/** The networks with layers of quantized factors: their shapes, ranks, and how each is trained. */
import { join } from 'node:path';
import { projectRoot } from '../project.js';
import type { LaneEncoding } from '../train/cp_model.js';
import { readFashion } from '../../generator/data/fashion.js';
import { readDigits, type Digits } from '../../generator/data/mnist.js';
import { LENET5, VGG } from '../train/network_shapes.js';
import { weightCount, type StageShape } from '../train/stage.js';

export interface TuningRound {
  readonly epochs: number;
  /** Adam's rate at the start of the round; it falls to zero. */
  readonly rate: number;
  readonly seed: number;
}

export interface NetworkJob {
  /** Name of the files, and prefix of the layers' names. */
  readonly id: string;
  readonly network: string;
  readonly dataset: string;
  readonly stages: readonly StageShape[];
  /** Rank of each compressed layer. */
  readonly ranks: Readonly<Record<string, number>>;
  readonly lanes: LaneEncoding;
  readonly floatEpochs: number;
  /** Training with factors, in rounds: each starts from the integers that the one before it left. */
  readonly tuning: readonly TuningRound[];
  read(part: 'train' | 'test'): Digits;
}

const POT: LaneEncoding = { encoding: 'pot', maxShift: 6 };
const LENET = { network: 'LeNet-5', stages: LENET5, ranks: { c5: 29 }, lanes: POT };
const SMALL_VGG = { network: 'VGG-style', stages: VGG, ranks: { conv4: 13, conv5: 18 }, lanes: POT };
const FASHION = { dataset: 'Fashion-MNIST', read: readFashion };
const MNIST = { dataset: 'MNIST', read: readDigits };

export const NETWORK_JOBS: readonly NetworkJob[] = [
  { id: 'lenet5_mnist', ...LENET, ...MNIST, floatEpochs: 5, tuning: [{ epochs: 3, rate: 1.5e-3, seed: 2 }] },
  { id: 'vgg_mnist', ...SMALL_VGG, ...MNIST, floatEpochs: 2, tuning: [{ epochs: 2, rate: 1.5e-3, seed: 2 }] },
  { id: 'lenet5_fashion', ...LENET, ...FASHION, floatEpochs: 6, tuning: [{ epochs: 5, rate: 1.5e-3, seed: 2 }, { epochs: 4, rate: 1e-3, seed: 3 }, { epochs: 3, rate: 1e-3, seed: 4 }] },
  { id: 'vgg_fashion', ...SMALL_VGG, ...FASHION, ranks: { conv5: 19 }, floatEpochs: 4, tuning: [{ epochs: 2, rate: 5e-4, seed: 2 }, { epochs: 3, rate: 1.2e-3, seed: 3 }] },
];

/** Committed float weights. */
export const floatFile = ({ id }: NetworkJob): string => join(projectRoot(), 'examples', 'cp', id, 'float.safetensors');
/** Committed description of a compressed network's layer. */
export const layerFile = ({ id }: NetworkJob, stage: StageShape): string => join(projectRoot(), 'examples', 'cp', id, `${stage.name}.layer.json`);

export interface ParameterCounts {
  /** Weights of the layers that are compressed, before. */
  readonly dense: number;
  /** Their factors and recode shifts. */
  readonly stored: number;
  /** All weights of the network, before and after; biases and requantization not counted. */
  readonly networkDense: number;
  readonly networkStored: number;
}

export function parameterCounts({ stages, ranks }: Pick<NetworkJob, 'stages' | 'ranks'>): ParameterCounts {
  let [dense, stored, networkDense] = [0, 0, 0];
  for (const stage of stages) {
    networkDense += weightCount(stage);
    const rank = ranks[stage.name];
    if (rank === undefined) continue;
    dense += weightCount(stage);
    stored += rank * (stage.outChannels + stage.inChannels + stage.kernel ** 2) + stage.outChannels;
  }
  return { dense, stored, networkDense, networkStored: networkDense - dense + stored };
}
