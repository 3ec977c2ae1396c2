/** One module of the netlist made ready for timing: dense net numbers, arcs, clocked pins. Made once for each module. */
import type { Bit, Netlist, NetlistCell, NetlistModule } from '../netlist.js';
import { cellTiming, type CellTiming } from './arcs.js';

/** What drives a net, as far as it decides whether the way to the next cell leaves the slice. */
export const DRIVER = { OTHER: 0, LUT: 1, LUT_O5: 2, CARRY: 3, CARRY_LAST: 4, MUXF: 5, CASCADE: 6, INVERTER: 7 } as const;
/** What a net drives, likewise. INTERNAL: a way inside one cell. */
export const SINK = { OTHER: 0, FF_D: 1, CARRY_S: 2, CARRY_DI: 3, CARRY_CI: 4, MUXF_DATA: 5, CASCADE: 6, INTERNAL: 7 } as const;

export interface TemplateArc {
  readonly from: number;
  readonly to: number;
  readonly delay: number;
  readonly sink: number;
  readonly cell: number;
}
export interface TemplateClocked {
  readonly net: number;
  readonly delay: number;
  readonly sink: number;
  readonly cell: number;
  readonly port: string;
}
export interface TemplateChild {
  readonly name: string;
  readonly module: string;
  readonly connections: Readonly<Record<string, readonly Bit[]>>;
}

export interface Template {
  readonly name: string;
  readonly source: NetlistModule;
  readonly cells: { readonly name: string; readonly type: string }[];
  readonly arcs: TemplateArc[];
  readonly launches: TemplateClocked[];
  readonly captures: TemplateClocked[];
  readonly drivers: { readonly net: number; readonly kind: number }[];
  /** One entry for each input pin of a cell, with the net it hangs on. */
  readonly loads: number[];
  /** Each select input of a carry chain with the outputs that it can change. */
  readonly carrySelects: { readonly select: number; readonly outputs: readonly number[] }[];
  readonly children: TemplateChild[];
  readonly unknown: Set<string>;
  /** Dense number of a net of the netlist; -1 for a constant. */
  netOf(bit: Bit): number;
  netCount(): number;
}

export function makeTemplate(netlist: Netlist, name: string): Template {
  const source = netlist.modules[name];
  const numbers = new Map<number, number>();
  let count = 0;
  const netOf = (bit: Bit): number => {
    if (typeof bit !== 'number') return -1;
    let net = numbers.get(bit);
    if (net === undefined) numbers.set(bit, (net = count++));
    return net;
  };
  const template: Template = {
    name, source, netOf, netCount: () => count,
    cells: [], arcs: [], launches: [], captures: [], drivers: [], loads: [], carrySelects: [], children: [], unknown: new Set(),
  };
  for (const [cellName, cell] of Object.entries(source.cells)) {
    if (cell.type in netlist.modules) {
      template.children.push({ name: cellName, module: cell.type, connections: cell.connections });
      continue;
    }
    const timing = cellTiming(cell);
    if (timing === undefined) template.unknown.add(cell.type);
    else addCell(template, cellName, cell, timing, () => count++);
  }
  return template;
}

function addCell(template: Template, name: string, cell: NetlistCell, timing: CellTiming, newNet: () => number): void {
  const index = template.cells.push({ name, type: cell.type }) - 1;
  const net = (port: string, bit: number) => template.netOf(cell.connections[port]?.[bit] ?? 'x');
  const loads = new Set<string>();
  const arc = (from: number, to: number, delay: number, sink: number) => {
    if (from >= 0 && to >= 0) template.arcs.push({ from, to, delay, sink, cell: index });
  };
  const depends = cell.type === 'LUT6_2' ? lutDependence(cell) : () => true;
  for (const { from, fromBit, to, toBit, delay } of timing.arcs) {
    if (!depends(from, to)) continue;
    arc(net(from, fromBit), net(to, toBit), delay, sinkKind(cell.type, from));
    loads.add(`${from} ${fromBit}`);
  }
  if (timing.bundle) {
    const middle = newNet();
    for (const [port, delay] of Object.entries(timing.bundle.inputs)) {
      cell.connections[port]?.forEach((_, bit) => {
        arc(net(port, bit), middle, delay, sinkKind(cell.type, port));
        loads.add(`${port} ${bit}`);
      });
    }
    for (const [port, delay] of Object.entries(timing.bundle.outputs)) {
      cell.connections[port]?.forEach((_, bit) => arc(middle, net(port, bit), delay, SINK.INTERNAL));
    }
  }
  const clocked = (list: TemplateClocked[], delays: Readonly<Record<string, number>>) => {
    for (const [port, delay] of Object.entries(delays)) {
      cell.connections[port]?.forEach((_, bit) => {
        if (net(port, bit) >= 0) list.push({ net: net(port, bit), delay, sink: sinkKind(cell.type, port), cell: index, port });
        if (list === template.captures) loads.add(`${port} ${bit}`);
      });
    }
  };
  clocked(template.launches, timing.launch);
  clocked(template.captures, timing.capture);
  for (const load of loads) {
    const [port, bit] = load.split(' ');
    if (net(port, Number(bit)) >= 0) template.loads.push(net(port, Number(bit)));
  }
  if (cell.type === 'CARRY4') addCarrySelects(template, cell);
  for (const [port, bits] of Object.entries(cell.connections)) {
    if (cell.port_directions[port] === 'output') bits.forEach((_, bit) => template.drivers.push({ net: net(port, bit), kind: driverKind(cell.type, port, bit) }));
  }
}

