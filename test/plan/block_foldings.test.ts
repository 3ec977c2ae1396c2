import { describe, expect, it } from 'vitest';
import { randomBlockLayer } from '../../generator/expand/random_block_layer.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { icCounts, visitFoldings, type BoundedFolding } from '../../generator/plan/foldings.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { findLanes } from '../../generator/plan/search.js';
import { shapedBlockLayer } from '../support/block_layer.js';

describe('foldings of a block-permuted layer', () => {
  it('have bounds that no planned engine is below', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const layer = randomBlockLayer(seed);
      const kind = layer.description.weights.encoding === 'uniform' ? 'dsp' : 'lut';
      const foldings: BoundedFolding[] = [];
      for (const ic of icCounts(layer).slice(0, 9)) visitFoldings(layer, ic, kind, 'resident', { lut: Infinity, dsp: Infinity, macs: 300 }, (folding) => foldings.push(folding));
      for (const { lanes, least } of foldings.filter((_, i) => i % 11 === seed % 11)) {
        const estimate = estimateLayer(planLayer(layer, lanes, Infinity));
        for (const key of ['lut', 'dsp', 'bram36', 'cycles'] as const) expect(estimate[key], `seed ${seed}, ${JSON.stringify(lanes)}, ${key}`).toBeGreaterThanOrEqual(least[key]);
      }
    }
  });

  it('are found from limits, several blocks at once where that is faster', () => {
    const layer = shapedBlockLayer('fc1', 784, 300, 10);
    const fast = findLanes(layer, { maxLut: 10_000 });
    expect(fast.lanes).toMatchObject({ pixel: 1, kind: 'lut' });
    expect(fast.lanes.blocks).toBeGreaterThan(1);
    expect(fast.estimate.lut).toBeLessThanOrEqual(10_000);
    const small = findLanes(layer, { latencyCycles: 1000 });
    expect(small.estimate.cycles).toBeLessThanOrEqual(1000);
    expect(small.estimate.lut).toBeLessThan(fast.estimate.lut);
  });
});
