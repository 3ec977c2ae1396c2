import { describe, expect, it } from 'vitest';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import { runEngine } from '../support/engine.js';

describe('cycle model', () => {
  // 180: lanes that select. 204: a stride leaves rows that no output needs; 212: several pixel lanes; 202: one step per tile.
  // Streamed weights: 211: depthwise, one step per tile, bound by its input; 215: four bands, ragged tiles; 291: seven bands, waits for its weights.
  it.each([180, 202, 204, 212, 211, 215, 291])('gives every cycle counter of random layer %i exactly', async (seed) => {
    const layer = randomLayer(seed);
    const { generated, result } = await runEngine(layer, randomLanes(layer, seed), 1, randomInput(layer, 1, seed));
    expect(result.mismatches).toBe(0);
    const { active, waitInput, waitOutput, waitWeight } = result.registers;
    expect({ cycles: result.cycles, active, waitInput, waitOutput, waitWeight }).toEqual(cycleModel(generated.plan));
  }, 120_000);

  // More than four rotations (5 columns of kernel) in 6 to 9 pixel lanes, with one and with two registers for the accumulators' control.
  it.each([[205, 9, 2], [272, 7, 1], [283, 6, 2]])('is exact, and outputs are right, for layer %i in %i pixel lanes with two stages of rotation', async (seed, pixel, stages) => {
    const layer = randomLayer(seed);
    const lanes = { ...randomLanes(layer, seed), pixel };
    const { generated, result } = await runEngine(layer, lanes, 1, randomInput(layer, 1, seed));
    expect(generated.plan).toMatchObject({ readLatency: 4, controlStages: stages });
    expect(result.mismatches).toBe(0);
    expect(result.cycles).toBe(cycleModel(generated.plan).cycles);
  }, 120_000);
});
