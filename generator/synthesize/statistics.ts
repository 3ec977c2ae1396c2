/** Reads `stat -json`: cells of each kept module, its number of instances, and totals over the hierarchy. */
import { ShiftloomError } from '../errors.js';
import { resourcesOf, unknownCells, type CellCounts, type Resources } from './resources.js';

/** One module of the mapped design; modules that were flattened count in their parent. */
export interface ModuleUse {
  /** Name in the netlist. */
  readonly module: string;
  /** Name in the source, without the parameters that Yosys works into the name. */
  readonly name: string;
  /** Parameter values where they are known and integers. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly instances: number;
  /** Of one instance, without its submodules. */
  readonly own: Resources;
  /** own.lut * instances. */
  readonly lut: number;
  /** lut as a share of the design's LUTs, 0..1. */
  readonly lutShare: number;
}

export interface Statistics {
  readonly yosysVersion: string;
  readonly total: Resources;
  /** In descending order of LUTs. */
  readonly modules: readonly ModuleUse[];
  readonly unknownCells: readonly string[];
}

interface StatJson {
  creator: string;
  modules: Record<string, { num_cells_by_type?: Record<string, number> }>;
}

/**
 * @param text output of `stat -json`
 * @param top name of the top module in the netlist
 * @param parameters parameter values by module name in the netlist
 */
export function readStatistics(text: string, top: string, parameters: ReadonlyMap<string, Record<string, number>> = new Map()): Statistics {
  const stat = JSON.parse(text) as StatJson;
  const modules = new Map<string, CellCounts>();
  for (const [name, module] of Object.entries(stat.modules)) modules.set(unescaped(name), module.num_cells_by_type ?? {});
  if (!modules.has(top)) throw new ShiftloomError('tool', 'yosys', `the mapped design has no module "${top}"`);
  const instances = countInstances(modules, top);
  const total: Record<string, number> = {};
  const used: { module: string; count: number; own: Resources }[] = [];
  for (const [module, count] of instances) {
    const leaf = leafCells(modules, modules.get(module)!);
    for (const [type, cells] of Object.entries(leaf)) total[type] = (total[type] ?? 0) + cells * count;
    used.push({ module, count, own: resourcesOf(leaf) });
  }
  const resources = resourcesOf(total);
  return {
    yosysVersion: /^Yosys ([\w.+-]+)/.exec(stat.creator)?.[1] ?? stat.creator,
    total: resources,
    modules: used.map((use) => moduleUse(use, resources.lut, parameters)).sort((a, b) => b.lut - a.lut || (a.module < b.module ? -1 : 1)),
    unknownCells: unknownCells(total),
  };
}

function moduleUse(
  use: { module: string; count: number; own: Resources },
  totalLut: number,
  parameters: ReadonlyMap<string, Record<string, number>>,
): ModuleUse {
  const lut = use.own.lut * use.count;
  return {
    module: use.module,
    name: sourceName(use.module),
    parameters: parameters.get(use.module) ?? {},
    instances: use.count,
    own: use.own,
    lut,
    lutShare: totalLut > 0 ? lut / totalLut : 0,
  };
}

/** Instances of each module under `top`, itself included; parents come before their children. */
function countInstances(modules: ReadonlyMap<string, CellCounts>, top: string): Map<string, number> {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') throw new ShiftloomError('tool', 'yosys', `module "${name}" contains itself`);
    state.set(name, 'open');
    for (const type of Object.keys(modules.get(name)!)) if (modules.has(type)) visit(type);
    state.set(name, 'done');
    order.push(name);
  };
  visit(top);
  const counts = new Map(order.reverse().map((name) => [name, name === top ? 1 : 0]));
  for (const [name, count] of counts) {
    for (const [type, cells] of Object.entries(modules.get(name)!)) {
      if (modules.has(type)) counts.set(type, counts.get(type)! + cells * count);
    }
  }
  return counts;
}

function leafCells(modules: ReadonlyMap<string, CellCounts>, cells: CellCounts): CellCounts {
  return Object.fromEntries(Object.entries(cells).filter(([type]) => !modules.has(type)));
}

function unescaped(name: string): string {
  return name.startsWith('\\') ? name.slice(1) : name;
}

/** `$paramod$<hash>\name` and `$paramod\name\P=..` are `name`. */
export function sourceName(module: string): string {
  return /^\$paramod(?:\$[0-9a-f]+)?\\([^\\]+)/.exec(module)?.[1] ?? module;
}
