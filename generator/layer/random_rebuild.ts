/** Lanes that rebuild weights, for random layers that are stored as factors. */
import type { Layer } from './layer.js';
import { Random } from './random.js';
import type { RandomLanes } from './random_layer.js';

export interface RandomRebuild {
  readonly weights?: 'rebuilt';
  readonly rebuild?: { readonly ranks: number; readonly outputs: number; readonly inputs: number };
}

/** Draws of its own, so that a seed's other lanes stay the same. */
const REBUILD_SEED = 0xfac7;

/** In three of four layers of factors: rebuilt weights, half of them on lanes that are drawn. */
export function randomRebuild({ factors, geometry }: Layer, { oc, ic }: RandomLanes, seed: number): RandomRebuild {
  const random = new Random(seed + REBUILD_SEED);
  if (!factors || random.chance(0.25)) return {};
  if (random.chance(0.5)) return { weights: 'rebuilt' };
  const perBlock = geometry.outChannels / factors.weights.blocks;
  const divisors = (...numbers: number[]) => Array.from({ length: numbers[0] }, (_, i) => i + 1).filter((d) => numbers.every((n) => n % d === 0));
  return {
    weights: 'rebuilt',
    rebuild: { ranks: random.integer(1, Math.min(8, factors.weights.rank)), outputs: random.pick(divisors(oc, perBlock)), inputs: random.pick(divisors(ic)) },
  };
}
