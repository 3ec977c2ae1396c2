/** Whether the lanes of a random check hold their weights for several pixel tiles. */
import type { Layer } from './layer.js';
import { Random } from './random.js';

/** In two cases of five, and never for a block-permuted layer: some pixel tiles of a row, now and then more than a row has. */
export function randomHold({ blocks, geometry }: Layer, seed: number): { readonly hold?: number } {
  const random = new Random(seed + 0x401d);
  if (blocks || !random.chance(0.4)) return {};
  return { hold: random.integer(2, random.chance(0.2) ? 9 : Math.max(2, Math.min(5, geometry.outWidth))) };
}
