/** Cells of a processing element pair, and of the unit that prepares the operands of all pairs, counted as in `processing_element_cost.ts`. */
import type { CellCost } from './processing_element_cost.js';
import { accumulatorCost, delayCost, groupShiftCost, logic, selectorCost, sum, times, treeCost } from './processing_element_cost.js';
import { decodedWeights, skewOf, type ProcessingElementPairPlan } from './processing_element_pair.js';

/** @param plan all of the plan but the estimate */
export function estimateProcessingElementPair(plan: Omit<ProcessingElementPairPlan, 'estimate'>): CellCost {
  const { group, exponentGroups, icLanes } = plan;
  // A register behind the selectors, and one for the weight beside it.
  const operands = plan.selection ? logic(0, icLanes * (2 * plan.activationBits + plan.weightBits)) : logic(0, 0);
  const selectors = sum([times(2 * icLanes, selectorCost(plan)), operands]);
  const channel = [treeCost(plan.tree), accumulatorCost(plan)];
  if (group) {
    channel.push(times(exponentGroups, sum([treeCost(group.tree), groupShiftCost(plan)])));
  }
  // The exponent's register; its third bit waits on while the low ones shift. Two pixels of a channel share them.
  const four = Math.max(0, plan.exponentBits - 2);
  const exponents = logic(0, (plan.selection ? 1 : 2) * exponentGroups * (plan.exponentBits + four));
  return sum([selectors, times(2, sum(channel)), exponents, { ...logic(0, 0), dsp: icLanes }]);
}

/**
 * Delays of activations, codes and exponents, and the decoders of the weights.
 * @param channels output-channel lanes that run on pairs
 */
export function estimatePairOperands(plan: ProcessingElementPairPlan, channels: number, pixelLanes: number): CellCost {
  const { icLanes, channels: inputs, activationBits, exponentBits, exponentGroups, exponentDelay } = plan;
  const selectBits = plan.selection?.indexBits ?? 0;
  const skew = (width: number) => sum(Array.from({ length: icLanes }, (_, lane) => delayCost(width, skewOf(plan, lane))));
  const { luts, bits } = decoderOf(plan);
  return sum([
    times((pixelLanes * inputs) / icLanes, skew(activationBits)),
    times(channels, sum([skew(bits), skew(selectBits), logic(icLanes * luts, 0), delayCost(exponentBits * exponentGroups, exponentDelay)])),
  ]);
}

/**
 * Of one weight: the LUTs for bits that are neither constant, nor a bit of the code, nor the same as another (one each for codes of up to 6
 * bits), and the bits that are delayed.
 */
function decoderOf({ encoding, codeBits, weightBits }: ProcessingElementPairPlan): { readonly luts: number; readonly bits: number } {
  const weights = decodedWeights(encoding);
  if (weights === undefined) return { luts: 0, bits: codeBits };
  const column = (bit: number, values: readonly number[]) => values.map((value) => (value >> bit) & 1).join('');
  const free = new Set(Array.from({ length: codeBits }, (_, bit) => column(bit, weights.map((_, code) => code))));
  const columns = new Set(Array.from({ length: weightBits }, (_, bit) => column(bit, weights)));
  const varying = [...columns].filter((table) => table.includes('0') && table.includes('1'));
  return { luts: varying.filter((table) => !free.has(table)).length * (codeBits > 6 ? 3 : 1), bits: varying.length };
}
