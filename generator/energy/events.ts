/** What happens in a netlist in the counted cycles, as numbers of events that cost energy: by unit and by primitive. */
import { blockRamCount } from '../plan/memory.js';
import { unitFinder } from '../synthesize/attribution.js';
import { parameterNumber, type Bit, type Netlist, type NetlistCell } from '../synthesize/netlist.js';
import type { Figure } from './energy_table.js';
import { cellsOf, clockOf, type NetPlaces } from './netlist_verilog.js';

export type Primitive = 'LUT' | 'CARRY4' | 'FF' | 'SRL' | 'DSP48E1' | 'RAM' | 'port';
export type Counts = Partial<Record<Figure, number>>;

/** What a simulation counted, by the places in which the netlist hands its nets over. */
export interface NetActivity {
  readonly cycles: number;
  /** Changes of the value from cycle to cycle. */
  readonly toggles: Uint32Array;
  /** Cycles in which the value was 1. */
  readonly high: Uint32Array;
}

export interface EventGroup {
  /** Module name in the source. */
  readonly unit: string;
  /** What drives the nets, or what the events happen in. */
  readonly primitive: Primitive;
  readonly counts: Counts;
}

/** Inputs of a DSP48E1 whose bits are operands. */
const OPERANDS = new Set(['A', 'B', 'C', 'D']);
const MULTIPLIER_BITS = 25;

interface Driver {
  readonly primitive: Primitive;
  readonly unit: string;
  readonly type: string;
}

/** The nets of the whole hierarchy by one number each: where a net's counts stand in the activity. */
export class FlatNets {
  private readonly byPath = new Map<string, Map<number, number>>();
  /** Clock nets: not signals, and counted with the registers. */
  readonly clocks = new Set<number>();

  constructor(private readonly netlist: Netlist, readonly places: readonly NetPlaces[]) {
    for (const place of places) this.add(place);
  }

  private add({ path, module: key, at, nets }: NetPlaces): void {
    const module = this.netlist.modules[key];
    const own = new Map(nets.map((bit, i) => [bit, at * 64 + i]));
    if (path.length > 0) {
      const parent = this.byPath.get(path.slice(0, -1).join('.'))!;
      const cell = cellsOf(this.netlist.modules[this.moduleAt(path.slice(0, -1))])[path[path.length - 1]][1];
      for (const [port, { direction, bits }] of Object.entries(module.ports)) {
        bits.forEach((bit, i) => {
          const outer = cell.connections[port]?.[i];
          // An output is one net inside and outside; the outside one has the readers.
          if (typeof bit === 'number' && typeof outer === 'number' && (direction === 'input' || own.has(bit))) own.set(bit, parent.get(outer)!);
        });
      }
    }
    this.byPath.set(path.join('.'), own);
    const clock = clockOf(module);
    if (clock !== undefined && own.has(clock)) this.clocks.add(own.get(clock)!);
  }

  private moduleAt(path: readonly number[]): string {
    const key = path.join('.');
    return this.places.find((place) => place.path.join('.') === key)!.module;
  }

  /** Index into the activity's arrays, or undefined for a constant or an open input. */
  indexOf(path: readonly number[], bit: Bit | undefined): number | undefined {
    return typeof bit === 'number' ? this.byPath.get(path.join('.'))?.get(bit) : undefined;
  }
}

/** Events of the counted cycles. */
export function countEvents(netlist: Netlist, places: readonly NetPlaces[], activity: NetActivity): EventGroup[] {
  return new EventCounter(netlist, places, activity).groups();
}

class EventCounter {
  private readonly flat: FlatNets;
  private readonly drivers = new Map<number, Driver>();
  /** Readers that a net reaches over the routing, and all. */
  private readonly routed = new Map<number, number>();
  private readonly readers = new Map<number, number>();
  private readonly totals = new Map<string, { unit: string; primitive: Primitive; counts: Counts }>();
  private readonly unitOf: (module: string, cell: string) => string;

  constructor(private readonly netlist: Netlist, places: readonly NetPlaces[], private readonly activity: NetActivity) {
    this.flat = new FlatNets(netlist, places);
    this.unitOf = unitFinder(netlist);
  }

  groups(): EventGroup[] {
    this.eachCell((path, module, name, cell) => this.noteDrivers(path, module, name, cell));
    this.eachCell((path, _module, _name, cell) => this.count(this.readers, path, cell, () => true));
    const taken = new Set<number>();
    this.eachCell((path, _module, _name, cell) => this.count(this.routed, path, cell, (port, index) => !this.dedicated(cell, port, index, taken)));
    for (const [index, driver] of this.drivers) this.netEvents(index, driver);
    this.eachCell((path, module, name, cell) => this.cellEvents(path, module, name, cell));
    return [...this.totals.values()];
  }

  private eachCell(visit: (path: readonly number[], module: string, name: string, cell: NetlistCell) => void): void {
    for (const { path, module } of this.flat.places) {
      for (const [name, cell] of cellsOf(this.netlist.modules[module])) if (!(cell.type in this.netlist.modules)) visit(path, module, name, cell);
    }
  }

  private noteDrivers(path: readonly number[], module: string, name: string, cell: NetlistCell): void {
    const driver = { primitive: primitiveOf(cell.type), unit: this.unitOf(module, name), type: cell.type };
    for (const [port, bits] of Object.entries(cell.connections)) {
      if (cell.port_directions[port] !== 'output') continue;
      for (const bit of bits) {
        const index = this.flat.indexOf(path, bit);
        if (index !== undefined) this.drivers.set(index, driver);
      }
    }
  }

