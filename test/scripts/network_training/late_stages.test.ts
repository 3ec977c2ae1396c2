/** Training of a network's last stages on features that were computed once. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { lateStages } from '../../../scripts/network_training/late_stages.js';
import { fit, load, logitsOf, newLearner } from '../../../scripts/train/fit.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import type { StageShape } from '../../../scripts/train/stage.js';

const STAGES: readonly StageShape[] = [
  { name: 'a', kind: 'convolution', inChannels: 1, inSide: 6, outChannels: 3, kernel: 3, pad: 1, pool: true, relu: true },
  { name: 'b', kind: 'linear', inChannels: 3, inSide: 3, outChannels: 12, kernel: 3, pad: 0, pool: false, relu: true },
  { name: 'c', kind: 'linear', inChannels: 12, inSide: 1, outChannels: 10, kernel: 1, pad: 0, pool: false, relu: false },
];

function network() {
  const random = new Random(3);
  const count = 21;
  const learner = { ...newLearner(STAGES, random), units: [0.01, 0.02, undefined] };
  return { learner, data: { count, images: Uint8Array.from({ length: count * 36 }, () => random.integer(0, 255)), labels: Uint8Array.from({ length: count }, (_, i) => i % 10) } };
}

describe('the last stages of a network', () => {
  it('give on their features what the whole network gives on its images, to the bit', () => {
    const { learner, data } = network();
    const whole = new StackedNet(STAGES);
    load(whole, learner);
    const { learner: late, see } = lateStages(learner, 'b', data);
    const part = new StackedNet(late.stages, late.inputUnit);
    load(part, late);
    const features = see(data);
    expect(features.images.length).toBe(data.count * 27);
    expect(logitsOf(part, features.images, data.count)).toEqual(logitsOf(whole, data.images, data.count));
  });

  it('are trained in the whole network, whose first stages stay', () => {
    const { learner, data } = network();
    const before = learner.models.map(({ trained: [{ values }] }) => values.slice());
    const { learner: late, see } = lateStages(learner, 'b', data);
    fit(late, see(data), { seed: 1, epochs: 1, batch: 8, rate: 1e-2 });
    expect(learner.models.map(({ trained: [{ values }] }, i) => values.every((value, at) => value === before[i][at]))).toEqual([true, false, false]);
  });
});
