/** Instruction words: which fields they have, in how many bits, and what stands there. */
import { unsignedWidth, signedWidth } from '../../verilog/literal.js';
import { emptyWords, putField, type MemoryWords } from '../contents.js';
import type { Instruction } from './instruction.js';
import type { ProgramField, ProgramWidths, SharedPlan, SharedUnits } from './shared_plan.js';

/** Bits of what all instructions of a program count. */
export function programWidths(instructions: readonly Instruction[]): ProgramWidths {
  const most = (of: (i: Instruction) => number) => Math.max(0, ...instructions.map(of));
  const bits = (of: (i: Instruction) => number) => unsignedWidth(most(of));
  const low = Math.min(0, ...instructions.map(({ low }) => low));
  const reach = (i: Instruction): number => {
    const { padding: p, rounds: r } = i;
    if (!p) return 0;
    const end = (out: number, stride: number, first: number, kernel: number) => out * stride + first + kernel;
    const farthest = Math.max(end(r.columns, p.strideX, p.left, r.kernelColumns), end(r.rows, p.strideY, p.top, r.kernelRows), p.width, p.height);
    return farthest + Math.max(-p.left, -p.top);
  };
  return {
    word: bits(({ rounds }) => rounds.words - 1),
    kernel: bits(({ rounds }) => Math.max(rounds.kernelColumns, rounds.kernelRows) - 1),
    tile: bits(({ rounds }) => rounds.tiles - 1),
    side: bits(({ rounds }) => Math.max(rounds.columns, rounds.rows) - 1),
    position: bits(reach),
    gap: bits(({ gap }) => gap),
    vectors: bits(({ vectors, lastVectors }) => Math.max(vectors, lastVectors) - 1),
    bound: signedWidth(low, most(({ high }) => high)),
  };
}

/** Address bits that fields take over. */
export interface ProgramAddresses {
  readonly map: number;
  readonly weight: number;
  readonly parameter: number;
  readonly table: number;
}

type FieldValue = readonly [name: string, width: number, value: (i: Instruction) => number];

/** All fields with their values, lowest first; those of units that the network does without are left out. */
function fieldValues(w: ProgramWidths, a: ProgramAddresses, units: SharedUnits, outBits: number, multiplierWidth: number): FieldValue[] {
  const flag = (name: string, of: (i: Instruction) => boolean): FieldValue => [name, 1, (i) => (of(i) ? 1 : 0)];
  const rounds = (name: string, key: keyof Instruction['rounds'], width: number): FieldValue => [name, width, (i) => i.rounds[key] - 1];
  const step = (name: string, key: keyof Instruction['steps']): FieldValue => [name, a.map, (i) => i.steps[key]];
  const padding: FieldValue[] = [
    ['left', w.position, (i) => i.padding?.left ?? 0],
    ['top', w.position, (i) => i.padding?.top ?? 0],
    ['stride_x', w.position, (i) => i.padding?.strideX ?? 0],
    ['stride_y', w.position, (i) => i.padding?.strideY ?? 0],
    ['map_width', w.position, (i) => i.padding?.width ?? 0],
    ['map_height', w.position, (i) => i.padding?.height ?? 0],
    flag('padded', (i) => i.padding !== undefined),
    ['pad_value', 8, (i) => i.padding?.value ?? 0],
  ];
  const add: FieldValue[] = [
    flag('adds', (i) => i.op === 'add'),
    ['a_zero', 8, (i) => i.add?.zeroPoints[0] ?? 0],
    ['b_zero', 8, (i) => i.add?.zeroPoints[1] ?? 0],
    ['a_multiplier', multiplierWidth, (i) => i.add?.multipliers[0] ?? 0],
    ['b_multiplier', multiplierWidth, (i) => i.add?.multipliers[1] ?? 0],
  ];
  return [
    flag('receives', (i) => i.op === 'receive'), flag('sends', (i) => i.sends), flag('continues', (i) => i.continues), flag('chained', (i) => i.chained),
    flag('ends', (i) => i.ends), flag('restarts', (i) => i.restarts),
    ...(units.table ? [flag('scatters', (i) => i.scatters)] : []),
    ...(units.pool ? [flag('copies', (i) => i.op === 'max_pool' || i.op === 'copy')] : []),
    rounds('words', 'words', w.word), rounds('kernel_columns', 'kernelColumns', w.kernel), rounds('kernel_rows', 'kernelRows', w.kernel),
    rounds('tiles', 'tiles', w.tile), rounds('columns', 'columns', w.side), rounds('rows', 'rows', w.side),
    ['read_base', a.map, (i) => i.readBase],
    step('word_step', 'word'), step('kernel_column_step', 'kernelColumn'), step('kernel_row_step', 'kernelRow'),
    step('tile_step', 'tile'), step('column_step', 'column'), step('row_step', 'row'),
    ...(units.padding ? padding : []),
    ['gap', w.gap, (i) => i.gap], ['vectors', w.vectors, (i) => i.vectors - 1], ['last_vectors', w.vectors, (i) => i.lastVectors - 1],
    ['weight_base', a.weight, (i) => i.weightBase], ['parameter_base', a.parameter, (i) => i.parameterBase], ['write_base', a.map, (i) => i.writeBase],
    ...(units.table ? [['table_base', a.table, (i: Instruction) => i.tableBase] as FieldValue] : []),
    ['low', w.bound, (i) => i.low], ['high', w.bound, (i) => i.high], ['zero_point', outBits, (i) => i.zeroPoint],
    ...(units.add ? add : []),
  ];
}

