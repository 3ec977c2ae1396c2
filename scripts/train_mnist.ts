/**
 * Trains the example network on MNIST, or checks the committed weights on the 10,000 test digits:
 *
 *     node dist/scripts/train_mnist.js                 trains and writes examples/mnist/lenet.safetensors
 *     node dist/scripts/train_mnist.js --check         accuracy of the committed weights; exit code 1 below 98.5 %
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './project.js';
import { countRight } from './train/lenet.js';
import { readDigits } from './train/mnist_data.js';
import { DEFAULT_TRAINING, train } from './train/training.js';
import { readLenet, writeLenet } from './train/weights_file.js';

const LEAST_ACCURACY = 0.985;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    epochs: { type: 'string', default: String(DEFAULT_TRAINING.epochs) },
    seed: { type: 'string', default: String(DEFAULT_TRAINING.seed) },
    out: { type: 'string', default: join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors') },
  },
});

if (!values.check) {
  const started = performance.now();
  const net = train(readDigits('train'), { ...DEFAULT_TRAINING, epochs: Number(values.epochs), seed: Number(values.seed) }, (r) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`epoch ${r.epoch}: loss ${r.loss.toFixed(4)}, ${(100 * r.accuracy).toFixed(2)} % of the training digits right, ${seconds} s`);
  });
  await writeLenet(values.out, net);
}
const digits = readDigits('test');
const right = countRight(await readLenet(values.out), digits);
console.log(`${right} of ${digits.count} test digits right (${((100 * right) / digits.count).toFixed(2)} %)`);
if (right / digits.count < LEAST_ACCURACY) process.exitCode = 1;
