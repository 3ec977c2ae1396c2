/** Which images of a training set are learned from, and which are held out to judge what is tried. */
import type { Digits } from '../../generator/data/mnist.js';

/** Images at the end of a training set that are never learned from. */
const HELD_OUT = 5000;

/** Images `from` up to, but not including, `to`. */
export function someImages({ images, labels }: Digits, from: number, to: number): Digits {
  const pixels = images.length / labels.length;
  return { count: to - from, images: images.subarray(from * pixels, to * pixels), labels: labels.subarray(from, to) };
}

export const learned = (data: Digits): Digits => someImages(data, 0, data.count - HELD_OUT);
export const heldOut = (data: Digits): Digits => someImages(data, data.count - HELD_OUT, data.count);
