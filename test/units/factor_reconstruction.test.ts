import { afterAll, describe, expect, it } from 'vitest';
import { randomCpLayer, type RandomCpOptions } from '../../generator/expand/random_cp_layer.js';
import { simulateLayer, simulationPassed } from '../../generator/flow/simulate.js';
import { generateLayer } from '../../generator/generate.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { lint } from '../../sim/lint.js';
import { messageOf } from '../layer/message.js';

type Case = [what: string, seed: number, options: RandomCpOptions, lanes: Omit<Lanes, 'kind' | 'weights' | 'pixel'>];

const small = { residual: false, maxMacs: 12_000, kinds: ['conv2d' as const] };
const rebuild = (ranks: number, outputs: number, inputs: number) => ({ ranks, outputs, inputs });

/** Each form, product and recoder; more input lanes than rank steps; groups that span words; ragged tiles; blocks. */
const CASES: Case[] = [
  ['powers to pot, sums that leave slower than they come', 4, { ...small, factors: ['pot'], recodes: ['pot'] }, { oc: 4, ic: 6, rebuild: rebuild(8, 1, 6) }],
  ['powers to bpot, one lane', 41, { ...small, factors: ['pot'], recodes: ['bpot'] }, { oc: 2, ic: 3, rebuild: rebuild(1, 1, 1) }],
  ['powers to bpot, groups across words', 48, { ...small, factors: ['pot'], recodes: ['bpot'] }, { oc: 2, ic: 4, rebuild: rebuild(3, 1, 4) }],
  ['integers to uniform, an odd number of ranks', 7, { ...small, factors: ['uniform', 'apot'], recodes: ['uniform'] }, { oc: 2, ic: 2, rebuild: rebuild(1, 1, 2) }],
  ['mixed factors to csd', 30, { ...small, recodes: ['csd'] }, { oc: 4, ic: 2 }],
  ['mixed factors to apot', 14, { ...small, recodes: ['apot'] }, { oc: 2, ic: 2 }],
];

function design([, seed, options, lanes]: Case) {
  return generateLayer(randomCpLayer(seed, options), { pixel: 1, kind: 'lut', weights: 'rebuilt', ...lanes });
}

afterAll(closeYosysWorkers);

describe('an engine that rebuilds its weights (factor_reconstruction, rank_sum)', () => {
  it.each(CASES)('computes frames back to back with pauses, loaded over AXI4-Lite, after a reset in the middle, and again: %s', async (...one) => {
    const generated = design(one);
    const result = await simulateLayer(generated, { frames: 2, stallIn: 0.2, stallOut: 0.3, resetMidFrame: true, restart: true, effort: 'quick', engine: 'verilator' });
    expect(result.protocolErrors).toEqual([]);
    expect(simulationPassed(result)).toBe(true);
    const { cycles, registers } = result;
    const counted = { cycles, active: registers.active, waitInput: registers.waitInput, waitOutput: registers.waitOutput, waitWeight: registers.waitWeight };
    expect(counted).toEqual(cycleModel(generated.plan));
  }, 120_000);

  it('is clean in three lint tools', async () => {
    for (const one of [CASES[2], CASES[4]]) {
      const { files, verilog, top } = design(one);
      const sources = [...verilog, ...[...files.keys()].filter((path) => path.endsWith('.mem'))].map((path) => ({ path, text: files.get(path)! }));
      const found = await lint(sources, top, { tools: ['verilator', 'iverilog', 'yosys'] });
      expect(found.flatMap(({ tool, messages }) => messages.map((message) => `${tool}: ${message}`))).toEqual([]);
    }
  }, 120_000);

  it('stores no weights, and loads factors by LOAD_SELECT 2 to 5', () => {
    const { files, loads, plan } = design(CASES[2]);
    expect([...files.keys()].filter((path) => /mem\/weight|stream\//.test(path))).toEqual([]);
    expect(loads.map(({ select }) => select)).toEqual([1, 2, 3, ...(plan.reconstruction!.memories.kernel ? [4] : []), ...(plan.reconstruction!.memories.shift ? [5] : [])]);
    expect(files.get(`rtl/${plan.name}_top.v`)).not.toContain('s_axis_weight');
    expect(files.get(`rtl/${plan.name}_top.v`)).toContain('weights=rebuilt,rebuild=3x1x4');
  });
});

describe('what cannot be rebuilt', () => {
  const layer = randomCpLayer(41, { ...small, factors: ['pot'], recodes: ['bpot'] });
  const { factors, ...stored } = layer;
  const lanes = { oc: 2, ic: 3, pixel: 1, kind: 'lut' as const, weights: 'rebuilt' as const };
  it.each([
    ['a layer that is not stored as factors', () => generateLayer(stored, lanes), 'lanes weights=rebuilt: the layer is not stored as factors. Compress it with --encoding cp, or use weights=streamed'],
    ['lanes that do not divide', () => generateLayer(layer, { ...lanes, rebuild: rebuild(1, 1, 2) }), 'lanes rebuild=1x1x2: has 2 input lanes, which must divide ic=3. Give one of 1, 3'],
    ['more ranks than there are', () => generateLayer(layer, { ...lanes, rebuild: rebuild(99, 1, 1) }), `lanes rebuild=99x1x1: has 99 rank lanes; the layer has rank ${factors!.weights.rank}. Give 1 to ${factors!.weights.rank}`],
    ['lanes for weights that are not rebuilt', () => generateLayer(layer, { ...lanes, weights: 'streamed', rebuild: rebuild(1, 1, 1) }), 'lanes rebuild: is for weights that are rebuilt from factors. Add weights=rebuilt, or leave rebuild out'],
  ])('is refused: %s', async (_, action, message) => {
    expect(await messageOf(async () => action())).toBe(message);
  });
});
