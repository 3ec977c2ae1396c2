/** Holding weights where it costs no time. */
import { describe, expect, it } from 'vitest';
import { chooseLanes } from '../../generator/flow/lanes.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { holdFor } from '../../generator/plan/hold.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { randomBlockLayer } from '../../generator/expand/random_block_layer.js';
import type { Layer } from '../../generator/layer/layer.js';

/** A convolution wide enough that turns are worth it, and long enough that a later last tile is less than 1 %. */
function wideLayer(): Layer {
  for (let seed = 1; ; seed++) {
    const layer = randomLayer(seed, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 1_000_000 });
    const { outWidth, outHeight, outChannels, groups, groupInChannels, kernelHeight, kernelWidth } = layer.geometry;
    const isLong = groupInChannels * kernelHeight * kernelWidth * outChannels > 200;
    if (outWidth === 12 && groups === 1 && outHeight > 10 && isLong) return layer;
  }
}

const LANES: Lanes = { oc: 1, ic: 1, pixel: 2, kind: 'lut' };
const estimated = (layer: Layer, lanes: Lanes) => estimateLayer(planLayer(layer, lanes, Infinity));

describe('holdFor', () => {
  const layer = wideLayer();

  it('lets as many pixel tiles take turns as a row has, if no tile idles and no time is lost', () => {
    const held = holdFor(layer, LANES);
    expect(held).toEqual({ ...LANES, hold: 6 });
    expect(estimated(layer, held).cycles).toBeLessThanOrEqual(1.01 * estimated(layer, LANES).cycles);
  });

  it('takes two, which cost registers alone, where the LUTs are used up', () => {
    const maxLut = Math.ceil(estimated(layer, { ...LANES, hold: 2 }).lut);
    expect(estimated(layer, { ...LANES, hold: 3 }).lut).toBeGreaterThan(maxLut);
    expect(holdFor(layer, LANES, { maxLut })).toEqual({ ...LANES, hold: 2 });
  });

  it('leaves a folding alone that has one pixel tile, or blocks', () => {
    expect(holdFor(layer, { ...LANES, pixel: 12 })).toEqual({ ...LANES, pixel: 12 });
    const blocks: Lanes = { oc: 1, ic: 1, pixel: 1, kind: 'lut', blocks: 1 };
    expect(holdFor(randomBlockLayer(2), blocks)).toBe(blocks);
  });

  it('is what chooseLanes does for auto; a number is taken as it is, and both at once are refused', () => {
    const lanes = 'oc=1,ic=1,pixel=2,kind=lut';
    expect(chooseLanes(layer, { lanes, hold: 'auto' }).lanes.hold).toBe(6);
    expect(chooseLanes(layer, { lanes, hold: 5 }).lanes.hold).toBe(5);
    expect(() => chooseLanes(layer, { lanes: `${lanes},hold=2`, hold: 5 })).toThrow('has hold, and --hold is given too');
  });
});
