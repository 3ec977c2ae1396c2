/**
 * Weights from factors, docs/number_formats.md, sections "Reconstruction" and "Recoding". Sums are integers below 2^47, which a double holds
 * exactly, and so is their division by a power of two.
 */
import { ShiftloomError } from '../errors.js';
import type { FactorTensors, Geometry } from '../layer/layer.js';
import type { CpEncoding } from '../layer/schema.js';
import { recodeGroup } from './recoding.js';

/** Sums must be below this size; the number of bits with the sign is 48. */
export const SUM_LIMIT = 2 ** 47;

/** What the sums of a layer are made of, kernel positions counted row-major. */
type Sizes = Pick<Geometry, 'outChannels' | 'groupInChannels' | 'kernelHeight' | 'kernelWidth'>;

export interface RebuiltWeights {
  /** (outChannels, groupInChannels, kernelHeight, kernelWidth). */
  readonly weight: Int32Array;
  /** Recoded to `bpot` only: (outChannels, ceil(groupInChannels / groupSize), kernelHeight, kernelWidth). */
  readonly exponent?: Int32Array;
}

/**
 * The integer weights that a layer's factors stand for.
 * @throws ShiftloomError('input') if a sum may reach 2^47.
 */
export function rebuildWeights(encoding: CpEncoding, factors: FactorTensors, g: Sizes, place: string): RebuiltWeights {
  return recodeSums(encoding.recode, factorSums(encoding, factors, g, place), factors.recodeShift, g);
}

/**
 * The exact sums S, residual included: (outChannels, groupInChannels, kernelHeight, kernelWidth).
 * @throws ShiftloomError('input') if a sum may reach 2^47.
 */
export function factorSums(encoding: CpEncoding, factors: FactorTensors, g: Sizes, place: string): Float64Array {
  const taps = g.kernelHeight * g.kernelWidth;
  const { rank, blocks } = encoding;
  const I = g.groupInChannels;
  const perBlock = g.outChannels / blocks;
  const kernel = kernelFactor(encoding, factors, g);
  checkBound(encoding, factors, kernel, I, perBlock, taps, place);
  const sums = new Float64Array(g.outChannels * I * taps);
  const row = new Float64Array(I);
  for (let o = 0; o < g.outChannels; o++) {
    const block = Math.floor(o / perBlock);
    for (let tap = 0; tap < taps; tap++) {
      row.fill(0);
      for (let r = 0; r < rank; r++) {
        const term = block * rank + r;
        const scale = factors.output[term * perBlock + (o - block * perBlock)] * kernel[term * taps + tap];
        if (scale === 0) continue;
        for (let i = 0, b = term * I; i < I; i++, b++) row[i] += scale * factors.input[b];
      }
      for (let i = 0; i < I; i++) sums[(o * I + i) * taps + tap] = row[i];
    }
  }
  const { residual = new Int32Array() } = factors;
  for (let n = 0; n < residual.length; n += 3) sums[residual[n]] += residual[n + 1] * 2 ** residual[n + 2];
  return sums;
}

/** The factors of the kernel as one: (blocks, rank, kernel positions). */
function kernelFactor({ form, rank, blocks }: CpEncoding, factors: FactorTensors, g: Sizes): Float64Array {
  const { kernelHeight, kernelWidth } = g;
  if (form === 'matrix') return new Float64Array(blocks * rank).fill(1);
  if (form === 'spatial') return Float64Array.from(factors.kernel!);
  const product = new Float64Array(blocks * rank * kernelHeight * kernelWidth);
  for (let p = 0; p < product.length; p++) {
    const term = Math.floor(p / (kernelHeight * kernelWidth));
    const y = Math.floor(p / kernelWidth) % kernelHeight;
    product[p] = factors.kernelRow![term * kernelHeight + y] * factors.kernelColumn![term * kernelWidth + (p % kernelWidth)];
  }
  return product;
}

/** Largest sum of a block by the largest value of each factor at each rank. */
function checkBound({ rank, blocks }: CpEncoding, factors: FactorTensors, kernel: Float64Array, I: number, perBlock: number, taps: number, place: string): void {
  const { residual = new Int32Array() } = factors;
  let extra = 0;
  for (let n = 0; n < residual.length; n += 3) extra = Math.max(extra, 2 ** residual[n + 2]);
  for (let block = 0; block < blocks; block++) {
    let bound = residual.length / 3 > 0 ? extra * repeats(residual) : 0;
    for (let term = block * rank; term < (block + 1) * rank; term++) {
      bound += largest(factors.output, term, perBlock) * largest(factors.input, term, I) * largest(kernel, term, taps);
    }
    if (bound >= SUM_LIMIT) {
      throw new ShiftloomError('input', place, `sums of block ${block} may reach 2^${Math.log2(bound).toFixed(1)}; below 2^47 is allowed`, 'Use smaller factors: lower maxShift, fewer bits');
    }
  }
}

/** Most residual entries of one weight. */
function repeats(residual: Int32Array): number {
  let most = 1;
  for (let n = 3, run = 1; n < residual.length; n += 3) {
    run = residual[n] === residual[n - 3] ? run + 1 : 1;
    most = Math.max(most, run);
  }
  return most;
}

function largest(values: Int32Array | Float64Array, term: number, size: number): number {
  let most = 0;
  for (let i = term * size; i < (term + 1) * size; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/**
 * Sums to weights of the lanes' encoding.
 * @param sums (outChannels, groupInChannels, kernelHeight, kernelWidth), each below 2^52 in size
 * @param recodeShift (outChannels): u of docs/number_formats.md
 */
export function recodeSums(recode: CpEncoding['recode'], sums: Float64Array, recodeShift: Int32Array, g: Sizes): RebuiltWeights {
  const taps = g.kernelHeight * g.kernelWidth;
  const I = g.groupInChannels;
  const size = recode.encoding === 'bpot' ? recode.groupSize : I;
  const groups = Math.ceil(I / size);
  const weight = new Int32Array(sums.length);
  const exponent = new Int32Array(recode.encoding === 'bpot' ? g.outChannels * groups * taps : 0);
  for (let o = 0; o < g.outChannels; o++) {
    for (let group = 0; group < groups; group++) {
      const first = group * size;
      const count = Math.min(size, I - first);
      const members = new Float64Array(count);
      for (let tap = 0; tap < taps; tap++) {
        for (let i = 0; i < count; i++) members[i] = sums[(o * I + first + i) * taps + tap];
        const recoded = recodeGroup(recode, members, recodeShift[o]);
        for (let i = 0; i < count; i++) weight[(o * I + first + i) * taps + tap] = recoded.weights[i];
        if (exponent.length > 0) exponent[(o * groups + group) * taps + tap] = recoded.exponent;
      }
    }
  }
  return { weight, ...(exponent.length > 0 ? { exponent } : {}) };
}
