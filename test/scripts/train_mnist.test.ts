/** The MNIST example network: its gradient, its training, and the committed weights on the genuine test digits. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../generator/layer/random.js';
import { writeSafetensors } from '../../generator/layer/safetensors.js';
import { projectRoot } from '../../scripts/project.js';
import { DENSE_NAMES, DENSE_TRAINEE, countDenseRight, denseBackward, denseForward, emptyDenseNet, initialDenseNet, newDenseState } from '../../scripts/train/dense_net.js';
import { LAYER_NAMES, countRight, emptyLenet, forward, initialLenet, newState } from '../../scripts/train/lenet.js';
import { backward, newActivationGradients } from '../../scripts/train/lenet_gradient.js';
import { readDigits } from '../../generator/data/mnist.js';
import { parseOptions } from '../../scripts/train_mnist.js';
import { DEFAULT_TRAINING, train, trainNetwork } from '../../scripts/train/training.js';
import { readLenet, writeLenet } from '../../scripts/train/weights_file.js';

const committed = join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors');
const test = readDigits('test');

describe('MNIST digits', () => {
  it('are the genuine test set, with its class counts', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of test.labels) counts[label]++;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(test.images.length).toBe(10_000 * 28 * 28);
  });
});

describe('training', () => {
  it('has the gradient that finite differences give, in every layer', () => {
    const random = new Random(7);
    const net = initialLenet(random);
    // Away from zero, where ReLU of the empty background would have no slope of its own.
    for (const name of LAYER_NAMES) net[name].bias.forEach((_, i, bias) => (bias[i] = 0.1 * random.gaussian()));
    const state = newState();
    const gradient = emptyLenet();
    const lossOf = (): number => {
      forward(net, test.images, 3, state);
      return backward(net, state, test.labels[3], emptyLenet(), newActivationGradients(state));
    };
    forward(net, test.images, 3, state);
    backward(net, state, test.labels[3], gradient, newActivationGradients(state));
    for (const name of LAYER_NAMES) {
      for (const part of ['weight', 'bias'] as const) {
        const values = net[name][part];
        // The largest slopes: those that tell most.
        const places = [...gradient[name][part].keys()].sort((a, b) => Math.abs(gradient[name][part][b]) - Math.abs(gradient[name][part][a])).slice(0, 5);
        for (const i of places) {
          const value = values[i];
          values[i] = value + 1e-6;
          const above = lossOf();
          values[i] = value - 1e-6;
          const slope = (above - lossOf()) / 2e-6;
          values[i] = value;
          expect(Math.abs(slope)).toBeGreaterThan(1e-4);
          expect(gradient[name][part][i] / slope).toBeCloseTo(1, 5);
        }
      }
    }
  });

  it('learns from few digits, and gives the same bits for the same seed', () => {
    const digits = { count: 1500, images: test.images, labels: test.labels };
    const options = { ...DEFAULT_TRAINING, epochs: 1, batch: 16 };
    const net = train(digits, options);
    const later = { images: test.images.subarray(1500 * 784), labels: test.labels.subarray(1500) };
    expect(countRight(net, later, 500) / 500).toBeGreaterThan(0.7);
    const again = train({ ...digits, count: 200 }, options);
    expect(train({ ...digits, count: 200 }, options)).toEqual(again);
    expect(train({ ...digits, count: 200 }, { ...options, seed: 2 })).not.toEqual(again);
  }, 30_000);
});

describe('training of LeNet-300-100', () => {
  it('has the gradient that finite differences give, in every layer', () => {
    const net = initialDenseNet(new Random(7));
    const state = newDenseState();
    const gradient = emptyDenseNet();
    const lossOf = (): number => {
      denseForward(net, test.images, 3, state);
      return denseBackward(net, state, test.labels[3], emptyDenseNet());
    };
    denseForward(net, test.images, 3, state);
    denseBackward(net, state, test.labels[3], gradient);
    for (const name of DENSE_NAMES) {
      const { weight } = net[name];
      const slopes = gradient[name].weight;
      const places = [...slopes.keys()].sort((a, b) => Math.abs(slopes[b]) - Math.abs(slopes[a])).slice(0, 5);
      for (const i of places) {
        const value = weight[i];
        weight[i] = value + 1e-6;
        const above = lossOf();
        weight[i] = value - 1e-6;
        const slope = (above - lossOf()) / 2e-6;
        weight[i] = value;
        expect(slopes[i] / slope).toBeCloseTo(1, 5);
      }
    }
  });

  it('learns from few digits', () => {
    const net = trainNetwork(DENSE_TRAINEE, { count: 1500, images: test.images, labels: test.labels }, { ...DEFAULT_TRAINING, epochs: 1, batch: 16 });
    const later = { images: test.images.subarray(1500 * 784, 2000 * 784), labels: test.labels.subarray(1500, 2000) };
    expect(countDenseRight(net, later) / 500).toBeGreaterThan(0.75);
  }, 30_000);
});

describe('train_mnist options', () => {
  it('have defaults that make the committed file', () => {
    expect(parseOptions([])).toEqual({ network: '5', check: false, epochs: 6, seed: 1, out: committed });
    expect(parseOptions(['--check', '--out', 'x'])).toEqual({ network: '5', check: true, epochs: 6, seed: 1, out: 'x' });
    const dense = { network: '300-100', check: false, epochs: 12, seed: 1, out: join(projectRoot(), 'examples', 'mnist', 'lenet_300_100.safetensors') };
    expect(parseOptions(['--network', '300-100'])).toEqual(dense);
  });

  it('are refused with a message when they are not understood', () => {
    expect(() => parseOptions(['--epochs', 'many'])).toThrow("--epochs: is 'many'; a whole number from 1 on is needed");
    expect(() => parseOptions(['--fast'])).toThrow(/^train_mnist: Unknown option '--fast'.*Options are --check, --network 5\|300-100, --epochs N, --seed S, --out FILE$/s);
    expect(() => parseOptions(['--network', 'vgg'])).toThrow("--network: is 'vgg'; allowed: 5, 300-100");
  });
});

describe('committed weights', () => {
  it('classify at least 98.5 % of the 10,000 test digits right, as many as the README says', async () => {
    const right = countRight(await readLenet(committed), test);
    expect(right).toBeGreaterThanOrEqual(9850);
    const readme = readFileSync(join(projectRoot(), 'examples', 'mnist', 'README.md'), 'utf8');
    expect(readme).toContain(`${(right / 100).toFixed(2)} %`);
  }, 60_000);

  it('come back to the last bit when written and read again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lenet-'));
    const copy = join(folder, 'copy.safetensors');
    const net = await readLenet(committed);
    await writeLenet(copy, net);
    expect(readFileSync(copy).equals(readFileSync(committed))).toBe(true);
    expect(await readLenet(copy)).toEqual(net);
    rmSync(folder, { recursive: true });
  });

  it('are refused by name and shape when a tensor is not this network\'s', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lenet-'));
    const path = join(folder, 'other.safetensors');
    await writeSafetensors(path, new Map([['conv1.weight', { dtype: 'float32', shape: [6, 1, 3, 3], data: new Float32Array(54) }]]));
    await expect(readLenet(path)).rejects.toThrow(`${path} tensor 'conv1.weight': has shape (6, 1, 3, 3); (6, 1, 5, 5) is needed`);
    rmSync(folder, { recursive: true });
  });
});
