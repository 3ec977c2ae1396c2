import { describe, expect, it } from 'vitest';
import { ShiftloomError } from '../../generator/errors.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { macsOf, type Layer } from '../../generator/layer/layer.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { icCounts, laneKinds, visitFoldings, visitHybrids, withWeightMemory } from '../../generator/plan/foldings.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { sizeOf } from '../../generator/plan/limits.js';
import { findLanes, type Candidate } from '../../generator/plan/search.js';
import { prunedLayer } from '../support/pruned_layer.js';

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

  it('names the folding nearest to limits that none meets, and what it breaks', () => {
    expect(() => findLanes(layer, { maxLut: 10 })).toThrow(ShiftloomError);
    expect(() => findLanes(layer, { maxLut: 10 })).toThrow(
      /no folding has at most 10 LUTs, 500 block RAMs \(\d+ considered\); the nearest, oc=1,ic=1,pixel=1,kind=lut, takes [\d,]+ LUTs instead of 10\. Relax that limit/,
    );
    // Within the LUTs there are foldings, only none that is fast enough: the fastest of them is the nearest.
    const { lanes, estimate } = findLanes(layer, { maxLut: 4_000 });
    const message = new RegExp(`the nearest, oc=${lanes.oc},ic=${lanes.ic},pixel=${lanes.pixel},kind=lut, takes ${estimate.cycles.toLocaleString('en-US')} cycles instead of 10\\.`);
    expect(() => findLanes(layer, { maxLut: 4_000, latencyCycles: 10 })).toThrow(message);
    expect(() => findLanes(layer, { maxLut: 100_000, minUtilization: 1 })).toThrow(/at 100.0 % of peak .* works at \d+\.\d % of its peak/);
  });

  it('keeps the array as busy as asked', () => {
    for (const minUtilization of [0.5, 0.8]) {
      const { lanes, estimate } = findLanes(layer, { maxLut: 100_000, minUtilization });
      expect(macsOf(layer.geometry) / (estimate.cycles * lanes.oc * lanes.ic * lanes.pixel)).toBeGreaterThanOrEqual(minUtilization);
    }
  });
});

describe('lane search with DSP blocks to spend', () => {
  const layer = randomLayer(55, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 400_000 });
  const pruned = prunedLayer(2, 4, { input: { channels: 64, height: 8, width: 8 }, outChannels: 24 }, { encoding: 'bpot', groupSize: 8 });

  it('runs some output channels in pairs when LUTs run out, and is faster for it', () => {
    const limits = { maxLut: 4_000, maxDsp: 40 };
    const { lanes, estimate } = findLanes(layer, limits);
    expect(lanes.dsp).toBeGreaterThan(0);
    expect([estimate.lut <= limits.maxLut, estimate.dsp <= limits.maxDsp]).toEqual([true, true]);
    expect(estimate.cycles).toBeLessThan(findLanes(layer, { maxLut: limits.maxLut }).estimate.cycles);
    expect(findLanes(layer, { ...limits, maxLut: 200_000 }).lanes.dsp).toBeUndefined();
  });

  it('rests on bounds that no planned engine stays below', () => {
    const seen = { dense: 0, selecting: 0 };
    for (const searched of [layer, pruned]) {
      for (const ic of [1, 4, 8]) {
        visitHybrids(searched, ic, 'resident', { lut: 5_000, dsp: 40, macs: Infinity }, (folding) => {
          const plan = planLayer(searched, folding.lanes);
          const estimate = estimateLayer(plan);
          const least = withWeightMemory(searched, folding);
          for (const key of ['lut', 'dsp', 'bram36', 'cycles'] as const) expect(least[key], `${key} of ${JSON.stringify(folding.lanes)}`).toBeLessThanOrEqual(estimate[key]);
          expect(plan.processingElementPair?.selection).toEqual(plan.processingElement.selection);
          seen[plan.processingElement.selection ? 'selecting' : 'dense']++;
        });
      }
    }
    expect(Math.min(seen.dense, seen.selecting)).toBeGreaterThan(10);
  });
});

/** Every folding, planned: what the search must find without planning them. */
function everyFolding(layer: Layer): Candidate[] {
  const { groupInChannels, groupOutChannels, outWidth } = layer.geometry;
  const counts = (most: number) => Array.from({ length: most }, (_, i) => i + 1);
  return laneKinds(layer).flatMap((kind) =>
    counts(groupOutChannels).flatMap((oc) =>
      counts(groupInChannels).flatMap((ic) =>
        counts(Math.min(32, outWidth)).map((pixel) => ({ lanes: { oc, ic, pixel, kind }, estimate: estimateLayer(planLayer(layer, { oc, ic, pixel, kind })) })),
      ),
    ),
  );
}

describe('lane search against planning every folding', () => {
  const layers = [31, 36, 44, 52, 61, 70].map((seed) => randomLayer(seed, { kinds: ['conv2d'], maxMacs: 400_000, maxOutputs: 2_000 }));

  it.each(layers.map((layer) => [layer.description.name, layer] as const))('finds the best of %s and plans few', (_, layer) => {
    const all = everyFolding(layer);
    const sizes = all.map(({ estimate }) => estimate.lut).sort((a, b) => a - b);
    const times = all.map(({ estimate }) => estimate.cycles).sort((a, b) => a - b);
    for (const share of [0.2, 0.5, 0.9]) {
      const maxLut = sizes[Math.floor(share * (sizes.length - 1))];
      const fitting = all.filter(({ estimate }) => estimate.lut <= maxLut);
      const fastest = Math.min(...fitting.map(({ estimate }) => estimate.cycles));
      const smallest = Math.min(...fitting.filter(({ estimate }) => estimate.cycles <= 1.02 * fastest).map(({ estimate }) => sizeOf(estimate)));
      const found = findLanes(layer, { maxLut });
      expect(sizeOf(found.estimate)).toBe(smallest);
      expect(found.estimate.cycles).toBeLessThanOrEqual(1.02 * fastest);
      const latencyCycles = times[Math.floor(share * (times.length - 1))];
      const quick = Math.min(...all.filter(({ estimate }) => estimate.cycles <= latencyCycles).map(({ estimate }) => sizeOf(estimate)));
      expect(sizeOf(findLanes(layer, { latencyCycles }).estimate)).toBe(quick);
    }
    const { considered, planned } = findLanes(layer, { maxLut: sizes[sizes.length - 1] });
    expect(considered).toBe(all.length);
    expect(planned).toBeLessThan(Math.max(100, 0.4 * all.length));
  });

  it('rests on bounds that no planned engine stays below', () => {
    for (const layer of layers) {
      for (const kind of laneKinds(layer)) {
        for (const ic of icCounts(layer)) {
          for (const weights of ['resident', 'streamed'] as const) visitFoldings(layer, ic, kind, weights, { lut: Infinity, dsp: Infinity, macs: Infinity }, (folding) => {
            const estimate = estimateLayer(planLayer(layer, folding.lanes));
            const least = withWeightMemory(layer, folding);
            for (const key of ['lut', 'dsp', 'bram36', 'cycles'] as const) {
              expect(least[key], `${key} of ${layer.description.name} ${JSON.stringify(folding.lanes)}`).toBeLessThanOrEqual(estimate[key]);
            }
          });
        }
      }
    }
  });
});
