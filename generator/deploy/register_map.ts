/**
 * The engine's registers as software sees them, once: component.xml, C headers, the Python driver and the table in docs/interfaces.md are
 * written from here, and tests hold it to `templates/cells/nn_control_registers.v`.
 */
import type { LoadableMemory } from '../plan/loadable_memories.js';
import type { DesignNumbers } from './design_numbers.js';

/** What a write and a read of a field do. `write-one-to-clear` can be read too. */
export type FieldAccess = 'read-write' | 'read-only' | 'write-only' | 'write-one-to-clear';

export interface RegisterField {
  /** In capitals; the register's own name if it has one field only. */
  readonly name: string;
  readonly lsb: number;
  /** Bits. */
  readonly width: number;
  readonly access: FieldAccess;
  /** After `aresetn`. */
  readonly reset: number;
  /** Reading the register clears the field. */
  readonly readClears?: boolean;
  /** Markdown, one sentence or part of one. */
  readonly description: string;
}

export interface Register {
  readonly name: string;
  /** Byte address, a multiple of 4. */
  readonly offset: number;
  readonly description: string;
  readonly fields: readonly RegisterField[];
}

export interface RegisterMap {
  readonly registers: readonly Register[];
  /** Memories behind LOAD_SELECT, LOAD_ADDRESS and LOAD_DATA. */
  readonly memories: readonly LoadableMemory[];
  /** Bits of an address that the engine decodes: registers repeat above. */
  readonly addressWidth: number;
  /** Bytes that an address map should set aside; the smallest page of Vivado's address editor. */
  readonly range: number;
}

/** Bits of `s_axil_awaddr` and `s_axil_araddr`. */
export const ADDRESS_WIDTH = 8;
export const ADDRESS_RANGE = 4096;

type Rest = Partial<Pick<RegisterField, 'reset' | 'readClears'>>;

function bits(name: string, lsb: number, width: number, access: FieldAccess, description: string, rest: Rest = {}): RegisterField {
  return { name, lsb, width, access, description, reset: 0, ...rest };
}

/** A register that is one field from bit 0 up. */
function single(offset: number, name: string, width: number, access: FieldAccess, description: string, reset = 0): Register {
  return { name, offset, description, fields: [bits(name, 0, width, access, description, { reset })] };
}

/** Registers of every engine; the identification values are those of a design (`registerMap`). */
const REGISTERS: readonly Register[] = [
  {
    name: 'CTRL', offset: 0x00, description: 'start, and whether a run is going on',
    fields: [
      bits('START', 0, 1, 'write-only', '1 starts a run; ignored while one is going on; reads 0'),
      bits('DONE', 1, 1, 'read-only', 'a run has ended; cleared by reading CTRL and by a start', { readClears: true }),
      bits('IDLE', 2, 1, 'read-only', 'no run is going on; reset value 1', { reset: 1 }),
      bits('READY', 3, 1, 'read-only', 'a start will be accepted, the same as idle; reset value 1', { reset: 1 }),
      bits('AUTO_RESTART', 7, 1, 'read-write', 'starts again by itself after each done; any write to CTRL sets or clears it'),
      bits('RESET', 8, 1, 'write-only', '1 resets the engine as `aresetn` does, but for this bus: the write is answered; reads 0'),
    ],
  },
  single(0x04, 'GIE', 1, 'read-write', 'lets the interrupt out'),
  single(0x08, 'IER', 1, 'read-write', 'done sets ISR'),
  single(0x0c, 'ISR', 1, 'write-one-to-clear', 'set by done if IER is set'),
  single(0x10, 'FRAMES', 16, 'read-write', 'frames of one run, taken over by start; 0 counts as 1; reset value 1', 1),
  {
    name: 'STATUS', offset: 0x18, description: 'what went wrong: `tlast` where it does not belong, a start at the wrong time',
    fields: [
      bits('EARLY', 0, 1, 'write-one-to-clear', '`s_axis_tlast` came before the end of a frame'),
      bits('MISSING', 1, 1, 'write-one-to-clear', "a frame's last beat had no `s_axis_tlast`"),
      bits('WEIGHT_EARLY', 2, 1, 'write-one-to-clear', '`s_axis_weight_tlast` came before the end of a pass'),
      bits('WEIGHT_MISSING', 3, 1, 'write-one-to-clear', "a pass's last beat had no `s_axis_weight_tlast`"),
      bits('START_BUSY', 4, 1, 'write-one-to-clear', 'start was written while a run was going on, and ignored'),
      bits('LOAD_SHORT', 5, 1, 'write-one-to-clear', 'a run was started while LOAD_COUNT was not 0'),
    ],
  },
  single(0x20, 'CYCLES', 32, 'read-only', 'clock cycles of the run so far, or of the last run'),
  single(0x24, 'ACTIVE', 32, 'read-only', 'cycles in which the array took a step'),
  single(0x28, 'WAIT_INPUT', 32, 'read-only', 'cycles in which the sequencer waited for input rows'),
  single(0x2c, 'WAIT_OUTPUT', 32, 'read-only', 'cycles in which it waited for an output slot'),
  single(0x30, 'FRAMES_DONE', 16, 'read-only', 'frames sent in this or the last run'),
  single(0x34, 'WAIT_WEIGHT', 32, 'read-only', 'cycles in which it waited for streamed or rebuilt weights'),
  single(0x40, 'LOAD_SELECT', 4, 'read-write', 'memory to load: 0 weights (nothing if they are streamed or rebuilt), 1 requantization parameters; if weights are rebuilt 2 output factors, 3 input factors, 4 kernel factors, 5 recoding shifts, 10 residual; of a block-permuted layer 6 and 7 the tables of the input permuter, 8 and 9 those of the output permuter'),
  single(0x44, 'LOAD_ADDRESS', 32, 'write-only', 'word that LOAD_DATA goes on with, from its lowest chunk; not reset: write it before the first LOAD_DATA'),
  single(0x48, 'LOAD_DATA', 32, 'write-only', 'the next chunk'),
  single(0x4c, 'LOAD_COUNT', 24, 'read-write', 'writes of LOAD_DATA still to come, as announced; each one counts down to 0; not reset, 0 at power-up'),
  single(0x50, 'VERSION', 24, 'read-only', 'generator version, a byte each for major, minor, patch'),
  single(0x54, 'LAYER_ID', 32, 'read-only', "hash of the layer's arithmetic, as in `design.json` and in every file's header"),
  single(0x58, 'PEAK_MACS', 32, 'read-only', 'multiply-accumulates per cycle'),
];

