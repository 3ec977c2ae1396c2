/**
 * Cells of one processing element, from the structure of its cells (templates/cells/nn_*.v) with XC7_PRIMITIVES = 1: one formula for each cell.
 * Counted as Yosys counts: LUT1..6 and LUT6_2 one each, a shift-register LUT one; inverters not counted.
 */
import type { AdderBatch, AdderTree } from './adder_tree.js';
import { codebookSlots, type CodebookSlots, type DigitSlot } from './digit_slots.js';
import type { LaneTermPlan, ProcessingElementPlan } from './processing_element.js';

export interface CellCost {
  readonly lut: number;
  readonly ff: number;
  readonly carry4: number;
  readonly dsp: number;
}

const NOTHING: CellCost = { lut: 0, ff: 0, carry4: 0, dsp: 0 };
/** Shift registers of this many cycles and more become LUTs (Yosys `xilinx_srl -fixed -minlen 3`). */
const SHORTEST_SRL = 3;

/** @param plan all of the plan but the estimate */
export function estimateProcessingElement(plan: Omit<ProcessingElementPlan, 'estimate'>): CellCost {
  const { group, icLanes, exponentGroups } = plan;
  const parts = [
    times(icLanes, selectorCost(plan)),
    ...plan.terms.map((term) => times(icLanes, sum([termCost(plan, term), logic(0, -bitsBeyond(plan, term))]))),
    times(icLanes, indexDecoderCost(plan)),
    treeCost(plan.tree),
    accumulatorCost(plan),
  ];
  if (group) parts.push(times(exponentGroups, sum([treeCost(group.tree), exponentDelayCost(plan), groupShiftCost(plan)])));
  return sum(parts);
}

/** nn_select: a LUT6 has four choices; of two choices it has two bits. */
export function selectorCost({ selection, activationBits }: Pick<Plan, 'selection' | 'activationBits'>): CellCost {
  if (!selection) return NOTHING;
  const { choices } = selection;
  return logic(choices === 2 ? Math.ceil(activationBits / 2) : activationBits * 2 ** (Math.max(2, selection.indexBits) - 2), 0);
}

/** Top bits of a term that the accumulator's modulus makes useless; their registers go away. */
function bitsBeyond({ lane, accumulatorWidth }: Plan, { low, width }: LaneTermPlan): number {
  return lane === 'dsp' ? 0 : Math.min(width, Math.max(0, low + width - accumulatorWidth));
}

export function sum(costs: readonly CellCost[]): CellCost {
  return costs.reduce(
    (a, b) => ({ lut: a.lut + b.lut, ff: a.ff + b.ff, carry4: a.carry4 + b.carry4, dsp: a.dsp + b.dsp }),
    NOTHING,
  );
}

export function times(count: number, { lut, ff, carry4, dsp }: CellCost): CellCost {
  return { lut: count * lut, ff: count * ff, carry4: count * carry4, dsp: count * dsp };
}

export const logic = (lut: number, ff: number, carry4 = 0): CellCost => ({ lut, ff, carry4, dsp: 0 });

type Plan = Omit<ProcessingElementPlan, 'estimate'>;

function termCost(plan: Plan, term: LaneTermPlan): CellCost {
  const { encoding, activationBits: act, activationSigned: signed } = plan;
  if (plan.lane === 'dsp') return { ...NOTHING, dsp: 1 };
  if (encoding.encoding === 'apot') return apotCost(act, signed);
  const { maxShift } = term.slot as DigitSlot;
  const signFf = signed ? 0 : 1;
  const delay = logic(0, term.width * term.delay);
  if (encoding.encoding === 'bpot') return shiftThreeCost(act, signed);
  if (encoding.encoding === 'uniform') return sum([logic(1, signFf), stepCost(act + maxShift)]);
  // In a codebook the zero comes out of the index decoder.
  return sum([potCost(act, signed, maxShift, encoding.encoding !== 'codebook'), delay]);
}

/** nn_lane_pot. */
function potCost(act: number, signed: boolean, maxShift: number, decodesZero: boolean): CellCost {
  if (maxShift === 2) return shiftThreeCost(act, signed);
  const signFf = signed ? 0 : 1;
  const magnitudeBits = Math.ceil(Math.log2(maxShift + 2));
  const zero = logic(decodesZero && maxShift + 1 > 2 ** (magnitudeBits - 1) ? 1 : 0, 0);
  if (maxShift < 2) return sum([zero, stepCost(act + maxShift), logic(0, signFf)]);
  if (maxShift === 3) return sum([zero, stepCost(act + 1), stepCost(act + 3), logic(0, 2 + signFf)]);
  // One or two bits choose between themselves and zero; with a zero bit in the code the reset takes over less of that.
  const unshared = act < 3 && decodesZero && zero.lut === 0 ? (signed ? 2 - act : 2) : 0;
  const start = sum([zero, selectCost(act, act + 3), logic(unshared, 0)]);
  if (maxShift < 8) return sum([start, stepCost(act + maxShift), logic(0, 2 + signFf)]);
  return sum([start, stepCost(act + 7), stepCost(act + maxShift), logic(0, 5 + signFf)]);
}

