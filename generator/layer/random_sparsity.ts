/** N:M structure for random layers: some of them lose weights and declare it. */
import type { Geometry } from './layer.js';
import type { Random } from './random.js';
import type { LayerDescription, ScalarEncoding } from './schema.js';

type Sparsity = NonNullable<LayerDescription['sparsity']>;

/** The usual ones, twice over, and corners: one of two, nearly all, a block wider than most layers. */
const STRUCTURES: readonly Sparsity[] = [
  { n: 2, m: 4 }, { n: 1, m: 4 }, { n: 2, m: 4 }, { n: 1, m: 4 },
  { n: 1, m: 2 }, { n: 4, m: 8 }, { n: 1, m: 3 }, { n: 3, m: 4 }, { n: 2, m: 5 }, { n: 3, m: 16 }, { n: 1, m: 16 },
];

/**
 * In one layer of six, chooses a structure and clears weights of every block of m until n are left, in some blocks fewer.
 * @param weight (outChannels, groupInChannels, kernelHeight, kernelWidth), changed in place
 * @returns undefined if the layer has no structure, or its encoding no zero
 */
export function randomSparsity(random: Random, g: Geometry, weight: Int32Array, encoding: ScalarEncoding): Sparsity | undefined {
  if (!random.chance(1 / 6) || (encoding.encoding === 'codebook' && !encoding.levels.includes(0))) return undefined;
  const sparsity = random.pick(STRUCTURES);
  const taps = g.kernelHeight * g.kernelWidth;
  const emptyBlocks = random.pick([0, 0, 0.1, 0.6]);
  for (let o = 0; o < g.outChannels; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let first = 0; first < g.groupInChannels; first += sparsity.m) {
        const count = Math.min(sparsity.m, g.groupInChannels - first);
        const kept = random.chance(emptyBlocks) ? 0 : Math.min(sparsity.n, count);
        for (const channel of shuffled(random, count).slice(kept)) weight[(o * g.groupInChannels + first + channel) * taps + tap] = 0;
      }
    }
  }
  return sparsity;
}

function shuffled(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
