import { describe, expect, it } from 'vitest';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { runEngine } from '../support/engine.js';

/** The layer of a seed, dense, with most of its weights at the lowest value that the encoding has. */
function withLowest(layer: Layer): Layer {
  const { sparsity: _, ...description } = layer.description;
  const { weights } = description;
  if (weights.encoding !== 'uniform') return layer;
  const low = -(2 ** (weights.bits - 1));
  return { ...layer, description, tensors: { ...layer.tensors, weight: layer.tensors.weight.map((w, i) => (i % 3 === 0 ? w : low)) } };
}

/** The same with none of them. */
function withoutLowest(layer: Layer): Layer {
  const weight = layer.tensors.weight.map((w) => Math.max(w, -127));
  return { ...layer, tensors: { ...layer.tensors, weight } };
}

const uniform = (seed: number) => randomLayer(seed, { encodings: ['uniform'], kinds: ['conv2d'], maxMacs: 60_000 });
const bpot = (seed: number) => randomLayer(seed, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 60_000 });

/** What the engine is like, the layer, the folding, and whether early sums wait in a register (undefined: none waits). */
const CASES: readonly (readonly [string, Layer, Lanes, boolean | undefined])[] = [
  ['uniform 8 with -128, all channels in pairs', withLowest(uniform(52)), { oc: 4, ic: 8, pixel: 2, kind: 'lut', dsp: 4 }, undefined],
  ['uniform 8 without -128, two slices in a chain, a shorter one last', withoutLowest(uniform(52)), { oc: 2, ic: 5, pixel: 3, kind: 'lut', dsp: 2 }, undefined],
  ['uniform 4, signed activations, two of three channels in pairs', withLowest(uniform(31)), { oc: 3, ic: 3, pixel: 2, kind: 'lut', dsp: 2 }, true],
  ['bpot in chains of eight, sums wait in registers', bpot(110), { oc: 5, ic: 8, pixel: 1, kind: 'lut', dsp: 2 }, true],
  ['bpot with one step in a tile, sums wait in delay lines', bpot(51), { oc: 6, ic: 8, pixel: 1, kind: 'lut', dsp: 4 }, false],
];

describe('engine with output channels in pairs', () => {
  it.each(CASES)('%s: every output and every cycle is right', async (_, layer, lanes, hold) => {
    const { generated, result } = await runEngine(layer, lanes, 1, randomInput(layer, 1, 7));
    const { array } = generated.plan;
    expect(array.elementWait > 0 ? array.hold : undefined).toBe(hold);
    expect([result.mismatches, result.cycles]).toEqual([0, cycleModel(generated.plan).cycles]);
  }, 120_000);
});
