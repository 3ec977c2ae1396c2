/** The networks of examples/networks: as small as they are said to be, and right about as often. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatNetwork, readFloatReference } from '../../../generator/network/float_network.js';
import { goldenNetwork } from '../../../generator/network/golden_network.js';
import { networkParameters } from '../../../generator/network/parameters.js';
import { readNetwork } from '../../../generator/network/read.js';
import { networkFile } from '../../../scripts/network_training/trainings.js';
import { readFashion } from '../../../generator/data/fashion.js';
import { someImages } from '../../../scripts/train/images.js';
import { readDigits } from '../../../generator/data/mnist.js';

/** What is promised: parameters with biases, and the least share of the first test images. */
const NETWORKS: readonly { readonly id: string; readonly dense: number; readonly ratio: number; readonly right: number; readonly images: number }[] = [
  { id: 'lenet_300_100_mnist', dense: 266_610, ratio: 10, right: 0.965, images: 300 },
  { id: 'lenet_300_100_fashion', dense: 266_610, ratio: 10, right: 0.84, images: 300 },
  { id: 'lenet5_block_mnist', dense: 147_146, ratio: 6, right: 0.98, images: 100 },
  { id: 'lenet5_cp_block_mnist', dense: 147_146, ratio: 11, right: 0.98, images: 100 },
  { id: 'vgg_fashion', dense: 44_378, ratio: 1, right: 0.89, images: 200 },
  { id: 'deep_mnist', dense: 3_274_634, ratio: 8.7, right: 0.96, images: 60 },
  { id: 'resnet_fashion', dense: 17_290, ratio: 1, right: 0.87, images: 200 },
];

describe.each(NETWORKS)('$id', ({ id, dense, ratio, right, images: count }) => {
  it('has the parameters that are promised, biases counted, and so many times fewer', async () => {
    const counts = networkParameters(await readNetwork(networkFile(id)));
    expect(counts.dense).toBe(dense);
    expect(counts.dense / counts.stored).toBeGreaterThanOrEqual(ratio);
    const readme = readFileSync(join(dirname(networkFile(id)), 'README.md'), 'utf8');
    expect(readme).toContain(ratio > 1 ? `${counts.dense.toLocaleString('en')} -> ${counts.stored.toLocaleString('en')}` : `: ${counts.dense.toLocaleString('en')},`);
    expect(readme).toContain(`--only ${id}`);
  });

  it('has most of the first test images right on integers, and the float network beside it, too', async () => {
    const network = await readNetwork(networkFile(id));
    const { images, labels } = someImages(network.description.dataset === 'mnist' ? readDigits('test') : readFashion('test'), 0, count);
    const share = (classes: ArrayLike<number>) => labels.reduce((sum, label, n) => sum + (classes[n] === label ? 1 : 0), 0) / count;
    expect(share(goldenNetwork(network, images, count))).toBeGreaterThanOrEqual(right);
    expect(share(floatNetwork(network, (await readFloatReference(network))!, images, count))).toBeGreaterThanOrEqual(right);
  });
});
