import { describe, expect, it } from 'vitest';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { sizeOf } from '../../generator/plan/limits.js';
import type { Estimate } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { RebuiltFoldings } from '../../generator/plan/rebuilt_foldings.js';
import { findLanes } from '../../generator/plan/search.js';
import { factoredLayer } from '../support/factored_layer.js';

const layer = factoredLayer({ side: 8, rank: 12, channels: [8, 16] });
const rebuilt = { weights: 'rebuilt' } as const;

/** Every folding with the unit and the bands that the planner takes. */
const every: readonly Estimate[] = Array.from({ length: 16 * 8 * 8 }, (_, i) => {
  const [oc, ic, pixel] = [1 + (i % 16), 1 + (Math.floor(i / 16) % 8), 1 + Math.floor(i / 128)];
  return estimateLayer(planLayer(layer, { oc, ic, pixel, kind: 'lut', ...rebuilt }));
});

describe('search for foldings with rebuilt weights', () => {
  it('is about as good as planning every folding with the unit and bands that hide best, and plans few', () => {
    for (const maxLut of [2_000, 4_000, 8_000, 16_000]) {
      const least = Math.min(...every.filter(({ lut }) => lut <= maxLut).map(({ cycles }) => cycles));
      const { estimate, lanes, planned } = findLanes(layer, { ...rebuilt, maxLut });
      expect(estimate.lut).toBeLessThanOrEqual(maxLut);
      expect(estimate.cycles / least, `${maxLut} LUTs`).toBeLessThan(1.1);
      expect(planned).toBeLessThan(60);
      expect(estimateLayer(planLayer(layer, lanes))).toEqual(estimate); // the lanes say all there is
    }
  });

  it('takes the smallest engine that meets a latency', () => {
    const fastest = Math.min(...every.map(({ cycles }) => cycles));
    for (const factor of [2, 5]) {
      const latencyCycles = factor * fastest;
      const smallest = Math.min(...every.filter(({ cycles }) => cycles <= latencyCycles).map(sizeOf));
      const { estimate } = findLanes(layer, { ...rebuilt, latencyCycles });
      expect(estimate.cycles).toBeLessThanOrEqual(latencyCycles);
      expect(sizeOf(estimate) / smallest).toBeLessThan(1.1);
    }
  });

  it('rests on figures that are near to what planned engines need', () => {
    const foldings = new RebuiltFoldings(layer, 'lut');
    const ratios: { lut: number; cycles: number }[] = [];
    let seen = 0;
    for (const ic of [4, 8]) {
      foldings.visit(ic, { lut: 20_000, dsp: Infinity, macs: 1024 }, undefined, ({ lanes, least }) => {
        if (seen++ % 40 !== 0) return;
        const { lut, cycles } = estimateLayer(planLayer(layer, lanes));
        ratios.push({ lut: least.lut / lut, cycles: least.cycles / cycles });
      });
    }
    expect(ratios.length).toBeGreaterThan(15);
    for (const { lut, cycles } of ratios) {
      expect(Math.abs(lut - 1)).toBeLessThan(0.3);
      expect(cycles).toBeGreaterThan(0.6);
      expect(cycles).toBeLessThan(1.05);
    }
  });

  it('keeps all limits over layers of every form and encoding, DSP blocks for lanes in pairs among them', () => {
    for (let seed = 1; seed <= 24; seed++) {
      const random = randomCpLayer(seed);
      const limits = { maxLut: 4_000, maxDsp: 40, ...rebuilt };
      const { lanes, estimate } = findLanes(random, limits);
      expect([seed, lanes.weights, estimate.lut <= limits.maxLut, estimate.dsp <= limits.maxDsp]).toEqual([seed, 'rebuilt', true, true]);
      expect(estimateLayer(planLayer(random, lanes))).toEqual(estimate);
    }
  });

  it('names the nearest if none meets the limits', () => {
    expect(() => findLanes(layer, { ...rebuilt, maxLut: 300 })).toThrow(
      /no folding has at most 300 LUTs, 500 block RAMs \(\d+ considered\); the nearest, oc=1,ic=\d+,pixel=1,kind=lut,weights=rebuilt,rebuild=\d+x1x1,band=\d+, takes [\d,]+ LUTs instead of 300\. Relax that limit/,
    );
    expect(() => findLanes(layer, { ...rebuilt, maxLut: 4_000, latencyCycles: 10 })).toThrow(/the nearest, .*weights=rebuilt.*, takes [\d,]+ cycles instead of 10\./);
  });

  it('refuses a layer without factors', () => {
    expect(() => findLanes(randomLayer(1, { encodings: ['pot'] }), rebuilt)).toThrow('the layer is not stored as factors');
  });
});

describe('a layer of factors whose weights do not fit on chip', () => {
  const large = factoredLayer({ side: 16, rank: 12, channels: [32, 128] });
  const small = factoredLayer({ side: 4, rank: 48, channels: [64, 64] });
  const plain = { ...large, factors: undefined };

  it('is rebuilt, which needs nothing from outside, and only streamed where that is twice as fast', () => {
    const limits = { maxLut: 8_000, maxBram: 3 };
    expect(() => findLanes(large, { ...limits, weights: 'resident' })).toThrow('block RAMs instead of 3');
    const found = findLanes(large, limits);
    const streamed = findLanes(large, { ...limits, weights: 'streamed' });
    expect(found.lanes.weights).toBe('rebuilt');
    expect(found.estimate.bram36).toBeLessThanOrEqual(3);
    expect(found.estimate.cycles).toBeLessThan(2 * streamed.estimate.cycles);
    expect(findLanes(small, limits).lanes.weights).toBe('streamed');
    expect(findLanes(plain, limits).lanes.weights).toBe('streamed');
  });

  it('stays stored where it fits', () => {
    expect(findLanes(large, { maxLut: 8_000 }).lanes.weights).toBeUndefined();
  });
});
