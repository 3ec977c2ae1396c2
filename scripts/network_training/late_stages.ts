/** Training of a network's last stages alone, on what the stages in front of them give, which is computed once. */
import { load, type Learner } from '../train/fit.js';
import { activationUnits } from '../train/float_net.js';
import type { Digits } from '../../generator/data/mnist.js';
import { StackedNet } from '../train/stacked_net.js';
import { CLASSES, STACK } from '../train/stage.js';

/** The last stages of a network with the images that they see. */
export interface LateStages {
  /** Its models and biases are those of the whole network. */
  readonly learner: Learner;
  /** The same labels; an image is (side, side, channels) of 8-bit features. */
  readonly see: (data: Digits) => Digits;
}

/**
 * @param first name of the first stage that is trained
 * @param learned images whose activations set the range of the features, if the stage in front is not quantized
 */
export function lateStages(learner: Learner, first: string, learned: Digits): LateStages {
  const at = learner.stages.findIndex(({ name }) => name === first);
  const unit = learner.units[at - 1] ?? rangeOf(learner, at - 1, learned);
  const units = learner.stages.map((_, i) => (i === at - 1 ? unit : learner.units[i]));
  const late: Learner = {
    stages: learner.stages.slice(at),
    models: learner.models.slice(at),
    biases: learner.biases.slice(at),
    units: learner.units.slice(at),
    inputUnit: unit,
  };
  return { learner: late, see: (data) => ({ ...data, images: featuresOf({ ...learner, units }, at, unit, data) }) };
}

/** Real value of one unit of what a stage gives, so that 8 bits hold it. */
function rangeOf(learner: Learner, stage: number, learned: Digits): number {
  const net = new StackedNet(learner.stages);
  load(net, learner);
  return activationUnits(net, learned).units[stage]!;
}

/** What stage `at` reads of all images, in units: (count, side, side, channels). */
function featuresOf(learner: Learner, at: number, unit: number, { images, count }: Digits): Uint8Array {
  const net = new StackedNet(learner.stages);
  load(net, learner);
  const { inSide, inChannels } = learner.stages[at];
  const values = inSide ** 2 * inChannels;
  const features = new Uint8Array(count * values);
  const logits = new Float32Array(STACK * CLASSES);
  for (let from = 0; from < count; from += STACK) {
    const members = Array.from({ length: Math.min(STACK, count - from) }, (_, n) => from + n);
    net.forward(images, members, logits);
    const seen = net.inputsOf(at);
    for (let i = 0; i < members.length * values; i++) features[from * values + i] = Math.round(seen[i] / unit);
  }
  return features;
}
