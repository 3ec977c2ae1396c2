/** Blocks of patches, and blocks whose inputs are dealt. */
import { describe, expect, it } from 'vitest';
import { blocksOfNeighbours, hilbertOrder, neighbourOrder, type BlockInputs } from '../../../scripts/network_training/blocks_of_neighbours.js';
import type { StageShape } from '../../../scripts/train/stage.js';

const PIXELS: StageShape = { name: 'fc1', kind: 'linear', inChannels: 1, inSide: 28, outChannels: 300, kernel: 28, pad: 0, pool: false, relu: true };
const sorted = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Which block each input belongs to. */
function blockOf({ inputOrder, inputSizes }: { inputOrder: Int32Array; inputSizes: Int32Array }): Int32Array {
  const out = new Int32Array(inputOrder.length);
  let next = 0;
  inputSizes.forEach((size, b) => {
    for (let i = 0; i < size; i++) out[inputOrder[next++]] = b;
  });
  return out;
}

describe.each<BlockInputs>(['dealt', 'patches'])('blocks with inputs: %s', (inputs) => {
  it('are permutations with sizes that differ by at most one, the same for the same seed', () => {
    const blocks = blocksOfNeighbours(1, inputs, neighbourOrder(PIXELS), 300, 11);
    expect(sorted(blocks.inputOrder)).toEqual(upTo(784));
    expect(sorted(blocks.outputOrder)).toEqual(upTo(300));
    for (const [sizes, total] of [[blocks.inputSizes, 784], [blocks.outputSizes, 300]] as const) {
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(total);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBe(1);
    }
    expect(blocksOfNeighbours(1, inputs, neighbourOrder(PIXELS), 300, 11)).toEqual(blocks);
    expect(blocksOfNeighbours(2, inputs, neighbourOrder(PIXELS), 300, 11)).not.toEqual(blocks);
  });
});

describe('dealt inputs', () => {
  it('give each block pixels of every part of the picture', () => {
    const owner = blockOf(blocksOfNeighbours(1, 'dealt', neighbourOrder(PIXELS), 300, 12));
    for (let top = 0; top < 28; top += 7) {
      for (let left = 0; left < 28; left += 7) {
        const counts = new Int32Array(12);
        for (let y = top; y < top + 7; y++) for (let x = left; x < left + 7; x++) counts[owner[y * 28 + x]]++;
        // 49 pixels for 12 blocks: a wholly random permutation leaves some block without any now and then.
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
        expect(Math.max(...counts)).toBeLessThanOrEqual(8);
      }
    }
  });

  it('give each block neurons of every block in front', () => {
    const before = blocksOfNeighbours(1, 'dealt', neighbourOrder(PIXELS), 300, 12);
    const own = blocksOfNeighbours(2, 'dealt', neighbourOrder({ ...PIXELS, inChannels: 300, inSide: 1 }, before), 100, 6);
    const [owner, source] = [blockOf(own), new Int32Array(300)];
    let next = 0;
    before.outputSizes.forEach((size, b) => {
      for (let i = 0; i < size; i++) source[before.outputOrder[next++]] = b;
    });
    for (let b = 0; b < 6; b++) expect(new Set(upTo(300).filter((i) => owner[i] === b).map((i) => source[i])).size).toBe(12);
  });
});

describe('patches', () => {
  it('give each block pixels that hang together', () => {
    const owner = blockOf(blocksOfNeighbours(1, 'patches', neighbourOrder(PIXELS), 300, 12));
    const alike = [...owner].filter((block, at) => [at - 1, at + 1, at - 28, at + 28].some((next) => owner[next] === block));
    expect(alike).toHaveLength(784);
  });

  it('take the positions of a map along a curve, with all channels of each', () => {
    expect(hilbertOrder(2)).toEqual([0, 2, 3, 1]);
    const order = hilbertOrder(8);
    expect(sorted(order)).toEqual(upTo(64));
    for (let i = 1; i < 64; i++) {
      const [a, b] = [order[i - 1], order[i]];
      expect(Math.abs((a % 8) - (b % 8)) + Math.abs(Math.floor(a / 8) - Math.floor(b / 8))).toBe(1);
    }
    expect(neighbourOrder({ ...PIXELS, inChannels: 3, inSide: 2 })).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11, 3, 4, 5]);
  });
});
