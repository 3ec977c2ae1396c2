import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compressLayer } from '../../generator/compress/compress.js';
import { layerInputs } from '../../generator/compress/layer_inputs.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import { statsText } from '../../generator/compress/stats.js';
import { gatherPatches, layerSums } from '../../generator/compress/sums.js';
import type { FloatLayer, InputFrames } from '../../generator/import/float_layer.js';
import { Random } from '../../generator/layer/random.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { writeLayer } from '../../generator/layer/write.js';
import { messageOf } from '../layer/message.js';
import { floatLayer } from './layers.js';

const ENCODINGS: CompressOptions['encoding'][] = [
  { encoding: 'uniform', bits: 3 },
  { encoding: 'pot' },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 4 },
  { encoding: 'csd', digits: 2 },
  { encoding: 'codebook', levels: [-9, -4, -1, 0, 1, 4, 9] },
];
const SHAPES: [string, Partial<FloatLayer>][] = [
  ['plain', {}],
  ['grouped, strided, dilated, signed', { groups: 2, strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 0], activation: { kind: 'none' }, inputFormat: { bits: 6, signed: true, zeroPoint: 3, scale: 0.1 } }],
  ['depthwise', { groups: 8, outChannels: 16 }],
  ['linear', { kind: 'linear', input: { channels: 40, height: 1, width: 1 }, kernel: [1, 1], pads: [0, 0, 0, 0], inputFormat: { bits: 8, signed: false, zeroPoint: 128, scale: 0.01 } }],
];

/** Frames whose channels follow two common causes, as trained activations do, in input units. */
function frames(layer: FloatLayer, count: number, seed: number): InputFrames {
  const random = new Random(seed);
  const { bits, signed, zeroPoint } = layer.inputFormat;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const { channels, height, width } = layer.input;
  // The mixing is the layer's, the same in all its frames.
  const mixing = new Random(77);
  const mix = Array.from({ length: channels }, () => [mixing.gaussian(), mixing.gaussian()]);
  const values: number[] = [];
  for (let pixel = 0; pixel < count * height * width; pixel++) {
    const [a, b] = [random.gaussian(), random.gaussian()];
    for (const [u, v] of mix) values.push(Math.min(low + 2 ** bits - 1, Math.max(low, Math.round((u * a + v * b + 0.3 * random.gaussian()) * 2 ** (bits - 3)) + zeroPoint)));
  }
  return { frames: count, values: Int32Array.from(values) };
}

function calibrated(change: Partial<FloatLayer> = {}, count = 3): FloatLayer {
  const layer = floatLayer(3, change);
  return { ...layer, calibration: frames(layer, count, 5), ...change };
}

async function written(layer: FloatLayer, options: CompressOptions) {
  const compressed = compressLayer(layer, options);
  const path = join(mkdtempSync(join(tmpdir(), 'shiftloom-calibrate-')), 'c.layer.json');
  await writeLayer(path, compressed.description, compressed.tensors, compressed.sample);
  return { compressed, read: await readLayer(path), path };
}

/** Error of the sums in dB on the frames that were calibrated on; plain compression measures on the same ones as its sample. */
function errors(layer: FloatLayer, options: CompressOptions): { plain: number; better: number } {
  const plain = compressLayer({ ...layer, sample: layer.calibration, calibration: undefined }, options).stats.sumSqnrDb!;
  const { stats } = compressLayer(layer, { ...options, calibrate: { damping: 1e-4 } });
  expect(stats.outputSqnrOn).toContain('3 calibration frames that were calibrated on');
  return { plain, better: stats.sumSqnrDb! };
}

