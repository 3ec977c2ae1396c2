import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../generator/layer/random.js';
import { PERMUTER_LATENCY, isIdentity, planPermuter } from '../../generator/plan/permuter.js';
import { synthesizeDesign } from '../../generator/synthesize/synthesize.js';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { lint } from '../../sim/lint.js';
import { cellSources, permuterSources, randomPermutation, runPermuters, type PermuterCase, type PermuterRun } from './permuter_support.js';

/** Elements that differ, up to those that are not there. */
function wrong({ expected, got }: PermuterRun): number {
  return expected.filter((value, i) => value !== undefined && value !== got[i]).length + Math.abs(expected.length - got.length);
}

const beats = (count: number, elements: number) => count * elements;

function randomCase(seed: number): PermuterCase {
  const random = new Random(seed);
  const elementBits = random.pick([8, 16] as const);
  const sizes = elementBits === 8 ? [1, 2, 4, 8] : [1, 2, 4];
  const streams = { elementBits, inElements: random.pick(sizes), outElements: random.pick(sizes) };
  const most = random.pick([1, 3, 12, 60]);
  const inputs = beats(random.integer(1, most), streams.inElements);
  const outputs = beats(random.integer(1, most), streams.outElements);
  const stall = () => random.pick([0, 10, 50, 80]);
  return {
    name: `seed ${seed}`, streams, permutation: randomPermutation(random, inputs, outputs, random.pick([1, 1, 0.8, 0.3])),
    frames: random.integer(1, 5), stallIn: stall(), stallOut: stall(), reset: random.chance(0.4), gated: random.chance(0.3),
  };
}

afterAll(closeYosysWorkers);

describe('a permuter', () => {
  it('gives every element its place over frames back to back, with pauses anywhere and a reset in the middle, whatever the shape', () => {
    const cases = Array.from({ length: 60 }, (_, i) => randomCase(i + 1));
    const runs = runPermuters(cases);
    runs.forEach((run, i) => expect({ seed: i + 1, wrong: wrong(run), wrongLast: run.wrongLast }).toEqual({ seed: i + 1, wrong: 0, wrongLast: 0 }));
    expect(new Set(runs.map(({ plan }) => plan.addressed)).size).toBe(2);
    expect(new Set(runs.map(({ plan }) => plan.block)).size).toBe(2);
  }, 60_000);

  it('takes and gives a beat in every cycle, the first of a frame a few cycles after its last has come', () => {
    const random = new Random(7);
    const shapes: [number, number, number, number][] = [[784, 784, 8, 8], [300, 320, 4, 8], [320, 300, 8, 4], [40, 40, 1, 8], [8, 8, 8, 8]];
    const cases = shapes.map(([inputs, outputs, inElements, outElements]): PermuterCase => ({
      name: '', streams: { elementBits: 8, inElements, outElements }, permutation: randomPermutation(random, inputs, outputs, 1), frames: 6, stallIn: 0, stallOut: 0, reset: false,
    }));
    for (const run of runPermuters(cases)) {
      const { inBeats, outBeats } = run.plan;
      const slower = Math.max(inBeats, outBeats);
      expect(wrong(run)).toBe(0);
      expect(run.sent[0] - run.accepted[inBeats - 1]).toBe(PERMUTER_LATENCY);
      // From the first frame on, a frame takes as long as its longer side has beats.
      expect(run.sent[6 * outBeats - 1] - run.sent[outBeats - 1]).toBe(5 * slower);
    }
  }, 60_000);

  it('is clean in three lint tools, for every way to address and with tables or without', async () => {
    const random = new Random(3);
    const shapes: [number, number, number, number][] = [[6, 6, 1, 1], [40, 48, 1, 8], [6000, 6000, 8, 8]];
    await Promise.all(shapes.map(async ([inputs, outputs, inElements, outElements]) => {
      const plan = planPermuter(randomPermutation(random, inputs, outputs, 1), { elementBits: 8, inElements, outElements });
      const units = permuterSources('lint', plan);
      const found = await lint([...cellSources(units), ...units], 'lint_permuter', { tools: ['verilator', 'iverilog', 'yosys'] });
      expect(found.flatMap(({ tool, messages }) => messages.map((message) => `${tool}: ${message}`))).toEqual([]);
    }));
  }, 60_000);
});

describe('the plan of a permuter', () => {
  it('counts block RAMs exactly and LUTs within 15 %, and the permuter runs at 225 MHz by the clock estimate', async () => {
    const plan = planPermuter(randomPermutation(new Random(1), 96, 96, 1), { elementBits: 8, inElements: 2, outElements: 2 });
    const units = permuterSources('count', plan);
    const { resources, timing } = await synthesizeDesign({ files: [...cellSources(units), ...units], top: 'count_permuter' });
    expect(resources.bram36).toBe(plan.bram36);
    expect(Math.abs(resources.lut / plan.estimate.lut - 1)).toBeLessThan(0.15);
    expect(timing!.fmaxMhz.nominal).toBeGreaterThanOrEqual(225);
  }, 60_000);

  it('has 9,216 elements ready in well under a second', () => {
    const started = performance.now();
    const plan = planPermuter(randomPermutation(new Random(1), 9216, 9216, 1), { elementBits: 8, inElements: 8, outElements: 8 });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(plan).toMatchObject({ banks: 8, inBeats: 1152, depth: 4096 });
  });

  it('knows an identity, also with places that nobody looks at', () => {
    const streams = { elementBits: 8, inElements: 2, outElements: 2 } as const;
    expect(isIdentity({ inputs: 4, outputs: [0, 1, -1, 3] }, streams)).toBe(true);
    expect(isIdentity({ inputs: 4, outputs: [0, 1, 3, 2] }, streams)).toBe(false);
    expect(isIdentity({ inputs: 4, outputs: [0, 1, 2, 3] }, { ...streams, outElements: 4 })).toBe(false);
    expect(isIdentity({ inputs: 4, outputs: [0, 1] }, streams)).toBe(false);
  });

  it.each([
    [{ inputs: 4, outputs: [0, 1, 1, 2] }, 'permuter: input position 1 is named twice, the second time by output position 2'],
    [{ inputs: 4, outputs: [0, 4] }, 'permuter: output position 1 names input position 4, there are 4'],
    [{ inputs: 3, outputs: [0, 1] }, 'permuter: 3 positions are not a whole number of beats of 2'],
    [{ inputs: 2, outputs: [0] }, 'permuter: 1 positions are not a whole number of beats of 2'],
  ])('refuses what is no permutation', (permutation, message) => {
    expect(() => planPermuter(permutation, { elementBits: 8, inElements: 2, outElements: 2 })).toThrow(message);
  });
});
