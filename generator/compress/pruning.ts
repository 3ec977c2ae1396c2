/** Pruning by magnitude: the smallest weights become zero before anything is quantized. */
import { ShiftloomError } from '../errors.js';

/** Longest block that a layer description can declare. */
const MOST_CHANNELS = 16;

export type PruneOptions = DensityPruning | StructuredPruning;

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

/** Shape of a layer's weights (outChannels, groupInChannels, taps), taps = kernelHeight * kernelWidth. */
export interface WeightShape {
  readonly outChannels: number;
  readonly groupInChannels: number;
  readonly taps: number;
}

/**
 * A copy of the weights, pruned by magnitude.
 * @throws ShiftloomError('usage') if the density is not in (0, 1], or n and m are not 1 <= n < m <= 16.
 */
export function prune(weight: Float32Array | Float64Array, shape: WeightShape, options: PruneOptions): Float32Array | Float64Array {
  return 'density' in options ? pruneToDensity(weight, shape.outChannels, options) : pruneBlocks(weight, shape, options);
}

/** Of each block of m input channels, the n largest magnitudes stay; of equal ones, which is decided by the hash of their positions. */
function pruneBlocks(weight: Float32Array | Float64Array, { outChannels, groupInChannels, taps }: WeightShape, { n, m }: StructuredPruning): typeof weight {
  if (![n, m].every(Number.isInteger) || n < 1 || n >= m || m > MOST_CHANNELS) {
    throw new ShiftloomError('usage', 'prune', `is ${n}:${m}; allowed: n of m channels with 1 <= n < m <= ${MOST_CHANNELS}`, '2:4 keeps two of every four');
  }
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
  if (!(density > 0 && density <= 1)) {
    throw new ShiftloomError('usage', 'density', `is ${density}; allowed: above 0, up to 1`, '0.5 keeps half of the weights');
  }
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
