/** Two's complement weights of B bits: -2^(B-1) .. 2^(B-1)-1. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function uniformQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'uniform' }>): Quantizer {
  return new LevelQuantizer(encoding, representableValues(encoding));
}
