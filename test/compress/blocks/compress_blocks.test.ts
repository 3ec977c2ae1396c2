import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BlockMask, type BlockSizes, blockMask } from '../../../generator/blocks/mask.js';
import { compressLayer } from '../../../generator/compress/compress.js';
import type { CompressOptions } from '../../../generator/compress/options.js';
import { sqnrDb, statsText } from '../../../generator/compress/stats.js';
import { readLayer } from '../../../generator/expand/read_layer.js';
import { goldenRun } from '../../../generator/golden/convolution.js';
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { gatherBlocks } from '../../../generator/layer/blocks.js';
import { Random } from '../../../generator/layer/random.js';
import { writeLayer } from '../../../generator/layer/write.js';
import { storedSize } from '../../../generator/report/stored_bits.js';
import { messageOf } from '../../layer/message.js';
import { floatLayer } from '../layers.js';

const ENCODINGS: CompressOptions['encoding'][] = [
  { encoding: 'uniform', bits: 8 },
  { encoding: 'pot' },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 4 },
  { encoding: 'csd', digits: 2 },
  { encoding: 'codebook', levels: [-9, -4, -1, 0, 1, 4, 9] },
  { encoding: 'codebook', levels: 8, digits: 2 },
];

/** A linear layer trained under a mask, with frames that follow two common causes. */
function masked(seed: number, inputs: number, outputs: number, blocks: number | BlockSizes): { layer: FloatLayer; mask: BlockMask } {
  const mask = blockMask(seed, inputs, outputs, blocks);
  const shape = { kind: 'linear' as const, name: 'fc', input: { channels: inputs, height: 1, width: 1 }, outChannels: outputs, kernel: [1, 1] as const, pads: [0, 0, 0, 0] as const };
  const layer = floatLayer(seed, shape);
  const random = new Random(seed + 50);
  const mix = Array.from({ length: inputs }, () => [random.gaussian(), random.gaussian()]);
  const values = Int32Array.from({ length: 24 * inputs });
  for (let f = 0; f < 24; f++) {
    const [a, b] = [random.gaussian(), random.gaussian()];
    mix.forEach(([u, v], i) => (values[f * inputs + i] = Math.min(255, Math.max(0, Math.round(128 + 40 * (u * a + v * b) + 4 * random.gaussian())))));
  }
  return { layer: { ...layer, weight: layer.weight.map((w, i) => w * mask.mask[i]), sample: { frames: 24, values } }, mask };
}

async function written(layer: FloatLayer, options: CompressOptions) {
  const compressed = compressLayer(layer, options);
  const path = join(mkdtempSync(join(tmpdir(), 'shiftloom-blocks-')), 'fc.layer.json');
  await writeLayer(path, compressed.description, compressed.tensors, compressed.sample);
  return { compressed, read: await readLayer(path), path };
}

