/** The networks of more than a few layers: convolutions deeper than LeNet's, skip connections, and Deep MNIST. */
import { DEEP_MNIST, RESIDUAL, VGG } from '../train/network_shapes.js';
import type { TrainedEncoding } from '../train/quantized_model.js';
import type { StageShape } from '../train/stage.js';
import type { StackJob, StageCompression } from './stack_jobs.js';

const POT: TrainedEncoding = { encoding: 'pot', maxShift: 6 };
const BPOT: TrainedEncoding = { encoding: 'bpot', groupSize: 8, maxExponent: 3 };

/** `first` for the first stage, which has one input channel, and `rest` for the others. */
function encodings(stages: readonly StageShape[], first: TrainedEncoding, rest: TrainedEncoding): Record<string, StageCompression> {
  return Object.fromEntries(stages.map(({ name }, i) => [name, { weights: i === 0 ? first : rest }]));
}

export const DEEPER_JOBS: readonly StackJob[] = [
  {
    id: 'vgg_fashion', dataset: 'fashion-mnist', stages: VGG,
    compression: encodings(VGG, POT, BPOT),
    float: { epochs: 4, rate: 2e-3, seed: 1 },
    integers: { epochs: 2, rate: 1e-3, seed: 2 },
  },
  {
    id: 'resnet_fashion', dataset: 'fashion-mnist', stages: RESIDUAL,
    compression: encodings(RESIDUAL, POT, BPOT),
    float: { epochs: 4, rate: 2e-3, seed: 1 },
    integers: { epochs: 2, rate: 1e-3, seed: 2 },
  },
  {
    id: 'deep_mnist', dataset: 'mnist', stages: DEEP_MNIST,
    compression: {
      conv1: { weights: POT },
      conv2: { weights: POT },
      fc1: { blocks: { count: 10, seed: 1 }, weights: POT },
      fc2: { blocks: { count: 10, seed: 2 }, weights: POT },
    },
    float: { epochs: 2, rate: 1e-3, seed: 1 },
    masked: { epochs: 5, rate: 1e-3, seed: 2, from: 'fc1' },
    integers: { epochs: 3, rate: 5e-4, seed: 3, from: 'fc1' },
    largeFloat: true,
    images: 20_000,
  },
];
