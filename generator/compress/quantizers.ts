/** The quantizer of each encoding. */
import type { ScalarEncoding } from '../layer/schema.js';
import { apotQuantizer } from './apot.js';
import { bpotQuantizer } from './bpot.js';
import { codebookQuantizer } from './codebook.js';
import { csdQuantizer } from './csd.js';
import { potQuantizer } from './pot.js';
import type { Quantizer } from './quantizer.js';
import { uniformQuantizer } from './uniform.js';

/** @param groupInChannels input channels of one convolution group: length of the runs that `bpot` groups divide */
export function quantizerFor(encoding: ScalarEncoding, groupInChannels: number): Quantizer {
  switch (encoding.encoding) {
    case 'uniform':
      return uniformQuantizer(encoding);
    case 'pot':
      return potQuantizer(encoding);
    case 'apot':
      return apotQuantizer(encoding);
    case 'bpot':
      return bpotQuantizer(encoding, groupInChannels);
    case 'csd':
      return csdQuantizer(encoding);
    case 'codebook':
      return codebookQuantizer(encoding);
  }
}
