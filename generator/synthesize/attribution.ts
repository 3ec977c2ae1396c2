/**
 * Where the cells of a flattened module come from. Flattening lets the mapper work across the borders of units, so a LUT no longer belongs to one
 * by right. Registers, RAM blocks and instantiated cells still do, by their names; a LUT is counted to the unit whose cells it feeds.
 * Sums are exact, the border between two units is a reading. docs/synthesis.md compares it with units kept apart.
 */
import type { Bit, Netlist, NetlistCell, NetlistModule } from './netlist.js';
import { resourcesOf, type Resources } from './resources.js';
import { sourceName, type ModuleUse } from './statistics.js';

/** All instances of one source module directly under the top or under a module that was kept. */
export interface UnitUse {
  /** Module name in the source. */
  readonly name: string;
  /** The module it is part of; a kept module and the top stand for what is theirs alone, within themselves. */
  readonly within: string;
  readonly instances: number;
  /** Of all instances together. */
  readonly resources: Resources;
  /** Share of the design's LUTs, 0..1. */
  readonly lutShare: number;
  /** Counted as it stands in the netlist; false: read from the names of a flattened module. */
  readonly exact: boolean;
}

/**
 * Units of the design in descending order of LUTs.
 * @param folded source names of kept modules that count with the unit that holds them
 */
export function attributeUnits(netlist: Netlist, modules: readonly ModuleUse[], folded: readonly string[] = []): UnitUse[] {
  const units = new Map<string, { name: string; within: string; instances: number; cells: Record<string, number>; exact: boolean }>();
  for (const use of modules) {
    if (folded.includes(use.name)) continue;
    const module = netlist.modules[use.module];
    const scopes = flattenedScopes(module);
    const cells = cellsByScope(netlist, module, scopes, folded);
    for (const scope of ['', ...scopes.keys()]) {
      const name = scopes.get(scope) ?? use.name;
      const key = `${use.name} ${name}`;
      const unit = units.get(key) ?? { name, within: use.name, instances: 0, cells: {}, exact: true };
      units.set(key, unit);
      unit.instances += use.instances;
      unit.exact &&= scopes.size === 0;
      for (const [type, count] of Object.entries(cells.get(scope) ?? {})) unit.cells[type] = (unit.cells[type] ?? 0) + count * use.instances;
    }
  }
  const all = [...units.values()].map(({ cells, ...unit }) => ({ ...unit, resources: resourcesOf(cells) }));
  const total = all.reduce((sum, { resources }) => sum + resources.lut, 0);
  return all
    .map((unit) => ({ ...unit, lutShare: total > 0 ? unit.resources.lut / total : 0 }))
    .sort((a, b) => b.resources.lut - a.resources.lut || (`${a.within} ${a.name}` < `${b.within} ${b.name}` ? -1 : 1));
}

/** Tells for each cell of a module to which module of the source it belongs, by the same reading. */
export function unitFinder(netlist: Netlist): (module: string, cell: string) => string {
  const modules = new Map<string, { scopes: Map<string, string>; labels: Labels }>();
  return (name, cell) => {
    let found = modules.get(name);
    if (!found) {
      const scopes = flattenedScopes(netlist.modules[name]);
      modules.set(name, (found = { scopes, labels: new Labels(netlist, netlist.modules[name], scopes) }));
    }
    return found.scopes.get(found.labels.of(cell)) ?? sourceName(name);
  };
}

/** Instances directly under the module that were flattened: instance path to module name in the source. */
function flattenedScopes(module: NetlistModule): Map<string, string> {
  const found = Object.entries(module.cells).filter(([, cell]) => cell.type === '$scopeinfo');
  const names = found.map(([name]) => name);
  const scopes = new Map<string, string>();
  for (const [name, cell] of found) {
    if (names.some((other) => name.startsWith(`${other}.`))) continue;
    const attributes = cell.attributes ?? {};
    scopes.set(name, attributes.module_hdlname ?? sourceName(attributes.module ?? name));
  }
  return scopes;
}

/** Number of cells by type for each scope; '' is the module itself. */
function cellsByScope(
  netlist: Netlist, module: NetlistModule, scopes: ReadonlyMap<string, string>, folded: readonly string[],
): Map<string, Record<string, number>> {
  const labels = new Labels(netlist, module, scopes);
  const counts = new Map<string, Record<string, number>>();
  for (const [name, cell] of Object.entries(module.cells)) {
    const kept = cell.type in netlist.modules;
    if ((kept && !folded.includes(sourceName(cell.type))) || cell.type === '$scopeinfo') continue;
    const scope = labels.of(name);
    const cells = counts.get(scope) ?? {};
    counts.set(scope, cells);
    const added = kept ? allCells(netlist, cell.type) : { [cell.type]: 1 };
    for (const [type, count] of Object.entries(added)) cells[type] = (cells[type] ?? 0) + count;
  }
  return counts;
}

