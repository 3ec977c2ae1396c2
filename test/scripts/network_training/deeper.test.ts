/** Networks with skip connections, with stages that are trained alone, and with the masked float network beside them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { floatNetwork, readFloatReference } from '../../../generator/network/float_network.js';
import { goldenNetwork } from '../../../generator/network/golden_network.js';
import { readNetwork } from '../../../generator/network/read.js';
import { DEEPER_JOBS } from '../../../scripts/network_training/deeper_jobs.js';
import { denseParameterCount, writeStack } from '../../../scripts/network_training/network_files.js';
import type { StackJob } from '../../../scripts/network_training/stack_jobs.js';
import { maskedStages, trainIntegers, trainMasked } from '../../../scripts/network_training/stack_training.js';
import { sumMultipliers } from '../../../scripts/network_training/sum_node.js';
import { load, logitsOf, newLearner } from '../../../scripts/train/fit.js';
import { floatLearner, floatNetOf } from '../../../scripts/train/float_net.js';
import { someImages } from '../../../scripts/train/images.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import { weightCount, type StageShape } from '../../../scripts/train/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-deeper-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const conv3 = { kind: 'convolution', outChannels: 4, kernel: 3, pad: 1, relu: true } as const;
const STAGES: readonly StageShape[] = [
  { name: 'conv1', ...conv3, inChannels: 1, inSide: 28, pool: true },
  { name: 'conv2', ...conv3, inChannels: 4, inSide: 14, pool: false },
  { name: 'conv3', ...conv3, inChannels: 4, inSide: 14, pool: true, skip: 'conv1' },
  { name: 'fc1', kind: 'linear', inChannels: 4, inSide: 7, outChannels: 30, kernel: 7, pad: 0, pool: false, relu: true },
  { name: 'fc2', kind: 'linear', inChannels: 30, inSide: 1, outChannels: 10, kernel: 1, pad: 0, pool: false, relu: false },
];
const POT = { encoding: 'pot', maxShift: 6 } as const;
const BPOT = { encoding: 'bpot', groupSize: 4, maxExponent: 3 } as const;
const JOB: StackJob = {
  id: 'small', dataset: 'mnist', stages: STAGES, largeFloat: true,
  float: { epochs: 1, rate: 2e-3, seed: 1 },
  masked: { epochs: 2, rate: 4e-3, seed: 2, from: 'fc1' },
  integers: { epochs: 1, rate: 1e-3, seed: 3, from: 'fc1' },
  compression: { conv1: { weights: POT }, conv2: { weights: BPOT }, conv3: { weights: BPOT }, fc1: { blocks: { count: 7, seed: 1 }, weights: POT }, fc2: { weights: POT } },
};

const digits = readDigits('train');
const lesson = { learned: someImages(digits, 0, 640), heldOut: someImages(digits, 640, 740), report: () => undefined };
const test = someImages(readDigits('test'), 0, 24);

describe('a network with a skip connection', () => {
  const float = floatNetOf(newLearner(STAGES, new Random(1)));
  const masked = trainMasked(JOB, float, lesson);
  const net = trainIntegers(JOB, masked, lesson);
  const path = join(folder, 'small.network.json');

  it('classifies by integers as it did in training, sums included', async () => {
    await writeStack(path, JOB.id, JOB.dataset, net, net.stages, masked);
    const network = await readNetwork(path);
    expect(network.nodes.map(({ name, op }) => `${op} ${name}`).join(', ')).toBe(
      'layer conv1, max_pool pool1, layer conv2, layer conv3, add add1, max_pool pool2, flatten flat, layer fc1, layer fc2, argmax class');
    expect(network.nodes[4].inputs).toEqual(['conv3', 'pool1']);
    const logits: number[] = [];
    goldenNetwork(network, test.images, test.count, { visit: ({ name }, values) => void (name === 'fc2' && logits.push(...values)) });
    const stacked = new StackedNet(net.stages);
    load(stacked, net);
    const wanted = logitsOf(stacked, test.images, test.count);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A sum in single precision may fall on the other side of a rounding now and then, and multipliers have 16 bits; no more.
    wanted.forEach((value, i) => expect(Math.abs((logits[i] * 256) / 2 ** 15 - value)).toBeLessThan(0.05 * largest));
  });

  it('has the float network of its masks beside it, of blocks only what is in them', async () => {
    const network = await readNetwork(path);
    const classes = floatNetwork(network, (await readFloatReference(network))!, test.images, test.count);
    const stacked = new StackedNet(net.stages);
    load(stacked, floatLearner(net.stages, masked));
    const logits = logitsOf(stacked, test.images, test.count);
    for (let n = 0; n < test.count; n++) {
      const own = logits.subarray(10 * n, 10 * n + 10);
      expect(classes[n]).toBe(own.indexOf(Math.max(...own)));
    }
  });

  it('keeps the stages in front of those that are trained', () => {
    for (const i of [0, 1, 2]) expect(masked.weights[i]).toEqual(float.weights[i]);
    expect(net.biases[2].values).toEqual(masked.biases[2]);
    expect(net.biases[3].values).not.toEqual(masked.biases[3]);
  });
});

describe('multipliers of a sum', () => {
  it('are as fine as 16 bits are, and the shift at most 31', () => {
    for (const [a, b, out] of [[0.03, 0.01, 0.02], [1, 1, 1], [0.5, 0.001, 0.004], [1e-6, 1e-6, 1]]) {
      const { multipliers: [ma, mb], shift } = sumMultipliers([a, b], out);
      expect(Math.max(ma, mb)).toBeLessThanOrEqual(65535);
      expect(Math.max(ma, mb) > 32767 || shift === 31).toBe(true);
      expect(ma / 2 ** shift / (a / out)).toBeCloseTo(1, 2);
      expect(mb / 2 ** shift / (b / out)).toBeCloseTo(1, 2);
    }
  });
});

describe('Deep MNIST', () => {
  it('has the parameters of the paper, and a tenth of them in ten ragged blocks', () => {
    const job = DEEPER_JOBS.find(({ id }) => id === 'deep_mnist')!;
    expect(denseParameterCount(job.stages)).toBe(3_274_634);
    const [, , fc1, fc2] = maskedStages(job);
    expect([...fc1.blocks!.inputSizes].sort()).toEqual([313, 313, 313, 313, 314, 314, 314, 314, 314, 314]);
    expect([...fc1.blocks!.outputSizes].sort()).toEqual([102, 102, 102, 102, 102, 102, 103, 103, 103, 103]);
    expect([...fc2.blocks!.outputSizes]).toEqual(Array(10).fill(1));
    expect(weightCount(fc1) + weightCount(fc2)).toBeLessThan(3_222_528 / 9.99);
  });
});
