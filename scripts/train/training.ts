/** Training loop: minibatch gradient descent with momentum, weight decay and a learning rate that falls along a cosine. */
import { Random } from '../../generator/layer/random.js';
import type { Digits } from '../../generator/data/mnist.js';
import type { LayerValues } from './layer_values.js';
import { emptyLenet, forward, initialLenet, newState, type Lenet } from './lenet.js';
import { backward, newActivationGradients } from './lenet_gradient.js';

export interface TrainingOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  /** Learning rate of the mean gradient at the start; it falls to zero at the end. */
  readonly rate: number;
  readonly momentum: number;
  /** Weight decay; not applied to biases. */
  readonly decay: number;
}

export const DEFAULT_TRAINING: TrainingOptions = { seed: 1, epochs: 6, batch: 32, rate: 0.05, momentum: 0.9, decay: 1e-4 };

/** Where a training run stands, after each epoch. */
export interface EpochReport {
  readonly epoch: number;
  /** Mean cross-entropy over the epoch, in nats. */
  readonly loss: number;
  /** Share of the epoch's digits that were classified right when their turn came. */
  readonly accuracy: number;
}

/** A network that can be trained: layers of weights and biases, and what one digit adds to their gradients. */
export interface Trainee<Net extends Readonly<Record<string, LayerValues>>> {
  initial(random: Random): Net;
  /** Zeros in the network's shape. */
  empty(): Net;
  /** A function with scratch memory of its own that adds the gradient of digit `index` to `sum`. */
  learner(): (net: Net, images: Uint8Array, index: number, label: number, sum: Net) => { readonly right: boolean; readonly loss: number };
}

const LENET: Trainee<Lenet> = {
  initial: initialLenet,
  empty: emptyLenet,
  learner() {
    const state = newState();
    const scratch = newActivationGradients(state);
    return (net, images, index, label, sum) => {
      const right = forward(net, images, index, state) === label;
      return { right, loss: backward(net, state, label, sum, scratch) };
    };
  },
};

/** Trains LeNet-5 from scratch on the first `digits.count` digits. */
export function train(digits: Digits, options: TrainingOptions, onEpoch?: (report: EpochReport) => void): Lenet {
  return trainNetwork(LENET, digits, options, onEpoch);
}

/** Trains from scratch on the first `digits.count` digits. The same options give the same bits on one version of Node. */
export function trainNetwork<Net extends Readonly<Record<string, LayerValues>>>(
  trainee: Trainee<Net>,
  digits: Digits,
  options: TrainingOptions,
  onEpoch?: (report: EpochReport) => void,
): Net {
  const random = new Random(options.seed);
  const net = trainee.initial(random);
  const gradient = trainee.empty();
  const velocity = trainee.empty();
  const learn = trainee.learner();
  const order = Uint32Array.from({ length: digits.count }, (_, i) => i);
  const batches = Math.ceil(digits.count / options.batch);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    let loss = 0;
    let right = 0;
    for (let b = 0; b < batches; b++) {
      const members = order.subarray(b * options.batch, (b + 1) * options.batch);
      for (const index of members) {
        const result = learn(net, digits.images, index, digits.labels[index], gradient);
        if (result.right) right++;
        loss += result.loss;
      }
      const progress = (epoch * batches + b) / (options.epochs * batches);
      const rate = (options.rate * (1 + Math.cos(Math.PI * progress))) / 2;
      for (const name of Object.keys(net)) {
        const [values, slopes, speeds] = [net[name], gradient[name], velocity[name]];
        step(values.weight, slopes.weight, speeds.weight, { ...options, rate, count: members.length });
        step(values.bias, slopes.bias, speeds.bias, { ...options, rate, count: members.length, decay: 0 });
      }
    }
    onEpoch?.({ epoch: epoch + 1, loss: loss / digits.count, accuracy: right / digits.count });
  }
  return net;
}

/** One step of momentum on the batch's mean gradient; clears the gradient. */
function step(
  values: Float64Array,
  slopes: Float64Array,
  speeds: Float64Array,
  { rate, momentum, decay, count }: { rate: number; momentum: number; decay: number; count: number },
): void {
  for (let i = 0; i < values.length; i++) {
    speeds[i] = momentum * speeds[i] - rate * (slopes[i] / count + decay * values[i]);
    values[i] += speeds[i];
    slopes[i] = 0;
  }
}

/** Fisher-Yates, in place. */
export function shuffle(values: Uint32Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [values[i], values[j]] = [values[j], values[i]];
  }
}
