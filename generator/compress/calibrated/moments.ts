/**
 * Second moments of a layer's inputs: the covariance of the weights' inputs over recorded patches. With weight errors e of an output channel and its
 * bias free, the mean squared error of its outputs is e' C e.
 */

/** Recorded patches, in shared memory so that worker threads read them too. */
export interface PatchTable {
  /** Patches that are there. */
  readonly count: number;
  /** (positions, groups, perGroup) */
  readonly data: Float32Array;
  /** groups * perGroup. */
  readonly length: number;
}

/** Inputs of patches without their zeros, of which activations have many. In shared memory. */
export interface InputLists {
  readonly count: number;
  /** (groups * count + 1): where the list of each group and patch begins. */
  readonly starts: Float64Array;
  /** Inputs that are not zero, ascending, and their values. */
  readonly inputs: Uint16Array;
  readonly values: Float32Array;
}

/** Rows of the matrix that are summed at a time: they stay in the cache. */
export const STRIPE_ROWS = 32;

/** Mean of each input, (length). */
export function inputMeans({ count, data, length }: PatchTable): Float64Array {
  const mean = new Float64Array(length);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < length; i++) mean[i] += data[p * length + i];
  }
  return mean.map((sum) => sum / count);
}

/** The patches of every group as lists. @param perGroup at most 65,536 */
export function inputLists({ count, data, length }: PatchTable, perGroup: number): InputLists {
  const groups = length / perGroup;
  let total = 0;
  for (let i = 0; i < count * length; i++) if (data[i] !== 0) total++;
  const starts = new Float64Array(new SharedArrayBuffer(8 * (groups * count + 1)));
  const inputs = new Uint16Array(new SharedArrayBuffer(2 * total));
  const values = new Float32Array(new SharedArrayBuffer(4 * total));
  let at = 0;
  for (let group = 0; group < groups; group++) {
    for (let p = 0; p < count; p++) {
      const first = p * length + group * perGroup;
      for (let i = 0; i < perGroup; i++) {
        if (data[first + i] === 0) continue;
        inputs[at] = i;
        values[at++] = data[first + i];
      }
      starts[group * count + p + 1] = at;
    }
  }
  return { count, starts, inputs, values };
}

/** Stripes of rows that `covarianceRows` computes one at a time. */
export function momentStripes(perGroup: number): number {
  return Math.ceil(perGroup / STRIPE_ROWS);
}

/**
 * Computes a stripe of rows of a group's covariance up to the diagonal, and the columns that mirror them.
 * @param mean of the group's inputs
 * @param into (perGroup, perGroup)
 */
export function covarianceRows(lists: InputLists, mean: Float64Array, group: number, stripe: number, into: Float32Array): void {
  const perGroup = mean.length;
  const first = stripe * STRIPE_ROWS;
  const end = Math.min(perGroup, first + STRIPE_ROWS);
  const sums = new Float64Array(STRIPE_ROWS * end);
  for (let p = 0; p < lists.count; p++) addProducts(lists, group * lists.count + p, first, end, sums);
  for (let i = first; i < end; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sums[(i - first) * end + j] / lists.count - mean[i] * mean[j];
      into[i * perGroup + j] = value;
      into[j * perGroup + i] = value;
    }
  }
}

/** sums[i - first][j] += x_i x_j for the inputs i of the stripe and j <= i of one patch. */
function addProducts({ starts, inputs, values }: InputLists, list: number, first: number, end: number, sums: Float64Array): void {
  const begin = starts[list];
  const stop = starts[list + 1];
  let low = begin;
  for (let high = stop; low < high; ) {
    const middle = (low + high) >>> 1;
    if (inputs[middle] < first) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < stop && inputs[at] < end; at++) {
    const x = values[at];
    const row = (inputs[at] - first) * end;
    for (let k = begin; k <= at; k++) sums[row + inputs[k]] += x * values[k];
  }
}
