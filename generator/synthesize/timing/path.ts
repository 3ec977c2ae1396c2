/** One timing path in words: the register it starts at, the cells it passes, the register it ends at. */
import { sourceName } from '../statistics.js';
import type { ClockedPin, Instance, TimingGraph } from './graph.js';
import { hopDelay, type Arrivals, type NetDelay } from './propagate.js';

export interface PathStep {
  /** Cell type: LUT6, CARRY4, FDRE, ... */
  readonly type: string;
  /** Module that holds the cell, by its source name. */
  readonly module: string;
  /** Instance path and name of the net that the cell drives, or of the register at the end. */
  readonly name: string;
  /** Delay through the cell: clock to output at the start, set-up at the end. */
  readonly cellNs: number;
  /** Routing before the cell; 0 inside a slice. */
  readonly routingNs: number;
  /** Time since the clock edge behind this step. */
  readonly atNs: number;
}

export interface TimingPath {
  readonly start: PathStep;
  readonly steps: readonly PathStep[];
  readonly end: PathStep;
  /** LUTs, multiplexers and DSP or RAM blocks passed; a carry chain counts as one. */
  readonly levels: number;
  readonly logicNs: number;
  readonly routingNs: number;
  readonly totalNs: number;
}

/** The latest path to a capturing pin. */
export function pathTo(graph: TimingGraph, arrivals: Arrivals, pin: ClockedPin, net: NetDelay): TimingPath {
  const arcs: number[] = [];
  for (let at = pin.net; arrivals.by[at] >= 0; at = graph.arcFrom[arrivals.by[at]]) arcs.push(arrivals.by[at]);
  arcs.reverse();
  const startNet = arcs.length > 0 ? graph.arcFrom[arcs[0]] : pin.net;
  const startPin = graph.starts.find((start) => start.net === startNet && Math.abs(start.delay - arrivals.time[startNet]) < 1e-9)!;
  const start = plain(step(graph, startPin.instance, startPin.cell, startNet, startPin.delay, 0, startPin.delay));
  const steps = arcs.map((arc) => {
    const from = graph.arcFrom[arc];
    const routing = hopDelay(graph.driver[from], graph.arcSink[arc], graph.loads[from], net, graph.span[from]);
    return step(graph, graph.arcInstance[arc], graph.arcCell[arc], graph.arcTo[arc], graph.arcDelay[arc], routing, arrivals.time[graph.arcTo[arc]]);
  });
  const lastHop = hopDelay(graph.driver[pin.net], pin.sink, graph.loads[pin.net], net, graph.span[pin.net]);
  const total = arrivals.time[pin.net] + lastHop + pin.delay;
  const end = plain(step(graph, pin.instance, pin.cell, -1, pin.delay, lastHop, total, pin.port));
  const merged = mergeInternal(steps);
  const routing = merged.reduce((sum, { routingNs }) => sum + routingNs, lastHop);
  return {
    start,
    steps: merged,
    end,
    levels: merged.filter((s, i) => s.type !== 'INV' && !(s.type === 'CARRY4' && merged[i - 1]?.type === 'CARRY4')).length,
    logicNs: rounded(total - routing),
    routingNs: rounded(routing),
    totalNs: rounded(total),
  };
}

/** The two halves of a way through a block (into it, out of it) are one step. */
function mergeInternal(steps: readonly (PathStep & { key: string })[]): PathStep[] {
  const merged: (PathStep & { key: string })[] = [];
  for (const next of steps) {
    const last = merged[merged.length - 1];
    if (last && last.key === next.key && next.routingNs === 0) {
      merged[merged.length - 1] = { ...next, cellNs: rounded(last.cellNs + next.cellNs), routingNs: last.routingNs };
    } else merged.push(next);
  }
  return merged.map(plain);
}

function plain({ key: _key, ...rest }: PathStep & { key: string }): PathStep {
  return rest;
}

function step(
  graph: TimingGraph, instance: number, cell: number, net: number, cellNs: number, routingNs: number, atNs: number, port = '',
): PathStep & { key: string } {
  const place = graph.instances[instance];
  const { name, type } = place.template.cells[cell];
  const local = net >= 0 ? netName(graph, place, net) : endName(place, name, port);
  return {
    key: `${instance} ${cell}`,
    type,
    module: sourceName(place.template.name),
    name: place.path === '' ? local : `${place.path}.${local}`,
    cellNs: rounded(cellNs),
    routingNs: rounded(routingNs),
    atNs: rounded(atNs),
  };
}

/** Name of a net in its instance, from the source where it has one there. */
function netName(graph: TimingGraph, place: Instance, net: number): string {
  const hits: string[] = [];
  for (const [name, { bits, hide_name }] of Object.entries(place.template.source.netnames)) {
    if (hide_name) continue;
    const bit = bits.findIndex((b) => typeof b === 'number' && graph.find(place.nets[place.template.netOf(b)]) === net);
    if (bit >= 0) hits.push(bits.length === 1 ? name : `${name}[${bit}]`);
  }
  // Flattening leaves several names; the shortest is the one nearest to the declaration.
  return hits.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? '(unnamed)';
}

/** A capturing cell by the name of what it drives, else by its own name if that is a name of the source. */
function endName(place: Instance, cell: string, port: string): string {
  const { connections, port_directions: directions } = place.template.source.cells[cell];
  const driven = Object.keys(connections).filter((name) => directions[name] === 'output').flatMap((name) => connections[name]);
  for (const [name, { bits, hide_name }] of Object.entries(place.template.source.netnames)) {
    const bit = hide_name ? -1 : bits.findIndex((b) => typeof b === 'number' && driven.includes(b));
    if (bit >= 0) return `${bits.length === 1 ? name : `${name}[${bit}]`} (${port})`;
  }
  return `${cell.includes('$') ? '(unnamed)' : cell} (${port})`;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
