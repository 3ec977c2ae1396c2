/** From a dense float network to files: what is trained on integers is what the golden model computes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { floatNetwork, readFloatReference } from '../../../generator/network/float_network.js';
import { goldenNetwork } from '../../../generator/network/golden_network.js';
import { networkParameters } from '../../../generator/network/parameters.js';
import { readNetwork } from '../../../generator/network/read.js';
import { floatFile, readFloatNet, writeFloatNet, writeStack } from '../../../scripts/network_training/network_files.js';
import type { StackJob } from '../../../scripts/network_training/stack_jobs.js';
import { roundedNet, trainIntegers, trainMasked } from '../../../scripts/network_training/stack_training.js';
import { load, logitsOf, newLearner } from '../../../scripts/train/fit.js';
import { floatLearner, floatNetOf } from '../../../scripts/train/float_net.js';
import { heldOut, learned, someImages } from '../../../scripts/train/images.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import type { StageShape } from '../../../scripts/train/stage.js';
import { parseOptions } from '../../../scripts/train_networks.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-networks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STAGES: readonly StageShape[] = [
  { name: 'conv1', kind: 'convolution', inChannels: 1, inSide: 28, outChannels: 6, kernel: 5, pad: 0, pool: true, relu: true },
  { name: 'conv2', kind: 'convolution', inChannels: 6, inSide: 12, outChannels: 8, kernel: 5, pad: 0, pool: true, relu: true },
  { name: 'fc1', kind: 'linear', inChannels: 8, inSide: 4, outChannels: 30, kernel: 4, pad: 0, pool: false, relu: true },
  { name: 'fc2', kind: 'linear', inChannels: 30, inSide: 1, outChannels: 10, kernel: 1, pad: 0, pool: false, relu: false },
];
const POT = { encoding: 'pot', maxShift: 6 } as const;
const BPOT = { encoding: 'bpot', groupSize: 4, maxExponent: 3 } as const;
const FIT = { epochs: 1, rate: 2e-3, seed: 2 };
const JOB: StackJob = {
  id: 'small', dataset: 'mnist', stages: STAGES, float: FIT, masked: FIT, integers: FIT,
  compression: {
    conv1: { weights: POT },
    conv2: { weights: { encoding: 'cp', rank: 4, lanes: POT } },
    fc1: { blocks: { count: 7, seed: 1 }, weights: BPOT },
    fc2: { weights: BPOT },
  },
};

/** The first digits as if they were the whole set. */
const data = someImages(readDigits('train'), 0, 5640);
const lesson = { learned: learned(data), heldOut: someImages(heldOut(data), 0, 200), report: () => undefined };
const float = floatNetOf(newLearner(STAGES, new Random(1)));
const test = someImages(readDigits('test'), 0, 24);

describe('a trained stack', () => {
  it('classifies by integers as it did in training, and gives the same bytes for the same seed', async () => {
    const trained = () => trainIntegers(JOB, trainMasked(JOB, float, lesson), lesson);
    const net = trained();
    const paths = [join(folder, 'a', 'small.network.json'), join(folder, 'b', 'small.network.json')];
    await writeStack(paths[0], JOB.id, JOB.dataset, net, STAGES, float);
    await writeStack(paths[1], JOB.id, JOB.dataset, trained(), STAGES, float);
    const [a, b] = paths.map((path) => ['conv1', 'conv2', 'fc1', 'fc2'].map((name) => readFileSync(join(path, '..', 'layers', `${name}.safetensors`), 'hex')));
    expect(a).toEqual(b);
    const network = await readNetwork(paths[0]);
    expect(network.nodes.map(({ op }) => op)).toEqual(['layer', 'max_pool', 'layer', 'max_pool', 'flatten', 'layer', 'layer', 'argmax']);
    const { inputSizes, outputSizes } = net.stages[2].blocks!;
    const blocks = [...inputSizes].reduce((sum, inputs, b) => sum + inputs * outputSizes[b], 0);
    expect(Math.abs(blocks - (128 * 30) / 7)).toBeLessThan(10);
    expect(networkParameters(network)).toEqual({ dense: 156 + 1208 + 3870 + 310, stored: 156 + 4 * (8 + 6 + 25) + 8 + blocks + 30 + 310 });
    const logits: number[] = [];
    goldenNetwork(network, test.images, test.count, { visit: ({ name }, values) => void (name === 'fc2' && logits.push(...values)) });
    const stacked = new StackedNet(net.stages);
    load(stacked, net);
    const wanted = logitsOf(stacked, test.images, test.count);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A sum in single precision may fall on the other side of a rounding now and then, and multipliers have 16 bits; no more.
    wanted.forEach((value, i) => expect(Math.abs((logits[i] * 256) / 2 ** 15 - value)).toBeLessThan(0.05 * largest));
  }, 60_000);

  it('has its dense float network beside it, in float16 and in the order of the nodes', async () => {
    const path = join(folder, 'c', 'small.network.json');
    await writeFloatNet(floatFile(path), STAGES, float);
    const back = await readFloatNet(floatFile(path), STAGES);
    back.weights.forEach((weight, i) => weight.forEach((value, at) => expect(Math.abs(value - float.weights[i][at])).toBeLessThan(1e-3)));
    await writeStack(path, JOB.id, JOB.dataset, roundedNet(JOB, trainMasked({ ...JOB, masked: { ...FIT, epochs: 0 } }, back, lesson), lesson.learned), STAGES, back);
    const network = await readNetwork(path);
    const classes = floatNetwork(network, (await readFloatReference(network))!, test.images, test.count);
    const stacked = new StackedNet(STAGES);
    load(stacked, floatLearner(STAGES, back));
    const logits = logitsOf(stacked, test.images, test.count);
    for (let n = 0; n < test.count; n++) {
      const own = logits.subarray(10 * n, 10 * n + 10);
      expect(classes[n]).toBe(own.indexOf(Math.max(...own)));
    }
  }, 60_000);
});

describe('npm run train:networks', () => {
  it('takes one network by name, and names near ones otherwise', () => {
    expect(parseOptions(['--only', 'lenet_300_100_mnist', '--keep-float'])).toMatchObject({ trainings: [{ id: 'lenet_300_100_mnist' }], keepFloat: true });
    expect(() => parseOptions(['--only', 'lenet_300_100_mnits'])).toThrow(/Did you mean 'lenet_300_100_mnist'/);
    expect(() => parseOptions(['--epochs', '1'])).toThrow(/Options are --only/);
  });
});