/** Cells of a kept module and all below it. */
function allCells(netlist: Netlist, name: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of Object.values(netlist.modules[name].cells)) {
    const added = type in netlist.modules ? allCells(netlist, type) : { [type]: 1 };
    for (const [leaf, count] of Object.entries(added)) counts[leaf] = (counts[leaf] ?? 0) + count;
  }
  return counts;
}

/** Finds the scope of each cell of one module: by its name, by the name of what it drives, by its source file, by what it feeds. */
class Labels {
  private readonly known = new Map<string, string>();
  private readonly open = new Set<string>();
  private readonly netNames = new Map<number, string[]>();
  private readonly sinks = new Map<number, string[]>();
  private readonly byFile = new Map<string, string>();

  constructor(
    private readonly netlist: Netlist,
    private readonly module: NetlistModule,
    private readonly scopes: ReadonlyMap<string, string>,
  ) {
    const push = (map: Map<number, string[]>, bit: Bit, name: string) => {
      if (typeof bit !== 'number') return;
      if (map.has(bit)) map.get(bit)!.push(name);
      else map.set(bit, [name]);
    };
    for (const [name, net] of Object.entries(module.netnames)) if (!net.hide_name) net.bits.forEach((bit) => push(this.netNames, bit, name));
    for (const [name, cell] of Object.entries(module.cells)) {
      for (const [port, bits] of Object.entries(cell.connections)) if (cell.port_directions?.[port] === 'input') bits.forEach((bit) => push(this.sinks, bit, name));
    }
    for (const [scope, source] of scopes) {
      const file = `${source}.v`;
      this.byFile.set(file, this.byFile.has(file) ? '' : scope); // two scopes of one module: the file does not tell which
    }
  }

  of(name: string): string {
    const label = this.known.get(name);
    if (label !== undefined) return label;
    if (this.open.has(name)) return ''; // a way back to itself, through a loop of carry and LUT cells
    this.open.add(name);
    const found = this.scopes.size === 0 ? '' : this.find(name);
    this.open.delete(name);
    this.known.set(name, found);
    return found;
  }

  private find(name: string): string {
    const cell = this.module.cells[name];
    const own = this.scopeIn(name.startsWith('$flatten\\') ? name.slice('$flatten\\'.length) : name);
    if (own !== undefined) return own;
    if (cell.type in this.netlist.modules) return '';
    return this.byOutputName(cell) ?? this.bySource(cell) ?? this.bySinks(cell);
  }

  private scopeIn(name: string): string | undefined {
    for (const scope of this.scopes.keys()) if (name.startsWith(`${scope}.`)) return scope;
    return undefined;
  }

  /** A net has a name in every unit that it reaches. The register's own name tells most, an output's less, an input's nothing. */
  private byOutputName(cell: NetlistCell): string | undefined {
    const best = { rank: 0, scopes: new Set<string>() };
    for (const bit of outputBits(cell)) {
      for (const name of this.netNames.get(bit) ?? []) {
        const scope = this.scopeIn(name);
        const rank = scope === undefined ? 1 : name.endsWith('_q') ? 4 : name.endsWith('_o') ? 3 : name.endsWith('_i') ? 0 : 2;
        if (rank === 0 || rank < best.rank) continue;
        if (rank > best.rank) best.scopes.clear();
        best.rank = rank;
        best.scopes.add(scope ?? '');
      }
    }
    if (best.scopes.size === 1) return [...best.scopes][0];
    return best.scopes.size > 1 ? '' : undefined;
  }

  private bySource(cell: NetlistCell): string | undefined {
    for (const source of (cell.attributes?.src ?? '').split('|')) {
      const scope = this.byFile.get(/([^/:]+):/.exec(source)?.[1] ?? '');
      if (scope) return scope;
    }
    return undefined;
  }

  /** The scope of most of the cells it feeds; equal numbers: the first by name. */
  private bySinks(cell: NetlistCell): string {
    const votes = new Map<string, number>();
    for (const bit of outputBits(cell)) {
      for (const sink of this.sinks.get(bit) ?? []) {
        const scope = this.of(sink);
        votes.set(scope, (votes.get(scope) ?? 0) + 1);
      }
    }
    return [...votes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? '';
  }
}

function outputBits(cell: NetlistCell): number[] {
  return Object.entries(cell.connections)
    .filter(([port]) => cell.port_directions?.[port] === 'output')
    .flatMap(([, bits]) => bits.filter((bit) => typeof bit === 'number'));
}
