/** Layers of quantized factors in training: they train on the integers that the hardware rebuilds. */
import { describe, expect, it } from 'vitest';
import { rebuildWeights } from '../../../generator/golden/factor_reconstruction.js';
import { Random } from '../../../generator/layer/random.js';
import { CpModel, FACTOR_SHIFT, nearestPower, recode, recodeShiftFor, type CpShape, type LaneEncoding, type RealFactors } from '../../../scripts/train/cp_model.js';
import { startFactors } from '../../../scripts/train/cp_start.js';

const SHAPE: CpShape = { outChannels: 6, inChannels: 5, taps: 9, rank: 4 };
const LANES: readonly LaneEncoding[] = [
  { encoding: 'pot', maxShift: 6 },
  { encoding: 'pot', maxShift: 3 },
  { encoding: 'csd', digits: 2, maxShift: 7 },
  { encoding: 'csd', digits: 1, maxShift: 4 },
  { encoding: 'uniform', bits: 8 },
];

function randomFactors(random: Random, { outChannels, inChannels, taps, rank }: CpShape = SHAPE): RealFactors {
  const values = (count: number) => Float64Array.from({ length: count }, () => random.gaussian());
  return { output: values(rank * outChannels), input: values(rank * inChannels), kernel: values(rank * taps), gain: values(outChannels).map((g) => Math.abs(g) + 0.1) };
}

describe('a layer of factors in training', () => {
  it.each(LANES.map((lanes) => [JSON.stringify(lanes), lanes] as const))('has the weights that the golden model rebuilds, lanes %s', (_, lanes) => {
    const random = new Random(21);
    for (let n = 0; n < 6; n++) {
      const model = new CpModel(SHAPE, lanes, randomFactors(random));
      const weights = new Float32Array(SHAPE.outChannels * SHAPE.inChannels * SHAPE.taps);
      model.weights(weights);
      const { output, input, kernel, recodeShift, scale } = model.integers();
      const pot = { encoding: 'pot', maxShift: FACTOR_SHIFT } as const;
      const encoding = { encoding: 'cp', form: 'spatial', rank: SHAPE.rank, blocks: 1, factors: { output: pot, input: pot, kernel: pot }, recode: lanes } as const;
      const geometry = { outChannels: SHAPE.outChannels, groupInChannels: SHAPE.inChannels, kernelHeight: 3, kernelWidth: 3 };
      const rebuilt = rebuildWeights(encoding, { output, input, kernel, recodeShift }, geometry, 'test').weight;
      const per = SHAPE.inChannels * SHAPE.taps;
      expect(rebuilt.some((w) => w !== 0)).toBe(true);
      rebuilt.forEach((w, i) => expect(weights[i]).toBeCloseTo(w * scale[Math.floor(i / per)], 5));
    }
  });

  it('passes the gradient of the sum of products straight through both roundings', () => {
    const random = new Random(8);
    const lanes: LaneEncoding = { encoding: 'uniform', bits: 8 };
    // Powers of two, the largest of each factor (of the output's in each channel) 1, which rounding leaves as they are.
    const powers = (count: number) => Float64Array.from({ length: count }, (_, i) => (i === 0 ? 1 : random.pick([-1, 1]) * 2 ** -random.integer(0, 3)));
    const shape: CpShape = { outChannels: 3, inChannels: 2, taps: 4, rank: 1 };
    const factors: RealFactors = { output: Float64Array.from([1, -1, 1]), input: powers(2), kernel: powers(4), gain: Float64Array.from([1, 2, 0.5]) };
    const model = new CpModel(shape, lanes, factors);
    const slope = Float32Array.from({ length: 24 }, () => random.gaussian());
    model.weights(new Float32Array(24));
    model.slopes(slope);
    const value = (f: RealFactors): number => slope.reduce((sum, s, at) => {
      const o = Math.floor(at / 8);
      return sum + s * f.gain[o] * f.output[o] * f.input[Math.floor(at / 4) % 2] * f.kernel[at % 4];
    }, 0);
    for (const [n, part] of (['output', 'input', 'kernel'] as const).entries()) {
      factors[part].forEach((_, i) => {
        const moved = { ...factors, [part]: factors[part].map((x, j) => (j === i ? x + 1e-4 : x)) };
        expect(model.trained[n].slopes[i]).toBeCloseTo((value(moved) - value(factors)) / 1e-4, 4);
      });
    }
  });

  it('rounds factors to the nearest power of two', () => {
    const cases = [[0.49, 0], [0.5, 1], [1.49, 1], [1.5, 2], [2.9, 2], [3, 4], [-5.9, -4], [-6, -8], [100, 64], [0, 0]];
    for (const [value, want] of cases) expect(nearestPower(value) + 0).toBe(want);
  });

  it('takes the smallest shift that clamps nothing', () => {
    for (const lanes of LANES) {
      for (const largest of [1, 5, 64, 95, 96, 127, 128, 1000, 5e6]) {
        const shift = recodeShiftFor(largest, lanes);
        const size = Math.abs(recode(largest, shift, lanes)) * 2 ** shift;
        expect(size / largest).toBeGreaterThan(0.66);
        expect(size / largest).toBeLessThan(1.4);
      }
    }
  });
});

describe('the start of training', () => {
  const { outChannels, inChannels, taps, rank } = SHAPE;
  const n = inChannels * taps;
  const productsOf = (f: RealFactors) => (o: number, i: number, t: number): number => {
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += f.output[r * outChannels + o] * f.input[r * inChannels + i] * f.kernel[r * taps + t];
    return sum * f.gain[o];
  };
  const expanded = (f: RealFactors) => Float64Array.from({ length: outChannels * n }, (_, at) => productsOf(f)(Math.floor(at / n), Math.floor(at / taps) % inChannels, at % taps));
  /** Cost of the errors of all weights, as `moments` (positions outermost) has it. */
  const cost = (error: Float64Array, moments: Float32Array): number => {
    const row = (o: number, p: number) => error[o * n + (p % inChannels) * taps + Math.floor(p / inChannels)];
    let sum = 0;
    for (let o = 0; o < outChannels; o++) for (let p = 0; p < n; p++) for (let q = 0; q < n; q++) sum += row(o, p) * row(o, q) * moments[p * n + q];
    return sum;
  };

  it('is a decomposition of the kernel into powers of two', () => {
    const weight = expanded(randomFactors(new Random(3)));
    const found = startFactors(weight, SHAPE);
    for (const factor of [found.output, found.input, found.kernel]) factor.forEach((x) => expect(nearestPower(x)).toBe(x));
    const error = expanded(found).map((x, at) => x - weight[at]);
    const power = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0);
    expect(power(error) / power(weight)).toBeLessThan(0.1);
  });

  it('errs less where the inputs show it', () => {
    const random = new Random(5);
    const weight = Float64Array.from({ length: outChannels * n }, () => random.gaussian());
    // Inputs of two sizes: some channels are hardly ever seen.
    const moments = Float32Array.from({ length: n * n }, (_, at) => (at % n === Math.floor(at / n) ? (at % inChannels < 2 ? 1 : 0.01) : 0));
    const errorOf = (f: RealFactors) => cost(expanded(f).map((x, at) => x - weight[at]), moments);
    expect(errorOf(startFactors(weight, SHAPE, moments))).toBeLessThan(0.8 * errorOf(startFactors(weight, SHAPE)));
  });
});
