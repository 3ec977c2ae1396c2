import { describe, expect, it } from 'vitest';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { compareWays } from '../../generator/flow/compare_ways.js';
import { directExecution, type DirectReport } from '../../generator/flow/direct.js';
import { compareExecutions, type ExecutionComparison } from '../../generator/flow/execution.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { factoredLayer } from '../support/factored_layer.js';

const LANES = { oc: 8, ic: 8, pixel: 1, kind: 'lut' } as const;

/** A 3x3 layer of 32 to 64 channels. */
const factored = (side: number, rank: number) => factoredLayer({ side, rank, channels: [32, 64] });

const reportOf = async (layer: Layer, bits?: number): Promise<DirectReport> => (await directExecution(layer, { bits, limits: { maxMacs: 64 } })).report;

describe('beside every engine of a factored layer', () => {
  const on = (layer: Layer) => compareWays(layer, { lanes: LANES });

  it('on a large map weights can be rebuilt for little, on a small one rebuilding costs more than the layer and loses to both others', async () => {
    const large = (await on(factored(28, 16)))!;
    const small = (await on(factored(4, 16)))!;
    const more = ({ stored, rebuilt }: ExecutionComparison) => rebuilt!.cycles / stored.cycles;
    expect(more(large)).toBeLessThan(1.1); // the first of eight channel tiles is not hidden
    expect(large.rebuilt!.reconstructionLut).toBeLessThan(0.3 * large.rebuilt!.laneLut);
    expect(small.rebuilt!.reconstructionLut).toBeGreaterThan(0.8 * small.rebuilt!.laneLut);
    expect(more(small)).toBeGreaterThan(1.1);
    expect(small.rebuilt!.lut).toBeGreaterThan(small.stored.lut);
    expect(small.direct!.cycles).toBeLessThan(small.stored.cycles / 2);
    expect([large.wins, small.wins]).toEqual(['direct', 'direct']);
    expect(small.outputsOn).toBe('1 of 1 frame(s) of random inputs');
  });

  it('takes the engine as it is, bands and unit included, for the way that it was made for', async () => {
    const layer = factored(8, 16);
    const lanes = { ...LANES, weights: 'rebuilt', rebuild: { ranks: 2, outputs: 4, inputs: 2 }, band: 2 } as const;
    const { rebuilt } = (await compareWays(layer, { lanes }))!;
    expect(rebuilt!.lanes).toBe('oc=8,ic=8,pixel=1,kind=lut,weights=rebuilt,rebuild=2x4x2,band=2');
    expect(rebuilt!.cycles).toBe(estimateLayer(planLayer(layer, lanes)).cycles);
  });

  it('holds weights in all ways that store or rebuild them, if the engine does', async () => {
    const { stored, rebuilt } = (await compareWays(factored(8, 16), { lanes: { ...LANES, hold: 4 } }))!;
    expect([stored.lanes, rebuilt!.lanes]).toEqual([expect.stringContaining('hold=4'), expect.stringContaining('hold=4')]);
  });

  it('a layer with a residual can be stored or rebuilt, and a layer without factors has no choice', async () => {
    const seed = Array.from({ length: 60 }, (_, i) => i + 1).find((candidate) => (randomCpLayer(candidate).factors!.tensors.residual?.length ?? 0) > 0)!;
    const layer = randomCpLayer(seed);
    const { rebuilt, direct, notRebuilt, notDirect, stored } = (await compareWays(layer, { lanes: { oc: 1, ic: 1, pixel: 1, kind: 'lut' } }))!;
    expect([rebuilt!.lanes, notRebuilt]).toEqual([expect.stringContaining('weights=rebuilt'), undefined]);
    expect([direct, notDirect]).toEqual([undefined, expect.stringContaining('residual')]);
    expect(stored).not.toHaveProperty('outputSqnrDb');
    expect(await compareWays(randomLayer(1, { encodings: ['pot'] }), { lanes: LANES })).toBeUndefined();
  });
});

describe('stored, rebuilt or direct', () => {
  it('on a small map factors are run directly', async () => {
    const layer = factored(4, 16);
    const { stored, rebuilt, direct, wins, because } = compareExecutions(layer, await reportOf(layer), { lanes: LANES });
    expect(wins).toBe('direct');
    expect(direct!.cycles).toBeLessThan(Math.min(stored.cycles, rebuilt!.cycles));
    expect(rebuilt!.reconstructionLut).toBeGreaterThan(0);
    expect(rebuilt!.lanes).toMatch(/weights=rebuilt,rebuild=\d+x\d+x\d+/);
    expect(because).toContain('times its cycles stored');
  });

  it('where the factors have as many values as the weights they are rebuilt, if that hides, and take less block RAM than stored weights', async () => {
    const layer = factored(28, 256); // more multiply-accumulates directly than in the layer
    const report = await reportOf(layer);
    expect(report.directMacs).toBeGreaterThan(report.macs);
    const { wins } = compareExecutions(layer, report, { lanes: LANES });
    expect(wins).not.toBe('direct');
  });

  it('outputs that are too far off do not win, whatever they save', async () => {
    const layer = factored(4, 16);
    const coarse = await reportOf(layer, 3);
    expect(coarse.errors.directAgainstFactors!).toBeLessThan(coarse.errors.recodedAgainstFactors! - 1);
    const { wins, because } = compareExecutions(layer, coarse, { lanes: LANES });
    expect(wins).not.toBe('direct');
    expect(because).toContain('outputs too far off: direct');
  });

  it('what does not fit does not win', async () => {
    const layer = factored(4, 16);
    const large = { ...(await reportOf(layer)), lut: 1_000_000 };
    const { wins, because } = compareExecutions(layer, large, { lanes: LANES, limits: { maxLut: 500_000 } });
    expect(wins).not.toBe('direct');
    expect(because).toContain('does not fit: direct');
  });

  it('says why a layer is not rebuilt', async () => {
    const layer = factored(4, 16);
    const report = await reportOf(layer);
    const { rebuilt, notRebuilt } = compareExecutions(layer, report, { lanes: { ...LANES, rebuild: { ranks: 999, outputs: 1, inputs: 1 } } });
    expect([rebuilt, notRebuilt]).toEqual([undefined, expect.stringContaining('has 999 rank lanes')]);
  });
});
