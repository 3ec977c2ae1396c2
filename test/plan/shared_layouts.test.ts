import { describe, expect, it } from 'vitest';
import { Random } from '../../generator/layer/random.js';
import { blockInputLayout, blockShapes, fitsBlocks, mapLayout, mapVectors } from '../../generator/plan/shared/layout.js';
import { allocateRegions } from '../../generator/plan/shared/regions.js';
import { randomSizes, shuffledIndices } from '../../generator/layer/random_blocks.js';

describe('where values lie in the map memory of a time-shared engine', () => {
  it.each([1, 2, 3, 4, 5, 6])('elements of a vector never meet in a lane, and each block has its own words (seed %i)', (seed) => {
    const random = new Random(seed);
    const elements = random.integer(20, 400);
    const blocks = random.integer(2, 10);
    const structure = {
      inputOrder: shuffledIndices(random, elements), outputOrder: shuffledIndices(random, 40),
      inputSizes: randomSizes(random, elements, blocks), outputSizes: randomSizes(random, 40, blocks),
    };
    const sharing = random.pick([4, 8, 16]);
    const shape = { lanes: 16, vector: 4, sharing };
    const shapes = blockShapes(structure, shape.lanes);
    const vectors = mapVectors({ height: 1, width: 1, channels: elements }, shape.vector);
    const { place, words } = blockInputLayout(shapes, vectors, shape);
    expect(new Set(place).size).toBe(elements);
    expect(words).toBe(structure.inputSizes.reduce((sum, size) => sum + Math.ceil(size / shape.lanes), 0));
    for (let first = 0; first < vectors.length; first += shape.vector) {
      const lanes = [...vectors.slice(first, first + shape.vector)].filter((e) => e >= 0).map((e) => place[e] % shape.lanes);
      expect(new Set(lanes).size).toBe(lanes.length);
    }
    let word = 0;
    for (const { inputs, inputWords } of shapes) {
      inputs.forEach((e, i) => {
        expect(Math.floor(place[e] / shape.lanes)).toBe(word + Math.floor(i / shape.lanes));
        expect(Math.floor((place[e] % shape.lanes) / sharing)).toBe(Math.floor((i % shape.lanes) / sharing));
      });
      word += inputWords;
    }
  });

  it('blocks in order that fill their words need no table', () => {
    const order = Int32Array.from({ length: 32 }, (_, i) => i);
    const even = { inputOrder: order, outputOrder: order, inputSizes: Int32Array.of(16, 16), outputSizes: Int32Array.of(16, 16) };
    const shape = { lanes: 8, vector: 4, sharing: 8 };
    const inOrder = mapLayout({ height: 1, width: 1, channels: 32 }, 8);
    expect(fitsBlocks(inOrder, blockShapes(even, 8), shape)).toBe(true);
    expect(fitsBlocks(inOrder, blockShapes({ ...even, inputSizes: Int32Array.of(15, 17) }, 8), shape)).toBe(false);
    expect(fitsBlocks(inOrder, blockShapes({ ...even, inputOrder: order.slice().reverse() }, 8), shape)).toBe(false);
  });

  it('maps share words if they are never needed at the same time', () => {
    const chain = [100, 40, 60, 10].map((words, i) => ({ words, from: i, to: i + 1 }));
    const { first, words } = allocateRegions(chain);
    expect(words).toBe(140);
    chain.forEach((a, i) => chain.slice(0, i).forEach((b, j) => {
      if (a.from <= b.to && b.from <= a.to) expect(first[i] + a.words <= first[j] || first[j] + b.words <= first[i]).toBe(true);
    }));
  });
});
