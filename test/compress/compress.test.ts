import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compressLayer } from '../../generator/compress/compress.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import { sqnrDb, statsText } from '../../generator/compress/stats.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { Random } from '../../generator/layer/random.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { writeLayer } from '../../generator/layer/write.js';
import { storedSize } from '../../generator/report/stored_bits.js';
import { messageOf } from '../layer/message.js';
import { floatLayer } from './layers.js';

const ENCODINGS: CompressOptions['encoding'][] = [
  { encoding: 'uniform', bits: 2 },
  { encoding: 'uniform', bits: 8 },
  { encoding: 'pot' },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 3 },
  { encoding: 'csd', digits: 2 },
  { encoding: 'codebook', levels: [-9, -4, -1, 0, 1, 4, 9] },
  { encoding: 'codebook', levels: 12, digits: 2 },
];
const SHAPES: [string, Partial<FloatLayer>][] = [
  ['plain', {}],
  ['grouped, strided, dilated, signed', { groups: 2, strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 0], activation: { kind: 'none' }, inputFormat: { bits: 6, signed: true, zeroPoint: 3, scale: 0.1 } }],
  ['depthwise with clip and 16-bit output', { groups: 8, outChannels: 16, activation: { kind: 'clip', min: -0.5, max: 2 }, outputFormat: { bits: 16 } }],
  ['linear', { kind: 'linear', input: { channels: 40, height: 1, width: 1 }, kernel: [1, 1], pads: [0, 0, 0, 0], inputFormat: { bits: 8, signed: false, zeroPoint: 128, scale: 0.01 } }],
];
const FORMS: CompressOptions['requantize'][] = [{ form: 'multiplier' }, { form: 'multiplier', bits: 8 }, { form: 'power_of_two' }];

function withSample(layer: FloatLayer, frames = 2): FloatLayer {
  const random = new Random(99);
  const { bits, signed } = layer.inputFormat;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const length = frames * layer.input.height * layer.input.width * layer.input.channels;
  return { ...layer, sample: { frames, values: Int32Array.from({ length }, () => random.integer(low, low + 2 ** bits - 1)) } };
}

async function written(layer: FloatLayer, options: CompressOptions) {
  const compressed = compressLayer(layer, options);
  const path = join(mkdtempSync(join(tmpdir(), 'shiftloom-compress-')), 'c.layer.json');
  await writeLayer(path, compressed.description, compressed.tensors, compressed.sample);
  return { compressed, read: await readLayer(path), path };
}