/** The register map of one design: its memories, and its identification as reset values of VERSION, LAYER_ID and PEAK_MACS. */
export function registerMap(design: Pick<DesignNumbers, 'generator' | 'layerHash' | 'peakMacsPerCycle' | 'memories'>): RegisterMap {
  const [major, minor, patch] = design.generator.split('.').map(Number);
  const constants: Readonly<Record<string, number>> = {
    VERSION: major * 0x10000 + minor * 0x100 + patch,
    LAYER_ID: Number.parseInt(design.layerHash, 16),
    PEAK_MACS: design.peakMacsPerCycle,
  };
  const registers = REGISTERS.map((register) => {
    const value = constants[register.name];
    return value === undefined ? register : { ...register, fields: register.fields.map((field) => ({ ...field, reset: value })) };
  });
  return { registers, memories: design.memories, addressWidth: ADDRESS_WIDTH, range: ADDRESS_RANGE };
}

/** Value of all 32 bits after reset. */
export function resetValue(register: Register): number {
  return register.fields.reduce((value, field) => value + field.reset * 2 ** field.lsb, 0);
}

export function isReadable(register: Register): boolean {
  return register.fields.some((field) => field.access !== 'write-only');
}

export function isWritable(register: Register): boolean {
  return register.fields.some((field) => field.access !== 'read-only');
}

/** A description without Markdown's marks, for comments and XML. */
export function plainText(description: string): string {
  return description.replace(/`/g, '');
}

const ACCESS_TEXT: Readonly<Record<FieldAccess, string>> = {
  'read-write': 'RW', 'read-only': 'R', 'write-only': 'W', 'write-one-to-clear': 'R, write 1 to clear',
};

/** The table of docs/interfaces.md: a line for each field, Markdown. */
export function registerTable(): string {
  const rows = REGISTERS.flatMap((register) =>
    register.fields.map((field, index) => {
      const first = index === 0 ? `0x${register.offset.toString(16).toUpperCase().padStart(2, '0')} | ${register.name}` : '|';
      const range = field.width === 1 ? `${field.lsb}` : `${field.lsb + field.width - 1}..${field.lsb}`;
      const name = field.name === register.name ? '' : ` ${docName(field.name)}`;
      return `| ${first} | ${range}${name} | ${ACCESS_TEXT[field.access]} | ${field.description} |`;
    }),
  );
  return ['| address | name | bits | access | |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** As the page writes a field: `auto_restart` is one word, the others are plain. */
function docName(name: string): string {
  return name === 'AUTO_RESTART' ? 'auto_restart' : name.toLowerCase().replace(/_/g, ' ');
}
