/** A network's stages as actors of the token game, and what follows for the FIFOs in front of its additions. */
import type { MaxPoolNode, Network } from '../../network/network.js';
import { drainCycles } from '../events.js';
import type { StageBuilder } from './build_stages.js';
import { fullRateDepths } from './fifo_depths.js';
import { fifoName, type FifoDepths } from './fifos.js';
import type { LayerStage, NetworkStage, NetworkStream } from './network_plan.js';
import { GraphBuilder, poolAxes } from './stage_actors.js';

type Stages = Pick<StageBuilder, 'stages' | 'streams' | 'network' | 'input' | 'output'>;

/** Places that are not worth a FIFO: it needs as many to give a beat per cycle at all, and without it beats come no later. */
const REGISTERED = 3;
/** Places beyond those of the game, which knows a unit's latency but not what each of its registers holds back. */
const MARGIN = 8;

/** Depths with which no network stops and frames go through as fast as with FIFOs without limit: whole memories. Nothing where registers are enough. */
export function exactDepths(builder: Stages): FifoDepths {
  if (!builder.stages.some(({ kind }) => kind === 'add')) return new Map();
  const needed = [...fullRateDepths(networkGraph(builder))].filter(([, depth]) => depth > REGISTERED);
  return new Map(needed.map(([name, depth]) => [name, 2 ** Math.ceil(Math.log2(depth + MARGIN))]));
}

/** The stages before FIFOs are placed; the edges without a capacity are the inputs of additions, named as their FIFOs. */
export function networkGraph({ stages, streams, network, output }: Stages): GraphBuilder {
  const graph = new GraphBuilder();
  const edges = streams.map(({ name }) => graph.edge(name));
  const gate = stages.find(({ kind }) => kind === 'gate')!;
  const input = graph.edge('input');
  graph.source(input, streams[gate.outputs[0]].beatsPerFrame);
  for (const stage of stages) addStage(graph, stage, { edges, streams, network, input });
  graph.sink(edges[streams.indexOf(output)], output.beatsPerFrame);
  return graph;
}

interface Context {
  readonly edges: readonly number[];
  readonly streams: readonly NetworkStream[];
  readonly network: Network;
  readonly input: number;
}

function addStage(graph: GraphBuilder, stage: NetworkStage, { edges, streams, network, input }: Context): void {
  const { name, inputs, outputs } = stage;
  const [from, to] = [edges[inputs[0]], edges[outputs[0]]];
  const beats = streams[inputs[0] ?? outputs[0]].beatsPerFrame;
  switch (stage.kind) {
    case 'gate':
      return graph.pass(name, input, to, beats);
    case 'layer':
      return stage.plan.streamed ? addWholeFrames(graph, stage, from, to, beats, streams[outputs[0]].beatsPerFrame) : graph.engine(name, from, to, stage.plan);
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