const DEPENDENCE = new Map<string, ReadonlySet<string>>();

/**
 * Which inputs of a LUT6_2 change which output. It is written by hand with both functions in one table, and they share only some inputs: in an adder
 * of three numbers the majority does not depend on the neighbour's majority, though both are pins of one LUT.
 */
function lutDependence(cell: NetlistCell): (input: string, output: string) => boolean {
  const table = (cell.parameters.INIT ?? '').padStart(64, '0');
  const tied = [0, 1, 2, 3, 4, 5].map((i) => cell.connections[`I${i}`]?.[0] ?? 'x').map((bit) => (bit === '0' || bit === '1' ? bit : '-')).join('');
  let pairs = DEPENDENCE.get(table + tied);
  if (!pairs) DEPENDENCE.set(table + tied, (pairs = dependentPairs(table, tied)));
  return (input, output) => pairs.has(`${input} ${output}`);
}

function dependentPairs(table: string, tied: string): ReadonlySet<string> {
  // INIT[i] stands at the end of the text for i = 0. O5 is the lower half, whatever I5 is.
  const value = (index: number) => table[63 - index];
  const possible = (index: number) => [...tied].every((bit, i) => bit === '-' || bit === String((index >> i) & 1));
  const pairs = new Set<string>();
  for (let index = 0; index < 64; index++) {
    for (let i = 0; i < 6; i++) {
      const other = index ^ (1 << i);
      if (!possible(index) || !possible(other)) continue;
      if (value(index) !== value(other)) pairs.add(`I${i} O6`);
      if (value(index & 31) !== value(other & 31)) pairs.add(`I${i} O5`);
    }
  }
  return pairs;
}

function addCarrySelects(template: Template, cell: NetlistCell): void {
  cell.connections.S?.forEach((bit, i) => {
    const select = template.netOf(bit);
    if (select < 0) return;
    const behind = ['O', 'CO'].flatMap((port) => (cell.connections[port] ?? []).slice(i).map((out) => template.netOf(out)));
    template.carrySelects.push({ select, outputs: behind.filter((net) => net >= 0) });
  });
}

function driverKind(type: string, port: string, bit: number): number {
  if (type === 'LUT6_2') return port === 'O5' ? DRIVER.LUT_O5 : DRIVER.LUT;
  if (/^(LUT\d|SRL|RAM\d)/.test(type)) return DRIVER.LUT;
  if (type === 'CARRY4') return port === 'CO' && bit === 3 ? DRIVER.CARRY_LAST : DRIVER.CARRY;
  if (/^MUXF/.test(type)) return DRIVER.MUXF;
  if (type === 'INV') return DRIVER.INVERTER;
  return /COUT$/.test(port) ? DRIVER.CASCADE : DRIVER.OTHER;
}

function sinkKind(type: string, port: string): number {
  if (/^FD/.test(type)) return port === 'D' ? SINK.FF_D : SINK.OTHER;
  if (type === 'CARRY4') return port === 'S' ? SINK.CARRY_S : port === 'DI' ? SINK.CARRY_DI : port === 'CI' ? SINK.CARRY_CI : SINK.OTHER;
  if (/^MUXF/.test(type)) return port === 'S' ? SINK.OTHER : SINK.MUXF_DATA;
  return /CIN$/.test(port) ? SINK.CASCADE : SINK.OTHER;
}
