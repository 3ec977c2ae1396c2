/** Training of stacks of convolutions: the gradient, and that a seed says everything. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { countRight, fit, load, logitsOf, newLearner, type Learner } from '../../../scripts/train/fit.js';
import { LENET5 } from '../../../scripts/train/network_shapes.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import { CLASSES, STACK, weightCount, type StageShape } from '../../../scripts/train/stage.js';

/** Both kinds of stage, with and without padding and pooling, channels that are no multiple of 8, an odd map that is pooled. */
const SMALL: readonly StageShape[] = [
  { name: 'a', kind: 'convolution', inChannels: 1, inSide: 7, outChannels: 3, kernel: 3, pad: 1, pool: true, relu: true },
  { name: 'b', kind: 'convolution', inChannels: 3, inSide: 3, outChannels: 9, kernel: 3, pad: 1, pool: false, relu: true },
  { name: 'c', kind: 'convolution', inChannels: 9, inSide: 3, outChannels: 4, kernel: 2, pad: 0, pool: false, relu: true },
  { name: 'd', kind: 'linear', inChannels: 4, inSide: 2, outChannels: 11, kernel: 2, pad: 0, pool: false, relu: true },
  { name: 'e', kind: 'linear', inChannels: 11, inSide: 1, outChannels: 10, kernel: 1, pad: 0, pool: false, relu: false },
];

function smallLearner(): { learner: Learner; images: Uint8Array } {
  const random = new Random(11);
  const learner = newLearner(SMALL, random);
  // Away from zero, so that no sum sits on the edge of a ReLU.
  for (const { values } of learner.biases) values.forEach((_, i) => (values[i] = 0.3 * random.gaussian()));
  return { learner, images: Uint8Array.from({ length: STACK * 49 }, () => random.integer(0, 255)) };
}

const weighted = (logits: Float32Array): number => logits.reduce((sum, value, i) => sum + value * Math.sin(i + 1), 0);

describe('a stack of stages', () => {
  it('gives what plain loops over its definition give', () => {
    const { learner, images } = smallLearner();
    const net = new StackedNet(SMALL);
    load(net, learner);
    const logits = logitsOf(net, images, STACK);
    for (let n = 0; n < STACK; n++) {
      let map = Float64Array.from(images.subarray(n * 49, (n + 1) * 49), (pixel) => pixel / 255);
      SMALL.forEach((stage, i) => (map = plainStage(stage, learner.models[i].trained[0].values, learner.biases[i].values, map)));
      map.forEach((value, o) => expect(logits[n * CLASSES + o]).toBeCloseTo(value, 4));
    }
  });

  it('has the gradient that finite differences give, in every stage', () => {
    const { learner, images } = smallLearner();
    const net = new StackedNet(SMALL);
    const members = Array.from({ length: STACK }, (_, i) => i);
    const logits = new Float32Array(STACK * CLASSES);
    const value = (): number => {
      load(net, learner);
      net.forward(images, members, logits);
      return weighted(logits);
    };
    value();
    net.backward(logits.map((_, i) => Math.sin(i + 1)));
    for (const [i, stage] of SMALL.entries()) {
      const slopes = new Float32Array(weightCount(stage));
      net.takeSlopes(i, slopes, learner.biases[i].slopes);
      for (const [values, slope] of [[learner.models[i].trained[0].values, slopes], [learner.biases[i].values, learner.biases[i].slopes]]) {
        const places = [...slope.keys()].sort((a, b) => Math.abs(slope[b]) - Math.abs(slope[a])).slice(0, 4);
        for (const at of places) {
          const before = values[at];
          values[at] = before + 1e-3;
          const above = value();
          values[at] = before - 1e-3;
          const measured = (above - value()) / 2e-3;
          values[at] = before;
          expect(Math.abs(measured)).toBeGreaterThan(0.05);
          expect(slope[at] / measured, `${stage.name} ${at}`).toBeCloseTo(1, 1);
        }
      }
    }
  });
});

describe('training', () => {
  it('learns from few digits, and gives the same bits for the same seed', () => {
    const digits = readDigits('train');
    const part = { count: 1536, images: digits.images, labels: digits.labels };
    const trained = (count: number, seed: number): Learner => {
      const learner = newLearner(LENET5, new Random(seed));
      fit(learner, { ...part, count }, { seed, epochs: 1, batch: 32, rate: 4e-3 });
      return learner;
    };
    const net = new StackedNet(LENET5);
    load(net, trained(part.count, 1));
    const later = digits.images.subarray(part.count * 784);
    expect(countRight(logitsOf(net, later, 400), digits.labels.subarray(part.count, part.count + 400)) / 400).toBeGreaterThan(0.75);
    const bytes = (learner: Learner) => Buffer.concat(learner.models.map(({ trained: [{ values }] }) => Buffer.from(values.buffer))).toString('base64');
    const once = bytes(trained(128, 5));
    expect(bytes(trained(128, 5)) === once).toBe(true);
    expect(bytes(trained(128, 6)) === once).toBe(false);
  }, 30_000);
});

/** One image through one stage, (row, column, channel), by the definition. */
function plainStage({ kernel, pad, pool, relu, inSide, inChannels, outChannels }: StageShape, weight: Float32Array, bias: Float32Array, map: Float64Array): Float64Array {
  const side = inSide + 2 * pad - kernel + 1;
  const out = new Float64Array(side ** 2 * outChannels);
  for (let at = 0; at < out.length; at++) {
    const [o, x, y] = [at % outChannels, Math.floor(at / outChannels) % side, Math.floor(at / outChannels / side)];
    let sum = bias[o];
    for (let i = 0; i < inChannels; i++) {
      for (let tap = 0; tap < kernel ** 2; tap++) {
        const [yy, xx] = [y + Math.floor(tap / kernel) - pad, x + (tap % kernel) - pad];
        if (yy >= 0 && yy < inSide && xx >= 0 && xx < inSide) sum += weight[(o * inChannels + i) * kernel ** 2 + tap] * map[(yy * inSide + xx) * inChannels + i];
      }
    }
    out[at] = relu ? Math.max(0, sum) : sum;
  }
  if (!pool) return out;
  const half = Math.floor(side / 2);
  return Float64Array.from({ length: half ** 2 * outChannels }, (_, at) => {
    const [o, x, y] = [at % outChannels, Math.floor(at / outChannels) % half, Math.floor(at / outChannels / half)];
    return Math.max(...[0, 1, side, side + 1].map((step) => out[(2 * y * side + 2 * x + step) * outChannels + o]));
  });
}
