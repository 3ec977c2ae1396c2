/** Lanes with nn_select in front, in whole engines. */
import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import { runEngine } from '../support/engine.js';
import { foldedLanes as lanes, prunedLayer } from '../support/pruned_layer.js';

describe('an engine whose lanes select', () => {
  it('gives every output, in half the cycles for 2:4 and a quarter for 1:4', async () => {
    for (const [n, m] of [[2, 4], [1, 4]]) {
      const layer = prunedLayer(n, m, { input: { channels: 32, height: 6, width: 8 }, outChannels: 24 }, { encoding: 'bpot', groupSize: 16 });
      const input = randomInput(layer, 1, 5);
      const { result, generated } = await runEngine(layer, lanes(2, 4, 2), 1, input);
      expect(result.mismatches).toBe(0);
      expect(result.cycles).toBe(cycleModel(generated.plan).cycles);
      const dense = generateLayer(layer, lanes(2, 4, 2, { select: false }));
      expect(dense.plan.processingElement.selection).toBeUndefined();
      expect(result.cycles / dense.estimate.cycles / (n / m)).toBeCloseTo(1, 1);
    }
  }, 120_000);

  it('runs channels in LUTs beside channels in DSP48E1 that work for two pixels each', async () => {
    const layer = prunedLayer(2, 4, { input: { channels: 20, height: 5, width: 5 }, outChannels: 7 }, { encoding: 'bpot', groupSize: 8 });
    const { result, generated } = await runEngine(layer, lanes(3, 4, 2, { dsp: 1 }), 1, randomInput(layer, 1, 7));
    expect(result.mismatches).toBe(0);
    expect(result.cycles).toBe(cycleModel(generated.plan).cycles);
    expect(generated.plan).toMatchObject({ processingElement: { channels: 8 }, processingElementPair: { channels: 8, chains: 2, chain: 2 }, array: { elementLanes: 2, pairLanes: 1 } });
    expect(generated.estimate.dsp).toBe(4 + generated.plan.requantize.lanes);
  }, 120_000);

  it('is right for blocks without weights, one lane, and channels that end within a block', async () => {
    const layer = prunedLayer(1, 4, { input: { channels: 10, height: 4, width: 5 }, outChannels: 5 }, { encoding: 'pot' });
    layer.tensors.weight.fill(0, 0, 2 * 90);
    for (const folding of [lanes(1, 1, 1), lanes(3, 2, 2)]) {
      const { result } = await runEngine(layer, folding, 1, randomInput(layer, 1, 6));
      expect(result.mismatches).toBe(0);
    }
  }, 120_000);
});
