/** What mapped cells cost: from Yosys cell types to LUTs, flip-flops, DSP and RAM blocks. */

export const LUT_SIZES = ['LUT1', 'LUT2', 'LUT3', 'LUT4', 'LUT5', 'LUT6', 'LUT6_2'] as const;
export type LutSize = (typeof LUT_SIZES)[number];

/** Counts of one module or of the whole design. */
export interface Resources {
  /** All LUTs: every LUT1..LUT6 and LUT6_2 as one, RAM in LUTs by the LUTs it takes, every shift register as one. */
  readonly lut: number;
  readonly lutBySize: Readonly<Record<LutSize, number>>;
  /** LUTs that serve as RAM; in `lut` too. */
  readonly lutRam: number;
  /** SRL16E and SRLC32E; in `lut` too. */
  readonly srl: number;
  readonly ff: number;
  /** Level-sensitive latches; a right design has none. */
  readonly latch: number;
  readonly carry4: number;
  readonly muxf7: number;
  readonly muxf8: number;
  readonly dsp: number;
  readonly ramb36: number;
  readonly ramb18: number;
  /** Block RAM in units of 36 kbit: RAMB36 + RAMB18 / 2. */
  readonly bram36: number;
  /** Inverters that the next LUT or flip-flop takes in; cost nothing. */
  readonly inv: number;
}

/** LUTs taken by each kind of RAM in LUTs. */
const LUT_RAM_LUTS: Readonly<Record<string, number>> = {
  RAM16X1S: 1,
  RAM16X1D: 2,
  RAM32X1S: 1,
  RAM32X1D: 2,
  RAM64X1S: 1,
  RAM64X1D: 2,
  RAM128X1S: 2,
  RAM128X1D: 4,
  RAM256X1S: 4,
  RAM32M: 4,
  RAM64M: 4,
};
const SHIFT_REGISTERS = ['SRL16', 'SRL16E', 'SRLC16', 'SRLC16E', 'SRLC32E'];
const FLIP_FLOPS = ['FDRE', 'FDSE', 'FDCE', 'FDPE'];
const LATCHES = ['LDCE', 'LDPE'];
const BLOCKS = ['CARRY4', 'MUXF7', 'MUXF8', 'DSP48E1', 'RAMB36E1', 'RAMB18E1', 'INV'];
/** Cells that take no logic: constants, buffers of the clock tree, markers of flattened scopes. */
const FREE = ['GND', 'VCC', 'BUFG', 'IBUF', 'OBUF', '$scopeinfo'];

export type CellCounts = Readonly<Record<string, number>>;

/** Resources of a number of cells by type. Types of submodules are no resources: leave them out. */
export function resourcesOf(cells: CellCounts): Resources {
  const sum = (types: readonly string[]) => types.reduce((total, type) => total + (cells[type] ?? 0), 0);
  const lutBySize = Object.fromEntries(LUT_SIZES.map((size) => [size, cells[size] ?? 0])) as Record<LutSize, number>;
  const lutRam = Object.entries(LUT_RAM_LUTS).reduce((total, [type, luts]) => total + (cells[type] ?? 0) * luts, 0);
  const srl = sum(SHIFT_REGISTERS);
  const [carry4, muxf7, muxf8, dsp, ramb36, ramb18, inv] = BLOCKS.map((type) => cells[type] ?? 0);
  return {
    lut: sum(LUT_SIZES) + lutRam + srl,
    lutBySize,
    lutRam,
    srl,
    ff: sum(FLIP_FLOPS) + sum(FLIP_FLOPS.map((type) => `${type}_1`)),
    latch: sum(LATCHES),
    carry4,
    muxf7,
    muxf8,
    dsp,
    ramb36,
    ramb18,
    bram36: ramb36 + ramb18 / 2,
    inv,
  };
}

/** Cell types that this count does not know; the caller says so instead of leaving them out in silence. */
export function unknownCells(cells: CellCounts): string[] {
  const known = new Set<string>([...LUT_SIZES, ...Object.keys(LUT_RAM_LUTS), ...SHIFT_REGISTERS, ...LATCHES, ...BLOCKS, ...FREE]);
  for (const type of FLIP_FLOPS) known.add(type).add(`${type}_1`);
  return Object.keys(cells).filter((type) => !known.has(type));
}