describe('a compressed layer', () => {
  const cases = SHAPES.flatMap(([title, change], s) => ENCODINGS.map((encoding, e) => ({ title, change, encoding, form: FORMS[(s + e) % FORMS.length] })));
  it.each(cases)('$encoding.encoding, $title, $form.form: reads back, and its figures are those of the golden model', async ({ change, encoding, form }) => {
    const layer = withSample(floatLayer(3, change));
    const { compressed, read } = await written(layer, { encoding, requantize: form, prune: { density: 0.8 } });
    expect(read.tensors).toEqual(compressed.tensors);
    const { accumulators, outputs } = goldenRun(read, read.sample!.data, read.sample!.frames);
    const { stats } = compressed;
    const { scale, zeroPoint } = compressed.description.output;
    const sx = layer.inputFormat.scale!;
    // The float layer by the golden convolution too: its weights as integers of 2^-20.
    const fine = {
      ...read,
      tensors: { ...read.tensors, weight: Int32Array.from(layer.weight, (w) => Math.round(w * 2 ** 20)), bias: new Int32Array(layer.outChannels) },
    };
    const O = layer.outChannels;
    const reference = goldenRun(fine, read.sample!.data, read.sample!.frames).accumulators.map((acc, i) => (acc / 2 ** 20) * sx + layer.bias[i % O]);
    const { activation } = layer;
    const activated = reference.map((y) => (activation.kind === 'relu' ? Math.max(0, y) : activation.kind === 'clip' ? Math.min(activation.max, Math.max(activation.min, y)) : y));
    const real = Float64Array.from(outputs, (y) => (y - zeroPoint!) * scale!);
    expect(stats.outputSqnrDb).toBeCloseTo(sqnrDb(activated, real)!, 2);
    expect(accumulators.length).toBe(outputs.length);
    expect(stats.density).toBeLessThanOrEqual(0.8 + 0.5 / layer.weight.length);
    expect(read.description.compression?.weightSqnrDb).toBeCloseTo(stats.weightSqnrDb!, 3);
  });

  it('is the same to the byte every time', async () => {
    const options = { encoding: { encoding: 'bpot' }, prune: { density: 0.7 } } as const;
    const [a, b] = [await written(floatLayer(4), options), await written(floatLayer(4), options)];
    for (const name of ['c.layer.json', 'c.safetensors']) {
      expect(readFileSync(join(a.path, '..', name)).equals(readFileSync(join(b.path, '..', name)))).toBe(true);
    }
  });

  it.each(ENCODINGS)('$encoding, pruned to 2 of 4 channels: declares it, keeps it and stores half of the codes', async (encoding) => {
    const layer = floatLayer(7, { input: { channels: 10, height: 5, width: 5 } });
    const { compressed, read } = await written(layer, { encoding, prune: { n: 2, m: 4 } });
    expect(read.description.sparsity).toEqual({ n: 2, m: 4 });
    expect(read.description.compression?.method).toMatch(/^magnitude pruning to 2 of 4 input channels, /);
    const dense = compressLayer(layer, { encoding }).stats;
    const { stats } = compressed;
    // Blocks of 4, 4 and 2 channels: 6 codes instead of 10, each with 2 bits for its channel.
    expect(stats.stored.codes).toBe(0.6 * dense.stored.codes);
    expect(stats.stored.selections).toBe(2 * 0.6 * stats.weights);
    expect(storedSize(read).storedBits).toBe(stats.stored.total);
    expect(stats.weightSqnrDb!).toBeLessThan(dense.weightSqnrDb!);
  });

  it('keeps more of the signal the richer the encoding', () => {
    const layer = floatLayer(5, { input: { channels: 32, height: 5, width: 5 } });
    const sqnr = (encoding: CompressOptions['encoding']) => compressLayer(layer, { encoding }).stats.weightSqnrDb!;
    const order = [{ encoding: 'bpot' }, { encoding: 'pot' }, { encoding: 'apot' }, { encoding: 'csd', digits: 2 }, { encoding: 'uniform', bits: 8 }].map(sqnr);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[4]).toBeGreaterThan(38);
  });

  it('with power-of-two requantization has shifts only, and each scale a power of two of the output scale', async () => {
    const layer = floatLayer(6, { outputFormat: { scale: 0.05 } });
    const { read } = await written(layer, { encoding: { encoding: 'apot' }, requantize: { form: 'power_of_two' } });
    expect(new Set(read.tensors.multiplier)).toEqual(new Set([1]));
    const perChannel = layer.weight.length / 6;
    layer.bias.forEach((bias, o) => {
      const scale = (0.05 / 0.02) * 2 ** -read.tensors.shift[o];
      expect(read.tensors.bias[o]).toBe(Math.round(bias / (scale * 0.02)));
      const error = layer.weight.slice(o * perChannel, (o + 1) * perChannel).reduce((sum, w, i) => sum + (w - scale * read.tensors.weight[o * perChannel + i]) ** 2, 0);
      const signal = layer.weight.slice(o * perChannel, (o + 1) * perChannel).reduce((sum, w) => sum + w * w, 0);
      expect(10 * Math.log10(signal / error)).toBeGreaterThan(13);
    });
  });

  it.each(['multiplier', 'power_of_two'] as const)('gives the bias of a channel of zeros to within half a unit (%s)', (form) => {
    const layer = floatLayer(7, { activation: { kind: 'none' } });
    layer.weight.fill(0, 0, layer.weight.length / 3);
    const { description, tensors } = compressLayer(layer, { encoding: { encoding: 'pot' }, requantize: { form } });
    for (const o of [0, 1]) {
      const y = (tensors.bias[o] * tensors.multiplier[o]) / 2 ** tensors.shift[o];
      expect(Math.abs(y - layer.bias[o] / description.output.scale!)).toBeLessThan(0.5);
    }
  });

  it('survives a channel with nearly no weights and a huge bias', async () => {
    const layer = floatLayer(8, { outputFormat: { scale: 0.05 } });
    const perChannel = layer.weight.length / 6;
    for (let i = 0; i < perChannel; i++) layer.weight[i] *= 1e-12;
    layer.bias[0] = 1e6;
    const { read } = await written(layer, { encoding: { encoding: 'apot' } });
    expect(read.tensors.bias[0]).toBeGreaterThan(0);
    const golden = goldenRun(read, new Int32Array(336), 1).outputs;
    expect(golden[0]).toBe(255);
  });

  it('brings its sample along as integers, and only a genuine one', () => {
    const values = new Float32Array(336).fill(0.5);
    expect(compressLayer(floatLayer(9, { sample: { frames: 1, values } }), { encoding: { encoding: 'pot' } }).sample).toEqual({
      frames: 1,
      data: new Int32Array(336).fill(25),
    });
    const made = compressLayer(floatLayer(9), { encoding: { encoding: 'pot' } });
    expect(made.sample).toBeUndefined();
    expect(made.stats.outputSqnrOn).toBe('half-normal stand-in inputs, seed 1, 42 of 42 output positions, after requantization');
  });

  it('reports progress that only rises and ends at 1', () => {
    const seen: number[] = [];
    compressLayer(floatLayer(10), { encoding: { encoding: 'csd', digits: 1 }, onProgress: (fraction) => seen.push(fraction) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect([seen[0], seen[seen.length - 1]]).toEqual([0, 1]);
  });

  it('is summed up in lines for people', () => {
    const text = statsText(compressLayer(floatLayer(11), { encoding: { encoding: 'bpot' } }).stats);
    expect(text).toMatch(/^encoding {10}bpot 16 3\nSQNR of weights {3}\d+\.\d dB\n/);
    expect(text).toMatch(/stored {12}\d+ bits, \d\.\d{3} per weight \(\d+\.\d % side information\)/);
    expect(text).toMatch(/one shift of \d+ for all channels$/);
  });
});

describe('wrong options', () => {
  const cases: [string, Partial<FloatLayer>, object, string][] = [
    ['an unknown encoding', {}, { encoding: { encoding: 'potato' } }, 'encoding $.encoding: is "potato"; allowed: "uniform", "pot", "apot", "bpot", "csd", "codebook", "cp", "block_permuted"'],
    ['a missing parameter', {}, { encoding: { encoding: 'uniform' } }, 'encoding $.bits: is missing; allowed: integers 2..16'],
    ['a parameter of another encoding', {}, { encoding: { encoding: 'pot', digits: 2 } }, 'encoding $.digits: is not a known key. Known keys here: encoding, maxShift'],
    ['an encoding without compressor', {}, { encoding: { encoding: 'block_permuted', blocks: 2, values: { encoding: 'pot' } } }, "encoding: 'block_permuted' is no scalar encoding. Use uniform, pot, apot, bpot, csd or codebook, and give `blocks` beside it"],
    ['a codebook of one level', {}, { encoding: { encoding: 'codebook', levels: 1 } }, 'encoding $.levels: is 1; allowed: integers 2..64'],
    ['levels of five digits', {}, { encoding: { encoding: 'codebook', levels: 8, digits: 5 } }, 'encoding $.digits: is 5; allowed: integers 1..4'],
    ['a misspelled option of a codebook', {}, { encoding: { encoding: 'codebook', levels: 8, digit: 2 } }, 'encoding $.digit: is not a known key. Did you mean "digits"?'],
    ['pruning without a zero', {}, { encoding: { encoding: 'codebook', levels: [-1, 1] }, prune: { density: 0.5 } }, 'prune: needs a weight of zero, which the codebook does not have. Add the level 0'],
    ['an output scale of zero', {}, { encoding: { encoding: 'pot' }, outputScale: 0 }, 'outputScale: is 0; allowed: numbers above 0'],
    ['too many multiplier bits', {}, { encoding: { encoding: 'pot' }, requantize: { form: 'multiplier', bits: 18 } }, 'requantize.bits: is 18; allowed: integers 1..17'],
    ['an output scale far too small', {}, { encoding: { encoding: 'pot' }, outputScale: 1e-12 }, 'output channel 0: needs a requantization factor of '],
    ['a bias no power of two reaches', { bias: Float64Array.of(1e9, 0, 0, 0, 0, 0), outputFormat: { scale: 1e-3 } }, { encoding: { encoding: 'pot' }, requantize: { form: 'power_of_two' } }, 'output channel 0: has a bias of 1000000000, too large for an output unit of 0.001. Give a larger output scale'],
  ];
  it.each(cases)('refuse %s', async (_, change, options, message) => {
    expect((await messageOf(() => compressLayer(floatLayer(1, change), options as CompressOptions))).slice(0, message.length)).toBe(message);
  });
});
