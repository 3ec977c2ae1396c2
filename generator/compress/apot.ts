/** Additive powers of two: +-{0, 1, 2, 3, 4, 6, 8, 10}, two terms in four bits. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function apotQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'apot' }>): Quantizer {
  return new LevelQuantizer(encoding, representableValues(encoding));
}
