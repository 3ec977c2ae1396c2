/** The nearest of the user's own integer levels. The levels are given, not found: finding them is a method of its own. */
import { representableValues } from '../layer/representable.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import type { Quantizer } from './quantizer.js';

export function codebookQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'codebook' }>): Quantizer {
  return new LevelQuantizer(encoding, representableValues(encoding));
}
