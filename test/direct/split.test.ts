import { describe, expect, it } from 'vitest';
import { exactOutputs, sqnrDb } from '../../generator/direct/exact_outputs.js';
import { splitLayer, type SplitOptions } from '../../generator/direct/split.js';
import { ShiftloomError } from '../../generator/errors.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { factorSums } from '../../generator/golden/factor_reconstruction.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { outputBounds, type Layer } from '../../generator/layer/layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import { findLanes } from '../../generator/plan/search.js';
import { runEngine } from '../support/engine.js';

const FRAMES = 2;
const framesOf = (layer: Layer, seed: number) => ({ frames: FRAMES, data: randomInput(layer, FRAMES, seed) });

/** The chain of a seed's layer; undefined where its requantization has no room for the stages' units. */
function chainOf(seed: number, options: SplitOptions = {}) {
  const layer = randomCpLayer(seed, { residual: false });
  const frames = framesOf(layer, seed);
  try {
    return { layer, frames, chain: splitLayer(layer, frames, FRAMES, options) };
  } catch (error) {
    if (error instanceof ShiftloomError && /shift of|requantization factor/.test(error.message)) return undefined;
    throw error;
  }
}

/** Seeds whose layers can be split, of the first sixty. */
const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

describe('a factored layer as a chain of stages', () => {
  it('gives what the factors give, but for the rounding of outputs, with 16 bits between stages', () => {
    let compared = 0;
    let near = 0;
    for (const seed of SEEDS) {
      const made = chainOf(seed);
      if (!made) continue;
      const { layer, frames, chain } = made;
      const exact = exactOutputs(layer, chain.stages, frames);
      expect(chain.outputs.length).toBe(exact.length);
      const [low, high] = outputBounds(layer.description.output, layer.description.activation);
      const worst = exact.reduce((most, y, i) => Math.max(most, Math.abs(y - chain.outputs[i])), 0);
      compared++;
      if (worst <= 0.5 + 0.01 * (high - low)) near++;
    }
    expect(compared).toBeGreaterThan(50);
    expect(near / compared).toBeGreaterThan(0.95); // the rest has ranks of very different sizes
  });

  it('has as its exact sums those of the golden reconstruction', () => {
    for (const seed of [3, 5, 14, 18, 24]) {
      const { layer, frames, chain } = chainOf(seed)!;
      const { weights, tensors } = layer.factors!;
      const sums = factorSums(weights, tensors, layer.geometry, 'test');
      expect(sums.every((sum) => Math.abs(sum) < 2 ** 31)).toBe(true);
      // The same convolution with the sums themselves as weights.
      const whole: Layer = { ...layer, tensors: { ...layer.tensors, weight: Int32Array.from(sums), bias: new Int32Array(layer.geometry.outChannels) } };
      const { accumulators } = goldenRun(whole, frames.data, FRAMES);
      const [low, high] = outputBounds(layer.description.output, layer.description.activation);
      const { bias, multiplier, shift } = layer.tensors;
      const wanted = accumulators.map((sum, i) => {
        const o = i % layer.geometry.outChannels;
        const y = ((sum / 2 ** tensors.recodeShift[o] + bias[o]) * multiplier[o]) / 2 ** shift[o] + layer.description.output.zeroPoint;
        return Math.min(high, Math.max(low, y));
      });
      expect(sqnrDb(wanted, exactOutputs(layer, chain.stages, frames)) ?? Infinity).toBeGreaterThan(200);
    }
  });

  it('is 1x1, kernel on each rank alone, 1x1; rows and columns apart in the separable form; two stages for a matrix', () => {
    const shapes = (seed: number) => chainOf(seed)!.chain.stages.map(({ description: d, geometry: g }) => ({
      name: d.name.replace(/^random_cp_\d+_/, ''), kernel: [g.kernelHeight, g.kernelWidth], one: g.groupInChannels / (d.sparsity?.m ?? g.groupInChannels),
    }));
    const names = new Map(SEEDS.flatMap((seed) => {
      const made = chainOf(seed);
      return made ? [[made.layer.factors!.weights.form, seed] as const] : [];
    }));
    expect(shapes(names.get('spatial')!).map(({ name }) => name)).toEqual(['input', 'kernel', 'output']);
    expect(shapes(names.get('separable')!).map(({ name }) => name)).toEqual(['input', 'kernel_row', 'kernel_column', 'output']);
    expect(shapes(names.get('matrix')!).map(({ name }) => name)).toEqual(['input', 'output']);
    for (const seed of names.values()) for (const { name, kernel } of shapes(seed)) if (/put$/.test(name)) expect(kernel).toEqual([1, 1]);
  });

  it('gives the same outputs with blocks of the middle stages as with each rank in a group of its own', () => {
    for (const seed of [3, 5, 14, 22]) {
      const blocks = chainOf(seed, { block: 8 })!.chain;
      const alone = chainOf(seed, { block: 1 })!.chain;
      expect(blocks.outputs).toEqual(alone.outputs);
      const middle = alone.stages[1];
      expect(middle.geometry.groups).toBe(middle.geometry.inChannels);
      expect(middle.description.sparsity).toBeUndefined();
    }
  });

  it('finds its scales on the frames that it is told to learn from', () => {
    const { layer, frames } = chainOf(3)!;
    const quiet = { frames: 2, data: frames.data.map((x, i) => (i < frames.data.length / 2 ? layer.description.input.zeroPoint : x)) };
    const blind = splitLayer(layer, quiet, 1);
    const seeing = splitLayer(layer, quiet, 2);
    expect(blind.stages[0].tensors.shift).not.toEqual(seeing.stages[0].tensors.shift);
  });

  it('refuses a layer without factors, and one with a residual', () => {
    const plain = randomLayer(1, { encodings: ['pot'] });
    expect(() => splitLayer(plain, framesOf(plain, 1), 1)).toThrow('is not stored as factors, which is what direct execution runs. Compress it with --encoding cp');
    const seed = SEEDS.find((candidate) => (randomCpLayer(candidate).factors!.tensors.residual?.length ?? 0) > 0)!;
    const corrected = randomCpLayer(seed);
    expect(() => splitLayer(corrected, framesOf(corrected, 1), 1)).toThrow('has a residual, which belongs to no rank');
  });
});

describe('the engines of a chain', () => {
  /** A small layer of a form, as a chain. */
  const small = (form: string, bits: number) => {
    for (let seed = 1; ; seed++) {
      const layer = randomCpLayer(seed, { residual: false, maxMacs: 20_000 });
      if (layer.factors!.weights.form !== form || layer.factors!.weights.rank < 6 || layer.geometry.groups > 1) continue;
      try {
        return splitLayer(layer, framesOf(layer, seed), FRAMES, { bits });
      } catch {
        continue; // no room for the stages' units
      }
    }
  };

  it.each([['spatial', 8, ['kernel', 'output']], ['separable', 16, ['kernel_row']]] as const)('%s, %i bits: every output and every cycle is right', async (form, bits, names) => {
    const stages = small(form, bits).stages.filter(({ description }) => names.some((name) => description.name.endsWith(`_${name}`)));
    expect(stages).toHaveLength(names.length);
    for (const stage of stages) {
      const { lanes } = findLanes(stage, { maxMacs: 16 });
      const { generated, result } = await runEngine(stage, lanes, 1, stage.sample!.data.subarray(0, stage.sample!.data.length / FRAMES), {}, { effort: 'quick' });
      expect([stage.description.name, result.mismatches, result.cycles]).toEqual([stage.description.name, 0, cycleModel(generated.plan).cycles]);
    }
  }, 120_000);
});
