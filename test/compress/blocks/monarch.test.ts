import { describe, expect, it } from 'vitest';
import { projectMonarch } from '../../../generator/compress/blocks/monarch.js';
import { maskOf } from '../../../generator/blocks/mask.js';
import { blockWeights } from '../../../generator/layer/blocks.js';
import { Random } from '../../../generator/layer/random.js';

/** (rows, columns) of a (rows, inner) and b (inner, columns). */
function product(a: ArrayLike<number>, b: ArrayLike<number>, rows: number, inner: number, columns: number): Float64Array {
  const c = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const w = a[r * inner + k];
      if (w !== 0) for (let j = 0; j < columns; j++) c[r * columns + j] += w * b[k * columns + j];
    }
  }
  return c;
}
const gaussian = (seed: number, length: number) => {
  const random = new Random(seed);
  return Float64Array.from({ length }, () => random.gaussian());
};
const squares = (values: Float64Array) => values.reduce((sum, v) => sum + v * v, 0);
const productOf = (p: ReturnType<typeof projectMonarch>, outputs: number, inputs: number) => product(p.second.weight, p.first.weight, outputs, p.middle, inputs);

/** Output classes are index modulo blocks, input runs are consecutive. */
function pairOf(weight: Float64Array, outputs: number, inputs: number, blocks: number, run: number, c: number): number[][] {
  const width = inputs / blocks;
  return Array.from({ length: outputs / blocks }, (_, r) => Array.from({ length: width }, (__, i) => weight[(c + r * blocks) * inputs + run * width + i]));
}

describe('the projection on Monarch form', () => {
  it('of a product M = P L P\' R of the paper gives that product back', () => {
    // n = m^2: R has blocks (m, m) on runs of m, P transposes (run, class), L has blocks (m, m), and P' transposes the outputs.
    const m = 5;
    const n = m * m;
    const [L, R] = [gaussian(1, m * n), gaussian(2, m * n)];
    const matrix = new Float64Array(n * n);
    for (let l = 0; l < m; l++) {
      for (let j = 0; j < m; j++) {
        for (let k = 0; k < m; k++) {
          for (let i = 0; i < m; i++) matrix[(l * m + j) * n + (k * m + i)] = L[(j * m + l) * m + k] * R[(k * m + j) * m + i];
        }
      }
    }
    const projection = projectMonarch(matrix, n, n, m);
    expect(projection.error).toBeLessThan(1e-12);
    productOf(projection, n, n).forEach((value, at) => expect(value).toBeCloseTo(matrix[at], 10));
  });

  it.each([[24, 18, 3, 1], [18, 24, 3, 2], [17, 23, 4, 1], [31, 10, 3, 2], [300, 784, 10, 1]])('of %i x %i in %i blocks, rank %i, gives factors with weights in their blocks only, whose error it tells', (outputs, inputs, blocks, rank) => {
    const matrix = gaussian(3, outputs * inputs);
    const projection = projectMonarch(matrix, outputs, inputs, blocks, rank);
    expect(projection.middle).toBe(blocks * blocks * rank);
    for (const { structure, weight } of [projection.first, projection.second]) {
      const mask = maskOf(structure);
      expect(weight.every((w, at) => w === 0 || mask[at] === 1)).toBe(true);
      for (const order of [structure.inputOrder, structure.outputOrder]) expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    }
    expect(blockWeights(projection.first.structure) + blockWeights(projection.second.structure)).toBe(blocks * rank * (inputs + outputs));
    const difference = productOf(projection, outputs, inputs).map((value, at) => value - matrix[at]);
    expect(squares(difference) / squares(matrix)).toBeCloseTo(projection.error, 9);
  });

  it('is the best one: what it leaves of a pair is what its singular values say', () => {
    const matrix = gaussian(4, 12 * 6);
    let left = 0;
    for (let run = 0; run < 3; run++) {
      for (let c = 0; c < 3; c++) {
        const pair = pairOf(matrix, 12, 6, 3, run, c);
        const sum = (of: (row: number[]) => number) => pair.reduce((total, row) => total + of(row), 0);
        const [a, b, d] = [sum(([p]) => p * p), sum(([, q]) => q * q), sum(([p, q]) => p * q)];
        // The smaller eigenvalue of the Gram matrix of its two columns.
        left += (a + b) / 2 - Math.hypot((a - b) / 2, d);
      }
    }
    expect(projectMonarch(matrix, 12, 6, 3).error * squares(matrix)).toBeCloseTo(left, 10);
  });

  it('grows better with the rank, up to the matrix itself', () => {
    const matrix = gaussian(5, 40 * 40);
    const errors = [1, 2, 4].map((rank) => projectMonarch(matrix, 40, 40, 4, rank).error);
    expect(errors[0]).toBeGreaterThan(errors[1]);
    expect(errors[1]).toBeGreaterThan(errors[2]);
    expect(errors[2]).toBeGreaterThan(0);
  });

  it('of zeros is zero', () => {
    const projection = projectMonarch(new Float64Array(144), 12, 12, 3);
    expect(projection.error).toBe(0);
    expect([...projection.first.weight, ...projection.second.weight].every(Number.isFinite)).toBe(true);
    expect(productOf(projection, 12, 12).every((value) => value === 0)).toBe(true);
  });

  it('has orders of a fixed stride: natural on both sides of the first factor, transposed into the second, modulo the blocks out of it', () => {
    const { first, second } = projectMonarch(gaussian(6, 12 * 12), 12, 12, 2, 2);
    expect([...first.structure.inputOrder]).toEqual([...first.structure.outputOrder, 8, 9, 10, 11]);
    expect([...second.structure.inputOrder]).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
    expect([...second.structure.outputOrder]).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  });

  it.each<[number, number, number, number, string]>([
    [12, 10, 1, 1, 'monarch: has 1 blocks; allowed for 12 outputs and 10 inputs: whole numbers 2..10'],
    [12, 10, 11, 1, 'monarch: has 11 blocks; allowed for 12 outputs and 10 inputs: whole numbers 2..10'],
    [12, 10, 3, 4, 'monarch: has rank 4; a pair of a run and a class has 3 on its shorter side. Allowed: 1..3'],
    [12, 10, 6, 1, 'monarch: has 132 weights in two factors of 6 blocks, rank 1; the matrix has 120. Use fewer blocks, a smaller rank, or the matrix itself'],
  ])('of %i x %i in %i blocks, rank %i, is refused', (outputs, inputs, blocks, rank, message) => {
    expect(() => projectMonarch(new Float64Array(outputs * inputs), outputs, inputs, blocks, rank)).toThrow(message);
  });

  it('is refused where a layer has not so many channels', () => {
    expect(() => projectMonarch(new Float64Array(0), 1000, 1000, 300)).toThrow('monarch: has 90000 values between its factors; a layer has at most 65535 channels');
  });
});
