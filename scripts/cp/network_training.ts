/**
 * Trains a network float, decomposes the layers that are to be compressed, and trains on with quantized factors and 8-bit activations. The last 5,000 training
 * images are never learned from: what was tried out was judged on them. The test images decide nothing.
 */
import { Random } from '../../generator/layer/random.js';
import { CpModel, type CpShape } from '../train/cp_model.js';
import { startFactors } from '../train/cp_start.js';
import { inputMoments } from '../train/input_moments.js';
import { fit, load, logitsOf, newLearner, type Learner } from '../train/fit.js';
import { accuracyOf, activationUnits, floatLearner, floatNetOf, type FloatNet } from '../train/float_net.js';
import { heldOut, learned } from '../train/images.js';
import { trainedValues, uniformModel } from '../train/layer_models.js';
import type { Digits } from '../../generator/data/mnist.js';
import { StackedNet } from '../train/stacked_net.js';
import type { EpochReport } from '../train/training.js';
import type { NetworkJob, TuningRound } from './network_jobs.js';

const BATCH = 64;
const FLOAT_RATE = 2e-3;
/** Half of the loss follows the float network. */
const TEACHER = { share: 0.5, temperature: 4 };
/** Training images whose activations say which errors of the weights matter when they are decomposed. */
const MOMENT_IMAGES = 3000;
/** Bits of the weights that stay dense. */
export const DENSE_BITS = 8;

export type OnEpoch = (report: EpochReport & { readonly heldOut: number }) => void;

export function trainFloat({ stages, floatEpochs }: Pick<NetworkJob, 'stages' | 'floatEpochs'>, data: Digits, onEpoch: OnEpoch): FloatNet {
  const learner = newLearner(stages, new Random(1));
  const rest = heldOut(data);
  fit(learner, learned(data), { seed: 1, epochs: floatEpochs, batch: BATCH, rate: FLOAT_RATE }, (report) => onEpoch({ ...report, heldOut: accuracyOf(learner, rest) }));
  return floatNetOf(learner);
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
    ...activationUnits(net, data),
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
