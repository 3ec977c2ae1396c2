/** Weights that are held for several pixel tiles: the plan's numbers, and engines against the golden model. */
import { describe, expect, it } from 'vitest';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { randomBlockLayer } from '../../generator/expand/random_block_layer.js';
import { generateLayer } from '../../generator/generate.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { tileGap, tilePixels, turnsOf } from '../../generator/plan/turns.js';
import { runEngine } from '../support/engine.js';

describe('pixel tiles that take turns', () => {
  it('are one if nothing is said, and a tile then has the pixels of the lanes', () => {
    expect(turnsOf({})).toBe(1);
    expect(tilePixels({ pixel: 3 })).toBe(3);
    expect(tilePixels({ pixel: 3, hold: 4 })).toBe(12);
  });

  it('idle as long as requantizers need, and until the last turn has left the queue', () => {
    expect(tileGap({}, 12, 9)).toBe(3);
    expect(tileGap({ hold: 2 }, 12, 9)).toBe(6);
    expect(tileGap({ hold: 7 }, 12, 20)).toBe(0);
    expect(tileGap({ hold: 7 }, 2, 2)).toBe(5); // fewer sums than turns
    expect(tileGap({ hold: 1 }, 1, 1)).toBe(0);
  });

  it.each([[0, '1 to 32'], [33, '1 to 32'], [1.5, '1 to 32']])('are refused if they are %s', (hold, range) => {
    expect(() => planLayer(randomLayer(180), { oc: 1, ic: 1, pixel: 1, kind: 'lut', hold })).toThrow(`must be a whole number from ${range}`);
  });

  it('are refused for a block-permuted layer, which has one pixel', () => {
    expect(() => planLayer(randomBlockLayer(3), { oc: 1, ic: 1, pixel: 1, kind: 'lut', blocks: 1, hold: 2 })).toThrow('has one pixel, whose weights are used once');
  });

  it('leave the weight words as they are, and take steps for each', () => {
    const layer = randomLayer(212);
    const lanes: Lanes = { ...randomLanes(layer, 212) };
    const [one, three] = [lanes, { ...lanes, hold: 3 }].map((each) => planLayer(layer, each));
    expect(three.weightWords).toBe(one.weightWords);
    expect(three.sequencer).toMatchObject({ words: one.sequencer.words, steps: 3 * one.sequencer.steps, turns: 3, rowTiles: Math.ceil(one.sequencer.rowTiles / 3) });
    expect(generateLayer(layer, { ...lanes, hold: 3 }).loads[0].words).toEqual(generateLayer(layer, lanes).loads[0].words);
    expect(estimateLayer(three).lut).toBeGreaterThan(estimateLayer(one).lut);
  });

  // 180: lanes that select; 204, 212: several pixel lanes; 211: depthwise, streamed; 215: bands; 272: seven pixel lanes. More turns than a row has, too.
  it.each([[180, 2], [204, 3], [212, 7], [211, 2], [215, 4], [272, 2], [202, 32]])('of random layer %i, %i at a time, give every output and every cycle counter exactly, two frames with pauses and one without', async (seed, hold) => {
    const layer = randomLayer(seed);
    const lanes = { ...randomLanes(layer, seed), hold };
    const input = randomInput(layer, 2, seed);
    const paused = await runEngine(layer, lanes, 2, input, { stallIn: 0.3, stallOut: 0.4 });
    expect(paused.result.mismatches).toBe(0);
    const { generated, result } = await runEngine(layer, lanes, 1, input.slice(0, input.length / 2));
    expect(result.mismatches).toBe(0);
    const { active, waitInput, waitOutput, waitWeight } = result.registers;
    expect({ cycles: result.cycles, active, waitInput, waitOutput, waitWeight }).toEqual(cycleModel(generated.plan));
  }, 120_000);
});
