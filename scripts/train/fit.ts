/** Training of a `StackedNet`: Adam (Kingma and Ba 2015) with a rate that falls along a cosine, by labels and, if given, by a teacher's logits. */
import { Random } from '../../generator/layer/random.js';
import { floatModel, initialWeights, trainedValues, type LayerModel, type Trained } from './layer_models.js';
import type { Digits } from '../../generator/data/mnist.js';
import { StackedNet } from './stacked_net.js';
import { CLASSES, STACK, weightCount, type StageShape } from './stage.js';
import { shuffle, type EpochReport } from './training.js';

export interface FitOptions {
  readonly seed: number;
  readonly epochs: number;
  /** A multiple of `STACK`. */
  readonly batch: number;
  /** Adam's rate at the start; it falls to zero at the end. */
  readonly rate: number;
  /** Teacher's logits of the images, (count, 10), with the share of the loss that follows them, and the temperature (Hinton, Vinyals, Dean 2015). */
  readonly teacher?: { readonly logits: Float32Array; readonly share: number; readonly temperature: number };
}

/** A network in training: how its weights are made, and its biases. */
export interface Learner {
  readonly stages: readonly StageShape[];
  readonly models: readonly LayerModel[];
  readonly biases: readonly Trained[];
  /** As `StackedNet.setUnits`. */
  readonly units: readonly (number | undefined)[];
  readonly branchUnits?: readonly (number | undefined)[];
  /** As in `StackedNet`. */
  readonly inputUnit?: number;
}

/** Float weights, all new. */
export function newLearner(stages: readonly StageShape[], random: Random): Learner {
  return {
    stages,
    models: stages.map((stage) => floatModel(initialWeights(stage, random))),
    biases: stages.map((stage) => trainedValues(new Float32Array(stage.outChannels))),
    units: stages.map(() => undefined),
  };
}

/** Puts the learner's weights into the network. */
export function load(net: StackedNet, learner: Learner): void {
  net.setUnits(learner.units, learner.branchUnits);
  learner.stages.forEach((stage, i) => {
    const weight = new Float32Array(weightCount(stage));
    learner.models[i].weights(weight);
    net.setWeights(i, weight, learner.biases[i].values);
  });
}

/** Logits (count, 10) of the first `count` images. */
export function logitsOf(net: StackedNet, images: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count * CLASSES);
  const stack = new Float32Array(STACK * CLASSES);
  for (let from = 0; from < count; from += STACK) {
    const members = Array.from({ length: Math.min(STACK, count - from) }, (_, n) => from + n);
    net.forward(images, members, stack);
    out.set(stack.subarray(0, members.length * CLASSES), from * CLASSES);
  }
  return out;
}

/** How many rows of (count, 10) logits have their largest value at the label. */
export function countRight(logits: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let n = 0; n < labels.length; n++) if (largestAt(logits, n * CLASSES) === labels[n]) right++;
  return right;
}

function largestAt(values: ArrayLike<number>, from: number): number {
  let best = 0;
  for (let o = 1; o < CLASSES; o++) if (values[from + o] > values[from + best]) best = o;
  return best;
}

/** Trains in place, on all of `data`. The same options give the same bits on one version of Node. */
export function fit(learner: Learner, data: Digits, options: FitOptions, onEpoch?: (report: EpochReport) => void): void {
  const net = new StackedNet(learner.stages, learner.inputUnit);
  const random = new Random(options.seed);
  const adam = new Adam([...learner.models.flatMap(({ trained }) => trained), ...learner.biases]);
  const order = Uint32Array.from({ length: data.count }, (_, i) => i);
  const batches = Math.floor(data.count / options.batch);
  const state = { net, learner, data, options, logits: new Float32Array(STACK * CLASSES), slopes: new Float32Array(STACK * CLASSES) };
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    let [loss, right] = [0, 0];
    for (let b = 0; b < batches; b++) {
      const result = learnBatch(state, order.subarray(b * options.batch, (b + 1) * options.batch));
      loss += result.loss;
      right += result.right;
      adam.step((options.rate * (1 + Math.cos((Math.PI * (epoch * batches + b)) / (options.epochs * batches)))) / 2);
    }
    const seen = batches * options.batch;
    onEpoch?.({ epoch: epoch + 1, loss: loss / seen, accuracy: right / seen });
  }
}

