/** Training under a permuted block-diagonal mask: the products, the gradient, and that nothing outside of the blocks ever counts. */
import { describe, expect, it } from 'vitest';
import { densePositions, type BlockStructure } from '../../../generator/layer/blocks.js';
import { Random } from '../../../generator/layer/random.js';
import { countRight, fit, load, logitsOf, newLearner, type Learner } from '../../../scripts/train/fit.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import { CLASSES, STACK, weightCount, weightRows, type StageShape } from '../../../scripts/train/stage.js';

/** A seeded permutation of 0..count-1. */
function shuffled(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function blocks(inputSizes: number[], outputSizes: number[], seed: number): BlockStructure {
  const random = new Random(seed);
  const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0);
  return {
    inputOrder: shuffled(sum(inputSizes), random), outputOrder: shuffled(sum(outputSizes), random),
    inputSizes: Int32Array.from(inputSizes), outputSizes: Int32Array.from(outputSizes),
  };
}

const plain = { kernel: 1, pad: 0, pool: false, relu: true } as const;
/** Ragged blocks behind a map whose channels are no multiple of 8, and behind a vector. */
const MASKED: readonly StageShape[] = [
  { ...plain, name: 'a', kind: 'convolution', inChannels: 1, inSide: 7, outChannels: 3, kernel: 3, pad: 1, pool: true },
  { ...plain, name: 'b', kind: 'linear', inChannels: 3, inSide: 3, outChannels: 17, kernel: 3, blocks: blocks([9, 1, 17], [3, 9, 5], 3) },
  { ...plain, name: 'c', kind: 'linear', inChannels: 17, inSide: 1, outChannels: 10, blocks: blocks([8, 9], [4, 6], 4), relu: false },
];

/** The same network with every weight there, those outside of the blocks zero. */
function denseTwin(learner: Learner): Learner {
  const stages = learner.stages.map(({ blocks: _, ...stage }) => stage);
  const twin = newLearner(stages, new Random(1));
  learner.stages.forEach((stage, i) => {
    const own = learner.models[i].trained[0].values;
    const { values } = twin.models[i].trained[0];
    twin.biases[i].values.set(learner.biases[i].values);
    if (!stage.blocks) return values.set(own);
    values.fill(0);
    const taps = stage.kernel ** 2;
    densePositions(stage.blocks).forEach((position, at) => {
      const [output, flat] = [Math.floor(position / (stage.inChannels * taps)), position % (stage.inChannels * taps)];
      values[(output * stage.inChannels + (flat % stage.inChannels)) * taps + Math.floor(flat / stage.inChannels)] = own[at];
    });
  });
  return twin;
}

function maskedLearner(): { learner: Learner; images: Uint8Array } {
  const random = new Random(11);
  const learner = newLearner(MASKED, random);
  for (const { values } of learner.biases) values.forEach((_, i) => (values[i] = 0.3 * random.gaussian()));
  return { learner, images: Uint8Array.from({ length: STACK * 49 }, () => random.integer(0, 255)) };
}

describe('a stage of blocks', () => {
  it('gives what the dense stage with zeros outside of the blocks gives', () => {
    const { learner, images } = maskedLearner();
    const logits = [learner, denseTwin(learner)].map((one) => {
      const net = new StackedNet(one.stages);
      load(net, one);
      return logitsOf(net, images, STACK);
    });
    expect(Math.max(...logits[0].map(Math.abs))).toBeGreaterThan(0.5);
    logits[0].forEach((value, i) => expect(logits[1][i]).toBeCloseTo(value, 4));
  });

  it('has the gradient that finite differences give', () => {
    const { learner, images } = maskedLearner();
    const net = new StackedNet(MASKED);
    const logits = new Float32Array(STACK * CLASSES);
    const members = Array.from({ length: STACK }, (_, i) => i);
    const value = (): number => {
      load(net, learner);
      net.forward(images, members, logits);
      return logits.reduce((sum, logit, i) => sum + logit * Math.sin(i + 1), 0);
    };
    value();
    net.backward(logits.map((_, i) => Math.sin(i + 1)));
    for (const [i, stage] of MASKED.entries()) {
      const slopes = new Float32Array(weightCount(stage));
      net.takeSlopes(i, slopes, learner.biases[i].slopes);
      const { values } = learner.models[i].trained[0];
      for (const at of [...slopes.keys()].sort((a, b) => Math.abs(slopes[b]) - Math.abs(slopes[a])).slice(0, 6)) {
        const before = values[at];
        values[at] = before + 1e-3;
        const above = value();
        values[at] = before - 1e-3;
        const measured = (above - value()) / 2e-3;
        values[at] = before;
        expect(Math.abs(measured)).toBeGreaterThan(0.05);
        expect(slopes[at] / measured, `${stage.name} ${at}`).toBeCloseTo(1, 1);
      }
    }
  });

  it('names each output and its row of weights once', () => {
    const rows = weightRows(MASKED[1]);
    expect(rows.map(({ output }) => output).sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(rows.reduce((sum, { length }) => sum + length, 0)).toBe(weightCount(MASKED[1]));
    expect(weightCount(MASKED[1])).toBe(9 * 3 + 9 + 17 * 5);
  });
});

describe('masked training', () => {
  it('learns digits with blocks from the first layer on, and a dense network with its weights gives the same answers after every update', () => {
    const digits = readDigits('train');
    const sizes = (total: number, count: number) => Array.from({ length: count }, (_, b) => Math.floor(((b + 1) * total) / count) - Math.floor((b * total) / count));
    const stages: StageShape[] = [
      { ...plain, name: 'fc1', kind: 'linear', inChannels: 1, inSide: 28, outChannels: 100, kernel: 28, blocks: blocks(sizes(784, 9), sizes(100, 9), 5) },
      { ...plain, name: 'fc2', kind: 'linear', inChannels: 100, inSide: 1, outChannels: 10, relu: false },
    ];
    const count = 2048;
    const part = { count, images: digits.images.subarray(0, count * 784), labels: digits.labels.subarray(0, count) };
    const learner = newLearner(stages, new Random(2));
    const test = { images: digits.images.subarray(50_000 * 784), labels: digits.labels.subarray(50_000, 51_000) };
    const logitsNow = (one: Learner) => {
      const net = new StackedNet(one.stages);
      load(net, one);
      return logitsOf(net, test.images, 1000);
    };
    for (let round = 0; round < 3; round++) {
      fit(learner, part, { seed: round, epochs: 1, batch: 32, rate: 3e-3 });
      const [own, twin] = [logitsNow(learner), logitsNow(denseTwin(learner))];
      for (let i = 0; i < 200; i++) expect(twin[i]).toBeCloseTo(own[i], 3);
    }
    expect(countRight(logitsNow(learner), test.labels)).toBeGreaterThan(780);
  }, 60_000);
});
