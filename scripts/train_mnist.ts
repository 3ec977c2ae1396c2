/**
 * Trains an example network on MNIST, or checks the committed weights on the 10,000 test digits:
 *
 *     node dist/scripts/train_mnist.js                     trains LeNet-5 and writes examples/mnist/lenet.safetensors
 *     node dist/scripts/train_mnist.js --network 300-100   trains LeNet-300-100 and writes examples/mnist/lenet_300_100.safetensors
 *     node dist/scripts/train_mnist.js --check             accuracy of the committed weights; exit code 1 below the network's limit
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShiftloomError } from '../generator/errors.js';
import { projectRoot, runAsProgram } from './project.js';
import { DENSE_TRAINEE, countDenseRight } from './train/dense_net.js';
import { countRight } from './train/lenet.js';
import { readDigits, type Digits } from '../generator/data/mnist.js';
import { DEFAULT_TRAINING, train, trainNetwork, type EpochReport, type TrainingOptions } from './train/training.js';
import { readDenseNet, readLenet, writeDenseNet, writeLenet } from './train/weights_file.js';

/** What differs between the networks. */
interface TrainedNetwork {
  readonly file: string;
  readonly epochs: number;
  /** Share of the test digits that must at least be right. */
  readonly least: number;
  train(digits: Digits, options: TrainingOptions, onEpoch: (report: EpochReport) => void, path: string): Promise<void>;
  countRight(path: string, digits: Digits): Promise<number>;
}

const NETWORKS = {
  '5': {
    file: 'lenet.safetensors',
    epochs: DEFAULT_TRAINING.epochs,
    least: 0.985,
    train: (digits, options, onEpoch, path) => writeLenet(path, train(digits, options, onEpoch)),
    countRight: async (path, digits) => countRight(await readLenet(path), digits),
  },
  '300-100': {
    file: 'lenet_300_100.safetensors',
    epochs: 12,
    least: 0.98,
    train: (digits, options, onEpoch, path) => writeDenseNet(path, trainNetwork(DENSE_TRAINEE, digits, options, onEpoch)),
    countRight: async (path, digits) => countDenseRight(await readDenseNet(path), digits),
  },
} as const satisfies Record<string, TrainedNetwork>;

interface Options {
  readonly network: keyof typeof NETWORKS;
  readonly check: boolean;
  readonly epochs: number;
  readonly seed: number;
  /** Weight file to write, or to check. */
  readonly out: string;
}

/** @throws ShiftloomError `usage` for an unknown option or a value that is not allowed. */
export function parseOptions(args: string[]): Options {
  const string = { type: 'string' } as const;
  let values: { check?: boolean; network?: string; epochs?: string; seed?: string; out?: string };
  try {
    ({ values } = parseArgs({ args, options: { check: { type: 'boolean' }, network: string, epochs: string, seed: string, out: string } }));
  } catch (error) {
    throw new ShiftloomError('usage', 'train_mnist', (error as Error).message, 'Options are --check, --network 5|300-100, --epochs N, --seed S, --out FILE');
  }
  const network = values.network ?? '5';
  if (!isKnown(network)) throw new ShiftloomError('usage', '--network', `is '${network}'; allowed: ${Object.keys(NETWORKS).join(', ')}`);
  const whole = (name: 'epochs' | 'seed', low: number, standard: number): number => {
    const text = values[name] ?? String(standard);
    if (/^\d{1,9}$/.test(text) && Number(text) >= low) return Number(text);
    throw new ShiftloomError('usage', `--${name}`, `is '${text}'; a whole number from ${low} on is needed`);
  };
  return {
    network,
    check: values.check ?? false,
    epochs: whole('epochs', 1, NETWORKS[network].epochs),
    seed: whole('seed', 0, DEFAULT_TRAINING.seed),
    out: values.out ?? join(projectRoot(), 'examples', 'mnist', NETWORKS[network].file),
  };
}

function isKnown(name: string): name is keyof typeof NETWORKS {
  return Object.hasOwn(NETWORKS, name);
}

async function trainAndWrite({ network, epochs, seed, out }: Options): Promise<void> {
  const started = performance.now();
  const onEpoch = (r: EpochReport) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`epoch ${r.epoch}: loss ${r.loss.toFixed(4)}, ${(100 * r.accuracy).toFixed(2)} % of the training digits right, ${seconds} s`);
  };
  await NETWORKS[network].train(readDigits('train'), { ...DEFAULT_TRAINING, epochs, seed }, onEpoch, out);
}

await runAsProgram(import.meta.url, async () => {
  const options = parseOptions(process.argv.slice(2));
  if (!options.check) await trainAndWrite(options);
  const digits = readDigits('test');
  const { countRight: count, least } = NETWORKS[options.network];
  const right = await count(options.out, digits);
  console.log(`${right} of ${digits.count} test digits right (${((100 * right) / digits.count).toFixed(2)} %)`);
  if (right / digits.count < least) process.exitCode = 1;
});
