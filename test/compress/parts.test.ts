import { describe, expect, it } from 'vitest';
import { layerInputs } from '../../generator/compress/layer_inputs.js';
import { integerActivation, outputFormat } from '../../generator/compress/output_format.js';
import { prune } from '../../generator/compress/pruning.js';
import { integerBias, minimumScale, multiplierFactors } from '../../generator/compress/requantization.js';
import { compressionStats, sqnrDb } from '../../generator/compress/stats.js';
import { gatherPatches, layerSums, outputSize } from '../../generator/compress/sums.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { messageOf } from '../layer/message.js';
import { floatLayer } from './layers.js';

describe('pruning', () => {
  const weight = Float32Array.of(0.1, -0.5, 0.2, 0.9, 0.05, 3, -4, 5);

  it('keeps the largest magnitudes of the layer, and the weights it was given', () => {
    expect([...prune(weight, { outChannels: 2, groupInChannels: 4, taps: 1 }, { density: 0.5 })]).toEqual([0, 0, 0, Math.fround(0.9), 0, 3, -4, 5]);
    expect(weight[0]).toBe(Math.fround(0.1));
  });

  it('keeps the same share of each channel if asked', () => {
    const kept = prune(weight, { outChannels: 2, groupInChannels: 4, taps: 1 }, { density: 0.5, scope: 'channel' });
    expect([...kept].map((w) => w !== 0)).toEqual([false, true, false, true, false, false, true, true]);
  });

  it('meets the density exactly and spreads equal magnitudes over the channels', () => {
    const equal = new Float64Array(1000).fill(0.25);
    const kept = prune(equal, { outChannels: 10, groupInChannels: 100, taps: 1 }, { density: 0.3 });
    const perChannel = Array.from({ length: 10 }, (_, o) => kept.slice(o * 100, (o + 1) * 100).filter((w) => w !== 0).length);
    expect(perChannel.reduce((a, b) => a + b)).toBe(300);
    expect(Math.min(...perChannel)).toBeGreaterThan(15);
  });

  it('keeps the n largest of every m input channels at each kernel position, the last block being shorter', () => {
    const shape = { outChannels: 1, groupInChannels: 6, taps: 2 };
    // Channel by channel, two kernel positions each.
    const channels = Float64Array.of(1, 8, -3, 7, 2, -6, 4, 5, 0.5, 0, -0.1, 0.3);
    expect([...prune(channels, shape, { n: 2, m: 4 })]).toEqual([0, 8, -3, 7, 0, 0, 4, 0, 0.5, 0, -0.1, 0.3]);
    expect([...prune(channels, shape, { n: 1, m: 4 })]).toEqual([0, 8, 0, 0, 0, 0, 4, 0, 0.5, 0, 0, 0.3]);
    expect([...prune(channels, shape, { n: 1, m: 16 })]).toEqual([0, 8, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
  });

  it('spreads equal magnitudes over the channels of a block', () => {
    const kept = prune(new Float64Array(4000).fill(1), { outChannels: 10, groupInChannels: 400, taps: 1 }, { n: 1, m: 4 });
    const places = [0, 1, 2, 3].map((place) => kept.filter((w, i) => w !== 0 && i % 4 === place).length);
    expect(places.reduce((a, b) => a + b)).toBe(1000);
    expect(Math.min(...places)).toBeGreaterThan(200);
  });

  it.each([[4, 4], [0, 4], [5, 4], [1, 17], [1.5, 4]])('refuses a structure of %d:%d', async (n, m) => {
    expect(await messageOf(() => prune(weight, { outChannels: 2, groupInChannels: 4, taps: 1 }, { n, m }))).toBe(
      `prune: is ${n}:${m}; allowed: n of m channels with 1 <= n < m <= 16. 2:4 keeps two of every four`,
    );
  });

  it.each([0, -1, 1.5, NaN])('refuses a density of %d', async (density) => {
    expect(await messageOf(() => prune(weight, { outChannels: 2, groupInChannels: 4, taps: 1 }, { density }))).toBe(
      `density: is ${density}; allowed: above 0, up to 1. 0.5 keeps half of the weights`,
    );
  });
});

describe('sums of a layer', () => {
  /** Straight from the definition: one loop for each index. */
  function naive(layer: FloatLayer, input: Int32Array, zeroPoint: number, frame: number, o: number, oy: number, ox: number): number {
    const { input: map, kernel, groups } = layer;
    const I = map.channels / groups;
    const first = Math.floor(o / (layer.outChannels / groups)) * I;
    let sum = 0;
    for (let i = 0; i < I; i++) {
      for (let ky = 0; ky < kernel[0]; ky++) {
        for (let kx = 0; kx < kernel[1]; kx++) {
          const y = oy * layer.strides[0] - layer.pads[0] + ky * layer.dilations[0];
          const x = ox * layer.strides[1] - layer.pads[1] + kx * layer.dilations[1];
          if (y < 0 || x < 0 || y >= map.height || x >= map.width) continue;
          const value = input[((frame * map.height + y) * map.width + x) * map.channels + first + i] - zeroPoint;
          sum += value * layer.weight[((o * I + i) * kernel[0] + ky) * kernel[1] + kx];
        }
      }
    }
    return sum;
  }

  it.each([
    ['plain', {}],
    ['strides and asymmetric pads', { strides: [2, 3] as const, pads: [0, 2, 1, 0] as const }],
    ['dilations and groups', { dilations: [2, 1] as const, groups: 2, kernel: [2, 3] as const }],
    ['depthwise', { groups: 8, outChannels: 16 }],
  ])('equal the definition of convolution: %s', (_, change) => {
    const layer = floatLayer(1, { ...change, inputFormat: { bits: 8, signed: true, zeroPoint: -5, scale: 0.1 } });
    const inputs = layerInputs({ ...layer, sample: { frames: 2, values: Int32Array.from({ length: 672 }, (_, i) => ((i * 37) % 256) - 128) } }, 1);
    const patches = gatherPatches(layer, inputs, 1e9, 1);
    const [OH, OW] = outputSize(layer);
    expect(patches.count).toBe(2 * OH * OW);
    const sums = layerSums(layer, layer.weight, patches);
    for (let o = 0; o < layer.outChannels; o++) {
      for (let p = 0; p < patches.count; p++) {
        const [frame, oy, ox] = [Math.floor(p / (OH * OW)), Math.floor((p % (OH * OW)) / OW), p % OW];
        expect(sums[o * patches.count + p]).toBeCloseTo(naive(layer, inputs.data, -5, frame, o, oy, ox), 6);
      }
    }
  });

  it('are taken at a seeded choice of positions when all would be too much work', () => {
    const layer = floatLayer(2);
    const inputs = layerInputs(layer, 1);
    const some = gatherPatches(layer, inputs, layer.weight.length * 9, 1);
    expect([some.count, some.of]).toEqual([9, 42]);
    expect(gatherPatches(layer, inputs, layer.weight.length * 9, 1)).toEqual(some);
    expect(gatherPatches(layer, inputs, layer.weight.length * 9, 2).data).not.toEqual(some.data);
    const all = gatherPatches(layer, inputs, 1e9, 1);
    const rows = (p: typeof all) => Array.from({ length: p.count }, (_, i) => p.data.slice(i * p.length, (i + 1) * p.length).join());
    expect(new Set(rows(some)).size).toBe(9);
    for (const row of rows(some)) expect(rows(all)).toContain(row);
  });
});

describe('inputs', () => {
  it('in real units are rounded to the input format', () => {
    const values = new Float32Array(336).fill(0.031);
    values[0] = 99;
    values[1] = -1;
    const { data, genuine } = layerInputs(floatLayer(1, { sample: { frames: 1, values } }), 1);
    expect([data[0], data[1], data[2], genuine]).toEqual([255, 0, 2, true]);
  });

  it('set the input scale where none is given', () => {
    const values = new Float32Array(336).fill(0.5);
    values[7] = 5.1;
    const { format } = layerInputs(floatLayer(1, { sample: { frames: 1, values }, inputFormat: { bits: 8, signed: false, zeroPoint: 0 } }), 1);
    expect(format.scale).toBeCloseTo(5.1 / 255, 9);
  });

  it('are made up from the seed where there is no sample, and say so', () => {
    const made = layerInputs(floatLayer(1), 7);
    expect(made.origin).toBe('half-normal stand-in inputs, seed 7');
    expect(made.data).toEqual(layerInputs(floatLayer(1), 7).data);
    expect(made.data).not.toEqual(layerInputs(floatLayer(1), 8).data);
    expect(Math.max(...made.data)).toBeGreaterThan(150);
  });

  it.each<[string, Partial<FloatLayer>, string]>([
    ['no scale at all', { inputFormat: { bits: 8, signed: false, zeroPoint: 0 } }, "layer 'small' input: has no scale. Give input.scale, or a sample in real units (floats)"],
    [
      'negative values and an unsigned format',
      { inputFormat: { bits: 8, signed: false, zeroPoint: 0 }, sample: { frames: 1, values: new Float32Array(336).fill(-2) } },
      "layer 'small' input: reaches down to -2, its format holds no negative value. Set input.signed, or a zeroPoint above the lowest value",
    ],
    [
      'a map too large to make inputs for',
      { input: { channels: 8192, height: 8192, width: 8192 } },
      "layer 'small' input: has 549755813888 elements, too many for stand-in inputs. Give a sample, or a smaller map",
    ],
    ['integers outside the format', { sample: { frames: 1, values: new Int32Array(336).fill(300) } }, "layer 'small' sample: value 0 is 300; unsigned 8-bit inputs are 0..255"],
  ])('are refused with %s', async (_, change, message) => {
    expect(await messageOf(() => layerInputs(floatLayer(1, change), 1))).toBe(message);
  });
});

describe('the output format', () => {
  const outputs = Float64Array.from({ length: 20001 }, (_, i) => (i - 10000) / 1000);

  it('is unsigned behind a ReLU and just holds the largest output', () => {
    expect(outputFormat(floatLayer(1), outputs, 'max')).toEqual({ bits: 8, signed: false, zeroPoint: 0, scale: 10 / 255 });
  });

  it('is signed without activation, zero point 0', () => {
    const format = outputFormat(floatLayer(1, { activation: { kind: 'none' } }), outputs, 'max');
    expect(format).toEqual({ bits: 8, signed: true, zeroPoint: 0, scale: 10 / 127 });
  });

  it('puts the zero point between negative and positive outputs of an unsigned format', () => {
    const layer = floatLayer(1, { activation: { kind: 'none' }, outputFormat: { signed: false } });
    const { zeroPoint, scale } = outputFormat(layer, outputs.map((y) => (y < 0 ? y / 4 : y)), 'max');
    expect(zeroPoint).toBe(51);
    expect(scale).toBeCloseTo(10 / 204, 9);
  });

  it('leaves out outliers if asked, and never covers more than the clip', () => {
    const spiked = Float64Array.from(outputs);
    spiked[0] = 500;
    expect(outputFormat(floatLayer(1), spiked, 'percentile').scale).toBeCloseTo(10 / 255, 3);
    expect(outputFormat(floatLayer(1), spiked, 'max').scale).toBe(500 / 255);
    expect(outputFormat(floatLayer(1, { activation: { kind: 'clip', min: 0, max: 6 } }), spiked, 'max').scale).toBe(6 / 255);
  });

  it('keeps what is given', () => {
    const layer = floatLayer(1, { outputFormat: { bits: 4, signed: true, zeroPoint: -2, scale: 0.5 } });
    expect(outputFormat(layer, outputs, 'max')).toEqual({ bits: 4, signed: true, zeroPoint: -2, scale: 0.5 });
    expect(outputFormat(layer, outputs, 'max', 0.25).scale).toBe(0.25);
  });

  it('carries clip bounds over into output units', () => {
    const format = { bits: 8, signed: false, zeroPoint: 10, scale: 0.1 };
    expect(integerActivation({ kind: 'clip', min: -0.5, max: 6 }, format)).toEqual({ kind: 'clip', min: 5, max: 70 });
    expect(integerActivation({ kind: 'clip', min: -50, max: 600 }, format)).toEqual({ kind: 'clip', min: 0, max: 255 });
    expect(integerActivation({ kind: 'relu' }, format)).toEqual({ kind: 'relu' });
  });

  it('refuses clip bounds that leave nothing', async () => {
    const format = { bits: 8, signed: false, zeroPoint: 0, scale: 0.1 };
    expect(await messageOf(() => integerActivation({ kind: 'clip', min: -6, max: -3 }, format))).toBe(
      "activation: clips to -6..-3, which is outside the output's range. Give another output scale or zero point",
    );
  });
});

describe('requantization factors', () => {
  it('share one shift where that keeps every output within half a unit', () => {
    const { multiplier, shift, commonShift } = multiplierFactors(Float64Array.of(0.01, 0.003, 0.0101), Float64Array.of(255, 255, 255), 16, true);
    expect(commonShift).toBe(22);
    expect([...shift]).toEqual([22, 22, 22]);
    [0.01, 0.003, 0.0101].forEach((factor, o) => expect((255 * multiplier[o]) / 2 ** 22 / factor).toBeCloseTo(255, 1));
  });

  it('get a shift each where one would be too coarse, or if asked', () => {
    const wide = multiplierFactors(Float64Array.of(0.5, 0.0005), Float64Array.of(255, 255), 12, true);
    expect([...wide.shift]).toEqual([12, 22]);
    expect(wide.commonShift).toBeUndefined();
    const own = multiplierFactors(Float64Array.of(0.01, 0.003), Float64Array.of(255, 255), 16, false);
    expect([...own.shift]).toEqual([22, 24]);
    // A channel that hardly leaves zero needs no precise multiplier.
    expect(multiplierFactors(Float64Array.of(0.5, 0.0005), Float64Array.of(255, 1.5), 12, true).commonShift).toBe(12);
  });

  it('never leave the range of the multiplier, whatever its bits', () => {
    for (const bits of [1, 2, 8, 17]) {
      for (const factor of [1e-9, 0.1249999, 0.125, 0.4999999, 0.5, 0.99999999, 1]) {
        const { multiplier, shift } = multiplierFactors(Float64Array.of(factor), Float64Array.of(255), bits, false);
        expect(multiplier[0]).toBeGreaterThanOrEqual(1);
        expect(multiplier[0]).toBeLessThanOrEqual(2 ** bits - 1);
        expect(shift[0]).toBeLessThanOrEqual(47);
        expect(multiplier[0] / 2 ** shift[0] / factor).toBeLessThan(1 + 2 ** -(bits - 1) + 1e-9);
      }
    }
  });

  it('refuse what no multiplier reaches', async () => {
    expect(await messageOf(() => multiplierFactors(Float64Array.of(1, 300), Float64Array.of(1, 1), 8, true))).toBe(
      'output channel 1: needs a requantization factor of 300.0, the multiplier ends at 255. Give a larger output scale or a smaller input scale',
    );
  });

  it('come with biases in accumulator units, and scales that keep them in 32 bits', () => {
    expect([...integerBias(Float64Array.of(1, -0.26, 0), Float64Array.of(0.1, 0.1, 0.1), 0.5)]).toEqual([20, -5, 0]);
    const scale = minimumScale(1000, 0.01, 0.01);
    expect(1000 / (scale * 0.01)).toBeLessThanOrEqual(2 ** 30);
  });
});

describe('figures', () => {
  it('count every stored bit: codes, exponents, biases, multipliers, shifts', () => {
    const before = Float64Array.of(1, -2, 3, 4, 5, 6, 7, -8);
    const sums = { reference: Float64Array.of(3, 4), actual: Float64Array.of(3, 4.5) };
    const stats = compressionStats({
      encoding: { encoding: 'bpot', groupSize: 4, maxExponent: 3 },
      requantize: { form: 'multiplier', bits: 16 },
      before,
      after: Float64Array.of(1, -2, 2, 4, 4, 8, 8, 0),
      groupInChannels: 4,
      exponents: 2,
      bias: Int32Array.of(100, -129),
      commonShift: 20,
      outputScale: 0.1,
      sums,
      outputs: { reference: sums.reference, actual: sums.reference },
      measuredOn: 'two values',
    });
    expect(stats.stored).toEqual({ codes: 24, selections: 0, exponents: 4, levels: 0, biases: 18, multipliers: 32, shifts: 6, total: 84 });
    expect([stats.dense32Bits, stats.dense8Bits, stats.bitsPerWeight]).toEqual([320, 128, 10.5]);
    expect(stats.density).toBe(7 / 8);
    expect(stats.sumSqnrDb).toBeCloseTo(20, 9);
    expect(stats.outputSqnrDb).toBeNull();
    expect(stats.histogram.edges.length).toBe(65);
    expect(stats.histogram.before.reduce((a, b) => a + b)).toBe(8);
    expect(stats.histogram.after[32]).toBe(1);
  });

  it('give SQNR in decibels', () => {
    expect(sqnrDb([10, 0], [9, 0])).toBeCloseTo(20, 12);
    expect(sqnrDb([0, 0], [1, 0])).toBeNull();
  });
});
