import { describe, expect, it } from 'vitest';
import { assignEncodings } from '../../generator/assign/assign.js';
import type { MeasureOptions } from '../../generator/assign/measure_candidates.js';
import { compressLayer } from '../../generator/compress/compress.js';
import { floatLayer } from '../compress/layers.js';
import { messageOf } from '../layer/message.js';

const CANDIDATES = [{ encoding: 'bpot' }, { encoding: 'apot' }, { encoding: 'uniform', bits: 8 }] as const;
const shape = { input: { channels: 8, height: 4, width: 4 }, outChannels: 4 };
const layers = ['first', 'second', 'third'].map((name, i) => ({ layer: floatLayer(20 + i, { ...shape, name }) }));
const weights = layers.reduce((sum, { layer }) => sum + layer.weight.length, 0);
const options: MeasureOptions = { candidates: CANDIDATES, costOf: ({ stats }) => stats.stored.codes };

describe('assigning encodings', () => {
  it('measures each candidate on each layer, and stays within the budget', async () => {
    const { layers: assigned, cost, loss, single } = await assignEncodings(layers, 6 * weights, options);
    assigned.forEach(({ name, candidates, chosen }, l) => {
      expect(name).toBe(layers[l].layer.name);
      expect(candidates.map(({ outputSqnrDb }) => outputSqnrDb)).toEqual(CANDIDATES.map((encoding) => compressLayer(layers[l].layer, { encoding }).stats.outputSqnrDb));
      expect(chosen.loss).toBeCloseTo(10 ** (-chosen.outputSqnrDb! / 10), 12);
      expect(candidates).toContain(chosen);
    });
    expect(cost).toBeLessThanOrEqual(6 * weights);
    expect(loss).toBeCloseTo(assigned.reduce((sum, { chosen }) => sum + chosen.loss, 0), 12);
    expect(new Set(assigned.map(({ chosen }) => chosen.encoding.encoding)).size).toBeGreaterThan(1);
    expect(loss).toBeLessThan(single!.loss);
    expect(single!.encoding.encoding).toBe('apot');
  });

  it('gives the bits to the layer whose error counts most', async () => {
    for (const favoured of [0, 1, 2]) {
      const counted = layers.map(({ layer }, l) => ({ layer, sensitivity: l === favoured ? 1000 : 1 }));
      const { layers: assigned } = await assignEncodings(counted, (4 + 4 + 8) * (weights / 3), options);
      expect(assigned[favoured].chosen.encoding).toEqual(CANDIDATES[2]);
    }
  });

  it('goes by the error of the network if that is measured', async () => {
    const asked: string[][] = [];
    const networkError: NonNullable<MeasureOptions['networkError']> = (compressed) => {
      asked.push([...compressed].map(([name, { description }]) => `${name} ${description.weights.encoding}`));
      // Only the third layer matters, and only one encoding harms it; the trained network has an error of its own.
      return 0.25 + (compressed.get('third')?.description.weights.encoding === 'bpot' ? 1 : 0);
    };
    const { layers: assigned, loss } = await assignEncodings(layers, (3 + 3 + 4) * (weights / 3), { ...options, networkError });
    expect(asked).toEqual([[], ...layers.flatMap(({ layer }) => CANDIDATES.map(({ encoding }) => [`${layer.name} ${encoding}`]))]);
    expect(assigned[2].chosen.encoding.encoding).toBe('apot');
    expect(loss).toBe(0);
  });

  it('leaves out what cannot be built', async () => {
    const { layers: assigned } = await assignEncodings(layers, 1e9, { ...options, costOf: ({ stats }) => (stats.encoding.encoding === 'uniform' ? undefined : 1) });
    for (const { candidates } of assigned) expect(candidates.map(({ encoding }) => encoding.encoding)).toEqual(['bpot', 'apot']);
    expect(await messageOf(() => assignEncodings(layers, 1, { ...options, costOf: () => undefined }))).toBe(
      'first: can be built in none of the encodings. Relax the limits of the engine, or give other --encodings',
    );
  });

  it('says what the least is if the budget is too small', async () => {
    expect(await messageOf(() => assignEncodings(layers, 100, options))).toBe(
      `budget: of 100 is below the ${3 * weights} that the cheapest encodings take. Raise it, or give smaller encodings`,
    );
    expect(await messageOf(() => assignEncodings([layers[0], layers[0]], 100, options))).toBe("layer 'first': is the name of two layers. Give each its own");
    expect(await messageOf(() => assignEncodings(layers, 100, { ...options, candidates: [] }))).toBe('encodings: are none; at least one is needed');
  });
});
