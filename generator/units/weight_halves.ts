/** View of the weight halves: two channel tiles' weight words, one read while the other is written. */
import { WEIGHT_BEAT_BITS } from '../plan/memory.js';
import type { LayerPlan } from '../plan/plan.js';
import { header } from './header.js';

export function weightHalvesView(plan: LayerPlan, layerHash: string): object {
  const { width, chunkWidth, chunks, addressWidth, segments } = plan.weightMemory;
  const [{ depth, block }] = segments;
  const dataWidth = plan.reconstruction ? chunkWidth : WEIGHT_BEAT_BITS;
  return Object.freeze({
    ...header(plan, layerHash, 'weight_halves', 'weight words of two channel tiles, one read while the other is written.', [
      `two halves of ${plan.sequencer.words} words of ${width} bits, written in ${chunks} part(s) of ${chunkWidth} bits`,
      'Latency: 2 cycles from address_i to word_o, one word per cycle.',
    ]),
    addressMsb: String(addressWidth - 1),
    wordMsb: String(width - 1),
    partMsb: String(chunks - 1),
    dataMsb: String(dataWidth - 1),
    hasRead: plan.sequencer.turns > 1,
    hasUnusedData: chunkWidth < dataWidth,
    unusedLow: String(chunkWidth),
    arrays: Array.from({ length: chunks }, (_, part) => {
      const partWidth = Math.min(width, (part + 1) * chunkWidth) - part * chunkWidth;
      return {
        part: String(part),
        width: String(partWidth),
        writeMsb: String(partWidth - 1),
        depth: String(depth),
        addressWidth: String(addressWidth),
        block: block ? '1' : '0',
        readEnable: plan.sequencer.turns > 1 ? 'read_i' : "1'b1",
        place: placeOf(plan, part, partWidth),
      };
    }),
  });
}

/** Bits of the word that a part holds: of the stream the next ones; rebuilt are the codes of some output channels, and their exponents. */
function placeOf({ weightMemory, reconstruction, processingElement: pe, lanes }: LayerPlan, part: number, partWidth: number): string {
  const bits = (low: number, width: number) => `read_word[${low + width - 1}:${low}]`;
  const exponents = (reconstruction?.lanes.outputs ?? 0) * pe.exponentGroups * pe.exponentBits;
  if (exponents === 0) return bits(part * weightMemory.chunkWidth, partWidth);
  const codes = partWidth - exponents;
  return `{${bits(lanes.oc * lanes.ic * pe.codeBits + part * exponents, exponents)}, ${bits(part * codes, codes)}}`;
}
