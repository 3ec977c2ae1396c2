/** The inner loop of calibration: scalar products of four vectors with two, eight sums in registers for six loads. */

/** Elements of `values` from `at` on. */
export interface Vector {
  readonly values: Float64Array;
  readonly at: number;
}

/**
 * sums[2 r + c] = the first `length` elements of row r times those of column c.
 * @param rows four; @param columns both in one array, from `first` and `second` on
 * @param sums (8), written
 */
export function dotBlock(rows: readonly Vector[], columns: Float32Array | Float64Array, first: number, second: number, length: number, sums: Float64Array): void {
  const [{ values: v0, at: a0 }, { values: v1, at: a1 }, { values: v2, at: a2 }, { values: v3, at: a3 }] = rows;
  let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
  for (let k = 0; k < length; k++) {
    const x = columns[first + k];
    const y = columns[second + k];
    const r0 = v0[a0 + k], r1 = v1[a1 + k], r2 = v2[a2 + k], r3 = v3[a3 + k];
    s00 += r0 * x;
    s01 += r0 * y;
    s10 += r1 * x;
    s11 += r1 * y;
    s20 += r2 * x;
    s21 += r2 * y;
    s30 += r3 * x;
    s31 += r3 * y;
  }
  sums[0] = s00;
  sums[1] = s01;
  sums[2] = s10;
  sums[3] = s11;
  sums[4] = s20;
  sums[5] = s21;
  sums[6] = s30;
  sums[7] = s31;
}
