import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandLayer, storedLayer } from '../../generator/expand/expand.js';
import { randomBlockLayer } from '../../generator/expand/random_block_layer.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { layerHash } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { blockRanges, densePositions } from '../../generator/layer/blocks.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import { strideOrder } from '../../generator/layer/random_blocks.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import { writeLayer } from '../../generator/layer/write.js';
import { storedSize } from '../../generator/report/stored_bits.js';
import { asBlocks, rightLayer, writeFixture } from '../layer/fixture.js';

const folder = () => mkdtempSync(join(tmpdir(), 'shiftloom-blocks-'));
const SEEDS = Array.from({ length: 80 }, (_, seed) => seed);
const layers = SEEDS.map((seed) => randomBlockLayer(seed));

describe('a layer stored as blocks', () => {
  it('is read as a dense layer of its values, zero outside of the blocks, with the blocks beside', async () => {
    const fixture = rightLayer();
    asBlocks(fixture);
    const layer = await readLayer(writeFixture(fixture));
    expect(layer.description.weights).toEqual({ encoding: 'pot', maxShift: 6 });
    // Outputs 5, 2, 0, 1 see inputs 3 and 0; outputs 3 and 4 see inputs 4, 1 and 2.
    expect([...layer.tensors.weight]).toEqual([
      [32, 0, 0, 16, 0], [-1, 0, 0, 64, 0], [8, 0, 0, 4, 0],
      [0, -4, -8, 0, -2], [0, -32, -64, 0, 0], [2, 0, 0, 1, 0],
    ].flat());
    expect(layer.tensors.exponent).toBeUndefined();
    expect(layer.tensors.bias[2]).toBe(1000);
    expect(layer.blocks!.encoding).toEqual({ encoding: 'block_permuted', blocks: 2, values: { encoding: 'pot', maxShift: 6 } });
    expect([...layer.blocks!.tensors.inputSizes]).toEqual([2, 3]);
  });

  it('with one block in natural order is the dense layer', () => {
    const layer = layers.find(({ blocks }) => blocks!.encoding.blocks === 1)!;
    const { inChannels, outChannels } = layer.geometry;
    const natural = { inputOrder: strideOrder(inChannels, 1), outputOrder: strideOrder(outChannels, 1) };
    const stored = storedLayer(layer);
    const same = expandLayer({ ...stored, tensors: { ...stored.tensors, blocks: { ...stored.tensors.blocks!, ...natural } } }, 'same');
    expect(same.tensors.weight).toEqual(layer.blocks!.tensors.weight);
  });

  it('gives in the golden model what each block gives on its own inputs, at the places of its outputs', () => {
    for (const layer of layers) expect(goldenRun(layer, randomInput(layer, 2, 1), 2).accumulators, layer.description.name).toEqual(productOfBlocks(layer, randomInput(layer, 2, 1), 2));
  });

  it.each(SEEDS.slice(0, 24))('is written as blocks, the same bytes each time, and reads back equal (seed %i)', async (seed) => {
    const layer = layers[seed];
    const [first, second] = [folder(), folder()].map((path) => join(path, 'layer.layer.json'));
    const stored = storedLayer(layer);
    await writeLayer(first, stored.description, stored.tensors);
    expect(readdirSync(join(first, '..')).sort()).toEqual(['layer.layer.json', 'layer.safetensors']);
    const again = await readLayer(first);
    expect(again.tensors).toEqual(layer.tensors);
    expect(again.blocks).toEqual(layer.blocks);
    expect(layerHash(again)).toBe(layerHash(layer));
    await writeLayer(second, storedLayer(again).description, storedLayer(again).tensors);
    for (const file of ['layer.layer.json', 'layer.safetensors']) {
      const [a, b] = [first, second].map((path) => readFileSync(join(path, '..', file)));
      expect(a.equals(b)).toBe(true);
    }
  });

  it('without its blocks cannot be written or expanded', async () => {
    const layer = layers[0];
    const path = join(folder(), 'layer.layer.json');
    await expect(writeLayer(path, storedLayer(layer).description, layer.tensors)).rejects.toThrow(/tensor 'input_order': is missing/);
    expect(() => expandLayer({ ...storedLayer(layer), tensors: layer.tensors }, 'layer')).toThrow(/has no blocks/);
  });

  it('has another hash than the dense layer with its weights, and than one with other orders', () => {
    const layer = layers.find(({ blocks }) => blocks!.tensors.inputSizes[0] > 1)!;
    const { blocks, ...dense } = layer;
    const inputOrder = blocks!.tensors.inputOrder.slice().reverse();
    const hashes = [layer, dense, { ...layer, blocks: { ...blocks!, tensors: { ...blocks!.tensors, inputOrder } } }].map(layerHash);
    expect(new Set(hashes).size).toBe(3);
  });

  it('stores the codes of its blocks, both orders and all sizes, and no zeros outside', async () => {
    const fixture = rightLayer();
    asBlocks(fixture);
    const { storedBits, weights } = storedSize(await readLayer(writeFixture(fixture)));
    expect(weights).toBe(30);
    // 14 codes of 4 bits; 5 inputs and 2 sizes in 3 bits each, 6 outputs and 2 sizes in 3; biases of 32, multipliers of 16 and shifts of 6 bits for 6 outputs.
    expect(storedBits).toBe(14 * 4 + 7 * 3 + 8 * 3 + 6 * (32 + 16 + 6));
  });
});

