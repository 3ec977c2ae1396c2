/**
 * Cells of the unit that rebuilds weights. Sums of terms, trees, accumulators and memories are counted from their structure; recoders, loops and what loads the
 * memories are about what Yosys counts.
 */
import { unsignedWidth } from '../verilog/literal.js';
import type { FactorCodes, FactorReconstructionPlan } from './factor_reconstruction.js';
import { residualWordBits } from './residual.js';
import { accumulatorCost, logic, sum, times, treeCost, type CellCost } from './processing_element_cost.js';

/** LUTs of the loops with their addresses, and of what gathers codes to parts. */
const LOOPS_LUT = 90;
const FILL_LUT = 50;
/** LUTs that count words and chunks while a memory is loaded, besides one for each six chunks. */
const LOAD_LUT = 9;
/** LUTs that read a residual's words ahead and count the steps before them, besides the words themselves. */
const RESIDUAL_LUT = 44;
const RECODER_LUT = { pot: 20, apot: 50, uniform: 30, csd: 100, bpot: 98 } as const;
/** Widest operands of a DSP48E1, and the narrowest product that synthesis gives one. */
const DSP_A = 25;
const DSP_B = 18;
const LEAST_DSP_PRODUCT = 9;

export function reconstructionCost(unit: FactorReconstructionPlan): CellCost {
  const { lanes, sumWidth, recode } = unit;
  const sums = lanes.outputs * lanes.inputs;
  const finished = logic(0, sums * sumWidth);
  const choice = logic(lanes.inputs === 1 ? 0 : lanes.inputs === 2 ? Math.ceil(sumWidth / 2) : sumWidth * Math.ceil((lanes.inputs - 1) / 3), sumWidth);
  const recoder = logic(RECODER_LUT[recode.encoding] + 2 * sumWidth, 90 + 4 * sumWidth);
  return sum([
    times(sums, rankSumCost(unit)),
    times(lanes.ranks * lanes.outputs, coefficientCost(unit)),
    times(lanes.ranks * lanes.inputs, unit.product.kind === 'powers' ? logic(1, 0) : valueCost(unit.codes.input)),
    finished,
    times(lanes.outputs, sum([choice, recoder])),
    residualCost(unit),
    ...memoryList(unit).map((memory) => logic(memory.lut + LOAD_LUT + memory.chunks / 6, memory.ff + memory.chunks + 2 * unsignedWidth(memory.depth) + 32)),
    logic(LOOPS_LUT + FILL_LUT, 130 + 2 * unit.partWidth),
  ]);
}

/** nn_rebuild_residual: a stage of sums for each digit, codes that are none in steps without a word, words in LUT RAM and registers. */
function residualCost({ residual: r, lanes: { outputs }, sumWidth }: FactorReconstructionPlan): CellCost {
  if (!r) return logic(0, 0);
  const stages = outputs * r.digits;
  const word = residualWordBits(r, { outputs });
  const carry4 = stages * Math.ceil(sumWidth / 4);
  return logic(RESIDUAL_LUT + stages * (sumWidth + r.codeBits - 1) + 4 * Math.ceil(word / 6), 40 + stages * (sumWidth + (r.codeBits * (r.digits + 1)) / 2) + 2 * word, carry4);
}

/** Block RAMs of the factor memories. */
export function reconstructionRams(unit: FactorReconstructionPlan): number {
  return memoryList(unit).reduce((total, { bram36 }) => total + bram36, 0);
}

function memoryList({ memories: { output, input, kernel, shift, residual } }: FactorReconstructionPlan) {
  return [output, input, kernel, shift, residual].filter((memory) => memory !== undefined);
}

/** One weight: terms, tree, accumulator. */
function rankSumCost({ lanes, product: p, tree, sumWidth, codes }: FactorReconstructionPlan): CellCost {
  const terms =
    p.kind === 'powers'
      ? sum([times(lanes.ranks, termCost(p)), times(p.terms, logic(p.termWidth, p.termWidth, Math.ceil(p.termWidth / 4)))])
      : times(lanes.ranks, productCost(p.coefWidth, codes.input.valueBits, p.termWidth));
  return sum([terms, treeCost(tree), accumulatorCost({ accumulatorWidth: sumWidth })]);
}

/** nn_power_term: sum of the exponents' low parts, groups moved up, places within the group. */
function termCost({ groups, coefGroups, exponentWidth }: FactorReconstructionPlan['product']): CellCost {
  const moved = exponentWidth <= 2 ? 0 : exponentWidth === 3 ? Math.ceil(groups / 2) : groups;
  return logic(4 + groups + moved, (exponentWidth <= 2 ? coefGroups : groups) + 5 + 2 * groups + 4);
}

function coefficientCost({ product: p, codes }: FactorReconstructionPlan): CellCost {
  if (p.kind === 'powers') return logic(5 + p.coefGroups / 2, p.coefGroups + 3 + 7);
  const kernel = codes.kernel?.valueBits ?? 2;
  const values = sum([valueCost(codes.output), codes.kernel ? valueCost(codes.kernel) : logic(0, 0)]);
  return sum([productCost(codes.output.valueBits, kernel, p.coefWidth), values, logic(6, 0)]);
}

/** nn_factor_value: each bit of a value is a function of its code; two's complement is one as it is. */
function valueCost({ kind, valueBits }: FactorCodes): CellCost {
  return logic(kind === 'integer' ? 0 : valueBits, 0);
}

/** nn_factor_product: DSP48E1 where synthesis finds the product wide enough, else products with the halves of an operand and their sum. */
function productCost(a: number, b: number, width: number): CellCost {
  const [wide, narrow] = a > b ? [a, b] : [b, a];
  if (Math.min(a + b, width) < LEAST_DSP_PRODUCT || narrow < 2) return logic(a * b, a + b + 3 * width);
  return { lut: 0, ff: width, carry4: 0, dsp: Math.ceil(wide / DSP_A) * Math.ceil(narrow / DSP_B) };
}
