/** Random orders and sizes of blocks: the usual random ones, and the corners. */
import type { Random } from './random.js';

/** The indices 0..n-1 in random order. */
export function shuffledIndices(random: Random, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The indices that leave the same rest of `stride` together, as the reshape and transpose of Monarch matrices give them: 0, stride, 2 stride, ..., 1, ... */
export function strideOrder(n: number, stride: number): Int32Array {
  const order = new Int32Array(n);
  let next = 0;
  for (let rest = 0; rest < stride; rest++) for (let i = rest; i < n; i += stride) order[next++] = i;
  return order;
}

/** An order of n indices: mostly random, sometimes the natural one, sometimes that of a stride, sometimes backwards. */
export function randomOrder(random: Random, n: number, blocks: number): Int32Array {
  const kind = random.fraction();
  if (kind < 0.15) return Int32Array.from({ length: n }, (_, i) => i);
  if (kind < 0.3) return strideOrder(n, blocks);
  if (kind < 0.35) return Int32Array.from({ length: n }, (_, i) => n - 1 - i);
  return shuffledIndices(random, n);
}

/** Sizes of `blocks` blocks, each at least 1, that sum to n: mostly as equal as can be, sometimes ragged, sometimes all but one of size 1. */
export function randomSizes(random: Random, n: number, blocks: number): Int32Array {
  const kind = random.fraction();
  if (kind < 0.45) return equalSizes(n, blocks);
  const sizes = new Int32Array(blocks).fill(1);
  if (kind < 0.55) sizes[random.integer(0, blocks - 1)] += n - blocks;
  else for (let left = n - blocks; left > 0; left--) sizes[random.integer(0, blocks - 1)]++;
  return sizes;
}

/** Sizes that differ by at most one, the larger ones first. */
export function equalSizes(n: number, blocks: number): Int32Array {
  return Int32Array.from({ length: blocks }, (_, b) => Math.floor(n / blocks) + (b < n % blocks ? 1 : 0));
}
