/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) from the Debian package `dataset-fashion-mnist`: the format and the counts of MNIST, with pictures of clothes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ShiftloomError } from '../errors.js';
import type { Digits } from './mnist.js';

/** Where Debian's package puts Fashion-MNIST. */
export const FASHION_DATA = '/usr/share/datasets/fashion-mnist';

/** SHA-256 of the files' contents, unpacked. */
const FILES = {
  't10k-images-idx3-ubyte': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  't10k-labels-idx1-ubyte': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  'train-images-idx3-ubyte': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels-idx1-ubyte': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
} as const;

const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

/**
 * The 60,000 training pictures or the 10,000 test pictures.
 * @throws ShiftloomError `tool` if the package is not installed, `input` if a file is not the genuine one.
 */
export function readFashion(part: 'train' | 'test'): Digits {
  const prefix = part === 'train' ? 'train' : 't10k';
  const images = readChecked(`${prefix}-images-idx3-ubyte`).subarray(IMAGE_HEADER);
  const labels = readChecked(`${prefix}-labels-idx1-ubyte`).subarray(LABEL_HEADER);
  return { count: labels.length, images, labels };
}

function readChecked(name: keyof typeof FILES): Uint8Array {
  const path = join(FASHION_DATA, `${name}.gz`);
  if (!existsSync(path)) {
    throw new ShiftloomError('tool', path, 'Fashion-MNIST is not installed', 'Type: sudo apt-get install dataset-fashion-mnist');
  }
  const bytes = gunzipSync(readFileSync(path));
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== FILES[name]) throw new ShiftloomError('input', path, `SHA-256 of its content is ${digest}, expected ${FILES[name]}`, 'Install the package dataset-fashion-mnist again');
  return bytes;
}
