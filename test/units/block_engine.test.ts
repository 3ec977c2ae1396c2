/** Engines of block-permuted layers: the core, the permuters at its ports, and their tables. */
import { describe, expect, it } from 'vitest';
import { checkRandomLayer } from '../../generator/flow/random_check.js';
import { generateLayer } from '../../generator/generate.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import { cycleModel, cyclesBetweenFrames } from '../../generator/plan/cycles.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { planCore, planLayer } from '../../generator/plan/plan_layer.js';
import { simulate } from '../../sim/simulate.js';
import { inNaturalOrder, shapedBlockLayer } from '../support/block_layer.js';
import { engineJob } from '../support/engine.js';
import { messageOf } from '../layer/message.js';

const lanes = (oc: number, ic: number, blocks: number, more: Partial<Lanes> = {}): Lanes => ({ oc, ic, pixel: 1, kind: 'lut', blocks, ...more });

/** LeNet-300-100's layers at the foldings of docs/blocks.md. */
const FC1 = { layer: shapedBlockLayer('fc1', 784, 300, 10), lanes: lanes(10, 16, 2) };
const FC2 = { layer: shapedBlockLayer('fc2', 300, 100, 10), lanes: lanes(4, 10, 2) };

describe('the engine of a block-permuted layer', () => {
  // 3: bpot, groups that end within words, two blocks at once; 10: streamed; 25: 7 of 17 blocks at once, DSP-free uniform weights.
  it.each([3, 10, 25])('is right in everything that random layers are checked for: seed %i', async (seed) => {
    const { failures, generated } = await checkRandomLayer(seed, { blocks: true, engine: 'verilator' });
    expect(failures).toEqual([]);
    expect(generated!.plan.inputPermuter).toBeDefined();
  }, 120_000);

  it('takes frames back to back as often as the model says, and the first one as long as it says', async () => {
    const generated = generateLayer(FC2.layer, FC2.lanes);
    const run = async (frames: number) => simulate(engineJob(generated, FC2.layer, frames, randomInput(FC2.layer, frames, 1)), { effort: 'quick' });
    const [one, few, many] = [await run(1), await run(5), await run(15)];
    expect([one, few, many].map(({ mismatches }) => mismatches)).toEqual([0, 0, 0]);
    expect(one.cycles).toBe(cycleModel(generated.plan).cycles);
    expect((many.cycles - few.cycles) / 10).toBe(cyclesBetweenFrames(generated.plan));
  }, 120_000);
});

describe('LeNet-300-100 in ten blocks', () => {
  it.each(['784x300', '300x100'])('%s keeps over 90 %% of its lanes busy, and takes a tenth of the dense layer\'s cycles within 10 %%', (shape) => {
    const { layer, lanes: folding } = shape === '784x300' ? FC1 : FC2;
    const plan = planLayer(layer, folding);
    const cycles = cyclesBetweenFrames(plan);
    expect(plan.macs / (cycles * plan.peakMacsPerCycle)).toBeGreaterThan(0.9);
    const { blocks: _blocks, ...dense } = layer;
    const { blocks: _at, ...denseLanes } = folding;
    const exponent = new Int32Array(layer.geometry.outChannels * Math.ceil(layer.geometry.inChannels / 16));
    const denseLayer: Layer = { ...dense, description: { ...layer.description, weights: { encoding: 'csd', digits: 2, maxShift: 7 } }, tensors: { ...layer.tensors, exponent } };
    const ratio = cyclesBetweenFrames(planLayer(denseLayer, denseLanes)) / cycles;
    expect(ratio).toBeGreaterThan(9);
    expect(ratio).toBeLessThan(11);
  });
});

describe('the plan of a block-permuted layer', () => {
  it('has no permuter where the order of the blocks is the natural one', () => {
    const layer = inNaturalOrder(shapedBlockLayer('natural', 40, 20, 4));
    const { plan, files } = generateLayer(layer, lanes(5, 2, 1));
    expect(plan).not.toHaveProperty('inputPermuter');
    expect(plan).not.toHaveProperty('outputPermuter');
    expect(plan.input).toEqual(plan.coreInput);
    expect([...files.values()].join('')).not.toContain('permuter');
    expect(generateLayer(layer, lanes(10, 2, 2)).plan.inputPermuter).toBeDefined();
  });

  it('loads the tables of its permuters by LOAD_SELECT 6 to 9, and design.json lists them', () => {
    const { loads, files } = generateLayer(FC1.layer, FC1.lanes);
    expect(loads.map(({ select }) => select)).toEqual([0, 1, 6, 7, 8, 9]);
    const { memories } = JSON.parse(files.get('design.json')!) as { memories: { name: string; select: number }[] };
    expect(memories.map(({ name, select }) => `${name} ${select}`)).toEqual(['weights 0', 'parameters 1', 'input_permuter_write_table 6', 'input_permuter_read_table 7', 'output_permuter_write_table 8', 'output_permuter_read_table 9']);
  });

  it('gives the core alone in its own order, each input and output once', () => {
    const plan = planCore(FC1.layer, FC1.lanes);
    expect(plan).not.toHaveProperty('inputPermuter');
    const { coreInputOrder, coreOutputOrder } = plan.blocks!;
    for (const [order, count] of [[coreInputOrder, 784], [coreOutputOrder, 300]] as const) {
      expect([...order].filter((index) => index >= 0).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
    expect([plan.coreInput.beatsPerFrame * plan.coreInput.elements, plan.coreOutput.beatsPerFrame * plan.coreOutput.elements]).toEqual([coreInputOrder.length, coreOutputOrder.length]);
  });

  it.each([
    ['more blocks than there are', lanes(11, 2, 11), "lanes blocks=11: must be a whole number from 1 to the 10 blocks of layer 'fc2'"],
    ['output lanes that the blocks cannot share', lanes(5, 2, 2), 'lanes oc=5: must be a multiple of blocks=2: each block that is worked on has as many output lanes. Take oc=6'],
    ['several pixels', lanes(4, 2, 2, { pixel: 2 }), 'lanes pixel=2: a block-permuted layer has one pixel. Leave pixel out'],
    ['lanes in pairs', lanes(4, 2, 2, { dsp: 2 }), 'lanes dsp=2: lanes in pairs are not built for block-permuted layers. Leave dsp out, or take kind=dsp for uniform weights'],
    ['rebuilt weights', lanes(4, 2, 2, { weights: 'rebuilt' }), 'lanes weights=rebuilt: a block-permuted layer has no factors. Use weights=resident or weights=streamed'],
  ])('refuses %s', async (_, folding, message) => {
    expect(await messageOf(async () => planLayer(FC2.layer, folding))).toBe(message);
  });

  it('refuses blocks in a layer that has none', async () => {
    const { blocks: _, ...layer } = FC2.layer;
    expect(await messageOf(async () => planLayer(layer, FC2.lanes))).toBe("lanes blocks=2: layer 'fc2' is not block-permuted. Leave blocks out");
  });
});
