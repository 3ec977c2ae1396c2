/**
 * Projection of a dense matrix on two permuted block-diagonal factors with the fixed permutation of Monarch matrices (Dao et al., "Monarch:
 * Expressive Structured Matrices for Efficient and Accurate Training", ICML 2022, arXiv 2204.00595, sections 3.1 and 3.3).
 *
 * The inputs are cut into K runs, the outputs into K classes by their index modulo K. Every pair of a class and a run is a submatrix by itself, of which
 * the factors hold a rank-R approximation: R rows in the first factor's block of the run, R columns in the second factor's block of the class. So the
 * best factors are those of the singular value decomposition of each pair; R = 1 is the paper's definition, R > 1 its wider blocks. Runs and classes
 * may be ragged, so that any matrix will do.
 */
import { ShiftloomError } from '../../errors.js';
import type { BlockStructure } from '../../layer/blocks.js';
import { equalSizes, strideOrder } from '../../layer/random_blocks.js';
import { symmetricEigen } from '../cp/eigen.js';

/** Channels of a layer description. */
const MOST_CHANNELS = 65535;

/** A factor: its structure and its matrix in natural order, (outputs, inputs), zero outside of the blocks. */
export interface MonarchFactor {
  readonly structure: BlockStructure;
  readonly weight: Float64Array;
}

export interface MonarchProjection {
  /** Inputs to the middle, whose index is (run * K + class) * R + term; natural orders on both sides. */
  readonly first: MonarchFactor;
  /** Middle to outputs; the inputs of class c are those of the middle with that class, its outputs the indices c, c + K, c + 2 K, ... */
  readonly second: MonarchFactor;
  /** Values between the factors: K * K * R. */
  readonly middle: number;
  /** Squared error of the product of the factors, as a share of the matrix's sum of squares. */
  readonly error: number;
}

/**
 * @param weight (outputs, inputs), row-major
 * @param blocks K, of both factors
 * @param rank R, terms of each pair
 * @throws ShiftloomError('usage') if K or R are too large for the matrix, or the factors have no fewer weights than it
 */
export function projectMonarch(weight: Float32Array | Float64Array, outputs: number, inputs: number, blocks: number, rank = 1): MonarchProjection {
  checkSizes(outputs, inputs, blocks, rank);
  const middle = blocks * blocks * rank;
  const runs = equalSizes(inputs, blocks);
  const outputOrder = strideOrder(outputs, blocks);
  const classes = equalSizes(outputs, blocks);
  const structures = monarchStructures(inputs, blocks, rank, runs, outputOrder, classes);
  const first = new Float64Array(middle * inputs);
  const second = new Float64Array(outputs * middle);
  let [lost, energy] = [0, 0];
  for (let run = 0, firstInput = 0; run < blocks; firstInput += runs[run++]) {
    for (let c = 0, firstOutput = 0; c < blocks; firstOutput += classes[c++]) {
      const rows = outputOrder.subarray(firstOutput, firstOutput + classes[c]);
      const pair = Float64Array.from({ length: rows.length * runs[run] }, (_, at) => weight[rows[Math.floor(at / runs[run])] * inputs + firstInput + (at % runs[run])]);
      const { terms, left } = leadingTerms(pair, rows.length, runs[run], rank);
      terms.forEach(({ column, row }, t) => {
        const m = (run * blocks + c) * rank + t;
        row.forEach((value, i) => (first[m * inputs + firstInput + i] = value));
        column.forEach((value, o) => (second[rows[o] * middle + m] = value));
      });
      lost += left;
      energy += pair.reduce((sum, w) => sum + w * w, 0);
    }
  }
  return { first: { structure: structures.first, weight: first }, second: { structure: structures.second, weight: second }, middle, error: energy > 0 ? lost / energy : 0 };
}

function checkSizes(outputs: number, inputs: number, blocks: number, rank: number): void {
  const fewest = Math.min(outputs, inputs);
  if (!Number.isInteger(blocks) || blocks < 2 || blocks > fewest) {
    throw new ShiftloomError('usage', 'monarch', `has ${blocks} blocks; allowed for ${outputs} outputs and ${inputs} inputs: whole numbers 2..${fewest}`);
  }
  const most = Math.floor(fewest / blocks);
  if (!Number.isInteger(rank) || rank < 1 || rank > most) {
    throw new ShiftloomError('usage', 'monarch', `has rank ${rank}; a pair of a run and a class has ${most} on its shorter side. Allowed: 1..${most}`);
  }
  if (blocks * blocks * rank > MOST_CHANNELS) {
    throw new ShiftloomError('usage', 'monarch', `has ${blocks * blocks * rank} values between its factors; a layer has at most ${MOST_CHANNELS} channels`, 'Use fewer blocks or a smaller rank');
  }
  const weights = blocks * rank * (inputs + outputs);
  if (weights >= inputs * outputs) {
    throw new ShiftloomError('usage', 'monarch', `has ${weights} weights in two factors of ${blocks} blocks, rank ${rank}; the matrix has ${inputs * outputs}`, 'Use fewer blocks, a smaller rank, or the matrix itself');
  }
}

function monarchStructures(inputs: number, blocks: number, rank: number, runs: Int32Array, outputOrder: Int32Array, classes: Int32Array): { first: BlockStructure; second: BlockStructure } {
  const middle = blocks * blocks * rank;
  const natural = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
  const equal = new Int32Array(blocks).fill(blocks * rank);
  /** The middle by class, then run, then term: what transposes (run, class, term). */
  const byClass = Int32Array.from({ length: middle }, (_, at) => {
    const [c, run, t] = [Math.floor(at / (blocks * rank)), Math.floor(at / rank) % blocks, at % rank];
    return (run * blocks + c) * rank + t;
  });
  return {
    first: { inputOrder: natural(inputs), outputOrder: natural(middle), inputSizes: runs, outputSizes: equal },
    second: { inputOrder: byClass, outputOrder, inputSizes: equal, outputSizes: classes },
  };
}

interface Terms {
  /** Unit rows, and columns that carry the singular values. */
  readonly terms: readonly { readonly row: Float64Array; readonly column: Float64Array }[];
  /** Sum of squares that the terms leave. */
  readonly left: number;
}

/** The first terms of the singular value decomposition of a (rows, columns) matrix, from the eigenvectors of the smaller Gram matrix. */
function leadingTerms(matrix: Float64Array, rows: number, columns: number, rank: number): Terms {
  const wide = rows < columns;
  const [n, long] = wide ? [rows, columns] : [columns, rows];
  const at = wide ? (i: number, k: number) => matrix[i * columns + k] : (i: number, k: number) => matrix[k * columns + i];
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < long; k++) sum += at(i, k) * at(j, k);
      gram[i * n + j] = gram[j * n + i] = sum;
    }
  }
  const { vectors } = symmetricEigen(gram, n);
  let left = matrix.reduce((sum, w) => sum + w * w, 0);
  const terms = Array.from({ length: rank }, (_, t) => {
    const short = vectors.slice(t * n, (t + 1) * n);
    const other = Float64Array.from({ length: long }, (__, k) => short.reduce((sum, v, i) => sum + v * at(i, k), 0));
    const norm = Math.sqrt(other.reduce((sum, v) => sum + v * v, 0));
    left -= norm * norm;
    if (!wide) return { row: short, column: other };
    return { row: norm > 0 ? other.map((v) => v / norm) : other, column: short.map((v) => v * norm) };
  });
  return { terms, left: Math.max(0, left) };
}