  private count(into: Map<number, number>, path: readonly number[], cell: NetlistCell, counts: (port: string, index: number) => boolean): void {
    for (const [port, bits] of Object.entries(cell.connections)) {
      if (cell.port_directions[port] === 'output') continue;
      for (const bit of bits) {
        const index = this.flat.indexOf(path, bit);
        if (index !== undefined && !this.flat.clocks.has(index) && counts(port, index)) into.set(index, (into.get(index) ?? 0) + 1);
      }
    }
  }

  /**
   * True for the ways within a slice: LUT to the carry chain, carry to carry, LUT and carry to a register behind them, LUT to MUXF7,
   * MUXF7 to MUXF8. A net has one register behind it.
   */
  private dedicated(cell: NetlistCell, port: string, index: number, taken: Set<number>): boolean {
    const from = this.drivers.get(index)?.type ?? '';
    const lut = from.startsWith('LUT');
    if (cell.type === 'CARRY4') return from === 'CARRY4' ? port === 'CI' : lut && (port === 'S' || port === 'DI') && this.readers.get(index) === 1;
    if (cell.type === 'MUXF7') return lut && port !== 'S';
    if (cell.type === 'MUXF8') return from === 'MUXF7' && port !== 'S';
    if (cell.type === 'INV') return true; // taken in by what reads it
    if (!isFlipFlop(cell.type) || port !== 'D' || !(lut || from === 'CARRY4' || from.startsWith('MUXF')) || taken.has(index)) return false;
    taken.add(index);
    return true;
  }

  private netEvents(index: number, { unit, primitive, type }: Driver): void {
    const toggles = this.activity.toggles[index];
    if (toggles === 0 || this.flat.clocks.has(index) || type === 'INV') return;
    const routed = this.routed.get(index) ?? 0;
    const counts: Counts = routed > 0 ? { net: toggles, sink: toggles * routed } : {};
    if (primitive === 'LUT') counts.lut = toggles;
    if (primitive === 'CARRY4') counts.carry = toggles;
    if (primitive === 'FF') counts.flipFlop = toggles;
    this.add(unit, primitive, counts);
  }

  private cellEvents(path: readonly number[], module: string, name: string, cell: NetlistCell): void {
    const unit = this.unitOf(module, name);
    const { cycles } = this.activity;
    const high = (port: string) => this.cyclesHigh(path, cell.connections[port]?.[0]);
    if (isFlipFlop(cell.type)) this.add(unit, 'FF', { clock: cycles });
    else if (cell.type.startsWith('SRL')) this.add(unit, 'SRL', { clock: cycles, shiftRegister: high('CE') });
    else if (cell.type === 'DSP48E1') this.dspEvents(path, unit, cell);
    else if (cell.type === 'nn_ram') this.ramEvents(unit, cell, high('read_enable_i'), high('write_enable_i'));
  }

  /** A cycle counts as one with an operation as long as there are toggles for it. */
  private dspEvents(path: readonly number[], unit: string, cell: NetlistCell): void {
    let bits = 0;
    for (const [port, nets] of Object.entries(cell.connections)) {
      if (!OPERANDS.has(port)) continue;
      for (const net of port === 'A' ? nets.slice(0, MULTIPLIER_BITS) : nets) {
        const index = this.flat.indexOf(path, net);
        if (index !== undefined) bits += this.activity.toggles[index];
      }
    }
    this.add(unit, 'DSP48E1', { dspCycle: Math.min(this.activity.cycles, bits), dspBit: bits });
  }

  /** Block RAM by access; RAM in LUTs is LUTs with a register behind each, and its outputs are nets. */
  private ramEvents(unit: string, cell: NetlistCell, reads: number, writes: number): void {
    const number = (name: string) => parameterNumber(cell.parameters[name]) ?? 0;
    const width = number('WIDTH');
    if (number('BLOCK') === 0) this.add(unit, 'RAM', { clock: width * this.activity.cycles });
    else this.add(unit, 'RAM', { blockRam: (reads + writes) * blockRamCount(number('DEPTH'), width) });
  }

  private cyclesHigh(path: readonly number[], bit: Bit | undefined): number {
    if (bit === '1') return this.activity.cycles;
    const index = this.flat.indexOf(path, bit);
    return index === undefined ? 0 : this.activity.high[index];
  }

  private add(unit: string, primitive: Primitive, counts: Counts): void {
    const key = `${unit} ${primitive}`;
    const group = this.totals.get(key) ?? { unit, primitive, counts: {} };
    this.totals.set(key, group);
    for (const [figure, count] of Object.entries(counts) as [Figure, number][]) group.counts[figure] = (group.counts[figure] ?? 0) + count;
  }
}

function isFlipFlop(type: string): boolean {
  return type === 'FDRE' || type === 'FDSE';
}

function primitiveOf(type: string): Primitive {
  if (type.startsWith('LUT') || type.startsWith('MUXF') || type === 'INV') return 'LUT';
  if (isFlipFlop(type)) return 'FF';
  if (type.startsWith('SRL')) return 'SRL';
  if (type === 'CARRY4' || type === 'DSP48E1') return type;
  return type === 'nn_ram' ? 'RAM' : 'port';
}
