/** Zero or one signed power of two. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function potQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'pot' }>): Quantizer {
  return new LevelQuantizer(encoding, representableValues(encoding));
}
