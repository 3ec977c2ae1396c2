/** Networks of real weights, how many images a network in training has right, and the ranges of its activations. */
import { countRight, load, logitsOf, type Learner } from './fit.js';
import { floatModel, trainedValues } from './layer_models.js';
import type { Digits } from '../../generator/data/mnist.js';
import { StackedNet } from './stacked_net.js';
import { CLASSES, STACK, type StageShape } from './stage.js';

/** Training images whose activations set the ranges of the 8-bit formats; all but the outermost 0.01 % of the values fit. */
const RANGE_IMAGES = 1000;
const RANGE_SHARE = 1 - 1e-4;

/** Real weights in the order of each stage, and biases (out). */
export interface FloatNet {
  readonly weights: readonly Float32Array[];
  readonly biases: readonly Float32Array[];
}

/** A float network as a learner. */
export function floatLearner(stages: readonly StageShape[], { weights, biases }: FloatNet): Learner {
  return { stages, models: weights.map((w) => floatModel(w.slice())), biases: biases.map((b) => trainedValues(b.slice())), units: [] };
}

/** The weights of a learner that `newLearner` or `floatLearner` made. */
export function floatNetOf({ models, biases }: Learner): FloatNet {
  return { weights: models.map(({ trained }) => trained[0].values), biases: biases.map(({ values }) => values) };
}

/** Share of the images that a network in training has right. */
export function accuracyOf(learner: Learner, data: Digits): number {
  const net = new StackedNet(learner.stages, learner.inputUnit);
  load(net, learner);
  return countRight(logitsOf(net, data.images, data.count), data.labels) / data.count;
}

/** Real value of one unit of each stage's unsigned 8-bit outputs, undefined where no ReLU is, and of the signed 8-bit sums that skips are added to. */
export interface ActivationUnits {
  readonly units: readonly (number | undefined)[];
  readonly branchUnits: readonly (number | undefined)[];
}

/** From a float network's activations. */
export function activationUnits(net: StackedNet, data: Digits): ActivationUnits {
  const [seen, branches] = [net.stages.map(() => [] as number[]), net.stages.map(() => [] as number[])];
  const logits = new Float32Array(STACK * CLASSES);
  for (let from = 0; from < Math.min(RANGE_IMAGES, data.count); from += STACK) {
    net.forward(data.images, Array.from({ length: STACK }, (_, n) => (from + n) % data.count), logits);
    net.stages.forEach((stage, i) => {
      if (stage.relu) for (const value of net.inputsOf(i + 1)) if (value > 0) seen[i].push(value);
      if (stage.skip !== undefined) for (const value of net.branchOf(i)) branches[i].push(Math.abs(value));
    });
  }
  const most = (values: readonly number[]) => Float64Array.from(values).sort()[Math.floor((values.length - 1) * RANGE_SHARE)] ?? 1;
  return {
    units: net.stages.map(({ relu }, i) => (relu ? most(seen[i]) / 255 : undefined)),
    branchUnits: net.stages.map(({ skip }, i) => (skip === undefined ? undefined : most(branches[i]) / 127)),
  };
}
