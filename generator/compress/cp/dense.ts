/** Dense linear algebra on row-major arrays, written for the sizes of a decomposition: tall matrices of a few hundred columns. */
import { cholesky } from '../calibrated/factor.js';

/** Pivots below this, in shares of the mean of the diagonal, are rounding errors of a singular matrix. */
const LEAST_PIVOT = 1e-12;

/** a (m, k) times b (k, n). */
export function multiply(a: ArrayLike<number>, m: number, k: number, b: Float64Array | Float32Array, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const row = i * n;
    let p = 0;
    for (; p + 3 < k; p += 4) {
      const x0 = a[i * k + p], x1 = a[i * k + p + 1], x2 = a[i * k + p + 2], x3 = a[i * k + p + 3];
      if (x0 === 0 && x1 === 0 && x2 === 0 && x3 === 0) continue;
      for (let j = 0, b0 = p * n, b1 = b0 + n, b2 = b1 + n, b3 = b2 + n; j < n; j++) {
        out[row + j] += x0 * b[b0 + j] + x1 * b[b1 + j] + x2 * b[b2 + j] + x3 * b[b3 + j];
      }
    }
    for (; p < k; p++) {
      const x = a[i * k + p];
      for (let j = 0, b0 = p * n; j < n; j++) out[row + j] += x * b[b0 + j];
    }
  }
  return out;
}

/** The transpose of a (k, m) times b (k, n): (m, n). */
export function multiplyTransposed(a: ArrayLike<number>, k: number, m: number, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let p = 0; p < k; p += 4) {
    const rows = Math.min(4, k - p);
    const [b0, b1, b2, b3] = [0, 1, 2, 3].map((r) => (p + Math.min(r, rows - 1)) * n);
    for (let i = 0; i < m; i++) {
      const at = p * m + i;
      const x0 = a[at], x1 = rows > 1 ? a[at + m] : 0, x2 = rows > 2 ? a[at + 2 * m] : 0, x3 = rows > 3 ? a[at + 3 * m] : 0;
      for (let j = 0, row = i * n; j < n; j++) out[row + j] += x0 * b[b0 + j] + x1 * b[b1 + j] + x2 * b[b2 + j] + x3 * b[b3 + j];
    }
  }
  return out;
}

/** x' x of a matrix (rows, n): (n, n). */
export function gram(x: Float64Array, n: number): Float64Array {
  return multiplyTransposed(x, x.length / n, n, x, n);
}

/** Products of elements. */
export function hadamard(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x * b[i]);
}

/** Sum of products of elements. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Sum of the diagonal of a matrix (n, n). */
export function trace(a: ArrayLike<number>, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i * n + i];
  return sum;
}

/** Lower Cholesky factor of a symmetric matrix (n, n); a column that others tell entirely has an infinite pivot, and then weighs nothing. */
export function choleskyFactor(matrix: ArrayLike<number>, n: number): Float64Array {
  const lower = Float64Array.from(matrix);
  cholesky(lower, n, (LEAST_PIVOT * trace(matrix, n)) / n || Number.MIN_VALUE);
  return lower;
}

/** Solves L L' x = t for every row t of `targets` (rows, n), in place. */
export function solveRows(lower: Float64Array, n: number, targets: Float64Array): Float64Array {
  for (let row = 0; row < targets.length; row += n) {
    for (let i = 0; i < n; i++) {
      let sum = targets[row + i];
      for (let k = 0; k < i; k++) sum -= lower[i * n + k] * targets[row + k];
      targets[row + i] = sum / lower[i * n + i];
    }
    solveUpper(lower, n, targets, row);
  }
  return targets;
}

/** Solves L' x = t in place, for the n numbers of `x` from `row` on. */
export function solveUpper(lower: Float64Array, n: number, x: Float64Array, row: number): void {
  for (let i = n - 1; i >= 0; i--) {
    const value = (x[row + i] /= lower[i * n + i]);
    if (value === 0) continue;
    for (let k = 0; k < i; k++) x[row + k] -= lower[i * n + k] * value;
  }
}

/** Transpose of a matrix (rows, columns). */
export function transpose(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  }
  return out;
}