/** Bits of an addition's multipliers. */
export function addMultiplierWidth(instructions: readonly Instruction[]): number {
  return unsignedWidth(Math.max(1, ...instructions.flatMap(({ add }) => add?.multipliers ?? [])));
}

/** Where each field lies. */
export function programFields(instructions: readonly Instruction[], w: ProgramWidths, a: ProgramAddresses, units: SharedUnits, outBits: number): ProgramField[] {
  let low = 0;
  return fieldValues(w, a, units, outBits, addMultiplierWidth(instructions)).map(([name, width]) => {
    const field = { name, low, width };
    low += width;
    return field;
  });
}

/** The layer program as it lies in its memory. */
export function programWords(plan: SharedPlan): MemoryWords {
  const { instructions } = plan.program;
  const addresses = programAddresses(plan);
  const values = fieldValues(plan.widths, addresses, plan.units, plan.requantize.outBits, addMultiplierWidth(instructions));
  const words = emptyWords(instructions.length, plan.programMemory.width);
  instructions.forEach((instruction, word) => {
    values.forEach(([, width, value], i) => putField(words, word, plan.fields[i].low, width, value(instruction)));
  });
  return words;
}

export function programAddresses(plan: Pick<SharedPlan, 'map' | 'weightMemory' | 'parameterMemory' | 'placeMemory'>): ProgramAddresses {
  return {
    map: plan.map.addressWidth, weight: plan.weightMemory.addressWidth, parameter: plan.parameterMemory.addressWidth, table: plan.placeMemory?.addressWidth ?? 1,
  };
}

/** The table: `vector` entries a word, each valid, word of the map memory, lane. */
export function tableWords(plan: SharedPlan): MemoryWords {
  const { vector, lanes, map, program } = plan;
  const entryBits = map.addressWidth + map.laneWidth + 1;
  const words = emptyWords(program.table.length / vector, vector * entryBits);
  program.table.forEach((place, i) => {
    if (place < 0) return;
    const entry = 2 ** (entryBits - 1) + Math.floor(place / lanes.ic) * 2 ** map.laneWidth + (place % lanes.ic);
    putField(words, Math.floor(i / vector), (i % vector) * entryBits, entryBits, entry);
  });
  return words;
}
