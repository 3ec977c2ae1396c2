/** Lanes for random block-permuted layers. */
import type { Layer } from './layer.js';
import { Random } from './random.js';
import type { RandomLanes } from './random_layer.js';

/** Draws of its own, so that a seed's other lanes stay the same. */
const BLOCK_SEED = 0xb10c;

/** Some blocks at once, a few output lanes for each, and input lanes; not always dividing what a block has. Empty for layers without blocks. */
export function randomBlockLanes({ blocks }: Layer, seed: number): Partial<RandomLanes> {
  if (!blocks) return {};
  const random = new Random(seed + BLOCK_SEED);
  const { inputSizes, outputSizes } = blocks.tensors;
  const sets = random.integer(1, Math.min(inputSizes.length, random.pick([1, 2, 4, 8])));
  const most = (sizes: Int32Array, limit: number) => random.integer(1, Math.min(limit, Math.max(...sizes)));
  return {
    pixel: 1,
    dsp: undefined,
    ic: most(inputSizes, 8),
    oc: sets * most(outputSizes, Math.ceil(8 / sets)),
    ...(sets > 1 || random.chance(0.5) ? { blocks: sets } : {}),
    weights: random.chance(0.2) ? 'streamed' : undefined,
    band: undefined,
  };
}
