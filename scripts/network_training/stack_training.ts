/** Training of a stack: dense and float, then with real weights under the masks, then on integers; the float network teaches both. */
import type { BlockStructure } from '../../generator/layer/blocks.js';
import { Random } from '../../generator/layer/random.js';
import { startFactors } from '../train/cp_start.js';
import { CpModel } from '../train/cp_model.js';
import { fit, load, logitsOf, newLearner, type FitOptions, type Learner } from '../train/fit.js';
import { accuracyOf, activationUnits, floatLearner, floatNetOf, type FloatNet } from '../train/float_net.js';
import { inputMoments } from '../train/input_moments.js';
import { trainedValues } from '../train/layer_models.js';
import type { Digits } from '../../generator/data/mnist.js';
import { QuantizedModel } from '../train/quantized_model.js';
import { StackedNet } from '../train/stacked_net.js';
import type { StageShape } from '../train/stage.js';
import { blocksOfNeighbours, neighbourOrder } from './blocks_of_neighbours.js';
import { lateStages } from './late_stages.js';
import type { Fitting, StackJob } from './stack_jobs.js';
import type { IntegerModel } from './stored_weights.js';

const BATCH = 64;
/** Most of the loss follows the float network. */
const TEACHER = { share: 0.9, temperature: 4 };
/** Training images whose activations say which errors of weights matter when they are decomposed. */
const MOMENT_IMAGES = 3000;

/** A network on integers in training. */
export interface IntegerNet extends Learner {
  readonly models: readonly IntegerModel[];
}

/** The job's stages with their masks. */
export function maskedStages({ stages, compression }: Pick<StackJob, 'stages' | 'compression'>): StageShape[] {
  let before: BlockStructure | undefined;
  return stages.map((stage) => {
    const given = compression[stage.name].blocks;
    before = given && blocksOfNeighbours(given.seed, given.inputs ?? 'dealt', neighbourOrder(stage, before), stage.outChannels, given.count);
    return before ? { ...stage, blocks: before } : stage;
  });
}

/** Training data with those that judge it. */
export interface Lesson {
  readonly learned: Digits;
  readonly heldOut: Digits;
  readonly report: (message: string) => void;
  /** The float network's answers to those that are learned. */
  readonly teacher?: FitOptions['teacher'];
}

export function trainDense({ stages, float }: Pick<StackJob, 'stages' | 'float'>, lesson: Lesson): FloatNet {
  const learner = newLearner(stages, new Random(float.seed));
  fitted(learner, float, lesson, 'float');
  return floatNetOf(learner);
}

/** Real weights under the masks. Stages in front of the first mask start from the float network's weights. */
export function trainMasked(job: Pick<StackJob, 'stages' | 'compression' | 'masked'>, float: FloatNet, lesson: Lesson): FloatNet {
  if (!job.masked) return float;
  const stages = maskedStages(job);
  const learner = newLearner(stages, new Random(job.masked.seed));
  const first = stages.findIndex(({ blocks }) => blocks);
  learner.models.forEach(({ trained }, i) => {
    if (i >= first) return;
    trained[0].values.set(float.weights[i]);
    learner.biases[i].values.set(float.biases[i]);
  });
  fitted(learner, job.masked, lesson, 'masked');
  return floatNetOf(learner);
}

/** Trains on with rounded weights and 8-bit activations. @param masked what training starts from */
export function trainIntegers(job: Pick<StackJob, 'stages' | 'compression' | 'integers'>, masked: FloatNet, lesson: Lesson): IntegerNet {
  const net = roundedNet(job, masked, lesson.learned);
  lesson.report(`integers: ${percent(accuracyOf(net, lesson.heldOut))} of those held out before training`);
  fitted(net, job.integers, lesson, 'integers');
  return net;
}

/** The masked network with its weights rounded, before it is trained on. @param learned images whose activations give the ranges */
export function roundedNet(job: Pick<StackJob, 'stages' | 'compression'>, masked: FloatNet, learned: Digits): IntegerNet {
  const stages = maskedStages(job);
  const net = new StackedNet(stages);
  load(net, floatLearner(stages, masked));
  const models = stages.map((stage, i) => {
    const { weights } = job.compression[stage.name];
    if (weights.encoding !== 'cp') return new QuantizedModel(stage, weights, masked.weights[i]);
    const shape = { outChannels: stage.outChannels, inChannels: stage.inChannels, taps: stage.kernel ** 2, rank: weights.rank };
    return new CpModel(shape, weights.lanes, startFactors(masked.weights[i], shape, inputMoments(net, i, learned.images, Math.min(MOMENT_IMAGES, learned.count))));
  });
  return { stages, models, biases: masked.biases.map((bias) => trainedValues(bias.slice())), ...activationUnits(net, learned) };
}

/** What the float network says to each of the images. */
export function teacherOf(stages: readonly StageShape[], float: FloatNet, { learned }: Pick<Lesson, 'learned'>): FitOptions['teacher'] {
  const net = new StackedNet(stages);
  load(net, floatLearner(stages, float));
  return { ...TEACHER, logits: logitsOf(net, learned.images, learned.count) };
}

function fitted(whole: Learner, how: Fitting, lesson: Lesson, step: string): void {
  const { report, teacher } = lesson;
  const late = how.from === undefined ? undefined : lateStages(whole, how.from, lesson.learned);
  const learner = late?.learner ?? whole;
  const [learned, heldOut] = [lesson.learned, lesson.heldOut].map((data) => late?.see(data) ?? data);
  fit(learner, learned, { ...how, batch: BATCH, teacher }, ({ epoch, loss, accuracy }) =>
    report(`${step} epoch ${epoch} of ${how.epochs}: loss ${loss.toFixed(4)}, ${percent(accuracy)} right, ${percent(accuracyOf(learner, heldOut))} of those held out`),
  );
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
