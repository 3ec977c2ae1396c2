import { describe, expect, it } from 'vitest';
import { ShiftloomError } from '../../generator/errors.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { findLanes } from '../../generator/plan/search.js';

const layer = randomLayer(5, { encodings: ['pot'], kinds: ['conv2d'], maxMacs: 200_000 });

describe('lane search', () => {
  it('takes the smallest engine that meets a latency, and a longer latency never needs a larger one', () => {
    const fastest = findLanes(layer, { maxLut: 100_000 }).estimate.cycles;
    const sizes = [1.2, 2, 4, 8].map((factor) => {
      const found = findLanes(layer, { latencyCycles: Math.ceil(fastest * factor) });
      expect(found.estimate.cycles).toBeLessThanOrEqual(Math.ceil(fastest * factor));
      return found.estimate.lut + 172 * found.estimate.bram36 + 191 * found.estimate.dsp;
    });
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('stays within a LUT limit and gets no slower when the limit is raised', () => {
    const cycles = [2_000, 4_000, 8_000].map((maxLut) => {
      const found = findLanes(layer, { maxLut });
      expect(found.estimate.lut).toBeLessThanOrEqual(maxLut);
      return found.estimate.cycles;
    });
    // Up to the 2 % that it gives away for a smaller engine.
    expect(cycles[1]).toBeLessThanOrEqual(cycles[0] * 1.02);
    expect(cycles[2]).toBeLessThanOrEqual(cycles[1] * 1.02);
  });

  it('has at most 256 multiply-accumulates per cycle when nothing is asked', () => {
    const { oc, ic, pixel } = findLanes(layer).lanes;
    expect(oc * ic * pixel).toBeLessThanOrEqual(256);
  });

  it('says what the least is that any folding needs when none fits', () => {
    expect(() => findLanes(layer, { maxLut: 10 })).toThrow(ShiftloomError);
    expect(() => findLanes(layer, { maxLut: 10 })).toThrow(/none of \d+ foldings meets at most 10 LUTs; the least that any needs is \d+ LUTs/);
  });
});
