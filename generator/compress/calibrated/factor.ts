/**
 * Triangular factor of a covariance. With C = L D L' (L unit lower triangular) the error e' C e is the sum over k of D_k (e_k + sum over j > k of L_jk e_j)^2:
 * decided from the last weight to the first, each square holds one open weight only, and the best that weight can do is to be rounded from
 * w_k + sum over j > k of L_jk e_j. That is the error feedback of OPTQ/GPTQ (Frantar et al. 2022, section 3.3) without inverting anything; the equivalence
 * is Chee et al. 2023 (QuIP), theorem 6.
 */
import { dotBlock } from './dot_block.js';

export interface Feedback {
  /** (n, n), row-major: row t holds the weights, before t in the order of decision, of the errors that t takes over; zero from the diagonal on. */
  readonly weights: Float32Array;
  /** (n): what a squared deviation of weight t from its target costs. */
  readonly cost: Float64Array;
}

const BLOCK = 48;
/** Pivots below this, in shares of the mean of the diagonal, are rounding errors of a singular matrix. */
const LEAST_PIVOT = 1e-7;

/**
 * Factors a covariance that is already in the order of decision.
 * @param matrix (n, n), symmetric and positive definite
 */
export function factorFeedback(matrix: Float32Array, n: number, weights: Float32Array = new Float32Array(n * n), cost: Float64Array = new Float64Array(n)): Feedback {
  const lower = reversedLower(matrix, n);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += lower[i * n + i];
  const least = (LEAST_PIVOT * trace) / n;
  cholesky(lower, n, least);
  for (let t = 0; t < n; t++) {
    const m = n - 1 - t;
    const diagonal = lower[m * n + m];
    cost[t] = diagonal === Infinity ? least : diagonal * diagonal;
    for (let j = 0; j < t; j++) weights[t * n + j] = lower[(n - 1 - j) * n + m] / diagonal;
  }
  return { weights, cost };
}

/** The matrix with rows and columns reversed; its lower triangle is what counts. */
function reversedLower(matrix: Float32Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) out[i * n + j] = matrix[(n - 1 - i) * n + (n - 1 - j)];
  }
  return out;
}

/**
 * Replaces the lower triangle of a symmetric matrix by its Cholesky factor, block row by block row; the upper one then holds nothing of use.
 * A pivot below `least` becomes infinite, so that the column below it is zero: others tell that input entirely.
 */
export function cholesky(a: Float64Array, n: number, least: number): void {
  for (let top = 0; top < n; top += BLOCK) {
    const bottom = Math.min(n, top + BLOCK);
    for (let left = 0; left <= top; left += BLOCK) {
      subtractProducts(a, n, top, bottom, left, Math.min(n, left + BLOCK));
      if (left === top) factorDiagonal(a, n, top, bottom, least);
      else solveBlock(a, n, top, bottom, left);
    }
  }
}

/** a[i][j] -= sum over k < left of a[i][k] a[j][k] for a block; four rows by two columns at a time. */
function subtractProducts(a: Float64Array, n: number, top: number, bottom: number, left: number, right: number): void {
  const sums = new Float64Array(8);
  for (let i = top; i < bottom; i += 4) {
    const rows = Math.min(4, bottom - i);
    const vectors = [0, 1, 2, 3].map((k) => ({ values: a, at: (i + Math.min(k, rows - 1)) * n }));
    for (let j = left; j < right; j += 2) {
      dotBlock(vectors, a, j * n, Math.min(j + 1, right - 1) * n, left, sums);
      for (let r = 0; r < rows; r++) {
        a[(i + r) * n + j] -= sums[2 * r];
        if (j + 1 < right) a[(i + r) * n + j + 1] -= sums[2 * r + 1];
      }
    }
  }
}

function factorDiagonal(a: Float64Array, n: number, from: number, to: number, least: number): void {
  for (let i = from; i < to; i++) {
    for (let j = from; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = from; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? (sum < least ? Infinity : Math.sqrt(sum)) : sum / a[j * n + j];
    }
  }
}

function solveBlock(a: Float64Array, n: number, top: number, bottom: number, left: number): void {
  for (let i = top; i < bottom; i++) {
    for (let j = left; j < left + BLOCK; j++) {
      let sum = a[i * n + j];
      for (let k = left; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / a[j * n + j];
    }
  }
}
