/**
 * Eigenvectors of a symmetric matrix: Householder reflections to tridiagonal form, then implicit QL steps with Wilkinson's shift
 * (Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.5).
 */

const MOST_STEPS = 60;

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** (n, n): row j is the unit vector of value j. */
  readonly vectors: Float64Array;
}

/** @param matrix (n, n), symmetric */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  tridiagonalize(a, basis, n);
  for (let i = 0; i < n; i++) {
    diagonal[i] = a[i * n + i];
    if (i + 1 < n) off[i] = a[(i + 1) * n + i];
  }
  qlSteps(diagonal, off, basis, n);
  const order = Array.from(diagonal, (_, i) => i).sort((x, y) => diagonal[y] - diagonal[x] || x - y);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(basis.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors };
}

/** a := Q' a Q tridiagonal; the rows of `basis` become those of Q'. */
function tridiagonalize(a: Float64Array, basis: Float64Array, n: number): void {
  for (let k = 0; k + 2 < n; k++) {
    const v = new Float64Array(n);
    let norm = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k];
      norm += v[i] * v[i];
    }
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    v[k + 1] += v[k + 1] < 0 ? -norm : norm;
    let squares = 0;
    for (let i = k + 1; i < n; i++) squares += v[i] * v[i];
    reflectBothSides(a, v, 2 / squares, k, n);
    reflectRows(basis, v, 2 / squares, k + 1, n);
  }
}

/** a := (1 - beta v v') a (1 - beta v v') for a v that is zero up to index k. */
function reflectBothSides(a: Float64Array, v: Float64Array, beta: number, k: number, n: number): void {
  const p = new Float64Array(n);
  for (let i = k; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
    p[i] = beta * sum;
  }
  let vp = 0;
  for (let i = k + 1; i < n; i++) vp += v[i] * p[i];
  const half = (beta * vp) / 2;
  for (let i = k; i < n; i++) p[i] -= half * v[i];
  for (let i = k; i < n; i++) {
    for (let j = k; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
  }
}

function reflectRows(basis: Float64Array, v: Float64Array, beta: number, from: number, n: number): void {
  const sums = new Float64Array(n);
  for (let i = from; i < n; i++) {
    for (let j = 0; j < n; j++) sums[j] += v[i] * basis[i * n + j];
  }
  for (let i = from; i < n; i++) {
    for (let j = 0; j < n; j++) basis[i * n + j] -= beta * v[i] * sums[j];
  }
}

function qlSteps(d: Float64Array, e: Float64Array, basis: Float64Array, n: number): void {
  for (let l = 0; l < n; l++) {
    for (let step = 0; step < MOST_STEPS; step++) {
      let m = l;
      while (m + 1 < n && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      qlStep(d, e, basis, n, l, m);
    }
  }
}

/** One implicit step on rows l..m: a bulge is chased upwards by rotations of neighbouring rows. */
function qlStep(d: Float64Array, e: Float64Array, basis: Float64Array, n: number, l: number, m: number): void {
  const slope = (d[l + 1] - d[l]) / (2 * e[l]);
  let g = d[m] - d[l] + e[l] / (slope + Math.sign(slope || 1) * Math.hypot(slope, 1));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    const q = d[i + 1] - p;
    const t = (d[i] - q) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = q + p;
    g = c * t - b;
    rotateRows(basis, i * n, (i + 1) * n, n, c, s);
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

function rotateRows(basis: Float64Array, low: number, high: number, n: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const upper = basis[high + j];
    const lower = basis[low + j];
    basis[high + j] = s * lower + c * upper;
    basis[low + j] = c * lower - s * upper;
  }
}