describe('calibrated compression', () => {
  const cases = SHAPES.flatMap(([title, change], s) => ENCODINGS.map((encoding, e) => ({ title, change, encoding, power: (s + e) % 3 === 0 })));
  it.each(cases)('$encoding.encoding, $title: has no larger error on the frames it learned from, and can be spelled', async ({ change, encoding, power }) => {
    const requantize = power ? ({ form: 'power_of_two' } as const) : undefined;
    const layer = calibrated({ ...change, outputFormat: { scale: 0.05 } });
    const { plain, better } = errors(layer, { encoding, requantize });
    expect(better).toBeGreaterThanOrEqual(plain);
    const { read, compressed } = await written(layer, { encoding, requantize, calibrate: true });
    expect(read.tensors).toEqual(compressed.tensors);
  });

  it('gains more than 3 dB where inputs go together', () => {
    const { plain, better } = errors(calibrated({ input: { channels: 24, height: 7, width: 6 } }), { encoding: { encoding: 'pot' } });
    expect(better).toBeGreaterThan(plain + 3);
  });

  it('also gains on frames that it has not learned from', () => {
    const layer = calibrated({ input: { channels: 24, height: 7, width: 6 } }, 6);
    const other = { ...layer, sample: frames(layer, 2, 6) };
    const plain = compressLayer(other, { encoding: { encoding: 'apot' } }).stats;
    const { stats } = compressLayer(other, { encoding: { encoding: 'apot' }, calibrate: true });
    expect(stats.outputSqnrOn).toMatch(/^2 frames that were not calibrated on, /);
    expect(stats.sumSqnrDb!).toBeGreaterThan(plain.sumSqnrDb! + 3);
  });

  it.each([{ n: 2, m: 4 }, { density: 0.5 }])('keeps what was pruned at zero: %o', async (prune) => {
    const layer = calibrated();
    // Trained zeros must not fill a block again.
    layer.weight.fill(0, 0, 100);
    const options = { encoding: { encoding: 'apot' }, prune } as const;
    const plain = compressLayer(layer, options).tensors.weight;
    const { read } = await written(layer, { ...options, calibrate: true });
    expect(read.tensors.weight.every((w, i) => w === 0 || plain[i] !== 0 || layer.weight[i] !== 0)).toBe(true);
    const zeros = (values: Int32Array) => values.filter((w) => w === 0).length;
    expect(zeros(read.tensors.weight)).toBeGreaterThanOrEqual(layer.weight.length / 2);
  });

  const targets: [string, NonNullable<CompressOptions['prune']>, number][] = [
    ['a density of the layer', { density: 0.4 }, 0.4],
    ['a density of each channel', { density: 0.4, scope: 'channel' }, 0.4],
    ['2 of 4', { n: 2, m: 4 }, 0.5],
    ['3 of 8, in groups of 4', { n: 3, m: 8 }, 0.375],
    ['2 of 6, across groups of 4', { n: 2, m: 6 }, 0.5],
  ];
  it.each(targets)('prunes to %s by output error, at less of it than by magnitude', async (_, target, density) => {
    for (const encoding of [ENCODINGS[4], ENCODINGS[3]]) {
      const layer = calibrated();
      const options = (by: 'output' | 'magnitude') => ({ encoding, prune: { ...target, by }, calibrate: { damping: 1e-3 } });
      const plain = compressLayer(layer, options('magnitude')).stats;
      const { compressed, read } = await written(layer, options('output'));
      expect(compressed.stats.density).toBeLessThanOrEqual(density + 0.5 / layer.weight.length);
      expect(compressed.stats.density).toBeGreaterThan(density - 0.06);
      expect(compressed.stats.sumSqnrDb!).toBeGreaterThan(plain.sumSqnrDb!);
      expect(read.description.compression?.method).toMatch(/^output error pruning to /);
      const zeros = compressed.tensors.weight.filter((w) => w === 0).length;
      expect(zeros).toBeGreaterThanOrEqual(Math.round(layer.weight.length * (1 - density)) - 1);
    }
  });

  it('prunes to a loss: as much as the loss allows, and more if it allows more', () => {
    const layer = calibrated({ input: { channels: 16, height: 7, width: 6 } });
    const figures = [15, 25, 35].map((sqnrDb) => compressLayer(layer, { encoding: { encoding: 'csd', digits: 3 }, prune: { sqnrDb, by: 'output' }, calibrate: { damping: 1e-3 } }).stats);
    [15, 25, 35].forEach((sqnrDb, i) => {
      expect(figures[i].sumSqnrDb!).toBeGreaterThan(sqnrDb - 0.5);
      expect(figures[i].sumSqnrDb!).toBeLessThan(sqnrDb + 6);
    });
    const densities = figures.map((f) => f.density);
    expect(densities).toEqual([...densities].sort((a, b) => a - b));
    expect(densities[2]).toBeLessThan(0.95);
  });

  it('leaves hardly any mean error in the outputs', () => {
    const layer = calibrated({ activation: { kind: 'none' } });
    const { tensors, description } = compressLayer(layer, { encoding: { encoding: 'uniform', bits: 2 }, calibrate: true });
    const inputs = layerInputs({ ...layer, sample: layer.calibration }, 1);
    const patches = gatherPatches(layer, inputs, 1e9, 1);
    const [want, got] = [layer.weight, tensors.weight].map((w) => layerSums(layer, w, patches));
    const sx = description.input.scale!;
    for (let o = 0; o < layer.outChannels; o++) {
      const scale = (tensors.multiplier[o] / 2 ** tensors.shift[o]) * (description.output.scale! / sx);
      let [error, size] = [0, 0];
      for (let p = 0; p < patches.count; p++) {
        error += (scale * (got[o * patches.count + p] + tensors.bias[o]) - want[o * patches.count + p]) * sx - layer.bias[o];
        size += Math.abs(want[o * patches.count + p]) * sx;
      }
      expect(Math.abs(error)).toBeLessThan(0.005 * size);
    }
  });

  it.each<[string, (values: Int32Array) => void]>([
    ['never change', (values) => values.fill(7)],
    ['are all zero', (values) => values.fill(0)],
    ['are zero in half of the channels', (values) => values.forEach((_, i) => (values[i] = i % 2 === 0 ? 0 : values[i]))],
    ['are the same in all channels', (values) => values.forEach((_, i) => (values[i] = values[i - (i % 8)]))],
  ])('stands inputs that %s', async (_, change) => {
    for (const encoding of ENCODINGS) {
      const layer = calibrated();
      change(layer.calibration!.values as Int32Array);
      const { plain, better } = errors(layer, { encoding });
      expect(better ?? 99).toBeGreaterThanOrEqual((plain ?? 0) - 1e-6);
      await written(layer, { encoding, calibrate: { damping: 0 } });
    }
  });

  it('stands channels without weights, and fewer patches than weights', async () => {
    const layer = calibrated({ kind: 'linear', input: { channels: 200, height: 1, width: 1 }, kernel: [1, 1], pads: [0, 0, 0, 0] }, 9);
    layer.weight.fill(0, 0, 200);
    const { compressed } = await written(layer, { encoding: { encoding: 'bpot' }, calibrate: true });
    expect(compressed.stats.outputSqnrOn).toContain('2 frames that were not calibrated on');
    expect(compressed.tensors.weight.subarray(0, 200).every((w) => w === 0)).toBe(true);
  });

  it('is the same to the byte every time, and says what was done', async () => {
    const options = { encoding: { encoding: 'bpot', groupSize: 4 }, calibrate: true } as const;
    const [a, b] = [await written(calibrated(), options), await written(calibrated(), options)];
    for (const name of ['c.layer.json', 'c.safetensors']) {
      expect(readFileSync(join(a.path, '..', name)).equals(readFileSync(join(b.path, '..', name)))).toBe(true);
    }
    expect(a.read.description.compression?.method).toMatch(
      /^calibrated on 126 patches of 3 calibration frames: scale of least squared output error per output channel, error compensation, coordinate descent, bias correction$/,
    );
    expect(statsText(a.compressed.stats)).toContain('calibrated on     126 patches of 3 calibration frames');
  });

  it('learns from the sample where there is nothing else, but for the last quarter, which it is measured on', () => {
    const layer = floatLayer(3);
    const { stats } = compressLayer({ ...layer, sample: frames(layer, 8, 5) }, { encoding: { encoding: 'pot' }, calibrate: true });
    expect(stats.calibratedOn).toBe('252 patches of 6 of 8 sample frames');
    expect(stats.outputSqnrOn).toBe('2 frames that were not calibrated on, 84 of 84 output positions, after requantization');
  });

  it('learns from as many frames as it is told', () => {
    const { stats } = compressLayer(calibrated({}, 3), { encoding: { encoding: 'pot' }, calibrate: { frames: 2 } });
    expect(stats.calibratedOn).toBe('84 patches of 2 of 3 calibration frames');
  });
});

