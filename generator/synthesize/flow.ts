/**
 * The Yosys commands of a synthesis for 7-series. They are those of `synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -nowidelut`
 * with other LUT mapping; docs/synthesis.md gives the measurements behind each choice.
 */

export type Mapper = 'abc' | 'abc9';
/** Sums of more than two terms without registers between: one carry-save array (`merge`, Yosys' default), or one carry chain each (`unmap`). */
export type Maccmap = 'merge' | 'unmap';

export interface FlowOptions {
  readonly top: string;
  readonly verilog: readonly string[];
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly mapper: Mapper;
  readonly maccmap: Maccmap;
  /** Modules to keep besides those marked `(* keep_hierarchy *)` in the source; `*` stands for all. */
  readonly keep: readonly string[];
  /** Sources whose modules stay as they are, instances with their parameters; only their ports are read. */
  readonly boxes?: readonly string[];
  readonly netlist: boolean;
}

export const STAT_FILE = 'stat.json';
export const NETLIST_FILE = 'netlist.json';

/**
 * First contents of memories that can be written do not change what they cost, but megabits of them cost minutes. So they are taken out of every
 * module with a write port; read-only memories keep theirs.
 */
const FORGET_CONTENTS = 'delete t:$meminit* t:$memwr* %m %i';

export function synthesisScript(options: FlowOptions): string[] {
  const phase = (from: string, to: string) =>
    `synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -nowidelut${options.mapper === 'abc9' ? ' -abc9' : ''} -run ${from}:${to}`;
  return [
    ...readCommands(options),
    'proc',
    FORGET_CONTENTS,
    '#@ optimizing',
    phase('prepare', 'map_dsp'),
    '#@ mapping multiplications',
    phase('map_dsp', 'coarse'),
    '#@ mapping sums',
    phase('coarse', 'map_memory'),
    '#@ mapping memories',
    phase('map_memory', 'fine'),
    ...(options.maccmap === 'unmap' ? ['maccmap -unmap'] : []),
    '#@ mapping to cells',
    phase('fine', 'map_luts'),
    '#@ mapping to LUTs',
    ...lutCommands(options.mapper),
    '#@ counting',
    `tee -q -o ${STAT_FILE} stat -json`,
    ...(options.netlist ? ['select *', `write_json -selected ${NETLIST_FILE}`] : []),
  ];
}

/**
 * Reads the sources and the primitives that the mapping makes. The large library of all other primitives is left away:
 * nothing maps to it, and reading it takes a quarter of a small design's time.
 */
function readCommands(options: FlowOptions): string[] {
  const parameters = Object.entries(options.parameters).map(
    ([name, value]) => ` -set ${name} ${typeof value === 'number' ? value : JSON.stringify(value)}`,
  );
  return [
    '#@ reading',
    'read_verilog -lib -specify +/xilinx/cells_sim.v',
    ...(options.boxes ?? []).map((path) => `read_verilog -lib ${path}`),
    ...options.verilog.map((path) => `read_verilog ${path}`),
    ...(parameters.length > 0 ? [`chparam${parameters.join('')} ${options.top}`] : []),
    `hierarchy -check -top ${options.top}`,
    ...options.keep.map((name) => `setattr -mod -set keep_hierarchy 1 ${name === '*' ? '*' : `${name} A:hdlname=${name}`}`),
  ];
}

/**
 * ABC's own script with the recovery of area switched off in the mapper (`if -F 0 -A 0`): it trades depth for area wherever a longer path exists elsewhere, not
 * knowing that a clock enable or reset follows. Commas stand for blanks.
 */
const SHALLOW_SCRIPT = '+strash;ifraig;scorr;dc2;strash;dch,-f;if,-F,0,-A,0';

/** LUT mapping by number of LUTs, each size of the same cost, as the device counts them. */
function lutCommands(mapper: Mapper): string[] {
  const flipFlops = 'techmap -map +/xilinx/ff_map.v';
  return [
    'opt_expr -mux_undef -noclkinv',
    ...(mapper === 'abc' ? [`abc -lut 6 -script ${SHALLOW_SCRIPT}`, 'clean', flipFlops] : ['read_verilog -icells -lib -specify +/xilinx/abc9_model.v', 'abc9 -lut 6', 'clean']),
    'xilinx_srl -fixed -minlen 3',
    'techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6',
    'xilinx_dffopt',
    'opt_lut_ins -tech xilinx',
    'clean',
  ];
}
