/** Fashion-MNIST from its Debian package. */
import { describe, expect, it } from 'vitest';
import { readFashion } from '../../../generator/data/fashion.js';

describe('Fashion-MNIST', () => {
  it('is the genuine test set, a thousand pictures of each class', () => {
    const { images, labels, count } = readFashion('test');
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label]++;
    expect(counts).toEqual(new Array<number>(10).fill(1000));
    expect([count, images.length]).toEqual([10_000, 10_000 * 28 * 28]);
  });
});
