/** View of the operands of all processing element pairs: delays lane by lane, weights decoded once for all pixels. */
import type { LayerPlan } from '../plan/plan.js';
import { decodedWeights, type ProcessingElementPairPlan } from '../plan/processing_element_pair.js';
import { header } from './header.js';

const PURPOSE = 'operands of the processing element pairs: lane by lane as the chains take them, weights decoded.';

export function pairOperandsView(plan: LayerPlan, pair: ProcessingElementPairPlan, layerHash: string): object {
  const { lanes, array } = plan;
  const blocks = lanes.ic / pair.blockLanes;
  const selectBits = pair.selection?.indexBits ?? 0;
  const exponents = array.pairLanes * pair.exponentGroups * pair.exponentBits;
  return Object.freeze({
    ...header(plan, layerHash, 'pair_operands', PURPOSE, [
      `${array.pairLanes} output channels, ${lanes.pixel} pixel(s), IC_LANES ${lanes.ic}; chains of ${pair.chain} in groups of ${pair.groupLanes} lane(s)`,
      `CODE_BITS ${pair.codeBits} to ${pair.weightBits} bits of two's complement`,
      `Latency: 1 to ${pair.chain} cycles by lane${exponents > 0 ? `, exponents ${pair.exponentDelay}` : ''}; no stall, no reset.`,
    ]),
    actMsb: lanes.pixel * pair.channels * pair.activationBits - 1,
    actLanes: lanes.pixel * blocks,
    actWidth: (pair.channels / blocks) * pair.activationBits,
    hasExponents: exponents > 0,
    exponentWidth: exponents,
    exponentMsb: exponents - 1,
    exponentDelay: pair.exponentDelay,
    codeMsb: array.pairLanes * lanes.ic * pair.codeBits - 1,
    codeWidth: pair.codeBits,
    codeLanes: array.pairLanes * blocks,
    weightBlockWidth: pair.blockLanes * pair.weightBits,
    hasSelection: selectBits > 0,
    selectMsb: array.pairLanes * lanes.ic * selectBits - 1,
    selectWidth: pair.blockLanes * selectBits,
    codeLaneMsb: pair.codeBits - 1,
    weightLanes: array.pairLanes * lanes.ic,
    weightWidth: pair.weightBits,
    weightMsb: array.pairLanes * lanes.ic * pair.weightBits - 1,
    group: pair.groupLanes / pair.blockLanes,
    chain: pair.chain,
    ...decoderFields(pair),
  });
}

/** One table over the code for each weight bit. */
function decoderFields(pair: ProcessingElementPairPlan): object {
  const weights = decodedWeights(pair.encoding);
  if (weights === undefined) return { hasDecoder: false, weightSource: 'code_i' };
  const names = Array.from({ length: pair.weightBits }, (_, bit) => `WEIGHT_BIT_${bit}`);
  return {
    hasDecoder: true,
    weightSource: 'weight',
    tables: names.map((name, bit) => ({
      name,
      msb: weights.length - 1,
      value: `${weights.length}'b${weights.map((value) => (value >> bit) & 1).reverse().join('')}`,
    })),
    weightBits: names.map((name) => `${name}[lane_code]`).reverse().join(', '),
  };
}
