/** View of the weight halves: two channel tiles' weight words, one read while the other is written. */
import type { LayerPlan } from '../plan/plan.js';
import { header } from './header.js';

export function weightHalvesView(plan: LayerPlan, layerHash: string): object {
  const { width, chunkWidth, chunks, addressWidth, segments } = plan.weightMemory;
  const [{ depth, block }] = segments;
  return Object.freeze({
    ...header(plan, layerHash, 'weight_halves', 'weight words of two channel tiles, one read while the other is written.', [
      `two halves of ${plan.sequencer.steps} words of ${width} bits, written in ${chunks} part(s) of ${chunkWidth} bits`,
      'Latency: 2 cycles from address_i to word_o, one word per cycle.',
    ]),
    addressMsb: String(addressWidth - 1),
    wordMsb: String(width - 1),
    partMsb: String(chunks - 1),
    arrays: Array.from({ length: chunks }, (_, part) => {
      const low = part * chunkWidth;
      const high = Math.min(width, low + chunkWidth) - 1;
      return {
        part: String(part),
        width: String(high - low + 1),
        depth: String(depth),
        addressWidth: String(addressWidth),
        block: block ? '1' : '0',
        high: String(high),
        low: String(low),
      };
    }),
  });
}