interface BatchState {
  readonly net: StackedNet;
  readonly learner: Learner;
  readonly data: Digits;
  readonly options: FitOptions;
  readonly logits: Float32Array;
  readonly slopes: Float32Array;
}

/** Leaves the mean gradient of the batch in the learner. */
function learnBatch(state: BatchState, members: Uint32Array): { loss: number; right: number } {
  const { net, learner, data, logits, slopes, options } = state;
  load(net, learner);
  let [loss, right] = [0, 0];
  for (let from = 0; from < members.length; from += STACK) {
    const stack = members.subarray(from, from + STACK);
    net.forward(data.images, stack, logits);
    for (let n = 0; n < STACK; n++) {
      const label = data.labels[stack[n]];
      loss += lossSlopes(logits, slopes, n * CLASSES, label, members.length, options.teacher, stack[n]);
      if (largestAt(logits, n * CLASSES) === label) right++;
    }
    net.backward(slopes);
  }
  learner.stages.forEach((stage, i) => {
    const weight = new Float32Array(weightCount(stage));
    net.takeSlopes(i, weight, learner.biases[i].slopes);
    learner.models[i].slopes(weight);
  });
  return { loss, right };
}

/** Cross-entropy with the label and with the teacher's softened answer, in nats; its gradient, divided by the batch, goes to `slopes`. */
function lossSlopes(
  logits: Float32Array, slopes: Float32Array, at: number, label: number, batch: number, teacher: FitOptions['teacher'], image: number,
): number {
  const share = teacher?.share ?? 0;
  const plain = softmax(logits, at, 1);
  for (let o = 0; o < CLASSES; o++) slopes[at + o] = ((1 - share) * (plain[o] - (o === label ? 1 : 0))) / batch;
  let loss = -(1 - share) * Math.log(Math.max(plain[label], 1e-30));
  if (teacher && share > 0) {
    const { temperature } = teacher;
    const soft = softmax(logits, at, temperature);
    const wanted = softmax(teacher.logits, image * CLASSES, temperature);
    for (let o = 0; o < CLASSES; o++) {
      // The gradient of a softened softmax is 1 / temperature of the plain one; the usual factor temperature^2 makes up for it.
      slopes[at + o] += (share * temperature * (soft[o] - wanted[o])) / batch;
      loss -= share * temperature ** 2 * wanted[o] * Math.log(Math.max(soft[o], 1e-30));
    }
  }
  return loss;
}

function softmax(values: Float32Array, at: number, temperature: number): Float64Array {
  let top = -Infinity;
  for (let o = 0; o < CLASSES; o++) top = Math.max(top, values[at + o]);
  const out = new Float64Array(CLASSES);
  let total = 0;
  for (let o = 0; o < CLASSES; o++) total += out[o] = Math.exp((values[at + o] - top) / temperature);
  for (let o = 0; o < CLASSES; o++) out[o] /= total;
  return out;
}

/** Adam with its usual constants. */
class Adam {
  private readonly states: readonly { readonly of: Trained; readonly mean: Float32Array; readonly square: Float32Array }[];
  private steps = 0;

  constructor(trained: readonly Trained[]) {
    this.states = trained.map((of) => ({ of, mean: new Float32Array(of.values.length), square: new Float32Array(of.values.length) }));
  }

  step(rate: number): void {
    this.steps++;
    const [keepMean, keepSquare] = [0.9, 0.999];
    const scale = (rate * Math.sqrt(1 - keepSquare ** this.steps)) / (1 - keepMean ** this.steps);
    for (const { of: { values, slopes, pace }, mean, square } of this.states) {
      for (let i = 0; i < values.length; i++) {
        mean[i] = keepMean * mean[i] + (1 - keepMean) * slopes[i];
        square[i] = keepSquare * square[i] + (1 - keepSquare) * slopes[i] ** 2;
        values[i] -= (pace * scale * mean[i]) / (Math.sqrt(square[i]) + 1e-8);
      }
    }
  }
}
