/** Dense linear algebra on row-major arrays, written for the sizes of a decomposition: tall matrices of a few hundred columns. */
import { cholesky } from '../calibrated/factor.js';

/** Pivots below this, in shares of the mean of the diagonal, are rounding errors of a singular matrix. */
const LEAST_PIVOT = 1e-12;

/** a (m, k) times b (k, n). */
export function multiply(a: ArrayLike<number>, m: number, k: number, b: Float64Array | Float32Array, n: number): Float64Array {
  return product(a, k, 1, m, k, b, n);
}

/** The transpose of a (k, m) times b (k, n): (m, n). */
export function multiplyTransposed(a: ArrayLike<number>, k: number, m: number, b: Float64Array, n: number): Float64Array {
  return product(a, 1, m, m, k, b, n);
}

/** (m, n) from a, whose element (i, p) is at i * down + p * along. Four rows by two of the sum at a time: each number that is read is used often. */
function product(a: ArrayLike<number>, down: number, along: number, m: number, k: number, b: Float64Array | Float32Array, n: number): Float64Array {
  const out = new Float64Array(m * n);
  const even = k - (k % 2);
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const r0 = i * n, r1 = r0 + n, r2 = r1 + n, r3 = r2 + n;
    for (let p = 0; p < even; p += 2) {
      const a0 = i * down + p * along, a1 = a0 + down, a2 = a1 + down, a3 = a2 + down;
      const x0 = a[a0], x1 = a[a0 + along], y0 = a[a1], y1 = a[a1 + along];
      const z0 = a[a2], z1 = a[a2 + along], w0 = a[a3], w1 = a[a3 + along];
      for (let j = 0, b0 = p * n, b1 = b0 + n; j < n; j++) {
        const v0 = b[b0 + j], v1 = b[b1 + j];
        out[r0 + j] += x0 * v0 + x1 * v1;
        out[r1 + j] += y0 * v0 + y1 * v1;
        out[r2 + j] += z0 * v0 + z1 * v1;
        out[r3 + j] += w0 * v0 + w1 * v1;
      }
    }
    for (let r = i; r < i + 4 && even < k; r++) addRow(out, r * n, a[r * down + even * along], b, even * n, n);
  }
  for (; i < m; i++) for (let p = 0; p < k; p++) addRow(out, i * n, a[i * down + p * along], b, p * n, n);
  return out;
}

function addRow(out: Float64Array, to: number, factor: number, b: Float64Array | Float32Array, from: number, n: number): void {
  if (factor === 0) return;
  for (let j = 0; j < n; j++) out[to + j] += factor * b[from + j];
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