/** nn_lane_apot. */
function apotCost(act: number, signed: boolean): CellCost {
  const chain = act + 2;
  return sum([logic(1 + chain, act + 3 + 2 + (signed ? 0 : 1), Math.ceil(chain / 4)), stepCost(act + 4)]);
}

/** nn_shift_step: two bits in each LUT. */
function stepCost(outWidth: number): CellCost {
  return logic(Math.ceil(outWidth / 2), outWidth);
}

/** nn_shift_select: the three lowest and the three highest bits share LUTs. */
function selectCost(inWidth: number, outWidth: number): CellCost {
  if (outWidth < inWidth + 2) return logic(outWidth, outWidth);
  return logic(inWidth < 3 ? 2 * inWidth : inWidth, outWidth);
}

/** nn_shift_three: the two lowest and the two highest bits share LUTs. */
function shiftThreeCost(act: number, signed: boolean): CellCost {
  return logic(act >= 2 ? act : act + 2, act + 2 + (signed ? 0 : 1));
}

/** A delay line without reset. */
export function delayCost(width: number, cycles: number): CellCost {
  return cycles >= SHORTEST_SRL ? logic(width, 0) : logic(0, width * cycles);
}

export function treeCost(tree: AdderTree): CellCost {
  return sum(tree.levels.flatMap((level) => level.batches.map((batch) => times(batch.count, batchCost(batch)))));
}

/** nn_pass, nn_adder or nn_ternary_adder: places that only one operand reaches are wires. */
function batchCost({ operands, width }: AdderBatch): CellCost {
  if (operands.length === 1) return logic(0, width);
  const bits = width - operands.map((o) => o.shift).sort((a, b) => a - b)[1];
  return logic(bits, width, Math.ceil(bits / 4));
}

export function accumulatorCost({ accumulatorWidth: width, turns = 1 }: { readonly accumulatorWidth: number; readonly turns?: number }): CellCost {
  const adder = logic(width, width, Math.ceil(width / 4));
  return turns > 1 ? sum([adder, delayCost(width, turns - 2), logic(0, width)]) : adder;
}

/** nn_sum_queue: a shift register with an enable; none for a single turn. */
export function sumQueueCost(width: number, turns: number): CellCost {
  return turns > 1 ? delayCost(width, turns) : NOTHING;
}

/** The registers that one group's exponent waits in. */
function exponentDelayCost({ group, exponentBits }: Plan): CellCost {
  if (!group) return NOTHING;
  const { exponentDelay } = group.shift;
  const low = Math.min(exponentBits, 2);
  return sum([delayCost(low, exponentDelay), delayCost(exponentBits - low, exponentDelay + 1)]);
}

/** Shift by one group's exponent. */
export function groupShiftCost({ group, encoding }: Pick<Plan, 'group' | 'encoding'>): CellCost {
  if (!group || encoding.encoding !== 'bpot') return NOTHING;
  const { inWidth, width } = group.shift;
  const { maxExponent } = encoding;
  if (maxExponent === 1) return stepCost(width);
  const first = Math.min(width, inWidth + Math.min(maxExponent, 3));
  return sum([selectCost(inWidth, first), ...(maxExponent > 3 ? [stepCost(width)] : [])]);
}

/** Codebook: one LUT for each different control bit that is neither constant nor an index bit. */
function indexDecoderCost({ encoding }: Plan): CellCost {
  if (encoding.encoding !== 'codebook') return NOTHING;
  const indexBits = Math.max(1, Math.ceil(Math.log2(encoding.levels.length)));
  const tables = new Set(controlTables(codebookSlots(encoding.levels)));
  const free = Array.from({ length: indexBits }, (_, bit) => encoding.levels.map((_, i) => (i >> bit) & 1).join(''));
  const functions = [...tables].filter((table) => table.includes('0') && table.includes('1') && !free.includes(table));
  return logic(functions.length * (indexBits > 6 ? 3 : 1), 0);
}

/** Truth tables over the index of all bits that the slots' shifters read. */
function controlTables({ slots, digits }: CodebookSlots): string[] {
  return slots.flatMap(({ low, maxShift }, s) => {
    const table = (bit: (shift: number | undefined, negative: boolean) => boolean) =>
      digits.map((level) => (bit(level[s] && level[s].shift - low, level[s]?.sign === -1) ? '1' : '0')).join('');
    const magnitudeBits = Math.ceil(Math.log2(maxShift + 2));
    const magnitude = Array.from({ length: magnitudeBits }, (_, b) => table((shift) => shift === undefined || ((shift >> b) & 1) === 1));
    const zero = table((shift) => shift === undefined);
    const shift = maxShift === 0 ? [] : magnitude;
    return [...(maxShift === 2 ? [] : [zero]), table((_, negative) => negative), ...shift];
  });
}
