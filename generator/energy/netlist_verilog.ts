/**
 * A mapped netlist as Verilog of single bits: every net of a module is a wire `n<number>` by its number in the netlist, every cell an
 * instance `c<index>` by its place in the module. Once a cycle each instance hands the settled values of its nets, 64 at a time, to the
 * simulator's counter (sim/harness/activity.h), which knows them by their place only; `NetPlaces` says which net that is.
 */
import type { Bit, Netlist, NetlistCell, NetlistModule } from '../synthesize/netlist.js';

/** Cells whose models take vectors; those of all others take bits (sim/cells/xc7.v). */
const VECTOR_CELLS = new Set(['DSP48E1']);
/** Markers of flattened scopes; no hardware. */
const MARKER = '$scopeinfo';
const GROUP = 64;

/** The nets of one instance of a module, in the order in which they are handed over, from sample `at * 64` on. */
export interface NetPlaces {
  /** Indices of the cells that lead from the top to the instance. */
  readonly path: readonly number[];
  readonly module: string;
  readonly at: number;
  readonly nets: readonly number[];
}

export interface NetlistText {
  readonly verilog: string;
  /** The top first. */
  readonly places: readonly NetPlaces[];
  /** Groups of 64 samples. */
  readonly groups: number;
}

/** Cells of a module that are instances, in the order that gives their indices. */
export function cellsOf(module: NetlistModule): [string, NetlistCell][] {
  return Object.entries(module.cells).filter(([, cell]) => cell.type !== MARKER);
}

/** Nets that a module adds to those of its parent: all but its inputs. */
export function ownNets(module: NetlistModule, isTop: boolean): number[] {
  const nets = new Set<number>();
  const add = (bits: readonly Bit[]) => bits.forEach((bit) => typeof bit === 'number' && nets.add(bit));
  for (const { bits } of Object.values(module.ports)) add(bits);
  for (const [, cell] of cellsOf(module)) Object.values(cell.connections).forEach(add);
  if (!isTop) for (const { direction, bits } of Object.values(module.ports)) if (direction === 'input') bits.forEach((bit) => nets.delete(bit as number));
  return [...nets];
}

/** @param boxes modules that are not in the netlist and keep their vector ports and source names */
export function netlistVerilog(netlist: Netlist, top: string, boxes: readonly string[]): NetlistText {
  const names = new Map<string, string>();
  const sizes = new Map<string, number>();
  const visit = (key: string): number => {
    const known = sizes.get(key);
    if (known !== undefined) return known;
    names.set(key, key === top ? top : `m${names.size}`);
    const module = netlist.modules[key];
    let size = Math.ceil(ownNets(module, key === top).length / GROUP);
    for (const [, cell] of cellsOf(module)) if (cell.type in netlist.modules) size += visit(cell.type);
    sizes.set(key, size);
    return size;
  };
  const groups = visit(top);
  const writer = new ModuleWriter(netlist, top, names, sizes, new Set(boxes));
  const verilog = [...names.keys()].map((key) => writer.text(key)).join('\n');
  return { verilog, places: placesOf(netlist, top, top, 0, [], sizes), groups };
}

function placesOf(netlist: Netlist, top: string, key: string, at: number, path: readonly number[], sizes: ReadonlyMap<string, number>): NetPlaces[] {
  const module = netlist.modules[key];
  const nets = ownNets(module, key === top);
  const places: NetPlaces[] = [{ path, module: key, at, nets }];
  let next = at + Math.ceil(nets.length / GROUP);
  cellsOf(module).forEach(([, cell], index) => {
    if (!(cell.type in netlist.modules)) return;
    for (const place of placesOf(netlist, top, cell.type, next, [...path, index], sizes)) places.push(place);
    next += sizes.get(cell.type)!;
  });
  return places;
}

const net = (bit: number) => `n${bit}`;
const outputBit = (port: string, index: number) => `o_${port}_${index}`;

class ModuleWriter {
  constructor(
    private readonly netlist: Netlist,
    private readonly top: string,
    private readonly names: ReadonlyMap<string, string>,
    private readonly sizes: ReadonlyMap<string, number>,
    private readonly boxes: ReadonlySet<string>,
  ) {}

  text(key: string): string {
    const module = this.netlist.modules[key];
    const isTop = key === this.top;
    const nets = ownNets(module, isTop);
    const ports = isTop ? topPorts(module) : bitPorts(module);
    return [
      `module ${this.names.get(key)} (${ports.declared.join(', ')});`,
      // Instances share one body: that keeps the compiled model small.
      ...(isTop ? [] : ['/*verilator no_inline_module*/']),
      ...nets.map((bit) => `wire ${net(bit)};`),
      ...ports.ties,
      ...this.cells(module, nets.length, isTop),
      ...sampling(module, nets, isTop),
      'endmodule',
      '',
    ].join('\n');
  }

  private cells(module: NetlistModule, nets: number, isTop: boolean): string[] {
    let next = Math.ceil(nets / GROUP);
    return cellsOf(module).map(([, cell], index) => {
      const inner = this.netlist.modules[cell.type];
      if (!inner) return `${cell.type}${this.parameters(cell)} c${index} (${this.pins(cell).join(', ')});`;
      const place = `.at_i(${isTop ? '' : 'at_i + '}32'd${next})`;
      next += this.sizes.get(cell.type)!;
      return `${this.names.get(cell.type)} c${index} (${[place, ...modulePins(cell, inner)].join(', ')});`;
    });
  }