describe('a layer compressed to permuted blocks', () => {
  it.each(ENCODINGS)('in $encoding: reads back as what was measured, and its figures are those of the golden model', async (encoding) => {
    const { layer } = masked(1, 37, 23, 5);
    const { compressed, read } = await written(layer, { encoding, blocks: { structure: 'find' } });
    expect(read.tensors.weight).toEqual(compressed.tensors.weight);
    expect(read.blocks!.tensors).toEqual(compressed.tensors.blocks);
    const { stats } = compressed;
    expect(storedSize(read).storedBits).toBe(stats.stored.total);
    const { outputs } = goldenRun(read, read.sample!.data, read.sample!.frames);
    const { scale, zeroPoint } = compressed.description.output;
    const sums = Float64Array.from(outputs, (_, i) => {
      const [f, o] = [Math.floor(i / 23), i % 23];
      let sum = layer.bias[o];
      for (let c = 0; c < 37; c++) sum += layer.weight[o * 37 + c] * layer.sample!.values[f * 37 + c] * 0.02;
      return Math.max(0, sum);
    });
    expect(stats.outputSqnrDb).toBeCloseTo(sqnrDb(sums, Float64Array.from(outputs, (y) => (y - zeroPoint!) * scale!))!, 2);
    expect(stats.weightSqnrDb!).toBeGreaterThan(9);
    expect(read.description.compression!.method).toMatch(/^5 permuted blocks, /);
  });

  it('stores each block as it would be stored alone, groups of exponents inside of it', () => {
    const { layer, mask } = masked(2, 26, 17, { inputs: [9, 1, 16], outputs: [5, 2, 10] });
    const { tensors } = compressLayer(layer, { encoding: { encoding: 'bpot', groupSize: 4 }, blocks: { structure: mask } });
    const { weight, exponent } = tensors.blocks!;
    expect(weight).toHaveLength(45 + 2 + 160);
    expect(exponent).toHaveLength(5 * 3 + 2 * 1 + 10 * 4);
    const values = gatherBlocks(mask, layer.weight).subarray(47);
    const bias = Float64Array.from(mask.outputOrder.slice(7), (o) => layer.bias[o]);
    const alone = compressLayer({ ...layer, sample: undefined, input: { channels: 16, height: 1, width: 1 }, outChannels: 10, weight: values, bias }, { encoding: { encoding: 'bpot', groupSize: 4 } });
    expect(weight.slice(47)).toEqual(alone.tensors.weight);
    expect(exponent!.slice(17)).toEqual(alone.tensors.exponent);
  });

  it('counts parameters, orders and sizes, and how much smaller it is than dense weights', () => {
    const { layer } = masked(3, 64, 32, 8);
    const { stats } = compressLayer(layer, { encoding: { encoding: 'pot' }, blocks: { structure: 'find' } });
    expect(stats.blocks).toMatchObject({ blocks: 8, inputs: [8, 8], outputs: [4, 4], weights: 256, parameters: 256 + 32, dropped: { weights: 0 } });
    expect(stats.stored.codes).toBe(4 * 256);
    expect(stats.stored.orders).toBe((64 + 8) * 6 + (32 + 8) * 5);
    expect(stats.blocks!.ratio4).toBeCloseTo((4 * 2048 + 32 * 32) / stats.stored.total, 10);
    const text = statsText(stats);
    expect(text).toMatch(/^encoding {10}block_permuted: 8 blocks of 4 outputs x 8 inputs in pot 6\n {2}parameters {6}288, biases included; 256 of 2048 weights, 8\.00 times fewer\nSQNR/);
    expect(text).toMatch(/than 32-bit, \d+\.\d\d than 8-bit, \d+\.\d\d than 4-bit/);
  });

  it('gives better outputs when calibrated, each block on its own inputs', async () => {
    const { layer } = masked(4, 60, 40, 4);
    const [plain, calibrated] = [false, true].map((calibrate) => compressLayer(layer, { encoding: { encoding: 'bpot' }, blocks: { structure: 'find' }, calibrate }));
    expect(calibrated.stats.calibratedOn).toBe('18 patches of 18 of 24 sample frames');
    expect(calibrated.stats.sumSqnrDb!).toBeGreaterThan(plain.stats.sumSqnrDb! + 3);
  });

  it('takes power-of-two requantization, and integers that came with their scales', async () => {
    const { layer } = masked(5, 12, 8, 2);
    const { read } = await written(layer, { encoding: { encoding: 'apot' }, blocks: { structure: 'find' }, requantize: { form: 'power_of_two' } });
    expect(new Set(read.tensors.multiplier)).toEqual(new Set([1]));
    const weightScale = Float64Array.from({ length: 8 }, (_, o) => 0.01 * (o + 1));
    const weight = Float64Array.from(layer.weight, (w, i) => Math.round(w * 100) * weightScale[Math.floor(i / 12)]);
    const kept = compressLayer({ ...layer, weight, weightScale }, { encoding: { encoding: 'uniform', bits: 8 }, blocks: { structure: 'find' } });
    expect(kept.stats.weightSqnrDb).toBeNull();
  });

  it('drops weights outside of the blocks below the threshold, and says so', () => {
    const { layer, mask } = masked(6, 20, 10, 2);
    const noisy = { ...layer, weight: layer.weight.map((w, i) => (mask.mask[i] ? w + Math.sign(w) * 0.01 : 1e-4)) };
    const { stats, tensors } = compressLayer(noisy, { encoding: { encoding: 'pot' }, blocks: { structure: 'find', threshold: 1e-3 } });
    expect(stats.blocks!.dropped.weights).toBe(100);
    expect(statsText(stats)).toMatch(/dropped {9}100 weights outside of the blocks with 0?\.?\d*e?-?\d* % of the energy/);
    expect(tensors.weight.every((w, i) => mask.mask[i] === 1 || w === 0)).toBe(true);
  });

  it('is the same to the byte every time', async () => {
    const options = { encoding: { encoding: 'bpot' }, blocks: { structure: 'find' } } as const;
    const [a, b] = [await written(masked(7, 30, 20, 3).layer, options), await written(masked(7, 30, 20, 3).layer, options)];
    for (const name of ['fc.layer.json', 'fc.safetensors']) {
      expect(readFileSync(join(a.path, '..', name)).equals(readFileSync(join(b.path, '..', name)))).toBe(true);
    }
  });

  const { layer: right, mask } = masked(8, 20, 10, 2);
  const encoding = { encoding: 'pot' };
  it.each<[string, FloatLayer, CompressOptions, string]>([
    ['a convolution', floatLayer(1), { encoding, blocks: { structure: 'find' } }, "blocks: are for linear layers; layer 'small' is a conv2d"],
    ['weights without structure', { ...right, weight: right.weight.map(() => 1) }, { encoding, blocks: { structure: 'find' } }, "layer 'fc' weight: has no block structure: 100.0 % of its 10 x 20 weights"],
    ['the mask of another layer', right, { encoding, blocks: { structure: blockMask(1, 30, 10, 2) } }, "blocks: have 10 outputs and 30 inputs; layer 'fc' has 10 and 20"],
    ['another mask', right, { encoding, blocks: { structure: blockMask(1, 20, 10, 2) } }, "layer 'fc' weight: is not zero outside of the blocks: "],
    ['factors in blocks', right, { encoding: { encoding: 'cp', rank: 2 }, blocks: { structure: 'find' } }, "blocks: have weights of a scalar encoding, not of 'cp'"],
    ['pruning beside blocks', right, { encoding, prune: { density: 0.5 }, blocks: { structure: 'find' } }, 'prune: does not go with blocks'],
    ['a number of blocks beside a mask', right, { encoding, blocks: { structure: mask, blocks: 2 } }, 'blocks: are given; how many there are cannot be asked for'],
    ['blocks as the encoding', right, { encoding: { encoding: 'block_permuted', blocks: 2, values: encoding } }, "encoding: 'block_permuted' is no scalar encoding. Use uniform, pot, apot, bpot, csd or codebook, and give `blocks` beside it"],
  ])('refuses %s', async (_, layer, options, message) => {
    expect((await messageOf(() => compressLayer(layer, options))).slice(0, message.length)).toBe(message);
  });
});
