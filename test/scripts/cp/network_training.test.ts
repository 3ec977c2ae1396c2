/** From a float network to the chain of layers that is committed: what is trained is what the golden model computes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLayer } from '../../../generator/expand/read_layer.js';
import { Random } from '../../../generator/layer/random.js';
import { writeChain, readFloatNet, writeFloatNet } from '../../../scripts/cp/network_files.js';
import { goldenLogits } from '../../../scripts/cp/network_golden.js';
import { resumedNet } from '../../../scripts/cp/network_resume.js';
import { NETWORK_JOBS, parameterCounts } from '../../../scripts/cp/network_jobs.js';
import { decomposedNet, fineTune } from '../../../scripts/cp/network_training.js';
import { heldOut, learned } from '../../../scripts/train/images.js';
import { load, logitsOf, newLearner } from '../../../scripts/train/fit.js';
import { readDigits, type Digits } from '../../../generator/data/mnist.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import { parseOptions } from '../../../scripts/train_cp.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-cp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = NETWORK_JOBS[0];
const ROUND = { epochs: 1, rate: 1.5e-3, seed: 2 };

/** The first digits as if they were the whole set: few are learned, 5,000 are held out. */
function fewDigits(count: number): Digits {
  const all = readDigits('train');
  return { count: count + 5000, images: all.images.subarray(0, (count + 5000) * 784), labels: all.labels.subarray(0, count + 5000) };
}

describe('a network of factors', () => {
  it('classifies by integers as it did in training, and gives the same bytes for the same seed', async () => {
    const data = fewDigits(128);
    const learner = newLearner(job.stages, new Random(1));
    const float = { weights: learner.models.map(({ trained }) => trained[0].values), biases: learner.biases.map(({ values }) => values) };
    const tuned = () => {
      const net = decomposedNet(job, float, learned(data));
      fineTune(job, ROUND, net, float, data, () => undefined);
      return net;
    };
    const net = tuned();
    expect(tuned().factors[2]!.integers()).toEqual(net.factors[2]!.integers());
    const pathOf = ({ name }: { name: string }) => join(folder, `${name}.layer.json`);
    await writeChain(job, net, pathOf);
    const chain = await Promise.all(job.stages.map(async (stage) => ({ stage, layer: await readLayer(pathOf(stage)) })));
    expect(chain.map(({ layer }) => layer.factors?.weights.rank)).toEqual([undefined, undefined, job.ranks.c5, undefined, undefined]);
    const digits = { count: 8, images: data.images.subarray(0, 8 * 784), labels: data.labels.subarray(0, 8) };
    const integers = goldenLogits(chain, digits, digits.count);
    const stacked = new StackedNet(job.stages);
    load(stacked, net);
    const unit = chain[chain.length - 1].layer.description.output.scale!;
    const logits = logitsOf(stacked, digits.images, digits.count);
    const largest = logits.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    // Read back from its files it is the same network, but for gains of 16 bits.
    load(stacked, resumedNet(job, chain));
    const resumed = logitsOf(stacked, digits.images, digits.count);
    resumed.forEach((value, i) => expect(Math.abs(integers[i] * unit - value)).toBeLessThan(0.05 * largest));
    // A sum in single precision may fall on the other side of a rounding now and then, no more.
    logits.forEach((value, i) => expect(Math.abs(integers[i] * unit - value)).toBeLessThan(0.05 * largest));
  }, 120_000);

  it('keeps its float weights to the last bit in their file', async () => {
    const learner = newLearner(job.stages, new Random(5));
    const float = { weights: learner.models.map(({ trained }) => trained[0].values), biases: learner.biases.map(({ values }) => values) };
    const path = join(folder, 'float.safetensors');
    await writeFloatNet(job, float, path);
    expect(await readFloatNet(job, path)).toEqual(float);
    await expect(readFloatNet(NETWORK_JOBS[1], path)).rejects.toThrow(/is missing.*npm run train:cp/s);
  });
});

describe('the set-up of training', () => {
  it('holds the last 5,000 images out', () => {
    const data = fewDigits(10);
    expect([learned(data).count, heldOut(data).count]).toEqual([10, 5000]);
    expect(heldOut(data).labels[0]).toBe(data.labels[10]);
  });

  it('stores ten times fewer parameters in the compressed layers of every network', () => {
    for (const each of NETWORK_JOBS) {
      const { dense, stored } = parameterCounts(each);
      expect(dense / stored, each.id).toBeGreaterThanOrEqual(10);
    }
  });

  it('names the networks that it knows', () => {
    expect(parseOptions(['--network', 'vgg_mnist', '--from', '2'])).toEqual({ jobs: [NETWORK_JOBS[1]], from: 1 });
    expect(parseOptions([]).jobs).toEqual(NETWORK_JOBS);
    expect(() => parseOptions(['--network', 'vgg16'])).toThrow("--network: is 'vgg16'; allowed: lenet5_mnist, vgg_mnist, lenet5_fashion, vgg_fashion");
    expect(() => parseOptions(['--fast'])).toThrow(/Options are --network NAME, --from ROUND$/);
    expect(() => parseOptions(['--from', 'start'])).toThrow("--from: is 'start'; the number of a round from 1 on is needed");
  });
});
