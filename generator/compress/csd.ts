/** Sums of up to T signed powers of two, in canonical signed digits. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function csdQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'csd' }>): Quantizer {
  // Above 2^maxShift the digits that could fill the gaps are already used up.
  return new LevelQuantizer(encoding, representableValues(encoding), 2 ** encoding.maxShift);
}
