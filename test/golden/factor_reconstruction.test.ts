import { describe, expect, it } from 'vitest';
import { factorSums, rebuildWeights, recodeSums } from '../../generator/golden/factor_reconstruction.js';
import { recodeGroup } from '../../generator/golden/recoding.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import type { FactorTensors } from '../../generator/layer/layer.js';
import { representableValues } from '../../generator/layer/representable.js';
import type { CpEncoding } from '../../generator/layer/schema.js';

const pot = (maxShift = 6) => ({ encoding: 'pot' as const, maxShift });
const ints = (...values: number[]) => Int32Array.from(values);

describe('reconstruction', () => {
  it('sums products of three factors', () => {
    const weights: CpEncoding = { encoding: 'cp', form: 'spatial', rank: 2, blocks: 1, factors: { output: pot(), input: pot(), kernel: pot() }, recode: pot() };
    const factors = { output: ints(1, 2, 4, -8), input: ints(1, 0, -1, 2), kernel: ints(1, 2, 16, 32), recodeShift: ints(0, 0) };
    const g = { outChannels: 2, groupInChannels: 2, kernelHeight: 1, kernelWidth: 2 };
    // rank 0: a (1, 2), b (1, 0), c (1, 2); rank 1: a (4, -8), b (-1, 2), c (16, 32)
    expect([...factorSums(weights, factors, g, 'layer')]).toEqual([1 - 64, 2 - 128, 128, 256, 2 + 128, 4 + 256, -256, -512]);
  });

  it('gives each block of output channels factors of its own, with rows and columns apart, and adds the residual', () => {
    const factor = pot();
    const weights: CpEncoding = {
      encoding: 'cp', form: 'separable', rank: 1, blocks: 2, factors: { output: factor, input: factor, kernelRow: factor, kernelColumn: factor }, recode: pot(), residual: { maxShift: 4 },
    };
    const factors: FactorTensors = {
      output: ints(1, 2, 4, 8), input: ints(1, -1), kernelRow: ints(1, 2, 4, 8), kernelColumn: ints(1, 1, 1, -1), recodeShift: ints(0, 0, 0, 0), residual: ints(0, -1, 4, 15, 1, 0, 15, 1, 1),
    };
    const g = { outChannels: 4, groupInChannels: 1, kernelHeight: 2, kernelWidth: 2 };
    expect([...factorSums(weights, factors, g, 'layer')]).toEqual([1 - 16, 1, 2, 2, 2, 2, 4, 4, -16, 16, -32, 32, -32, 32, -64, 64 + 3]);
  });
});

describe('recoding', () => {
  /** Sums in units of 1/8 (shift 3), so that thresholds can be met from both sides. */
  it.each<[string, CpEncoding['recode'], [number, number][]]>([
    ['pot', pot(3), [[0, 0], [3, 0], [-3, 0], [4, 1], [-4, -1], [11, 1], [12, 2], [23, 2], [24, 4], [48, 8], [1000, 8], [-1000, -8]]],
    ['pot of one power', pot(0), [[3, 0], [4, 1], [12, 1], [-99, -1]]],
    ['apot', { encoding: 'apot' }, [[3, 0], [4, 1], [11, 1], [12, 2], [19, 2], [20, 3], [27, 3], [28, 4], [39, 4], [40, 6], [55, 6], [56, 8], [71, 8], [72, 10], [-1000, -10]]],
    ['uniform', { encoding: 'uniform', bits: 4 }, [[3, 0], [4, 1], [-4, -1], [52, 7], [-59, -7], [-9999, -7]]],
    ['csd of one digit', { encoding: 'csd', digits: 1, maxShift: 5 }, [[3, 0], [8 * 3, 4], [8 * 5, 4], [8 * 6, 8], [8 * 11, 16], [-8 * 23, -32], [8 * 99, 32]]],
    ['csd of two digits', { encoding: 'csd', digits: 2, maxShift: 5 }, [[8 * 3, 3], [8 * 11, 12], [-8 * 11, -12], [8 * 21, 20], [8 * 23, 24], [8 * 31, 31], [8 * 99, 32]]],
  ])('to %s rounds as the page says', (_, recode, cases) => {
    for (const [sum, weight] of cases) expect([sum, ...recodeGroup(recode, [sum], 3).weights]).toEqual([sum, weight]);
  });

  it.each<[string, number, number[], number, number[]]>([
    ['all zeros', 3, [0, 0], 0, [0, 0]],
    ['small sums', 3, [3, 4, -11, 12, 24], 0, [0, 1, -1, 2, 4]],
    ['a group that needs an exponent', 3, [8 * 16, 8 * 4, 8 * 2, 8 * 2 - 1, -8 * 3], 2, [16, 4, 4, 0, -4]],
    ['the largest exponent', 1, [8 * 64, 8, 4, 7], 1, [8, 2, 0, 0]],
    ['rounding that lifts the exponent', 3, [8 * 6, 8, 7], 1, [8, 2, 0]],
  ])('to bpot takes the exponent of the largest: %s', (_, maxExponent, sums, exponent, weights) => {
    expect(recodeGroup({ encoding: 'bpot', groupSize: 16, maxExponent }, sums, 3)).toEqual({ weights, exponent });
  });

  it('without a shift rounds nothing', () => {
    expect(recodeGroup({ encoding: 'uniform', bits: 8 }, [-5, 0, 7], 0).weights).toEqual([-5, 0, 7]);
    expect(recodeGroup({ encoding: 'pot', maxShift: 3 }, [1, 3, -2], 0).weights).toEqual([1, 4, -2]);
    expect(recodeGroup({ encoding: 'apot' }, [1, 5, -9], 0).weights).toEqual([1, 6, -10]);
  });

  it('is exact for sums of 47 bits', () => {
    expect(recodeGroup({ encoding: 'pot', maxShift: 14 }, [2 ** 46 - 1, 3 * 2 ** 45 - 1, 3 * 2 ** 44 - 1], 31).weights).toEqual([2 ** 14, 2 ** 14, 2 ** 14]);
    expect(recodeGroup({ encoding: 'pot', maxShift: 14 }, [3 * 2 ** 40 - 1, 3 * 2 ** 40], 31).weights).toEqual([2 ** 10, 2 ** 11]);
  });

  it('groups bpot weights along the input channels of one kernel position', () => {
    const g = { outChannels: 1, groupInChannels: 3, kernelHeight: 1, kernelWidth: 2 };
    const { weight, exponent } = recodeSums({ encoding: 'bpot', groupSize: 2, maxExponent: 7 }, Float64Array.of(64, 1, 8, 2, 1, 16), ints(0), g);
    expect([...weight]).toEqual([64, 1, 16, 2, 1, 16]);
    expect([...exponent!]).toEqual([4, 0, 0, 2]);
  });
});

