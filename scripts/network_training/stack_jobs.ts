/** Networks that are stacks of stages, what compresses each of their stages, and how they are trained. */
import type { DatasetName } from '../../generator/network/schema.js';
import type { LaneEncoding } from '../train/cp_model.js';
import { LENET5_WIDE, LENET_300_100 } from '../train/network_shapes.js';
import type { TrainedEncoding } from '../train/quantized_model.js';
import type { StageShape } from '../train/stage.js';
import type { BlockInputs } from './blocks_of_neighbours.js';

export interface Fitting {
  readonly epochs: number;
  /** Adam's rate at the start; it falls to zero. */
  readonly rate: number;
  readonly seed: number;
  /** Name of the first stage that is trained; what the ones before it give is computed once. Default: all are. */
  readonly from?: string;
}

/** What a stage's weights become. */
export interface StageCompression {
  /** A permuted block diagonal, for training from the start: how many blocks, and the seed of the permutations. */
  readonly blocks?: { readonly count: number; readonly seed: number; readonly inputs?: BlockInputs };
  /** Encoding of the weights, or quantized factors that are recoded to `lanes`. */
  readonly weights: TrainedEncoding | { readonly encoding: 'cp'; readonly rank: number; readonly lanes: LaneEncoding };
}

export interface StackJob {
  /** Name of the network and of its folder. */
  readonly id: string;
  readonly dataset: DatasetName;
  /** The dense network. */
  readonly stages: readonly StageShape[];
  /** By the name of the stage. */
  readonly compression: Readonly<Record<string, StageCompression>>;
  readonly float: Fitting;
  /** Real weights under the masks; left out where there are none. */
  readonly masked?: Fitting;
  /** On integers. */
  readonly integers: Fitting;
  /** The dense float network is too large to lie beside the network: the masked one does. */
  readonly largeFloat?: boolean;
  /** How many of the training images are used once the float network is there, the first ones; default all. */
  readonly images?: number;
}

const POT = { encoding: 'pot', maxShift: 6 } as const;

/** 12 blocks of patches of 65 or 66 pixels and 25 neurons, 6 of 50 neurons and 16 or 17. */
const blocks300100 = (weights: TrainedEncoding) => ({
  fc1: { blocks: { count: 12, seed: 1, inputs: 'patches' }, weights },
  fc2: { blocks: { count: 6, seed: 2 }, weights },
  fc3: { weights },
} as const);

const BPOT = { encoding: 'bpot', groupSize: 8, maxExponent: 3 } as const;
/** 16 blocks of 32 inputs and 16 neurons; what is around them is dense. */
const BLOCKS_LENET5 = {
  conv1: { weights: POT },
  conv2: { weights: BPOT },
  fc1: { blocks: { count: 16, seed: 1 }, weights: BPOT },
  fc2: { weights: BPOT },
} as const;

const LENET5_JOB = {
  stages: LENET5_WIDE,
  float: { epochs: 6, rate: 2e-3, seed: 1 },
  masked: { epochs: 15, rate: 2e-3, seed: 2, from: 'fc1' },
  integers: { epochs: 4, rate: 1e-3, seed: 3 },
} as const;

const LENET_300_100_JOB = {
  stages: LENET_300_100,
  float: { epochs: 8, rate: 1e-3, seed: 1 },
  masked: { epochs: 24, rate: 2e-3, seed: 2 },
  integers: { epochs: 10, rate: 1e-3, seed: 3 },
} as const;

export const STACK_JOBS: readonly StackJob[] = [
  { id: 'lenet_300_100_mnist', dataset: 'mnist', ...LENET_300_100_JOB, compression: blocks300100(POT) },
  { id: 'lenet_300_100_fashion', dataset: 'fashion-mnist', ...LENET_300_100_JOB, compression: blocks300100({ encoding: 'apot' }) },
  { id: 'lenet5_block_mnist', dataset: 'mnist', ...LENET5_JOB, compression: BLOCKS_LENET5 },
  { id: 'lenet5_cp_block_mnist', dataset: 'mnist', ...LENET5_JOB, compression: { ...BLOCKS_LENET5, conv2: { weights: { encoding: 'cp', rank: 17, lanes: POT } } } },
];
