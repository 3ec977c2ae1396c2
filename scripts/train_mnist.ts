/**
 * Trains the example network on MNIST, or checks the committed weights on the 10,000 test digits:
 *
 *     node dist/scripts/train_mnist.js                 trains and writes examples/mnist/lenet.safetensors
 *     node dist/scripts/train_mnist.js --check         accuracy of the committed weights; exit code 1 below 98.5 %
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShiftloomError } from '../generator/errors.js';
import { projectRoot, runAsProgram } from './project.js';
import { countRight } from './train/lenet.js';
import { readDigits } from './train/mnist_data.js';
import { DEFAULT_TRAINING, train } from './train/training.js';
import { readLenet, writeLenet } from './train/weights_file.js';

const LEAST_ACCURACY = 0.985;

interface Options {
  readonly check: boolean;
  readonly epochs: number;
  readonly seed: number;
  /** Weight file to write, or to check. */
  readonly out: string;
}

/** @throws ShiftloomError `usage` for an unknown option or a value that is not a whole number. */
export function parseOptions(args: string[]): Options {
  const string = { type: 'string' } as const;
  let values: { check?: boolean; epochs?: string; seed?: string; out?: string };
  try {
    ({ values } = parseArgs({ args, options: { check: { type: 'boolean' }, epochs: string, seed: string, out: string } }));
  } catch (error) {
    throw new ShiftloomError('usage', 'train_mnist', (error as Error).message, 'Options are --check, --epochs N, --seed S, --out FILE');
  }
  const whole = (name: 'epochs' | 'seed', low: number): number => {
    const text = values[name] ?? String(DEFAULT_TRAINING[name]);
    if (/^\d{1,9}$/.test(text) && Number(text) >= low) return Number(text);
    throw new ShiftloomError('usage', `--${name}`, `is '${text}'; a whole number from ${low} on is needed`);
  };
  return {
    check: values.check ?? false,
    epochs: whole('epochs', 1),
    seed: whole('seed', 0),
    out: values.out ?? join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors'),
  };
}

async function trainAndWrite({ epochs, seed, out }: Options): Promise<void> {
  const started = performance.now();
  const net = train(readDigits('train'), { ...DEFAULT_TRAINING, epochs, seed }, (r) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`epoch ${r.epoch}: loss ${r.loss.toFixed(4)}, ${(100 * r.accuracy).toFixed(2)} % of the training digits right, ${seconds} s`);
  });
  await writeLenet(out, net);
}

await runAsProgram(import.meta.url, async () => {
  const options = parseOptions(process.argv.slice(2));
  if (!options.check) await trainAndWrite(options);
  const digits = readDigits('test');
  const right = countRight(await readLenet(options.out), digits);
  console.log(`${right} of ${digits.count} test digits right (${((100 * right) / digits.count).toFixed(2)} %)`);
  if (right / digits.count < LEAST_ACCURACY) process.exitCode = 1;
});
