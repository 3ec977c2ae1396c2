/** Pruning by magnitude: the smallest weights become zero before anything is quantized. (By output error: `calibrated/prune_by_output.ts`.) */
import { ShiftloomError } from '../errors.js';

/** Longest block that a layer description can declare. */
const MOST_CHANNELS = 16;

export type PruneOptions = (DensityPruning | StructuredPruning | LossPruning) & {
  /** What the weights that go have least of: magnitude (default), or output error, which needs calibration. */
  readonly by?: 'magnitude' | 'output';
};

export interface DensityPruning {
  /** Share of weights that stay, 0 < density <= 1. */
  readonly density: number;
  /** Whether the share holds for the whole layer (default) or for every output channel by itself. */
  readonly scope?: 'layer' | 'channel';
}

/** At most n of every m consecutive input channels stay at each kernel position: what lanes that select their inputs can take. */
export interface StructuredPruning {
  readonly n: number;
  readonly m: number;
}

/** As many weights go as leave the sums so many dB above the error that pruning makes on the calibration frames. By output error only. */
export interface LossPruning {
  readonly sqnrDb: number;
}

/** @throws ShiftloomError('usage') if the density is not in (0, 1], n and m are not 1 <= n < m <= 16, or the loss is no number of dB. */
export function checkPruning(options: PruneOptions): void {
  if ('density' in options && !(options.density > 0 && options.density <= 1)) {
    throw new ShiftloomError('usage', 'density', `is ${options.density}; allowed: above 0, up to 1`, '0.5 keeps half of the weights');
  }
  if ('n' in options) {
    const { n, m } = options;
    if (![n, m].every(Number.isInteger) || n < 1 || n >= m || m > MOST_CHANNELS) {
      throw new ShiftloomError('usage', 'prune', `is ${n}:${m}; allowed: n of m channels with 1 <= n < m <= ${MOST_CHANNELS}`, '2:4 keeps two of every four');
    }
  }
  if (!('sqnrDb' in options)) return;
  if (options.by !== 'output') throw new ShiftloomError('usage', 'prune', 'to a loss goes by output error only', "Set by: 'output', and calibrate");
  if (!(options.sqnrDb > 0 && options.sqnrDb <= 100)) throw new ShiftloomError('usage', 'prune', `is ${options.sqnrDb} dB; allowed: above 0, up to 100`, '30 is hardly seen in the outputs');
}

/** Shape of a layer's weights (outChannels, groupInChannels, taps), taps = kernelHeight * kernelWidth. */
export interface WeightShape {
  readonly outChannels: number;
  readonly groupInChannels: number;
  readonly taps: number;
}

/**
 * A copy of the weights, pruned by magnitude.
 * @throws ShiftloomError('usage') as `checkPruning`
 */
export function prune(weight: Float32Array | Float64Array, shape: WeightShape, options: DensityPruning | StructuredPruning): Float32Array | Float64Array {
  checkPruning(options);
  return 'density' in options ? pruneToDensity(weight, shape.outChannels, options) : pruneBlocks(weight, shape, options);
}

/** Of each block of m input channels, the n largest magnitudes stay; of equal ones, which is decided by the hash of their positions. */
function pruneBlocks(weight: Float32Array | Float64Array, { outChannels, groupInChannels, taps }: WeightShape, { n, m }: StructuredPruning): typeof weight {
  const out = weight.slice();
  for (let o = 0; o < outChannels; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let first = 0; first < groupInChannels; first += m) {
        const length = Math.min(m, groupInChannels - first);
        const positions = Array.from({ length }, (_, i) => (o * groupInChannels + first + i) * taps + tap);
        positions.sort((a, b) => Math.abs(out[b]) - Math.abs(out[a]) || positionHash(a) - positionHash(b));
        for (const position of positions.slice(n)) out[position] = 0;
      }
    }
  }
  return out;
}

/**
 * A copy of the weights with the smallest magnitudes set to zero. Of equal magnitudes at the border, which ones go is decided by a
 * hash of their position: by position alone the first channels would lose them all.
 * @param weight (outChannels, rest), row-major
 */
function pruneToDensity(weight: Float32Array | Float64Array, outChannels: number, options: DensityPruning): Float32Array | Float64Array {
  const { density, scope = 'layer' } = options;
  const out = weight.slice();
  const parts = scope === 'layer' ? 1 : outChannels;
  const length = weight.length / parts;
  for (let part = 0; part < parts; part++) {
    clearSmallest(out.subarray(part * length, (part + 1) * length), Math.round(length * (1 - density)), part * length);
  }
  return out;
}

function clearSmallest(values: Float32Array | Float64Array, count: number, firstPosition: number): void {
  if (count <= 0) return;
  const border = values.map(Math.abs).sort()[count - 1];
  const ties: number[] = [];
  let cleared = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude < border) {
      values[i] = 0;
      cleared++;
    } else if (magnitude === border) ties.push(i);
  }
  const order = ties.map((i) => ({ i, hash: positionHash(firstPosition + i) })).sort((a, b) => a.hash - b.hash || a.i - b.i);
  for (const { i } of order.slice(0, count - cleared)) values[i] = 0;
}

/** Spreads positions over 32 bits (finalizer of MurmurHash3). */
function positionHash(position: number): number {
  let h = Math.imul(position ^ (position >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
