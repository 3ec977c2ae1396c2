/**
 * Two's complement weights of B bits. From 8 bits on without -2^(B-1): one level in 256 or fewer is not missed, and two weights of +-127 fit a
 * DSP48E1 with twice the products in a chain (docs/units/processing_element_pair.md).
 */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function uniformQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'uniform' }>): Quantizer {
  const levels = representableValues(encoding);
  return new LevelQuantizer(encoding, encoding.bits < 8 ? levels : levels.subarray(1));
}
