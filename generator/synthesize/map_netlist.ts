/** The mapped netlist of a design with its memories left as they are, for simulation. */
import { NETLIST_FILE, synthesisScript } from './flow.js';
import { parseNetlist, type Netlist } from './netlist.js';
import { runYosys, type YosysEngine } from './yosys.js';

export interface MapOptions {
  /** Verilog files in compile order. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly top: string;
  /** Parameters of the top module. */
  readonly parameters?: Readonly<Record<string, number | string>>;
  /** Names of modules that stay black boxes, one to a file `<name>.v`. */
  readonly boxes: readonly string[];
  readonly engine?: YosysEngine;
  readonly onProgress?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Maps a design to 7-series cells as `synthesizeDesign` does. Cells of a black box keep the parameters of the source, file names too.
 * @throws ShiftloomError('tool') with Yosys' own message when it refuses the design.
 */
export async function mapNetlist(options: MapOptions): Promise<Netlist> {
  const isBox = (path: string) => options.boxes.some((name) => path === `${name}.v` || path.endsWith(`/${name}.v`));
  const paths = options.files.map(({ path }) => path);
  const { files } = await runYosys({
    script: synthesisScript({
      top: options.top,
      verilog: paths.filter((path) => !isBox(path)),
      boxes: paths.filter(isBox),
      parameters: options.parameters ?? {},
      mapper: 'abc',
      maccmap: 'merge',
      keep: [],
      netlist: true,
    }),
    files: Object.fromEntries(options.files.map(({ path, text }) => [path, isBox(path) ? portsOnly(text) : text])),
    outputs: [NETLIST_FILE],
    engine: options.engine,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return parseNetlist(files[NETLIST_FILE]);
}

/** Yosys elaborates even a black box, and would open the files that its memories are filled from. */
function portsOnly(verilog: string): string {
  const header = /^module\b[\s\S]*?\)\s*\([\s\S]*?\);/m.exec(verilog) ?? /^module\b[\s\S]*?\);/m.exec(verilog);
  return `${header?.[0] ?? verilog}\nendmodule\n`;
}
