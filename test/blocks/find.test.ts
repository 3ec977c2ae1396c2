import { describe, expect, it } from 'vitest';
import { checkOutside, structureOfMask } from '../../generator/blocks/check_mask.js';
import { findBlocks } from '../../generator/blocks/find.js';
import { type BlockMask, blockMask, maskOf } from '../../generator/blocks/mask.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import type { BlockStructure } from '../../generator/layer/blocks.js';
import { blockRanges, densePositions } from '../../generator/layer/blocks.js';
import { Random } from '../../generator/layer/random.js';

/** Blocks as sets: each as its sorted outputs and inputs, in the order of the text. */
function asSets(structure: BlockStructure): string[] {
  const text = (order: Int32Array, first: number, count: number) => [...order.slice(first, first + count)].sort((a, b) => a - b).join(' ');
  return blockRanges(structure)
    .map((b) => `${text(structure.outputOrder, b.firstOutput, b.outputs)} <- ${text(structure.inputOrder, b.firstInput, b.inputs)}`)
    .sort();
}

/** Weights in the blocks of a mask, a share of them pruned. */
function planted(seed: number, { mask }: BlockMask, pruned: number): Float32Array {
  const random = new Random(seed);
  const weight = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i++) if (mask[i] && !random.chance(pruned)) weight[i] = random.fraction() + 0.01;
  return weight;
}

const rows = (...text: string[]) => Float32Array.from(text.flatMap((row) => [...row].map(Number)));

describe('the structure finder', () => {
  it.each([[8, 0], [10, 0], [8, 0.9], [10, 0.97]])('recovers %i blocks planted in 4096 x 4096 with %f of their weights pruned, in seconds', (blocks, pruned) => {
    const mask = blockMask(blocks, 4096, 4096, blocks);
    const weight = planted(1, mask, pruned);
    const start = performance.now();
    const found = findBlocks(weight, 4096, 4096);
    const seconds = (performance.now() - start) / 1000;
    expect(asSets(found.structure)).toEqual(asSets(mask));
    expect(found.components).toBe(blocks);
    expect(seconds).toBeLessThan(8);
  }, 30_000);

  it.each([[784, 300, 10], [300, 100, 10], [3136, 1024, 10], [17, 5, 5], [5, 17, 5], [9, 9, 9]])('recovers blocks of %i inputs and %i outputs in %i, ragged ones too', (inputs, outputs, blocks) => {
    const mask = blockMask(3, inputs, outputs, blocks);
    expect(asSets(findBlocks(planted(2, mask, 0), outputs, inputs).structure)).toEqual(asSets(mask));
  });

  it.each(['fc1', 'fc2'])('recovers the blocks of the trained LeNet-300-100 from the quantized matrix of its %s', async (name) => {
    const { tensors, geometry, blocks } = await readLayer(`examples/networks/lenet_300_100_mnist/layers/${name}.layer.json`);
    const found = findBlocks(tensors.weight, geometry.outChannels, geometry.inChannels);
    expect(asSets(found.structure)).toEqual(asSets(blocks!.tensors));
  });

  it('gives blocks in the order of their first output, each in ascending order', () => {
    const { structure } = findBlocks(rows('0100', '1010', '0001', '1000'), 4, 4);
    expect([...structure.outputOrder]).toEqual([0, 1, 3, 2]);
    expect([...structure.inputOrder]).toEqual([1, 0, 2, 3]);
    expect([...structure.outputSizes]).toEqual([1, 2, 1]);
    expect([...structure.inputSizes]).toEqual([1, 2, 1]);
  });

  it('puts rows and columns without weights into the smallest blocks', () => {
    // Block 0: outputs 0, 1 and input 0; block 1: output 2 and inputs 1, 2. Output 3 and inputs 3, 4 have nothing.
    const found = findBlocks(rows('10000', '10000', '01100', '00000'), 4, 5);
    expect(asSets(found.structure)).toEqual(['0 1 <- 0 3 4', '2 3 <- 1 2']);
    expect([found.lonelyOutputs, found.lonelyInputs, found.components]).toEqual([1, 2, 2]);
  });

  it('counts what it found', () => {
    const found = findBlocks(rows('1100', '1000', '0011'), 3, 4);
    expect(found).toMatchObject({ nonZero: 5, density: 5 / 12, inBlocks: 6, dropped: { weights: 0, energy: 0 } });
  });

  it('packs many components into as many balanced blocks as asked for', () => {
    const mask = blockMask(4, 64, 48, 16);
    const { structure } = findBlocks(planted(3, mask, 0), 48, 64, { blocks: 4 });
    expect([...structure.outputSizes]).toEqual([12, 12, 12, 12]);
    expect([...structure.inputSizes]).toEqual([16, 16, 16, 16]);
    const all = maskOf(structure);
    expect(densePositions(mask).every((position) => all[position] === 1)).toBe(true);
  });

  it('packs the largest first, so that a large one stays alone', () => {
    const { structure } = findBlocks(rows('111000', '111000', '000100', '000010', '000001'), 5, 6, { blocks: 2 });
    expect(asSets(structure)).toEqual(['0 1 <- 0 1 2', '2 3 4 <- 3 4 5']);
  });

  it('takes everything for one block where one is asked for', () => {
    expect(asSets(findBlocks(rows('11', '10'), 2, 2, { blocks: 1 }).structure)).toEqual(['0 1 <- 0 1']);
  });

  it('drops weights below a threshold, and says how many and their energy', () => {
    const weight = Float64Array.of(3, 0.1, -0.1, 4);
    const found = findBlocks(weight, 2, 2, { threshold: 0.2 });
    expect(asSets(found.structure)).toEqual(['0 <- 0', '1 <- 1']);
    expect(found.dropped.weights).toBe(2);
    expect(found.dropped.energy).toBeCloseTo(0.02 / 25.02, 10);
    expect(() => findBlocks(weight, 2, 2, { threshold: 0.1 })).toThrow('no block structure');
  });

  it.each<[string, () => unknown, string]>([
    ['a dense matrix', () => findBlocks(new Float32Array(600).fill(0.5), 20, 30), 'weight: has no block structure: 100.0 % of its 20 x 30 weights are not zero, and they link 20 outputs and 30 inputs to one component. Train it under a block mask, or give the mask that it was trained with (docs/blocks.md)'],
    ['a sparse one that hangs together', () => findBlocks(rows('110', '011', '000'), 3, 3), 'has no block structure: 44.4 % of its 3 x 3 weights are not zero, and they link 2 outputs and 3 inputs to one component'],
    ['blocks that noise links', () => findBlocks(Float64Array.of(1, 1e-5, 1e-5, 1), 2, 2), 'Without the weights below 0.0001, which hold 1.0e-8 % of the energy, it falls into 2 blocks: give that as threshold if they are noise'],
    ['a matrix of zeros', () => findBlocks(new Float32Array(6), 2, 3), 'weight: has no weight that is not zero. Train it first'],
    ['a threshold above everything', () => findBlocks(rows('11', '01'), 2, 2, { threshold: 9 }), 'weight: has no weight of 9 or more. Lower the threshold'],
    ['more blocks than components', () => findBlocks(rows('10', '01'), 2, 2, { blocks: 3 }), 'weight: falls into 2 components, which cannot fill 3 blocks. Ask for at most 2'],
    ['a threshold that is none', () => findBlocks(rows('10', '01'), 2, 2, { threshold: -1 }), 'threshold: is -1; allowed: numbers from 0'],
    ['blocks that are none', () => findBlocks(rows('10', '01'), 2, 2, { blocks: 0.5 }), 'blocks: is 0.5; allowed: whole numbers 1..4096'],
  ])('refuses %s', (_, find, message) => {
    expect(find).toThrow(message);
  });
});

