import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compressLayer } from '../../../generator/compress/compress.js';
import { statsText } from '../../../generator/compress/stats.js';
import { readLayer } from '../../../generator/expand/read_layer.js';
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { Random } from '../../../generator/layer/random.js';
import { writeLayer } from '../../../generator/layer/write.js';
import { temporaryFolder } from '../../cli/cli.js';
import { floatLayer } from '../layers.js';

const folder = temporaryFolder();
const cp = (change: object) => ({ encoding: 'cp' as const, ...change });

/** Inputs that follow three causes, so that calibration has something to learn. */
function recorded(frames: number, seed: number, channels: number): Float32Array {
  const random = new Random(seed);
  const mixing = new Random(99);
  const causes = Array.from({ length: channels * 3 }, () => mixing.gaussian());
  const values = new Float32Array(frames * 7 * 6 * channels);
  for (let at = 0; at < values.length; at += channels) {
    const strengths = [random.gaussian(), random.gaussian(), random.gaussian()];
    for (let c = 0; c < channels; c++) {
      const value = strengths.reduce((sum, s, k) => sum + s * causes[c * 3 + k], 0) + 0.1 * random.gaussian();
      values[at + c] = Math.max(0, value);
    }
  }
  return values;
}

const LAYERS: [string, Partial<FloatLayer>, object][] = [
  ['3-way', {}, { rank: 5 }],
  ['4-way', {}, { rank: 5, form: 'separable', factors: { output: { encoding: 'uniform', bits: 5 }, kernelRow: { encoding: 'apot' } } }],
  ['blocks', {}, { rank: 3, blocks: 3, recode: { encoding: 'apot' } }],
  ['groups', { groups: 2 }, { rank: 3, recode: { encoding: 'bpot', groupSize: 3 } }],
  ['depthwise', { groups: 8, outChannels: 8 }, { rank: 1, recode: { encoding: 'uniform', bits: 5 } }],
  ['1x1', { kernel: [1, 1], pads: [0, 0, 0, 0] }, { rank: 4, recode: { encoding: 'csd', digits: 2, maxShift: 6 } }],
  ['linear', { kind: 'linear', input: { channels: 20, height: 1, width: 1 }, kernel: [1, 1], pads: [0, 0, 0, 0] }, { rank: 4 }],
  ['residual', {}, { rank: 2, residual: 0.05, recode: { encoding: 'apot' } }],
];

