/**
 * A streaming permutation: the elements of a frame come in one order and leave in another, a beat per cycle on both sides. Elements lie in as many banks
 * as the wider beat has elements; an element's bank is the colour of its edge between the beat it comes in and the beat it leaves in, so that no two of a
 * beat meet in a bank on either side (docs/units/permuter.md).
 */
import { ShiftloomError } from '../errors.js';
import { unsignedWidth } from '../verilog/literal.js';
import { emptyWords, putField, type MemoryWords } from './contents.js';
import { colourEdges } from './edge_colouring.js';
import { blockDepth, planLoadableMemory, prefersBlock, ramCost, type LoadableMemoryPlan } from './memory.js';
import { delayCost, logic, sum, times, type CellCost } from './processing_element_cost.js';

/** What is permuted: `outputs` names for each position of the output frame the position of the input frame that it takes, -1 if any value will do. */
export interface Permutation {
  /** Positions of an input frame, a whole number of beats; those that no output names are dropped. */
  readonly inputs: number;
  readonly outputs: ArrayLike<number>;
}

/** Elements of a beat on both sides, and bits of an element on the streams. */
export interface PermuterStreams {
  readonly elementBits: 8 | 16;
  readonly inElements: number;
  readonly outElements: number;
}

export interface PermuterPlan extends PermuterStreams {
  readonly inBeats: number;
  readonly outBeats: number;
  readonly banks: number;
  /** The side that has addresses in its table: 'read' if elements are written beat after beat, 'write' if they are read so. */
  readonly addressed: 'read' | 'write';
  /** Bits of an address within a half; of a bank's choice among the elements that come in, and of a leaving element's among the banks; 0: no choice. */
  readonly addressWidth: number;
  readonly selectWidth: number;
  readonly bankWidth: number;
  /** One bank as built: two halves. */
  readonly depth: number;
  readonly block: boolean;
  /** Absent if there is nothing to choose on the side. */
  readonly writeTable?: LoadableMemoryPlan;
  readonly readTable?: LoadableMemoryPlan;
  /** Contents of the tables. */
  readonly writeWords?: MemoryWords;
  readonly readWords?: MemoryWords;
  /** Block RAMs of banks and tables; LUTs and FFs by the estimate. */
  readonly bram36: number;
  readonly estimate: CellCost;
}

/** Beats that the output FIFO holds. */
const FIFO_BEATS = 32;
/** Cycles from a frame's last input beat to its first output beat, if nothing is in the way. */
export const PERMUTER_LATENCY = 11;

/** True if the output frame is the input frame, in beats of the same size. */
export function isIdentity({ inputs, outputs }: Permutation, { inElements, outElements }: PermuterStreams): boolean {
  if (inElements !== outElements || inputs !== outputs.length) return false;
  for (let i = 0; i < outputs.length; i++) if (outputs[i] !== i && outputs[i] !== -1) return false;
  return true;
}

/**
 * Works out banks, addresses and tables. Of the two sides that can have addresses in their table the cheaper is taken, if both beats are as wide as the banks.
 * @throws ShiftloomError('unsupported') if a position is named twice or does not exist, or if a frame is not a whole number of beats
 */
export function planPermuter(permutation: Permutation, streams: PermuterStreams): PermuterPlan {
  checkPermutation(permutation, streams);
  const { inElements, outElements } = streams;
  const banks = Math.max(inElements, outElements);
  const bankOf = banksOf(permutation, streams, banks);
  const plans: PermuterPlan[] = [];
  if (inElements === banks) plans.push(planAddressed('read', permutation, streams, bankOf));
  if (outElements === banks) plans.push(planAddressed('write', permutation, streams, bankOf));
  const price = ({ bram36, estimate }: PermuterPlan) => 172 * bram36 + estimate.lut;
  return plans.reduce((best, plan) => (price(plan) < price(best) ? plan : best));
}

function checkPermutation({ inputs, outputs }: Permutation, { inElements, outElements }: PermuterStreams): void {
  const refuse = (message: string) => new ShiftloomError('unsupported', 'permuter', message);
  if (inputs % inElements !== 0 || inputs < 1) throw refuse(`${inputs} positions are not a whole number of beats of ${inElements}`);
  if (outputs.length % outElements !== 0 || outputs.length < 1) throw refuse(`${outputs.length} positions are not a whole number of beats of ${outElements}`);
  const named = new Uint8Array(inputs);
  for (let i = 0; i < outputs.length; i++) {
    const source = outputs[i];
    if (source === -1) continue;
    if (!Number.isInteger(source) || source < 0 || source >= inputs) throw refuse(`output position ${i} names input position ${source}, there are ${inputs}`);
    if (named[source]) throw refuse(`input position ${source} is named twice, the second time by output position ${i}`);
    named[source] = 1;
  }
}

/** Bank of each input position that is named, -1 of the others. */
function banksOf({ inputs, outputs }: Permutation, { inElements, outElements }: PermuterStreams, banks: number): Int32Array {
  const named = Array.from({ length: outputs.length }, (_, i) => i).filter((i) => outputs[i] >= 0);
  const left = Int32Array.from(named, (i) => Math.floor(outputs[i] / inElements));
  const right = Int32Array.from(named, (i) => Math.floor(i / outElements));
  const colours = colourEdges(left, right, inputs / inElements, outputs.length / outElements, banks);
  const bankOf = new Int32Array(inputs).fill(-1);
  named.forEach((i, edge) => (bankOf[outputs[i]] = colours[edge]));
  return bankOf;
}

