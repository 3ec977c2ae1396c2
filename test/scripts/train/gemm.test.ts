/** The matrix product that training runs on. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { trainingMemory } from '../../../scripts/train/gemm.js';

describe('the matrix product in WebAssembly', () => {
  it('adds what plain loops give, for any strides', () => {
    const random = new Random(4);
    for (const [m, n, k] of [[4, 8, 1], [8, 16, 5], [12, 24, 7]]) {
      const memory = trainingMemory(1e6);
      const [a, b, c] = [memory.floats(m * k), memory.floats(k * n), memory.floats(m * n)];
      for (const values of [a, b, c]) values.forEach((_, i) => (values[i] = random.integer(-8, 8)));
      for (const [row, column] of [[k, 1], [1, m]]) {
        const wanted = c.map((sum, at) => {
          for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * row + i * column] * b[i * n + (at % n)];
          return sum;
        });
        memory.gemm(a.byteOffset, b.byteOffset, c.byteOffset, m, n, k, 4 * row, 4 * column, 4 * n, 4 * n);
        expect([...c]).toEqual([...wanted]);
      }
    }
  });
});