describe('compression to factors', () => {
  test.each(LAYERS)('%s: what is written is read back and expanded to the weights that were measured', async (name, change, choice) => {
    const { description, tensors, sample, stats } = compressLayer(floatLayer(3, change), { encoding: cp({ rounds: 5, ...choice }) });
    const file = join(folder, `${name.replace('-', '')}.layer.json`);
    await writeLayer(file, description, tensors, sample);
    const layer = await readLayer(file);
    expect([...layer.tensors.weight]).toEqual([...tensors.weight]);
    expect([...(layer.tensors.exponent ?? [])]).toEqual([...(tensors.exponent ?? [])]);
    expect(layer.description.weights).toEqual(stats.encoding.encoding === 'cp' ? stats.encoding.recode : undefined);
    expect(stats.weightSqnrDb).toBeGreaterThan(0);
  });

  test('the same seed gives the same layer, another seed is recorded', () => {
    const bytes = (seed: number) => JSON.stringify(compressLayer(floatLayer(3), { encoding: cp({ rank: 9, rounds: 4 }), seed }));
    expect(bytes(1)).toBe(bytes(1));
    expect(compressLayer(floatLayer(3), { encoding: cp({ rank: 2, rounds: 2 }), seed: 5 }).description.compression!.method).toContain('rank 2, seed 5');
  });

  test('everything that is stored is counted', () => {
    const { stats, tensors } = compressLayer(floatLayer(3), { encoding: cp({ rank: 4, residual: 0.05, recode: { encoding: 'apot' }, rounds: 4 }) });
    const entries = tensors.factors!.residual!.length / 3;
    expect(entries).toBe(Math.round(0.05 * 432));
    const { encoding, stored } = stats;
    const maxShift = encoding.encoding === 'cp' ? encoding.residual!.maxShift : -1;
    expect(Math.max(...tensors.factors!.residual!.filter((_, i) => i % 3 === 2))).toBe(maxShift);
    expect(stored.codes).toBe(4 * (6 + 8 + 9) * 3);
    expect(stored.residual).toBe(entries * (9 + 1 + Math.ceil(Math.log2(maxShift + 1))));
    expect([5, 30]).toContain(stored.recodeShifts);
    const { codes, biases, multipliers, shifts, recodeShifts, residual } = stored;
    expect(stored.total).toBe(codes + biases + multipliers + shifts + recodeShifts! + residual!);
    expect(stats.cp!.ratio4).toBeCloseTo((4 * 432 + 32 * 6) / stored.total, 9);
    expect(statsText(stats)).toContain('encoding          cp spatial, rank 4: 92 factor values in pot 2');
    expect(statsText(stats)).toContain(`${entries} residual entries`);
  });

  test('a ratio is reached, and not by more than a rank', () => {
    const layer = floatLayer(4, { outChannels: 24, input: { channels: 24, height: 7, width: 6 } });
    for (const ratio of [3, 5]) {
      const { stats } = compressLayer(layer, { encoding: cp({ ratio, rounds: 2 }) });
      expect(stats.cp!.ratio4).toBeGreaterThanOrEqual(ratio);
      const more = stats.stored.total + 3 * (24 + 24 + 9) + 24 * 32;
      expect((4 * 24 * 24 * 9 + 32 * 24) / more).toBeLessThan(ratio);
    }
  });

  test('an error is reached', () => {
    const { stats } = compressLayer(floatLayer(4), { encoding: cp({ sqnrDb: 6 }) });
    expect(stats.cp!.sumsWeightSqnrDb).toBeGreaterThan(5.5);
    expect(stats.cp!.rank).toBeGreaterThan(2);
    expect(stats.cp!.rank).toBeLessThan(40);
  });

  test('more terms, more bits, residual entries and finer lanes each leave less error', () => {
    const sqnr = (change: object) => compressLayer(floatLayer(5), { encoding: cp({ rank: 8, ...change }) }).stats.weightSqnrDb!;
    const plain = sqnr({});
    expect(sqnr({ rank: 16 })).toBeGreaterThan(plain + 1);
    expect(sqnr({ factors: { encoding: 'uniform', bits: 8 } })).toBeGreaterThan(plain);
    expect(sqnr({ residual: 0.1 })).toBeGreaterThan(plain + 0.3);
    expect(sqnr({ recode: { encoding: 'uniform', bits: 8 } })).toBeGreaterThan(plain);
  });

  test('without a multiplier, scales are powers of two of the output unit', () => {
    const { tensors, description } = compressLayer(floatLayer(6), { encoding: cp({ rank: 6 }), requantize: { form: 'power_of_two' } });
    expect(description.requantize).toEqual({ form: 'power_of_two' });
    expect(tensors.multiplier.every((m) => m === 1)).toBe(true);
  });

  test('a kernel of zeros, and one with a channel of zeros, are told', () => {
    const weight = new Float32Array(432);
    expect(compressLayer(floatLayer(3, { weight }), { encoding: cp({ rank: 2 }) }).tensors.weight.every((w) => w === 0)).toBe(true);
    const half = floatLayer(3).weight.map((w, i) => (i < 72 ? 0 : w));
    const { tensors } = compressLayer(floatLayer(3, { weight: half as Float32Array }), { encoding: cp({ rank: 8 }) });
    expect(tensors.weight.subarray(0, 72).every((w) => w === 0)).toBe(true);
  });

  test('calibrated, outputs on frames that were not learned from are nearer by decibels', () => {
    const change = {
      inputFormat: { bits: 8, signed: false, zeroPoint: 0, scale: 0.03 },
      activation: { kind: 'none' as const },
      outChannels: 16,
      calibration: { frames: 40, values: recorded(40, 1, 8) },
      sample: { frames: 4, values: recorded(4, 2, 8) },
    };
    const run = (calibrate: boolean, more: object = {}) => compressLayer(floatLayer(7, change), { encoding: cp({ rank: 8, recode: { encoding: 'apot' }, ...more }), calibrate });
    const plain = run(false).stats.outputSqnrDb!;
    const calibrated = run(true).stats;
    expect(calibrated.outputSqnrDb).toBeGreaterThan(plain + 3);
    expect(calibrated.calibratedOn).toContain('40 calibration frames');
    expect(run(true, { residual: 0.05 }).stats.outputSqnrDb).toBeGreaterThan(calibrated.outputSqnrDb!);
    expect(run(true, { form: 'separable', blocks: 2 }).stats.outputSqnrDb).toBeGreaterThan(plain);
  });
});

