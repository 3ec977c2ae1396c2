/** Longest paths through the graph. */
import type { TimingGraph } from './graph.js';
import { DRIVER, SINK } from './template.js';

/** Delay of one hop over routing: `base + spread * log2(loads) + reach * (CLBs it spans beyond a block)` nanoseconds. */
export interface NetDelay {
  readonly base: number;
  readonly spread: number;
  readonly reach: number;
}

/** Side in CLBs of the blocks that `base` was calibrated on: the way across one is in it. */
const BLOCK_SIDE = 12;

/** A carry chain's select input hangs on its own LUT; without one, a LUT is used as a wire. */
const ROUTE_THROUGH = 0.15;

/**
 * Routing delay from a net to one of its sinks. Inside a slice it is none: along a carry chain, from a LUT to the chain, the multiplexer
 * or the flip-flop behind it, and down the cascade of a DSP column.
 */
export function hopDelay(driver: number, sink: number, loads: number, net: NetDelay, span = 0): number {
  if (sink === SINK.INTERNAL || driver === DRIVER.INVERTER) return 0;
  if (sink === SINK.CARRY_CI && driver === DRIVER.CARRY_LAST) return 0;
  if (sink === SINK.CASCADE && driver === DRIVER.CASCADE) return 0;
  if (sink === SINK.CARRY_S && driver === DRIVER.LUT) return 0;
  if (sink === SINK.CARRY_DI && driver === DRIVER.LUT_O5) return 0;
  if (sink === SINK.MUXF_DATA && (driver === DRIVER.LUT || driver === DRIVER.MUXF)) return 0;
  if (sink === SINK.FF_D && (driver === DRIVER.LUT || driver === DRIVER.LUT_O5 || driver === DRIVER.CARRY || driver === DRIVER.CARRY_LAST || driver === DRIVER.MUXF)) return 0;
  const routed = net.base + net.spread * Math.log2(Math.max(1, loads)) + net.reach * Math.max(0, span - BLOCK_SIDE);
  return sink === SINK.CARRY_S ? routed + ROUTE_THROUGH : routed;
}

/** Nets in an order in which every arc goes forward; arcs of a combinational loop are listed as cut. */
export interface Order {
  readonly nets: Int32Array;
  /** Arcs by the net they start at: arcs[first[n] .. first[n + 1]). */
  readonly first: Int32Array;
  readonly arcs: Int32Array;
  readonly cut: ReadonlySet<number>;
}

export function sortGraph(graph: TimingGraph): Order {
  const { nets, arcFrom, arcTo } = graph;
  const first = new Int32Array(nets + 1);
  const open = new Int32Array(nets);
  for (let a = 0; a < arcFrom.length; a++) {
    first[arcFrom[a] + 1]++;
    open[arcTo[a]]++;
  }
  for (let n = 0; n < nets; n++) first[n + 1] += first[n];
  const fill = first.slice();
  const arcs = new Int32Array(arcFrom.length);
  for (let a = 0; a < arcFrom.length; a++) arcs[fill[arcFrom[a]]++] = a;
  const order = new Int32Array(nets);
  const placed = new Uint8Array(nets);
  const cut = new Set<number>();
  let [head, tail, scan] = [0, 0, 0];
  const put = (net: number) => {
    placed[net] = 1;
    order[tail++] = net;
  };
  for (let n = 0; n < nets; n++) if (open[n] === 0) put(n);
  while (head < nets) {
    if (head === tail) {
      while (placed[scan]) scan++;
      put(scan); // only a loop leaves nets over: start it anywhere, and cut what comes back
    }
    const net = order[head++];
    for (let i = first[net]; i < first[net + 1]; i++) {
      const to = arcTo[arcs[i]];
      if (placed[to]) cut.add(arcs[i]);
      else if (--open[to] === 0) put(to);
    }
  }
  return { nets: order, first, arcs, cut };
}

export interface Arrivals {
  /** Latest arrival at each net; -Infinity where no start reaches. */
  readonly time: Float64Array;
  /** Arc by which it arrived, -1 at a start. */
  readonly by: Int32Array;
}

/** Latest arrival at every net, from starts given as (net, time). */
export function propagate(graph: TimingGraph, order: Order, starts: Iterable<readonly [number, number]>, net: NetDelay): Arrivals {
  const time = new Float64Array(graph.nets).fill(-Infinity);
  const by = new Int32Array(graph.nets).fill(-1);
  for (const [start, at] of starts) time[start] = Math.max(time[start], at);
  for (const from of order.nets) {
    if (time[from] === -Infinity) continue;
    for (let i = order.first[from]; i < order.first[from + 1]; i++) {
      const arc = order.arcs[i];
      if (order.cut.size > 0 && order.cut.has(arc)) continue;
      const at = time[from] + hopDelay(graph.driver[from], graph.arcSink[arc], graph.loads[from], net, graph.span[from]) + graph.arcDelay[arc];
      if (at > time[graph.arcTo[arc]]) {
        time[graph.arcTo[arc]] = at;
        by[graph.arcTo[arc]] = arc;
      }
    }
  }
  return { time, by };
}
