/**
 * Trains a network float, decomposes the layers that are to be compressed, and trains on with quantized factors and 8-bit activations. The last 5,000 training
 * images are never learned from: what was tried out was judged on them. The test images decide nothing.
 */
import { Random } from '../../generator/layer/random.js';
import { CpModel, type CpShape } from '../train/cp_model.js';
import { startFactors } from '../train/cp_start.js';
import { inputMoments } from '../train/input_moments.js';
import { countRight, fit, load, logitsOf, newLearner, type Learner } from '../train/fit.js';
import { floatModel, trainedValues, uniformModel } from '../train/layer_models.js';
import type { Digits } from '../train/mnist_data.js';
import { StackedNet } from '../train/stacked_net.js';
import { CLASSES, STACK, type StageShape } from '../train/stage.js';
import type { EpochReport } from '../train/training.js';
import type { NetworkJob, TuningRound } from './network_jobs.js';

/** Images that are held out of the training set. */
export const HELD_OUT = 5000;
const BATCH = 64;
const FLOAT_RATE = 2e-3;
/** Half of the loss follows the float network. */
const TEACHER = { share: 0.5, temperature: 4 };
/** Training images whose activations set the ranges of the 8-bit formats; all but the outermost 0.01 % of the values fit. */
const RANGE_IMAGES = 1000;
const RANGE_SHARE = 1 - 1e-4;
/** Training images whose activations say which errors of the weights matter when they are decomposed. */
const MOMENT_IMAGES = 3000;
/** Bits of the weights that stay dense. */
export const DENSE_BITS = 8;

/** Float weights (out, in, kernel, kernel) and biases (out) by stage. */
export interface FloatNet {
  readonly weights: readonly Float32Array[];
  readonly biases: readonly Float32Array[];
}

export type OnEpoch = (report: EpochReport & { readonly heldOut: number }) => void;

const images = ({ images: all, labels }: Digits, from: number, to: number): Digits => {
  const pixels = all.length / labels.length;
  return { count: to - from, images: all.subarray(from * pixels, to * pixels), labels: labels.subarray(from, to) };
};
export const learned = (data: Digits): Digits => images(data, 0, data.count - HELD_OUT);
export const heldOut = (data: Digits): Digits => images(data, data.count - HELD_OUT, data.count);

/** Share of the images that a network in training has right. */
export function accuracyOf(learner: Learner, data: Digits): number {
  const net = new StackedNet(learner.stages, learner.inputUnit);
  load(net, learner);
  return countRight(logitsOf(net, data.images, data.count), data.labels) / data.count;
}

export function trainFloat({ stages, floatEpochs }: Pick<NetworkJob, 'stages' | 'floatEpochs'>, data: Digits, onEpoch: OnEpoch): FloatNet {
  const learner = newLearner(stages, new Random(1));
  const rest = heldOut(data);
  fit(learner, learned(data), { seed: 1, epochs: floatEpochs, batch: BATCH, rate: FLOAT_RATE }, (report) => onEpoch({ ...report, heldOut: accuracyOf(learner, rest) }));
  return { weights: learner.models.map(({ trained }) => trained[0].values), biases: learner.biases.map(({ values }) => values) };
}

/** The float network as a learner. */
export function floatLearner(stages: readonly StageShape[], { weights, biases }: FloatNet): Learner {
  return { stages, models: weights.map((w) => floatModel(w.slice())), biases: biases.map((b) => trainedValues(b.slice())), units: [] };
}

/** A network of factors: `factors` holds the models of the compressed layers by stage, undefined where weights stay dense. */
export interface TunedNet extends Learner {
  readonly factors: readonly (CpModel | undefined)[];
}

/** The decomposed network before it is trained on. @param data learned images: their activations give the ranges */
export function decomposedNet({ stages, ranks, lanes }: Pick<NetworkJob, 'stages' | 'ranks' | 'lanes'>, float: FloatNet, data: Digits): TunedNet {
  const net = new StackedNet(stages);
  load(net, floatLearner(stages, float));
  const factors = stages.map((stage, i) => {
    const rank = ranks[stage.name];
    if (rank === undefined) return undefined;
    const shape: CpShape = { outChannels: stage.outChannels, inChannels: stage.inChannels, taps: stage.kernel ** 2, rank };
    return new CpModel(shape, lanes, startFactors(float.weights[i], shape, inputMoments(net, i, data.images, Math.min(MOMENT_IMAGES, data.count))));
  });
  return {
    stages,
    factors,
    models: stages.map((stage, i) => factors[i] ?? uniformModel(float.weights[i].slice(), stage.outChannels, DENSE_BITS)),
    biases: float.biases.map((bias) => trainedValues(bias.slice())),
    units: activationUnits(net, data),
  };
}

/** Trains a decomposed network on, in place, taught by the labels and by the float network. */
export function fineTune({ stages }: Pick<NetworkJob, 'stages'>, round: TuningRound, net: TunedNet, float: FloatNet, data: Digits, onEpoch: OnEpoch): void {
  const [seen, rest] = [learned(data), heldOut(data)];
  const teacher = new StackedNet(stages);
  load(teacher, floatLearner(stages, float));
  const options = { ...round, batch: BATCH, teacher: { ...TEACHER, logits: logitsOf(teacher, seen.images, seen.count) } };
  fit(net, seen, options, (report) => onEpoch({ ...report, heldOut: accuracyOf(net, rest) }));
}

/** Real value of one unit of each stage's unsigned 8-bit outputs, from the float network's activations. */
function activationUnits(net: StackedNet, data: Digits): (number | undefined)[] {
  const seen = net.stages.map(() => [] as number[]);
  const logits = new Float32Array(STACK * CLASSES);
  for (let from = 0; from < Math.min(RANGE_IMAGES, data.count); from += STACK) {
    net.forward(data.images, Array.from({ length: STACK }, (_, n) => (from + n) % data.count), logits);
    net.stages.forEach((stage, i) => {
      if (stage.relu) for (const value of net.inputsOf(i + 1)) if (value > 0) seen[i].push(value);
    });
  }
  return net.stages.map(({ relu }, i) => (relu ? (Float64Array.from(seen[i]).sort()[Math.floor((seen[i].length - 1) * RANGE_SHARE)] ?? 1) / 255 : undefined));
}
