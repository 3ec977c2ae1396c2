/** From Verilog to a count of cells: one Yosys run with kept hierarchy, then the clock estimate on its netlist. */
import { ShiftloomError } from '../errors.js';
import { attributeUnits, type UnitUse } from './attribution.js';
import { NETLIST_FILE, STAT_FILE, synthesisScript, type Maccmap, type Mapper } from './flow.js';
import { moduleParameters, parseNetlist } from './netlist.js';
import { DEFAULT_PART, loadPart, type Part } from './parts.js';
import type { Resources } from './resources.js';
import { readStatistics, type ModuleUse } from './statistics.js';
import { estimateTiming, type TimingEstimate } from './timing/estimate.js';
import { runYosys, type YosysEngine } from './yosys.js';

export interface SynthesisOptions {
  /** Verilog (`.v`) and memory files, by the path that `$readmemh` uses. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly top: string;
  /** Parameters of the top module. */
  readonly parameters?: Readonly<Record<string, number | string>>;
  /** Device, default `xc7z035`. */
  readonly part?: string;
  /** LUT mapping, default `abc`. */
  readonly mapper?: Mapper;
  /** How sums without registers between are built, default `merge`. */
  readonly maccmap?: Maccmap;
  /** Modules to keep besides those marked `(* keep_hierarchy *)`; `*` keeps all. */
  readonly keep?: readonly string[];
  /** Modules to map once for all their instances, and to count with the unit that holds them; default `nn_ram`. */
  readonly mapOnce?: readonly string[];
  /** Read the netlist back for the clock estimate and the units, default true. */
  readonly netlist?: boolean;
  readonly engine?: YosysEngine;
  readonly onProgress?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** Shares of the device, 0..1 (and above, if it does not fit). */
export interface DeviceShare {
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
}

export interface SynthesisResult {
  readonly top: string;
  readonly part: Part;
  readonly mapper: Mapper;
  readonly maccmap: Maccmap;
  /** `wasm` or the path of the native program, and its version. */
  readonly engine: string;
  readonly yosysVersion: string;
  readonly resources: Resources;
  readonly share: DeviceShare;
  /** Modules of the netlist: the top and what was kept. */
  readonly modules: readonly ModuleUse[];
  /** Modules of the source, those that were flattened too; empty without the netlist. */
  readonly units: readonly UnitUse[];
  readonly timing?: TimingEstimate;
  /** What a reader of the counts should know: latches, unknown cells, loops, a design that does not fit. */
  readonly warnings: readonly string[];
  readonly seconds: number;
}

/**
 * Synthesizes a design for 7-series and counts it.
 * @throws ShiftloomError('tool') with Yosys' own message when it refuses the design.
 */
export async function synthesizeDesign(options: SynthesisOptions): Promise<SynthesisResult> {
  const started = performance.now();
  const part = loadPart(options.part ?? DEFAULT_PART);
  const verilog = options.files.map(({ path }) => path).filter((path) => path.endsWith('.v'));
  if (verilog.length === 0) throw new ShiftloomError('usage', 'synthesize', 'no Verilog file was given');
  const mapper = options.mapper ?? 'abc';
  const maccmap = options.maccmap ?? 'merge';
  const withNetlist = options.netlist ?? true;
  const mapOnce = options.mapOnce ?? MAP_ONCE;
  const { files } = await runYosys({
    script: synthesisScript({
      top: options.top, verilog, parameters: options.parameters ?? {}, mapper, maccmap, keep: [...(options.keep ?? []), ...mapOnce], netlist: withNetlist,
    }),
    files: Object.fromEntries(options.files.map(({ path, text }) => [path, path.endsWith('.v') ? withoutContents(text) : text])),
    outputs: withNetlist ? [STAT_FILE, NETLIST_FILE] : [STAT_FILE],
    engine: options.engine,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  if (withNetlist) options.onProgress?.('estimating the clock');
  const netlist = withNetlist ? parseNetlist(files[NETLIST_FILE]) : undefined;
  const statistics = readStatistics(files[STAT_FILE], options.top, netlist && moduleParameters(netlist));
  const estimate = netlist && estimateTiming(netlist, options.top);
  return {
    top: options.top,
    part,
    mapper,
    maccmap,
    engine: options.engine?.kind === 'native' ? options.engine.path : 'wasm',
    yosysVersion: statistics.yosysVersion,
    resources: statistics.total,
    share: deviceShare(statistics.total, part),
    modules: statistics.modules,
    units: netlist ? attributeUnits(netlist, statistics.modules, mapOnce) : [],
    ...(estimate && { timing: estimate }),
    warnings: warningsOf(statistics.total, part, statistics.unknownCells, estimate),
    seconds: Number(((performance.now() - started) / 1000).toFixed(2)),
  };
}

/** The RAM cell: an engine holds hundreds of a few shapes, and mapping each by itself takes most of the time. */
const MAP_ONCE = ['nn_ram'];

/** First contents make every RAM a module of its own and do not change its cost: it can always be written (docs/synthesis.md). */
function withoutContents(verilog: string): string {
  return verilog.replace(/\.INIT_FILE\("[^"]*"\)/g, '.INIT_FILE("")');
}

export function deviceShare(used: Pick<Resources, 'lut' | 'ff' | 'dsp' | 'bram36'>, part: Part): DeviceShare {
  return { lut: used.lut / part.lut, ff: used.ff / part.ff, dsp: used.dsp / part.dsp, bram36: used.bram36 / part.bram36 };
}

function warningsOf(total: Resources, part: Part, unknown: readonly string[], timing?: TimingEstimate): string[] {
  const warnings: string[] = [];
  for (const key of ['lut', 'ff', 'dsp', 'bram36'] as const) {
    if (total[key] > part[key]) warnings.push(`does not fit the ${part.name}: ${total[key]} ${key} of ${part[key]}`);
  }
  if (total.latch > 0) warnings.push(`${total.latch} latches, which the engine should not have`);
  if (unknown.length > 0) warnings.push(`cells that the count leaves out: ${unknown.join(', ')}`);
  if (timing && timing.loopArcs > 0) warnings.push(`a combinational loop was cut for the clock estimate (${timing.loopArcs} arcs)`);
  return warnings;
}
