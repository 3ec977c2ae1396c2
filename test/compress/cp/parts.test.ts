import { describe, expect, test } from 'vitest';
import { choleskyFactor, gram, multiply, multiplyTransposed, solveRows, transpose } from '../../../generator/compress/cp/dense.js';
import { symmetricEigen } from '../../../generator/compress/cp/eigen.js';
import { factorLevels, quantizeFactor } from '../../../generator/compress/cp/levels_of_factor.js';
import { RowQuantizer } from '../../../generator/compress/cp/row_quantizer.js';
import { Random } from '../../../generator/layer/random.js';
import type { ScalarEncoding } from '../../../generator/layer/schema.js';
import { gaussians } from './problems.js';

describe('linear algebra', () => {
  test('products are those of the definition for sizes that are no multiples of four', () => {
    const random = new Random(1);
    for (const [m, k, n] of [[1, 1, 1], [3, 7, 5], [5, 6, 2], [8, 4, 9]]) {
      const a = gaussians(random, m * k);
      const b = gaussians(random, k * n);
      const want = (i: number, j: number) => Array.from({ length: k }, (_, p) => a[i * k + p] * b[p * n + j]).reduce((x, y) => x + y, 0);
      const product = multiply(a, m, k, b, n);
      const turned = multiplyTransposed(transpose(a, m, k), k, m, b, n);
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
        expect(product[i * n + j]).toBeCloseTo(want(i, j), 12);
        expect(turned[i * n + j]).toBeCloseTo(want(i, j), 12);
      }
    }
  });

  test('equations of a singular matrix have a solution that leaves nothing', () => {
    const random = new Random(2);
    const x = gaussians(random, 3 * 5);
    const matrix = gram(x, 5); // rank 3
    const targets = multiply(gaussians(random, 2 * 5), 2, 5, matrix, 5);
    const solved = solveRows(choleskyFactor(matrix, 5), 5, Float64Array.from(targets));
    multiply(solved, 2, 5, matrix, 5).forEach((value, i) => expect(value).toBeCloseTo(targets[i], 6));
  });

  test.each([1, 2, 3, 17, 60])('eigenvectors of a symmetric matrix of side %i are unit vectors that the matrix only scales', (n) => {
    const matrix = gram(gaussians(new Random(n), (n + 2) * n), n);
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let j = 0; j < n; j++) {
      const vector = vectors.slice(j * n, (j + 1) * n);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
      multiply(matrix, n, n, vector, 1).forEach((x, i) => expect(x).toBeCloseTo(values[j] * vector[i], 7));
      if (j > 0) expect(values[j]).toBeLessThanOrEqual(values[j - 1]);
    }
  });

  test('repeated and zero eigenvalues do not disturb it', () => {
    const { values } = symmetricEigen([2, 0, 0, 0, 2, 0, 0, 0, 0], 3);
    expect([...values]).toEqual([2, 2, 0]);
  });
});

describe('rows to integers', () => {
  const cost = (matrix: Float64Array, n: number, x: ArrayLike<number>, t: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum -= 2 * x[i] * t[i];
      for (let j = 0; j < n; j++) sum += x[i] * matrix[i * n + j] * x[j];
    }
    return sum;
  };

  test('are at most as costly as rounding each value, and near the best of all rows', () => {
    const random = new Random(5);
    const { nearest } = factorLevels({ encoding: 'pot', maxShift: 2 });
    const n = 4;
    let gap = 0;
    for (let k = 0; k < 40; k++) {
      const matrix = gram(gaussians(random, 6 * n), n);
      const target = multiply(matrix, n, n, gaussians(random, n).map((x) => 2 * x), 1);
      const quantizer = new RowQuantizer(matrix, n);
      const best = quantizer.solve(target);
      const into = best.map((x) => nearest.of(x));
      const rounded = cost(matrix, n, into, target);
      const got = quantizer.quantize(best, target, 1, nearest, into, true);
      expect(got).toBeCloseTo(cost(matrix, n, into, target), 7);
      expect(got).toBeLessThanOrEqual(rounded + 1e-9);
      gap += got - leastOfAll(matrix, target, n, nearest.levels);
    }
    expect(gap / 40).toBeLessThan(0.6);
  });

  function leastOfAll(matrix: Float64Array, target: Float64Array, n: number, levels: Int32Array): number {
    let least = Infinity;
    for (let code = 0; code < levels.length ** n; code++) {
      const row = Array.from({ length: n }, (_, i) => levels[Math.floor(code / levels.length ** i) % levels.length]);
      least = Math.min(least, cost(matrix, n, row, target));
    }
    return least;
  }
});

describe('quantizing a factor by itself', () => {
  test('takes the scale of least error: 14 dB with powers of two, 19 dB with apot on Gaussian values', () => {
    const values = gaussians(new Random(3), 5000).map((x) => 0.03 * x);
    const sqnr = (encoding: ScalarEncoding) => {
      const { integers, scale } = quantizeFactor(values, encoding);
      const noise = values.reduce((sum, x, i) => sum + (x - scale * integers[i]) ** 2, 0);
      return 10 * Math.log10(values.reduce((sum, x) => sum + x * x, 0) / noise);
    };
    expect(sqnr({ encoding: 'pot', maxShift: 6 })).toBeGreaterThan(14);
    expect(sqnr({ encoding: 'apot' })).toBeGreaterThan(19);
    expect(sqnr({ encoding: 'uniform', bits: 8 })).toBeGreaterThan(38);
  });

  test('zeros stay zeros', () => {
    expect([...quantizeFactor(new Float64Array(4), { encoding: 'apot' }).integers]).toEqual([0, 0, 0, 0]);
  });
});
