/** The input ring of a given number of rows. */
import { unsignedWidth } from '../verilog/literal.js';
import { blockDepth, prefersBlock } from './memory.js';
import type { RingPlan } from './plan.js';

export function ringOf(form: Pick<RingPlan, 'channels' | 'pixelWords' | 'groupWords' | 'rowWords' | 'columns' | 'lastColumns' | 'columnBits'>, rows: number): RingPlan {
  const words = rows * form.rowWords;
  const block = prefersBlock(words, form.columnBits);
  return { ...form, rows, words, depth: block ? blockDepth(words) : words, addressWidth: unsignedWidth(words - 1), channelWidth: unsignedWidth(form.pixelWords - 1), block };
}
