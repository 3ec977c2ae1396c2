/**
 * Pre-layout estimate of the clock: the longest path from register to register over the mapped netlist. Cell delays are known, routing
 * is not before placement, so the result is a range by three guesses of what a hop costs. docs/synthesis.md says how far to trust it.
 */
import type { Netlist } from '../netlist.js';
import { unitFinder } from '../attribution.js';
import { sourceName } from '../statistics.js';
import { buildGraph, type ClockedPin, type TimingGraph } from './graph.js';
import { pathTo, type TimingPath } from './path.js';
import { hopDelay, propagate, sortGraph, type Arrivals, type NetDelay, type Order } from './propagate.js';

export const NET_DELAYS = {
  optimistic: { base: 0.6, spread: 0.05, reach: 0.01 },
  nominal: { base: 1.0, spread: 0.1, reach: 0.02 },
  pessimistic: { base: 1.4, spread: 0.15, reach: 0.03 },
} as const satisfies Record<string, NetDelay>;
export type Scenario = keyof typeof NET_DELAYS;

export interface TimingEstimate {
  readonly label: 'pre-layout estimate';
  /** Smallest clock period in nanoseconds, by the cost of routing. */
  readonly periodNs: Readonly<Record<Scenario, number>>;
  readonly fmaxMhz: Readonly<Record<Scenario, number>>;
  /** The nominal worst path. */
  readonly path: TimingPath;
  /** Nominal worst path into the registers of each module under the top, and of each kept module; worst first. */
  readonly byModule: readonly { readonly module: string; readonly periodNs: number }[];
  /** Nominal delay between the top's ports and registers, with nothing added outside; undefined if there is no such path. */
  readonly inputToRegisterNs?: number;
  readonly registerToOutputNs?: number;
  /** Carry-chain select inputs without a LUT of their own: each takes one LUT as a wire, which `lut` does not count. */
  readonly routeThroughLuts: number;
  /** Arcs left out because they close a combinational loop; a right design has none. */
  readonly loopArcs: number;
  readonly unknownCells: readonly string[];
}

/** Estimates the clock of `top`; undefined if no path leads from a register to a register. */
export function estimateTiming(netlist: Netlist, top: string): TimingEstimate | undefined {
  const graph = buildGraph(netlist, top);
  const order = sortGraph(graph);
  const registers = graph.starts.map((pin) => [pin.net, pin.delay] as const);
  const runs = Object.fromEntries(
    Object.entries(NET_DELAYS).map(([name, net]) => [name, worstEnd(graph, propagate(graph, order, registers, net), net)]),
  ) as Record<Scenario, Worst | undefined>;
  const nominal = runs.nominal;
  if (!nominal || !runs.optimistic || !runs.pessimistic) return undefined;
  const period = { optimistic: runs.optimistic.time, nominal: nominal.time, pessimistic: runs.pessimistic.time };
  return {
    label: 'pre-layout estimate',
    periodNs: mapValues(period, (ns) => round(ns, 2)),
    fmaxMhz: mapValues(period, (ns) => round(1000 / ns, 0)),
    path: pathTo(graph, nominal.arrivals, nominal.pin, NET_DELAYS.nominal),
    byModule: worstByModule(graph, nominal.arrivals, netlist, top),
    ...boundaries(graph, order, nominal.arrivals),
    routeThroughLuts: graph.routeThroughs,
    loopArcs: order.cut.size,
    unknownCells: graph.unknown,
  };
}

interface Worst {
  readonly pin: ClockedPin;
  readonly time: number;
  readonly arrivals: Arrivals;
}

/** Arrival at a capturing pin with the hop to it and its set-up. */
function endTime(graph: TimingGraph, arrivals: Arrivals, pin: ClockedPin, net: NetDelay): number {
  return arrivals.time[pin.net] + hopDelay(graph.driver[pin.net], pin.sink, graph.loads[pin.net], net, graph.span[pin.net]) + pin.delay;
}

function worstEnd(graph: TimingGraph, arrivals: Arrivals, net: NetDelay): Worst | undefined {
  let worst: Worst | undefined;
  for (const pin of graph.ends) {
    const time = endTime(graph, arrivals, pin, net);
    if (time > (worst?.time ?? -Infinity)) worst = { pin, time, arrivals };
  }
  return worst;
}

function worstByModule(graph: TimingGraph, arrivals: Arrivals, netlist: Netlist, top: string): { module: string; periodNs: number }[] {
  const worst = new Map<string, number>();
  const unitOf = unitFinder(netlist);
  for (const pin of graph.ends) {
    const { name, cells } = graph.instances[pin.instance].template;
    const module = name === top ? unitOf(name, cells[pin.cell].name) : sourceName(name);
    const time = endTime(graph, arrivals, pin, NET_DELAYS.nominal);
    if (time > (worst.get(module) ?? -Infinity)) worst.set(module, time);
  }
  return [...worst]
    .map(([module, time]) => ({ module, periodNs: round(time, 2) }))
    .sort((a, b) => b.periodNs - a.periodNs || (a.module < b.module ? -1 : 1));
}

function boundaries(graph: TimingGraph, order: Order, fromRegisters: Arrivals): { inputToRegisterNs?: number; registerToOutputNs?: number } {
  const fromInputs = propagate(graph, order, graph.inputs.map((net) => [net, 0] as const), NET_DELAYS.nominal);
  const input = worstEnd(graph, fromInputs, NET_DELAYS.nominal)?.time;
  const output = Math.max(...graph.outputs.map(({ net }) => fromRegisters.time[net]), -Infinity);
  return {
    ...(input !== undefined && { inputToRegisterNs: round(input, 2) }),
    ...(output > -Infinity && { registerToOutputNs: round(output, 2) }),
  };
}

function mapValues(values: Record<Scenario, number>, change: (value: number) => number): Record<Scenario, number> {
  return { optimistic: change(values.optimistic), nominal: change(values.nominal), pessimistic: change(values.pessimistic) };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