describe('weights that came as integers', () => {
  const plain = calibrated();
  const perChannel = plain.weight.length / plain.outChannels;
  const weightScale = Float64Array.from({ length: plain.outChannels }, (_, o) => 0.03 * (1 + o));
  const integers = Int32Array.from(plain.weight, (w, i) => Math.min(7, Math.max(-7, Math.round(w / weightScale[Math.floor(i / perChannel)]))));
  // The last channel has a value that four bits do not hold.
  integers[integers.length - 1] = 9;
  const layer = { ...plain, weight: Float32Array.from(integers, (q, i) => q * weightScale[Math.floor(i / perChannel)]), weightScale };

  it('stay as they are where the encoding can spell them; a channel where it can not is quantized anew', () => {
    const { tensors, stats } = compressLayer(layer, { encoding: { encoding: 'uniform', bits: 4 }, calibrate: true });
    const kept = 5 * perChannel;
    expect([...tensors.weight.subarray(0, kept)]).toEqual([...integers.subarray(0, kept)]);
    expect([...tensors.weight.subarray(kept)]).not.toEqual([...integers.subarray(kept)]);
    expect(Math.max(...tensors.weight)).toBe(7);
    expect(stats.weightSqnrDb).not.toBeNull();
    const five = compressLayer(layer, { encoding: { encoding: 'uniform', bits: 5 }, calibrate: true });
    expect([...five.tensors.weight]).toEqual([...integers]);
    expect(five.tensors.bias).toEqual(compressLayer(layer, { encoding: { encoding: 'uniform', bits: 5 } }).tensors.bias);
  });

  it('make up for those that are pruned', () => {
    const { tensors } = compressLayer(layer, { encoding: { encoding: 'uniform', bits: 5 }, prune: { n: 2, m: 4 }, calibrate: true });
    const moved = tensors.weight.some((q, i) => q !== 0 && q !== integers[i]);
    expect(moved).toBe(true);
  });
});

