/** Mean products of what a layer reads. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { load, newLearner } from '../../../scripts/train/fit.js';
import { inputMoments } from '../../../scripts/train/input_moments.js';
import { STACK, type StageShape } from '../../../scripts/train/stage.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';

const STAGES: readonly StageShape[] = [
  { name: 'a', kind: 'convolution', inChannels: 1, inSide: 4, outChannels: 3, kernel: 3, pad: 1, pool: true, relu: true },
  { name: 'b', kind: 'linear', inChannels: 3, inSide: 2, outChannels: 10, kernel: 2, pad: 0, pool: false, relu: false },
];

describe('moments of the inputs of a layer', () => {
  it('are sums of products of what it reads, positions outermost, and symmetric', () => {
    const random = new Random(2);
    const net = new StackedNet(STAGES);
    load(net, newLearner(STAGES, random));
    const images = Uint8Array.from({ length: STACK * 16 }, () => random.integer(0, 255));
    const moments = inputMoments(net, 1, images, STACK);
    const maps = net.inputsOf(1);
    const n = 12;
    const wanted = (p: number, q: number) => {
      let sum = 0;
      for (let image = 0; image < STACK; image++) sum += maps[image * n + p] * maps[image * n + q];
      return sum;
    };
    expect(Math.max(...maps)).toBeGreaterThan(0);
    for (let p = 0; p < n; p++) {
      for (let q = 0; q < n; q++) {
        expect(moments[p * n + q]).toBe(moments[q * n + p]);
        if (p !== q) expect(moments[p * n + q]).toBeCloseTo(wanted(p, q), 3);
        else expect(moments[p * n + p]).toBeGreaterThanOrEqual(wanted(p, p));
      }
    }
  });

  it('count what lies in the padding as zero', () => {
    const net = new StackedNet(STAGES);
    load(net, newLearner(STAGES, new Random(2)));
    const moments = inputMoments(net, 0, new Uint8Array(64 * 16).fill(255), 64);
    // The middle of the kernel always lies on the image, its corner not.
    expect(moments[4 * 9 + 4]).toBeGreaterThan(moments[0]);
    expect(moments[0]).toBeGreaterThan(10);
  });
});