  private pins(cell: NetlistCell): string[] {
    const vectors = this.boxes.has(cell.type) || VECTOR_CELLS.has(cell.type);
    return Object.entries(cell.connections).flatMap(([port, bits]) => {
      const output = cell.port_directions[port] === 'output';
      if (vectors) return [`.${port}(${vector(bits, output)})`];
      return bits.map((bit, i) => `.${port}${bits.length > 1 ? i : ''}(${pin(bit, output)})`);
    });
  }

  /** Parameters as constants; those of a box as decimal numbers and strings, as its source has them. */
  private parameters(cell: NetlistCell): string {
    const spelled = Object.entries(cell.parameters).map(([name, text]) => {
      if (!/^[01xz]+$/.test(text)) return `.${name}("${text.trim()}")`;
      if (this.boxes.has(cell.type)) return `.${name}(${Number.parseInt(text, 2)})`;
      return `.${name}(${text.length}'b${text.replace(/[xz]/g, '0')})`;
    });
    return spelled.length > 0 ? ` #(${spelled.join(', ')})` : '';
  }
}

interface Ports {
  readonly declared: readonly string[];
  readonly ties: readonly string[];
}

/** Ports as in the source, tied to the nets bit by bit. */
function topPorts(module: NetlistModule): Ports {
  const ports = Object.entries(module.ports);
  return {
    declared: ports.map(([port, { direction, bits }]) => `${direction} wire ${bits.length > 1 ? `[${bits.length - 1}:0] ` : ''}${port}`),
    ties: ports.flatMap(([port, { direction, bits }]) =>
      bits.map((bit, i) => {
        const end = bits.length > 1 ? `${port}[${i}]` : port;
        return direction === 'input' ? `assign ${value(bit)} = ${end};` : `assign ${end} = ${value(bit)};`;
      }),
    ),
  };
}

/** Input bits are the nets themselves; an output bit is a port of its own, as one net may leave by several. */
function bitPorts(module: NetlistModule): Ports {
  const declared = ['input wire [31:0] at_i'];
  const ties: string[] = [];
  for (const [port, { direction, bits }] of Object.entries(module.ports)) {
    bits.forEach((bit, i) => {
      if (direction === 'input' && typeof bit === 'number') declared.push(`input wire ${net(bit)}`);
      if (direction !== 'output') return;
      declared.push(`output wire ${outputBit(port, i)}`);
      ties.push(`assign ${outputBit(port, i)} = ${value(bit)};`);
    });
  }
  return { declared, ties };
}

/** A module without a clock has no registers; its nets are handed over with none. */
function sampling(module: NetlistModule, nets: readonly number[], isTop: boolean): string[] {
  const clock = clockOf(module);
  if (clock === undefined || nets.length === 0) return [];
  const calls: string[] = [];
  for (let from = 0; from < nets.length; from += GROUP) {
    const group = nets.slice(from, from + GROUP);
    const bits = [...group].reverse().map(net).join(', ');
    const fill = group.length < GROUP ? `${GROUP - group.length}'d0, ` : '';
    calls.push(`shiftloom_nets(${isTop ? '' : 'at_i + '}32'd${from / GROUP}, {${fill}${bits}});`);
  }
  return [
    'import "DPI-C" function bit shiftloom_counting();',
    'import "DPI-C" function void shiftloom_nets(input int unsigned at, input longint unsigned nets);',
    `always @(posedge ${net(clock)}) if (shiftloom_counting()) begin`,
    ...calls,
    'end',
  ];
}

/** The net of the clock: what the registers of the module take. The engine has one clock. */
export function clockOf(module: NetlistModule): number | undefined {
  for (const [, { type, connections }] of cellsOf(module)) {
    const pin = type === 'FDRE' || type === 'FDSE' ? connections.C : type === 'DSP48E1' || type.startsWith('SRL') ? connections.CLK : undefined;
    if (pin && typeof pin[0] === 'number') return pin[0];
  }
  return undefined;
}

function modulePins(cell: NetlistCell, inner: NetlistModule): string[] {
  return Object.entries(cell.connections).flatMap(([port, bits]) => {
    const { direction, bits: own } = inner.ports[port];
    return bits.flatMap((bit, i) => {
      const end = own[i];
      if (direction === 'output') return [`.${outputBit(port, i)}(${pin(bit, true)})`];
      return typeof end === 'number' ? [`.${net(end)}(${value(bit)})`] : [];
    });
  });
}

/** An undefined bit may be anything; 0 is what the simulators of the source take too. */
function value(bit: Bit): string {
  return typeof bit === 'number' ? net(bit) : `1'b${bit === '1' ? 1 : 0}`;
}

function pin(bit: Bit, output: boolean): string {
  return output && typeof bit !== 'number' ? '' : value(bit);
}

function vector(bits: readonly Bit[], output: boolean): string {
  if (output && bits.every((bit) => typeof bit !== 'number')) return '';
  return bits.length === 1 ? value(bits[0]) : `{${[...bits].reverse().map(value).join(', ')}}`;
}
