import { describe, expect, it } from 'vitest';
import { blockMask, maskOf } from '../../generator/blocks/mask.js';
import { gatherBlocks } from '../../generator/layer/blocks.js';

const sorted = (values: Int32Array) => [...values].sort((a, b) => a - b);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('a block mask', () => {
  it('has sizes that differ by at most one, permutations of all inputs and outputs, and one weight where they meet', () => {
    const { inputSizes, outputSizes, inputOrder, outputOrder, mask } = blockMask(1, 784, 300, 10);
    expect([...inputSizes]).toEqual([79, 79, 79, 79, 78, 78, 78, 78, 78, 78]);
    expect([...outputSizes]).toEqual(Array(10).fill(30));
    expect(sorted(inputOrder)).toEqual(upTo(784));
    expect(sorted(outputOrder)).toEqual(upTo(300));
    expect(inputOrder).not.toEqual(Int32Array.from(upTo(784)));
    expect(mask.reduce((sum, m) => sum + m)).toBe(784 * 30);
    // Output 0 of the first block sees that block's inputs and no other.
    const seen = upTo(784).filter((i) => mask[outputOrder[0] * 784 + i] === 1);
    expect(seen).toEqual(sorted(inputOrder.slice(0, 79)));
  });

  it('is the same for a seed and another for the next', () => {
    expect(blockMask(5, 40, 20, 4)).toEqual(blockMask(5, 40, 20, 4));
    expect(blockMask(6, 40, 20, 4).mask).not.toEqual(blockMask(5, 40, 20, 4).mask);
  });

  it.each([[1, 1, 1], [7, 1, 1], [5, 5, 5], [3, 9, 3]])('of %i inputs and %i outputs in %i blocks covers each of them', (inputs, outputs, blocks) => {
    const { mask } = blockMask(2, inputs, outputs, blocks);
    for (let o = 0; o < outputs; o++) expect(upTo(inputs).some((i) => mask[o * inputs + i])).toBe(true);
    for (let i = 0; i < inputs; i++) expect(upTo(outputs).some((o) => mask[o * inputs + i])).toBe(true);
  });

  it('takes sizes, however ragged', () => {
    const { inputSizes, mask } = blockMask(1, 10, 6, { inputs: [1, 9], outputs: [5, 1] });
    expect([...inputSizes]).toEqual([1, 9]);
    expect(mask.reduce((sum, m) => sum + m)).toBe(5 + 9);
  });

  it('gathers the weights under it in the order of the layer file', () => {
    const structure = { inputOrder: Int32Array.of(2, 0, 1), outputOrder: Int32Array.of(1, 0), inputSizes: Int32Array.of(1, 2), outputSizes: Int32Array.of(1, 1) };
    expect([...maskOf(structure)]).toEqual([1, 1, 0, 0, 0, 1]);
    expect(gatherBlocks(structure, Float32Array.of(10, 11, 12, 20, 21, 22))).toEqual(Float32Array.of(22, 10, 11));
  });

  it.each([
    [() => blockMask(1, 10, 4, 5), 'blocks: is 5; allowed: whole numbers 1..4, for 10 inputs and 4 outputs'],
    [() => blockMask(1, 10, 4, 0), 'blocks: is 0; allowed: whole numbers 1..4, for 10 inputs and 4 outputs'],
    [() => blockMask(1, 10, 4, 1.5), 'blocks: is 1.5; allowed: whole numbers 1..4, for 10 inputs and 4 outputs'],
    [() => blockMask(1, 10, 4, { inputs: [5, 5], outputs: [4] }), 'blocks: has 2 sizes of inputs and 1 of outputs. Give both for each block'],
    [() => blockMask(1, 10, 4, { inputs: [10, 0], outputs: [2, 2] }), 'blocks.inputs[1]: is 0; allowed: whole numbers from 1'],
    [() => blockMask(1, 10, 4, { inputs: [5, 5], outputs: [2, 3] }), 'blocks.outputs: sum to 5; the layer has 4 outputs'],
  ])('refuses what cannot be cut (%#)', (make, message) => {
    expect(make).toThrow(message);
  });
});
