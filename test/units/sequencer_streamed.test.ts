import { describe, expect, it } from 'vitest';
import { simulateLayer, simulationPassed } from '../../generator/flow/simulate.js';
import { weightStream } from '../../generator/flow/weight_stream.js';
import { generateLayer } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { inStreamOrder } from '../../generator/plan/output_order.js';
import { simulate } from '../../sim/simulate.js';
import { engineJob } from '../support/engine.js';

/** Random layers with streamed weights: depthwise; four bands with ragged tiles; seven bands that wait for their weights. */
const STREAMED = [211, 215, 291];

function generated(seed: number) {
  const layer = randomLayer(seed);
  return { layer, design: generateLayer(layer, randomLanes(layer, seed)) };
}

describe('an engine with streamed weights (sequencer_streamed, weight_stream, weight_halves, tile_walk)', () => {
  it.each(STREAMED)('computes frames back to back with pauses on all three streams, after a reset in the middle, and again: %i', async (seed) => {
    const { design } = generated(seed);
    const pauses = { stallIn: 0.2, stallOut: 0.2, stallWeight: 0.5 };
    const result = await simulateLayer(design, { frames: 2, ...pauses, resetMidFrame: true, restart: true, effort: 'quick', engine: 'verilator' });
    expect(result.protocolErrors).toEqual([]);
    expect(simulationPassed(result)).toBe(true);
    expect(result.stalledCycles).toBeGreaterThan(2 * result.cycles);
  }, 120_000);

  it('reports a pass without tlast in STATUS, and computes all the same', async () => {
    const { layer, design } = generated(215);
    const input = randomInput(layer, 1, 5);
    const one = weightStream(design, 0)!;
    expect(one.passes).toBe(4);
    // Two passes as one: tlast comes at the end of every second one only.
    const beats = new Uint32Array(2 * one.beats.length);
    beats.set(one.beats);
    beats.set(one.beats, one.beats.length);
    const result = await simulate(engineJob(design, layer, 1, input, { weights: { beats, passes: 2, stall: 0 } }), { engine: 'verilator' });
    expect(result.registers.status).toBe(8);
    expect(result.mismatches).toBe(0);
    expect(result.outputData).toEqual(inStreamOrder(design.plan, goldenRun(layer, input, 1).outputs));
  }, 120_000);
});

describe('emitted files of an engine with streamed weights', () => {
  const { design } = generated(291);
  const { plan, files, loads } = design;

  it('have one pass of the weights as a stream of 64-bit beats, and no weights to load', () => {
    expect(files.get('stream/weights.hex')!.trimEnd().split('\n')).toHaveLength(plan.streamed!.beatsPerPass);
    expect(files.get('stream/weights.hex')).toMatch(/^([0-9a-f]{16}\n)+$/);
    expect(loads.map(({ select }) => select)).toEqual([1]);
    expect([...files.keys()].filter((path) => path.startsWith('mem/weight'))).toEqual([]);
  });

  it('tell the order, the bands and the command that makes them again', () => {
    const sequencer = files.get(`rtl/${plan.name}_sequencer.v`)!;
    expect(sequencer).toContain('templates/rtl/sequencer_streamed.v.hbs');
    expect(sequencer).toContain('weights=streamed,band=1');
    expect(sequencer).toContain('bands 7 of 1 rows');
    expect(files.get(`rtl/${plan.name}_top.v`)).toContain('s_axis_weight_tdata');
  });
});