describe('wrong calibration', () => {
  const pot = { encoding: { encoding: 'pot' } } as const;
  it.each<[string, Partial<FloatLayer>, CompressOptions, string]>([
    ['without frames', { calibration: undefined }, { ...pot, calibrate: true }, "layer 'small' calibration: is missing, and so is a sample: there is nothing to calibrate on. Record inputs of the layer, (N,H,W,C) in a .npy file, and name it with import --calibration FILE"],
    ['no frames at all', {}, { ...pot, calibrate: { frames: 0 } }, 'calibrate.frames: is 0; allowed: whole numbers from 1'],
    ['negative damping', {}, { ...pot, calibrate: { damping: -1 } }, 'calibrate.damping: is -1; allowed: numbers from 0. 0.01 is customary with many recorded inputs'],
    ['half a thread', {}, { ...pot, calibrate: { workers: 0.5 } }, 'calibrate.workers: is 0.5; allowed: whole numbers from 0'],
    ['pruning by output error alone', {}, { ...pot, prune: { density: 0.5, by: 'output' } }, 'prune: by output error needs recorded inputs. Calibrate, or prune by magnitude'],
    ['a loss by magnitude', {}, { ...pot, prune: { sqnrDb: 20 }, calibrate: true }, "prune: to a loss goes by output error only. Set by: 'output', and calibrate"],
    ['a loss of nothing', {}, { ...pot, prune: { sqnrDb: 0, by: 'output' }, calibrate: true }, 'prune: is 0 dB; allowed: above 0, up to 100. 30 is hardly seen in the outputs'],
    ['values outside the format', { calibration: { frames: 1, values: new Int32Array(336).fill(256) } }, { ...pot, calibrate: true }, "layer 'small' calibration: value 0 is 256; unsigned 8-bit inputs are 0..255"],
    ['values of other units', { calibration: { frames: 1, values: Float32Array.from({ length: 336 }, (_, i) => i) } }, { ...pot, calibrate: true }, "layer 'small' calibration: is 0..335, and 98 % of it are beyond 0..5.1, which the input's format holds. Record what the layer itself reads, in its units, or change input.scale, bits or signed"],
  ])('is refused: %s', async (_, change, options, message) => {
    expect(await messageOf(() => compressLayer(calibrated(change), options))).toBe(message);
  });

  it('is refused where the statistics would not fit', async () => {
    const layer = floatLayer(1, { kind: 'linear', input: { channels: 9000, height: 1, width: 1 }, outChannels: 2, kernel: [1, 1], pads: [0, 0, 0, 0] });
    const options = { ...pot, calibrate: true };
    const calibration = { frames: 1, values: Int32Array.from({ length: 9000 }, (_, i) => i % 2) };
    expect(await messageOf(() => compressLayer({ ...layer, calibration }, options))).toBe(
      "layer 'small': has 9000 weights in an output channel; calibration holds the covariance of their inputs and takes up to 8192. Compress it without calibration",
    );
  });
});