describe('a given mask', () => {
  it('gives its structure', () => {
    const mask = blockMask(9, 40, 30, 4);
    expect(asSets(structureOfMask(mask.mask, 30, 40, 'mask.npy'))).toEqual(asSets(mask));
  });

  it.each<[string, string[], string]>([
    ['values that are no mask', ['10', '02'], 'mask.npy: element [1, 1] is 2; a mask has 0 and 1'],
    ['holes', ['110', '100', '001'], 'mask.npy: is not block-structured: zeros inside its 2 blocks: 1, the first at [1, 1]'],
    ['rows without weights', ['10', '01', '00'], 'mask.npy: is not block-structured: zeros inside its 2 blocks: 1, the first at [2, 0]'],
    ['no blocks at all', ['11', '11'], 'mask.npy: has no block structure'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => structureOfMask(rows(...text), text.length, text[0].length, 'mask.npy')).toThrow(message);
  });

  it('refuses weights outside of it, unless they are below a threshold', () => {
    const structure = structureOfMask(rows('10', '01'), 2, 2, 'mask');
    expect(checkOutside(Float32Array.of(1, 0, 0, 1), structure, 0, 'weight')).toEqual({ weights: 0, energy: 0 });
    const weight = Float64Array.of(3, 0.5, 0, 4);
    expect(() => checkOutside(weight, structure, 0, 'weight')).toThrow('weight: is not zero outside of the blocks: 1 weights, the largest 0.5, with 0.990 % of the energy. Train it under this mask, or drop them by a larger threshold');
    expect(checkOutside(weight, structure, 0.6, 'weight')).toEqual({ weights: 1, energy: 0.25 / 25.25 });
  });
});
