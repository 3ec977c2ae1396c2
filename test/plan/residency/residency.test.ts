import { describe, expect, it } from 'vitest';
import { networkResidency, type NetworkResidencyOptions } from '../../../generator/flow/residency.js';
import { factorWords, factorsPerRank, fullRank, rankAt, rebuildCycles } from '../../../generator/plan/residency/factors.js';
import { NETWORK_NAMES, macsOfShape, networkShapes, weightsOf, type ConvolutionShape } from '../../../generator/plan/residency/networks.js';
import { FACTOR_MEMORIES } from '../../../generator/plan/residency/factors.js';
import type { ResidencyPlan } from '../../../generator/plan/residency/residency.js';

const CONV4_1: ConvolutionShape = { name: 'conv4_1', size: 28, inChannels: 256, outChannels: 512, kernel: 3, stride: 1 };
const POINTWISE: ConvolutionShape = { name: 'pointwise', size: 14, inChannels: 256, outChannels: 1024, kernel: 1, stride: 1 };
const UNIT = { ranks: 16, outputs: 4, inputs: 4 };
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('shapes of the networks', () => {
  it('have as many layers, weights and multiply-accumulates as the papers', () => {
    const totals = (name: (typeof NETWORK_NAMES)[number]) => {
      const shapes = networkShapes(name);
      return [shapes.length, sum(shapes.map(weightsOf)), sum(shapes.map(macsOfShape))];
    };
    expect(totals('vgg16')).toEqual([13, 14_710_464, 15_346_630_656]);
    expect(totals('vgg19')).toEqual([16, 20_018_880, 19_508_428_800]);
    expect(totals('resnet50')).toEqual([53, 23_454_912, 4_087_136_256]);
  });
});

describe('factors of a layer', () => {
  it('fill whole words of each memory, and a 1x1 layer has none for the kernel', () => {
    expect(factorsPerRank(CONV4_1)).toBe(512 + 256 + 9);
    expect(factorWords(CONV4_1, 152, UNIT)).toEqual({ output: 10 * 128, input: 10 * 64, kernel: 10 * 9 });
    expect(factorsPerRank(POINTWISE)).toBe(256 + 1024);
    expect(factorWords(POINTWISE, 20, UNIT)).toEqual({ output: 2 * 256, input: 2 * 64, kernel: 0 });
  });

  it('of conv4_1 at ten times fewer are rank 152, in words of 8 ranks', () => {
    expect(rankAt(CONV4_1, 10, { ...UNIT, ranks: 8 })).toBe(152);
  });

  it('are no more than every tensor of the shape needs, and at least a word of ranks', () => {
    expect(fullRank({ ...CONV4_1, inChannels: 3, outChannels: 64 })).toBe(27);
    expect(rankAt({ ...CONV4_1, inChannels: 3, outChannels: 64 }, 0.5, UNIT)).toBe(32);
    expect(rankAt(POINTWISE, 0.1, UNIT)).toBe(256);
    expect(rankAt(CONV4_1, 1e6, UNIT)).toBe(16);
  });

  it('take the unit a cycle for each of its steps over ranks, channels and kernel positions', () => {
    expect(rebuildCycles(CONV4_1, 16, 152, { ranks: 8, outputs: 1, inputs: 32 })).toBe(32 * 16 * 8 * 9); // no faster than its 32 input channels can leave
    expect(rebuildCycles(CONV4_1, 18, 150, UNIT)).toBe(10 * 5 * 64 * 9);
  });
});

describe('all weights of a network on chip', () => {
  const plans = new Map(NETWORK_NAMES.map((name) => [name, networkResidency(name)]));
  const planOf = (name: (typeof NETWORK_NAMES)[number], options?: NetworkResidencyOptions): ResidencyPlan => (options ? networkResidency(name, options) : plans.get(name)!);

  it.each(NETWORK_NAMES)('%s fits 500 block RAMs with ring, weight tile and parameters counted', (name) => {
    const { bram36, limit, memories, engine, layers } = planOf(name);
    expect(limit).toBe(500);
    expect(bram36).toBeLessThanOrEqual(500);
    expect(bram36).toBeGreaterThan(400); // a smaller ratio would not fit
    expect(bram36).toBe(sum(memories.map(({ plan }) => plan.bram36)) + engine.ring + engine.halves + engine.outputBuffer);
    expect(engine.ring).toBeGreaterThan(0);
    expect(engine.halves).toBeGreaterThan(0);
    expect(layers).toHaveLength(networkShapes(name).length);
  });

  it.each(NETWORK_NAMES)('%s: every layer has its own words in every memory, and all of them are built', (name) => {
    const { layers, memories } = planOf(name);
    for (const memory of FACTOR_MEMORIES) {
      const { usedWords, plan } = memories.find((found) => found.name === memory)!;
      let end = 0;
      for (const { places, shape, rank } of layers) {
        expect(places[memory].base).toBe(end);
        expect(places[memory].words).toBe(factorWords(shape, rank, UNIT)[memory]);
        end += places[memory].words;
      }
      expect(usedWords).toBe(end);
      expect(sum(plan.segments.map(({ depth }) => depth))).toBeGreaterThanOrEqual(end);
    }
  });

  it('block RAMs hold the bits of all words', () => {
    for (const { memories } of plans.values()) {
      for (const { usedWords, plan } of memories) expect(usedWords * plan.width).toBeLessThanOrEqual(plan.bram36 * 36_864);
    }
  });

  it('a ratio that is asked for is kept in every layer that is not small, and a rank that is given is taken', () => {
    const { layers } = planOf('vgg16', { ratio: 10, ranks: new Map([['conv4_1', 152]]) });
    for (const { shape, weights, factors } of layers.slice(3)) if (shape.name !== 'conv4_1') expect(Math.abs(weights / factors - 10)).toBeLessThan(2); // ranks are whole words
    expect(layers.find(({ shape }) => shape.name === 'conv4_1')!.rank).toBe(152);
  });

  it('refuses a ratio that does not fit, and names the smallest that does', () => {
    expect(() => planOf('vgg16', { ratio: 2 })).toThrow(/at a ratio of 2\.00 the factors and the engine take \d+(\.\d)? block RAMs, \d+ of them the engine, instead of 500\. The smallest ratio that fits is \d\.\d\d/);
    expect(() => planOf('vgg16', { bram: 100 })).toThrow('Take fewer lanes, a smaller --ring, or more block RAM');
  });

  it('refuses ranks of layers that there are not, and ranks beyond use', () => {
    expect(() => planOf('vgg16', { ranks: new Map([['conv9_9', 4]]) })).toThrow("names 'conv9_9', which is none of the layers");
    expect(() => planOf('vgg16', { ranks: new Map([['conv1_1', 28]]) })).toThrow('conv1_1=28 is more than the 27 that any kernel of its shape needs');
  });

  it('rebuilding hides in the layers with large maps and takes longer than computing in those with small ones', () => {
    const cycles = new Map(planOf('vgg16').layers.map((layer) => [layer.shape.name, layer.cycles]));
    expect(cycles.get('conv2_2')!.rebuild).toBeLessThan(cycles.get('conv2_2')!.compute);
    expect(cycles.get('conv5_1')!.rebuild).toBeGreaterThan(cycles.get('conv5_1')!.compute);
    for (const { compute, rebuild, frame } of cycles.values()) expect(frame).toBeGreaterThan(Math.max(compute, rebuild) - 1);
  });
});
