/** Two's complement weights of B bits. */
import type { ScalarEncoding } from '../layer/schema.js';
import { LevelQuantizer } from './level_quantizer.js';
import { compressionLevels } from './levels.js';
import type { Quantizer } from './quantizer.js';

export function uniformQuantizer(encoding: Extract<ScalarEncoding, { encoding: 'uniform' }>): Quantizer {
  return new LevelQuantizer(encoding, compressionLevels(encoding));
}
