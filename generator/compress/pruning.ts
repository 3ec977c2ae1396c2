/** Pruning by magnitude: the smallest weights become zero before anything is quantized. */
import { ShiftloomError } from '../errors.js';

export interface PruneOptions {
  /** Share of weights that stay, 0 < density <= 1. */
  readonly density: number;
  /** Whether the share holds for the whole layer (default) or for every output channel by itself. */
  readonly scope?: 'layer' | 'channel';
}

/**
 * A copy of the weights with the smallest magnitudes set to zero. Of equal magnitudes at the border, which ones go is decided by a
 * hash of their position: by position alone the first channels would lose them all.
 * @param weight (outChannels, rest), row-major
 * @throws ShiftloomError('usage') if the density is not in (0, 1].
 */
export function prune(weight: Float32Array | Float64Array, outChannels: number, options: PruneOptions): Float32Array | Float64Array {
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