function planAddressed(addressed: 'read' | 'write', permutation: Permutation, streams: PermuterStreams, bankOf: Int32Array): PermuterPlan {
  const { inElements, outElements, elementBits } = streams;
  const inBeats = permutation.inputs / inElements;
  const outBeats = permutation.outputs.length / outElements;
  const banks = Math.max(inElements, outElements);
  const addressWidth = unsignedWidth((addressed === 'read' ? inBeats : outBeats) - 1);
  const selectWidth = Math.log2(inElements);
  const bankWidth = Math.log2(banks);
  const words = 2 * 2 ** addressWidth;
  const block = prefersBlock(words, elementBits);
  const depth = block ? blockDepth(words) : words;
  const form = { ...streams, inBeats, outBeats, banks, addressed, addressWidth, selectWidth, bankWidth, depth, block };
  const writeWidth = banks * (selectWidth + (addressed === 'write' ? 1 + addressWidth : 0));
  const readWidth = outElements * bankWidth + (addressed === 'read' ? banks * addressWidth : 0);
  const writeTable = writeWidth > 0 ? planLoadableMemory(inBeats, writeWidth) : undefined;
  const readTable = readWidth > 0 ? planLoadableMemory(outBeats, readWidth) : undefined;
  const bank = ramCost({ depth, width: elementBits, block });
  return Object.freeze({
    ...form,
    ...(writeTable ? { writeTable, writeWords: writeContents(form, writeWidth, permutation, bankOf) } : {}),
    ...(readTable ? { readTable, readWords: readContents(form, readWidth, permutation, bankOf) } : {}),
    bram36: banks * bank.bram36 + (writeTable?.bram36 ?? 0) + (readTable?.bram36 ?? 0),
    estimate: costOf(form, banks * bank.lut, [writeTable, readTable]),
  });
}

type Form = Omit<PermuterPlan, 'writeTable' | 'readTable' | 'writeWords' | 'readWords' | 'bram36' | 'estimate'>;

/** Word of an input beat: for each bank which element it takes; then, if writes are addressed, whether it takes one at all, and where to. */
function writeContents({ inElements, outElements, inBeats, addressed, addressWidth, selectWidth }: Form, width: number, { outputs }: Permutation, bankOf: Int32Array): MemoryWords {
  const words = emptyWords(inBeats, width);
  const field = selectWidth + (addressed === 'write' ? 1 + addressWidth : 0);
  for (let i = 0; i < outputs.length; i++) {
    const source = outputs[i];
    if (source < 0) continue;
    const beat = Math.floor(source / inElements);
    const low = bankOf[source] * field;
    if (selectWidth > 0) putField(words, beat, low, selectWidth, source % inElements);
    if (addressed === 'read') continue;
    putField(words, beat, low + selectWidth, 1, 1);
    putField(words, beat, low + selectWidth + 1, addressWidth, Math.floor(i / outElements));
  }
  return words;
}

/** Word of an output beat: the bank of each element; then, if reads are addressed, the address of each bank. */
function readContents({ inElements, outElements, outBeats, addressed, addressWidth, bankWidth }: Form, width: number, { outputs }: Permutation, bankOf: Int32Array): MemoryWords {
  const words = emptyWords(outBeats, width);
  for (let i = 0; i < outputs.length; i++) {
    const source = outputs[i];
    if (source < 0) continue;
    const beat = Math.floor(i / outElements);
    const bank = bankOf[source];
    if (bankWidth > 0) putField(words, beat, (i % outElements) * bankWidth, bankWidth, bank);
    if (addressed === 'read') putField(words, beat, outElements * bankWidth + bank * addressWidth, addressWidth, Math.floor(source / inElements));
  }
  return words;
}

/** LUTs of a multiplexer of so many choices, a bit: a LUT6 takes four. */
function choiceLut(choices: number): number {
  return choices <= 2 ? (choices - 1) * 0.75 : choices <= 4 ? 1 : Math.ceil(choices / 4) + 1;
}

/** Choices, delay lines, the FIFO and control; banks in LUT RAM and tables are handed in. */
function costOf(form: Form, bankLut: number, tables: readonly (LoadableMemoryPlan | undefined)[]): CellCost {
  const { elementBits, inElements, outElements, banks, addressWidth, bankWidth } = form;
  const inBits = inElements * elementBits;
  const outBits = outElements * elementBits;
  const choices = logic(banks * elementBits * choiceLut(inElements) + outBits * choiceLut(banks), (form.block ? 1 : 2) * banks * elementBits + outBits + banks * (addressWidth + 1));
  const fifo = ramCost({ depth: FIFO_BEATS, width: outBits + 1, block: false });
  const parts = [choices, delayCost(inBits, 2), delayCost(outElements * bankWidth, 2), delayCost(addressWidth + 1, 2), delayCost(addressWidth + 1, 3)];
  const present = tables.filter((table) => table !== undefined);
  // Block RAMs have their output registers within.
  for (const table of present) parts.push(logic(table.lut + 3.8 * table.chunks, (table.bram36 > 0 ? 0 : 2 * table.width) + 55));
  return sum([...parts, logic(bankLut + fifo.lut + 42 + 2 * addressWidth, fifo.ff + outBits + 80 + 4 * addressWidth), times(present.length, logic(8 + 2 * addressWidth, 4))]);
}
