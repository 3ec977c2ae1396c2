/** View of the lanes of a processing element: which cell, which bits of the code, where the term goes. */
import { codebookSlots } from '../plan/digit_slots.js';
import { potBits } from '../plan/codes.js';
import type { LaneTermPlan, ProcessingElementPlan } from '../plan/processing_element.js';

interface Table {
  readonly name: string;
  readonly msb: number;
  readonly value: string;
}

/** Fields of `templates/partials/lanes.hbs`. */
export function lanesView(plan: ProcessingElementPlan): object {
  const { activationBits, codeBits, groupLanes, terms } = plan;
  const width = terms.reduce((sum, term) => sum + groupLanes * term.width, 0);
  const first = plan.group ? `(${groupLanes}*group + lane)` : 'lane';
  const times = (bits: number) => (bits === 1 ? first : `${bits}*${first}`);
  return {
    lanes: groupLanes,
    msb: width - 1,
    actMsb: activationBits - 1,
    codeMsb: codeBits - 1,
    ...inputView(plan, first, times),
    codeSlice: `${times(codeBits)} +: ${codeBits}`,
    ...codebookTables(plan),
    terms: terms.map((term) => termView(plan, term)),
    hasUnused: terms.some((term) => term.low + term.width > plan.accumulatorWidth),
  };
}

/** Where a lane's activation comes from: its own place, or one of a few neighbours. */
function inputView({ selection, activationBits }: ProcessingElementPlan, lane: string, times: (bits: number) => string): object {
  if (!selection) return { hasSelection: false, actSlice: `${times(activationBits)} +: ${activationBits}` };
  const { n, m, choices, indexBits } = selection;
  const place = n === 1 ? `${activationBits * m}*${lane}` : `${activationBits}*(${m}*(${lane}/${n}) + ${lane}%${n})`;
  return {
    hasSelection: true,
    actWidth: activationBits,
    choices,
    indexBits,
    choiceSlice: `${place} +: ${choices * activationBits}`,
    indexSlice: `${times(indexBits)} +: ${indexBits}`,
  };
}

function termView(plan: ProcessingElementPlan, term: LaneTermPlan): object {
  const { activationBits, activationSigned } = plan;
  const stride = term.width === 1 ? 'lane' : `${term.width}*lane`;
  const place = `terms[${stride}${term.offset > 0 ? ` + ${term.offset}` : ''} +: ${term.width}]`;
  return {
    index: term.index,
    ...laneCell(plan, term),
    actWidth: activationBits,
    actSigned: activationSigned ? 1 : 0,
    width: term.width,
    msb: term.width - 1,
    hasDelay: term.delay > 0,
    delay: term.delay,
    place,
    result: term.delay > 0 ? `early_${term.index}` : place,
  };
}

/** Cell, its own parameters (each with the comma after it), and the connection of its code port. */
function laneCell({ encoding, lane, codeBits }: ProcessingElementPlan, { index, slot }: LaneTermPlan): object {
  const maxShift = slot?.maxShift ?? 0;
  const pot = { cell: 'nn_lane_pot', parameters: `.MAX_SHIFT(${maxShift}), .CODE_WIDTH(${potBits(maxShift)}), ` };
  switch (encoding.encoding) {
    case 'uniform':
      return lane === 'dsp'
        ? { cell: 'nn_lane_uniform_dsp', parameters: `.WEIGHT_WIDTH(${codeBits}), `, codePort: '.code_i(code)' }
        : { cell: 'nn_lane_uniform_lut', parameters: `.MAX_SHIFT(${maxShift}), `, codePort: `.bits_i(bits[${2 * index} +: 3])` };
    case 'apot':
    case 'bpot':
      return { cell: `nn_lane_${encoding.encoding}`, parameters: '', codePort: '.code_i(code)' };
    case 'csd': {
      const bits = potBits(maxShift);
      return { ...pot, codePort: `.code_i(code[${index * bits} +: ${bits}])` };
    }
    case 'codebook':
      return { ...pot, codePort: `.code_i(digit_${index})` };
    case 'pot':
      return { ...pot, codePort: '.code_i(code)' };
  }
}

/**
 * What a lane derives from its code before the cells: radix-4 bit triples of `uniform`; the digits of a codebook's level, each code bit
 * a table over the index. Indices beyond the levels give zero.
 */
function codebookTables({ encoding, lane, codeBits }: ProcessingElementPlan): { tables: Table[]; wires: Table[] } {
  if (encoding.encoding === 'uniform' && lane === 'lut') {
    const isOdd = codeBits % 2 === 1;
    const value = isOdd ? `{code[${codeBits - 1}], code, 1'b0}` : "{code, 1'b0}";
    return { tables: [], wires: [{ name: 'bits', msb: codeBits + (isOdd ? 1 : 0), value }] };
  }
  if (encoding.encoding !== 'codebook') return { tables: [], wires: [] };
  const { slots, digits } = codebookSlots(encoding.levels);
  const entries = 2 ** codeBits;
  const tables: Table[] = [];
  const wires: Table[] = [];
  slots.forEach(({ low, maxShift }, s) => {
    const bits = potBits(maxShift);
    const signWeight = 2 ** (bits - 1);
    const codes = Array.from({ length: entries }, (_, index) => {
      const digit = digits[index]?.[s];
      return digit ? digit.shift - low + (digit.sign < 0 ? signWeight : 0) : signWeight - 1;
    });
    const names = Array.from({ length: bits }, (_, bit) => `DIGIT_${s}_BIT_${bit}`);
    names.forEach((name, bit) => {
      const column = codes.map((code) => (code >> bit) & 1).reverse().join('');
      tables.push({ name, msb: entries - 1, value: `${entries}'b${column}` });
    });
    wires.push({ name: `digit_${s}`, msb: bits - 1, value: `{${names.map((name) => `${name}[code]`).reverse().join(', ')}}` });
  });
  return { tables, wires };
}