describe('random block layers', () => {
  it('are the same for a seed', () => {
    expect(randomBlockLayer(7)).toEqual(layers[7]);
  });

  it('cover one block, blocks of 1x1, ragged ones, natural orders and all encodings', () => {
    const has = (test: (layer: Layer) => boolean) => expect(layers.some(test)).toBe(true);
    has(({ blocks }) => blocks!.encoding.blocks === 1);
    has(({ blocks, geometry: g }) => g.inChannels > 4 && blocks!.encoding.blocks === g.inChannels && g.inChannels === g.outChannels);
    has(({ blocks }) => Math.max(...blocks!.tensors.inputSizes) > 2 * Math.min(...blocks!.tensors.inputSizes));
    has(({ blocks }) => blocks!.tensors.inputOrder.length > 4 && blocks!.tensors.inputOrder.every((index, i) => index === i));
    const strided = ({ blocks }: Layer) => blocks!.tensors.inputOrder.join() === strideOrder(blocks!.tensors.inputOrder.length, blocks!.encoding.blocks).join();
    has((layer) => strided(layer) && layer.blocks!.encoding.blocks > 1);
    expect(new Set(layers.map(({ blocks }) => blocks!.encoding.values.encoding))).toEqual(new Set(SCALAR_ENCODINGS));
  });
});

describe('positions in blocks', () => {
  it('visit each place of a block once, and no other', () => {
    const structure = { inputOrder: Int32Array.of(2, 0, 1), outputOrder: Int32Array.of(1, 0), inputSizes: Int32Array.of(1, 2), outputSizes: Int32Array.of(1, 1) };
    expect([...densePositions(structure)]).toEqual([5, 0, 1]);
    expect(blockRanges(structure, 2).map(({ firstWeight, firstExponent }) => [firstWeight, firstExponent])).toEqual([[0, 0], [1, 1]]);
  });

  it('of a stride keep equal rests together, also where the stride does not divide', () => {
    expect([...strideOrder(6, 3)]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...strideOrder(5, 2)]).toEqual([0, 2, 4, 1, 3]);
  });
});

/** Accumulators (frames, out) straight from the stored blocks. */
function productOfBlocks({ blocks, description, geometry: g, tensors }: Layer, input: Int32Array, frames: number): Float64Array {
  const { inputOrder, outputOrder, weight } = blocks!.tensors;
  const sums = new Float64Array(frames * g.outChannels);
  for (let f = 0; f < frames; f++) {
    for (const { firstInput, inputs, firstOutput, outputs, firstWeight } of blockRanges(blocks!.tensors)) {
      for (let j = 0; j < outputs; j++) {
        const o = outputOrder[firstOutput + j];
        let sum = tensors.bias[o];
        for (let i = 0; i < inputs; i++) sum += weight[firstWeight + j * inputs + i] * (input[f * g.inChannels + inputOrder[firstInput + i]] - description.input.zeroPoint);
        sums[f * g.outChannels + o] = sum;
      }
    }
  }
  return sums;
}