describe('refused', () => {
  const cases: [string, Partial<FloatLayer>, object, string][] = [
    ['no rank', {}, {}, "encoding: 'cp' has no rank. Give one of rank, ratio (against 4-bit weights) and sqnrDb"],
    ['two ways to the rank', {}, { rank: 3, ratio: 4 }, "encoding: 'cp' cannot have rank and ratio at once. Give one of rank, ratio (against 4-bit weights) and sqnrDb"],
    ['rank 0', {}, { rank: 0 }, 'encoding $.rank: is 0; allowed: integers 1..4096'],
    ['a rank too large', {}, { rank: 100 }, "encoding.rank: is 100; a block of 6x8x9 weights of layer 'small' is told exactly by 48. Allowed: 1..48"],
    ['blocks that do not divide', {}, { rank: 3, blocks: 4 }, "encoding.blocks: is 4, which does not divide the 6 output channels of layer 'small'. It must divide them"],
    ['blocks across groups', { groups: 2 }, { rank: 3, blocks: 3 }, "encoding.blocks: is 3, not a multiple of the 2 groups of layer 'small'. As in: 2"],
    ['a matrix for a kernel', {}, { rank: 3, form: 'matrix' }, "encoding.form: is 'matrix', layer 'small' has a 3x3 kernel. Use 'spatial' or 'separable'"],
    ['a kernel factor for 1x1', { kernel: [1, 1], pads: [0, 0, 0, 0] }, { rank: 3, form: 'spatial' }, "encoding.form: is 'spatial', layer 'small' has no kernel but 1x1. Use 'matrix', or leave it out"],
    ['a factor of another form', {}, { rank: 3, factors: { kernelRow: { encoding: 'apot' } } }, "encoding.factors.kernelRow: does not belong to form 'spatial'. Its factors: output, input, kernel"],
    ['a residual under shared exponents', {}, { rank: 3, residual: 0.01, recode: { encoding: 'bpot' } }, "encoding.residual: corrects weights one by one, those of 'bpot' share exponents. Recode to pot, apot, uniform or csd"],
    ['a ratio out of reach', {}, { ratio: 50 }, "encoding.ratio: is 50; rank 1 makes layer 'small' 4.53 times smaller than 4-bit weights. Allowed: up to 4.53"],
    ['a ratio that asks for nothing', {}, { ratio: 0.4 }, "encoding.ratio: is 0.4, which is rank 64; 48 is the largest that can help layer 'small'. Allowed: from 0.53"],
    ['an error out of reach', {}, { sqnrDb: 50, rounds: 2 }, expect.stringMatching(/^encoding\.sqnrDb: is 50; layer 'small' reaches \d+\.\d dB at rank 48 with these factors\. Ask for less, or give factors more bits$/)],
  ];

  test.each(cases)('%s', (_, change, choice, message) => {
    let found = '';
    try {
      compressLayer(floatLayer(1, change), { encoding: cp(choice) });
    } catch (error) {
      found = (error as Error).message;
    }
    expect(found).toEqual(message);
  });

  test('pruning', () => {
    expect(() => compressLayer(floatLayer(1), { encoding: cp({ rank: 2 }), prune: { density: 0.5 } })).toThrow("prune: does not go with 'cp'");
  });
});