describe('random factored layers', () => {
  const layers = Array.from({ length: 60 }, (_, seed) => randomCpLayer(seed));

  it('cover forms, blocks, factor encodings, recodings and residuals', () => {
    const seen = new Set(layers.flatMap(({ factors }) => [
      factors!.weights.form, factors!.weights.recode.encoding, ...Object.values(factors!.weights.factors).map((f) => `of ${f!.encoding}`),
      factors!.weights.blocks > 1 ? 'blocks' : 'one block', factors!.tensors.residual?.length ? 'residual' : 'no residual',
    ]));
    expect([...seen].sort()).toEqual(
      ['apot', 'blocks', 'bpot', 'csd', 'matrix', 'no residual', 'of apot', 'of pot', 'of uniform', 'one block', 'pot', 'residual', 'separable', 'spatial', 'uniform'],
    );
  });

  it('hold what a plain evaluation of the formula gives, in the values of their encoding', () => {
    for (const { factors, geometry: g, tensors, description } of layers) {
      const { weights, tensors: t } = factors!;
      const rebuilt = rebuildWeights(weights, t, g, 'layer');
      expect(rebuilt.weight).toEqual(tensors.weight);
      const sums = factorSums(weights, t, g, 'layer');
      const P = g.outChannels / weights.blocks;
      for (let n = 0; n < 30; n++) {
        const [o, i, y, x] = [n % g.outChannels, (7 * n) % g.groupInChannels, n % g.kernelHeight, (3 * n) % g.kernelWidth];
        let sum = 0n;
        for (let r = 0; r < weights.rank; r++) {
          const term = Math.floor(o / P) * weights.rank + r;
          const kernel = t.kernel ? t.kernel[(term * g.kernelHeight + y) * g.kernelWidth + x] : t.kernelRow ? t.kernelRow[term * g.kernelHeight + y] * t.kernelColumn![term * g.kernelWidth + x] : 1;
          sum += BigInt(t.output[term * P + (o % P)]) * BigInt(t.input[term * g.groupInChannels + i]) * BigInt(kernel);
        }
        const position = ((o * g.groupInChannels + i) * g.kernelHeight + y) * g.kernelWidth + x;
        for (let e = 0; e < (t.residual?.length ?? 0); e += 3) if (t.residual![e] === position) sum += BigInt(t.residual![e + 1]) << BigInt(t.residual![e + 2]);
        expect(sums[position]).toBe(Number(sum));
      }
      if (weights.recode.encoding !== 'bpot') {
        const allowed = new Set(representableValues(weights.recode));
        expect([...tensors.weight].filter((value) => !allowed.has(value))).toEqual([]);
      }
      expect(description.weights).toEqual(weights.recode);
    }
  });

  it('are the same for the same seed, and mostly have weights that are not zero', () => {
    expect(randomCpLayer(5)).toEqual(randomCpLayer(5));
    const lively = layers.filter(({ tensors }) => tensors.weight.filter((w) => w !== 0).length > tensors.weight.length / 5);
    expect(lively.length).toBeGreaterThan(layers.length / 2);
    expect(randomInput(layers[0], 1, 1).length).toBeGreaterThan(0);
  });
});
