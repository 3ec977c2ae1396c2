/** A network's stages as actors of the token game, and what follows for the FIFOs in front of its additions. */
import type { MaxPoolNode, Network } from '../../network/network.js';
import { drainCycles } from '../events.js';
import type { StageBuilder } from './build_stages.js';
import { fullRateDepths } from './fifo_depths.js';
import { ROW_FIFO, fifoName, rowFifoName, type FifoDepths } from './fifos.js';
import type { LayerStage, NetworkStage, NetworkStream } from './network_plan.js';
import { play } from './token_game.js';
import { GraphBuilder, poolAxes } from './stage_actors.js';

type Stages = Pick<StageBuilder, 'stages' | 'streams' | 'network' | 'input' | 'output'>;

/** Places that are not worth a FIFO: it needs as many to give a beat per cycle at all, and without it beats come no later. */
const REGISTERED = 3;
/** Places beyond those of the game, which knows a unit's latency but not what each of its registers holds back. */
const MARGIN = 8;

/** Rates that differ by no more than this share count as equal. */
const RATE_TOLERANCE = 0.01;
/** Frames that are played for a rate: the last ones' distance is that of a long run. */
const RATE_FRAMES = [3, 5] as const;

/** What the game says of a network's FIFOs. */
export interface PlayedDepths {
  readonly depths: FifoDepths;
  /** Cycles from frame to frame with these. */
  readonly cyclesPerFrame: number;
}

/**
 * Depths with which no network stops and frames go through as fast as with FIFOs without limit: whole memories, and nothing where registers are enough.
 * Beside those in front of additions there are some in front of layers with a window of rows, if without them neighbours wait for each other: one
 * collects its first window while the other could go on.
 */
export function exactDepths(builder: Stages): FifoDepths {
  return playedDepths(builder).depths;
}

/** @param given depths in place of those that are worked out */
export function playedDepths(builder: Stages, given?: FifoDepths): PlayedDepths {
  const slowest = Math.max(...builder.stages.map(({ cycles }) => cycles));
  const playedRate = (depths: FifoDepths, rows: boolean) => Math.max(slowest, rateOf(networkGraph(builder, rows), depths));
  if (given) return { depths: given, cyclesPerFrame: playedRate(given, [...given.keys()].some((name) => name.startsWith(ROW_FIFO))) };
  const sums = builder.stages.some(({ kind }) => kind === 'add') ? depthsOf(networkGraph(builder)) : new Map<string, number>();
  const cyclesPerFrame = playedRate(sums, false);
  if (cyclesPerFrame <= (1 + RATE_TOLERANCE) * slowest) return { depths: sums, cyclesPerFrame };
  const all = depthsOf(networkGraph(builder, true));
  const better = playedRate(all, true);
  return better < (1 - RATE_TOLERANCE) * cyclesPerFrame ? { depths: all, cyclesPerFrame: better } : { depths: sums, cyclesPerFrame };
}

function depthsOf(graph: GraphBuilder): Map<string, number> {
  const needed = [...fullRateDepths(graph)].filter(([, depth]) => depth > REGISTERED);
  return new Map(needed.map(([name, depth]) => [name, 2 ** Math.ceil(Math.log2(depth + MARGIN))]));
}

/** Cycles from frame to frame; Infinity if the game stops. */
function rateOf(graph: GraphBuilder, depths: FifoDepths): number {
  const capacities = new Map(graph.edges.flatMap(({ capacity, name }, index) => (capacity === undefined ? [[index, depths.get(name) ?? REGISTERED] as const] : [])));
  const [before, after] = RATE_FRAMES.map((frames) => play(graph, frames, capacities));
  return after.complete ? Math.round((after.cycles - before.cycles) / (RATE_FRAMES[1] - RATE_FRAMES[0])) : Infinity;
}

/** The stages before FIFOs are placed; the edges without a capacity are the inputs of additions, and with `rows` of layers, named as their FIFOs. */
export function networkGraph({ stages, streams, network, output }: Stages, rows = false): GraphBuilder {
  const graph = new GraphBuilder();
  const edges = streams.map(({ name }) => graph.edge(name));
  const gate = stages.find(({ kind }) => kind === 'gate')!;
  const input = graph.edge('input');
  graph.source(input, streams[gate.outputs[0]].beatsPerFrame);
  for (const stage of stages) addStage(graph, stage, { edges, streams, network, input, rows: rows && collectsRows(stage, stages) });
  graph.sink(edges[streams.indexOf(output)], output.beatsPerFrame);
  return graph;
}

interface Context {
  readonly edges: readonly number[];
  readonly streams: readonly NetworkStream[];
  readonly network: Network;
  readonly input: number;
  /** A FIFO in front of the layer. */
  readonly rows: boolean;
}

/** A layer with a window of rows that another unit gives. */
function collectsRows(stage: NetworkStage, stages: readonly NetworkStage[]): boolean {
  if (stage.kind !== 'layer' || stage.plan.core.geometry.kernelHeight === 1) return false;
  return !stages.some(({ kind, outputs }) => kind === 'gate' && outputs[0] === stage.inputs[0]);
}

function addStage(graph: GraphBuilder, stage: NetworkStage, { edges, streams, network, input, rows }: Context): void {
  const { name, inputs, outputs } = stage;
  const [from, to] = [edges[inputs[0]], edges[outputs[0]]];
  const beats = streams[inputs[0] ?? outputs[0]].beatsPerFrame;
  switch (stage.kind) {
    case 'gate':
      return graph.pass(name, input, to, beats);
    case 'layer': {
      const taken = rows ? graph.fifo(rowFifoName(stage), from, beats) : from;
      return stage.plan.streamed ? addWholeFrames(graph, stage, taken, to, beats, streams[outputs[0]].beatsPerFrame) : graph.engine(name, taken, to, stage.plan);
    }
    case 'max_pool':
      return addPool(graph, name, network.nodes[stage.node] as MaxPoolNode, from, to, streams[inputs[0]].elements);
    case 'add': {
      const [a, b] = inputs.map((stream, port) => graph.fifo(fifoName(stage, port), edges[stream], beats));
      return graph.add(name, [a, b], to, beats);
    }
    case 'argmax':
      return graph.argmax(name, from, to, beats);
    case 'width':
      return graph.width(name, from, to, beats, streams[inputs[0]].elements, streams[outputs[0]].elements);
    case 'fork':
      return graph.fork(name, from, outputs.map((stream) => edges[stream]), beats);
    case 'fifo':
      return graph.pass(name, from, to, beats);
  }
}

/** An engine whose weights are rebuilt, as one that needs its whole input before the first output: no FIFO comes out too small by that. */
function addWholeFrames(graph: GraphBuilder, { name, plan, cycles }: LayerStage, from: number, to: number, beats: number, outBeats: number): void {
  const work = Math.max(0, cycles - beats - outBeats) + drainCycles(plan);
  graph.actor(name, [from], [to], () => [{ take: [1], cycles: 1, times: beats }, { cycles: work }, { give: [1], cycles: 1, latency: -1, times: outBeats }]);
}

function addPool(graph: GraphBuilder, name: string, node: MaxPoolNode, from: number, to: number, elements: number): void {
  const [rows, columns] = poolAxes(node);
  graph.maxPool(name, from, to, rows, columns, node.output.channels / elements);
}
