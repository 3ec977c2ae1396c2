/** Stages of a network one after the other: engines and operations by node, forks where several read one stream, and converters where widths differ. */
import { valuesOf, type AddNode, type MapFormat, type MaxPoolNode, type Network, type NetworkNode } from '../../network/network.js';
import { MAX_STREAM_BITS, powerOfTwoDivisor } from '../output.js';
import type { NetworkStage, NetworkStream } from './network_plan.js';
import type { PlannedLayer } from './plan_nodes.js';
import { poolAxes, poolCycles } from './stage_actors.js';
import { addCost, argmaxCost, forkCost, gateCost, maxPoolCost, widthCost } from './stage_cost.js';

/** Where a stream comes from that a node reads: a node's index, or -1 for the network's input. */
const INPUT = -1;

/** A sum's beats take at most one in so many cycles of the slowest layer: layers give theirs in bursts. */
const SLACK = 2;

type Draft = NetworkStage extends infer S ? (S extends NetworkStage ? Omit<S, 'inputs' | 'outputs'> : never) : never;

export class StageBuilder {
  readonly stages: NetworkStage[] = [];
  readonly streams: NetworkStream[] = [];
  readonly input: NetworkStream;
  output: NetworkStream;
  /** Streams that are left for the readers of a node, in the order in which they come. */
  private readonly left = new Map<number, number[]>();

  /** Cycles of the slowest layer. */
  private readonly slowest: number;

  constructor(readonly network: Network, private readonly layers: ReadonlyMap<number, PlannedLayer>) {
    this.slowest = Math.max(...[...layers.values()].map(({ cycles }) => cycles));
    this.input = streamOf('s_axis', network.input, this.inputElements());
    const gated = this.stream({ ...this.input, name: 'gate_input' });
    this.stages.push({ kind: 'gate', name: 'gate_input', inputs: [], outputs: [gated], cycles: this.input.beatsPerFrame + 1, cost: gateCost(this.input) });
    this.share(INPUT, 'input', gated);
    network.nodes.forEach((_, index) => this.node(index));
    this.output = this.streams[this.take(network.output)];
  }

  /** Streams that nodes read from `producer`, the network's output included. */
  private readers(producer: number): number {
    const { nodes, output } = this.network;
    const direct = nodes.flatMap((node, index) => node.sources.filter((source) => source === producer).map(() => index));
    const through = direct.map((reader) => (nodes[reader].op === 'flatten' ? this.readers(reader) : 1));
    return through.reduce((a, b) => a + b, 0) + (producer === output ? 1 : 0);
  }

  private node(index: number): void {
    const node = this.network.nodes[index];
    if (node.op === 'flatten') return; // its readers take the streams of what it reads
    const made = this.operation(node, index);
    this.share(index, node.name, made);
  }

  private operation(node: NetworkNode, index: number): number {
    switch (node.op) {
      case 'layer':
        return this.layer(node, index);
      case 'max_pool':
        return this.pool(node, index);
      case 'add':
        return this.sum(node, index);
      default:
        return this.argmax(node, index);
    }
  }

  private layer(node: NetworkNode, index: number): number {
    const { plan, estimate, cycles } = this.layers.get(index)!;
    const source = this.source(node, 0);
    const input = this.width(source, plan.input.elements, node.name, this.isLayers(source));
    const { elementBits, elements, beatsPerFrame } = plan.output;
    const cost = { lut: estimate.lut - 180, ff: estimate.ff - 300, dsp: estimate.dsp, bram36: estimate.bram36 };
    return this.stage({ kind: 'layer', name: node.name, node: index, plan, estimate, cycles, cost }, [input], { elementBits, elements, beatsPerFrame });
  }

  private pool(node: MaxPoolNode, index: number): number {
    const source = this.source(node, 0);
    const elements = powerOfTwoDivisor(this.streams[source].elements, node.output.channels);
    const input = this.width(source, elements, node.name);
    const output = streamOf('', node.output, elements);
    const cycles = poolCycles(...poolAxes(node), node.output.channels / elements);
    return this.stage({ kind: 'max_pool', name: node.name, node: index, cycles, cost: maxPoolCost(node, this.streams[input]) }, [input], output);
  }

  private sum(node: AddNode, index: number): number {
    const sources = [this.source(node, 0), this.source(node, 1)];
    const most = Math.min(MAX_STREAM_BITS / streamBits(node.output), ...sources.map((source) => this.streams[source].elements));
    let elements = 1; // each element of a beat takes two products
    while (elements < most && SLACK * (valuesOf(node.output) / elements) > this.slowest) elements *= 2;
    const inputs = sources.map((source, port) => this.width(source, elements, `${node.name}_${'ab'[port]}`));
    const output = streamOf('', node.output, elements);
    return this.stage({ kind: 'add', name: node.name, node: index, cycles: output.beatsPerFrame + 1, cost: addCost(node, elements) }, inputs, output);
  }

  private argmax(node: NetworkNode, index: number): number {
    const input = this.source(node, 0);
    const { beatsPerFrame } = this.streams[input];
    return this.stage({ kind: 'argmax', name: node.name, node: index, cycles: beatsPerFrame + 1, cost: argmaxCost(this.streams[input]) }, [input], streamOf('', node.output, 1));
  }

  /** Whether a layer's engine gives the stream: its output buffer and the next engine's input would make one long path of ready. */
  private isLayers(stream: number): boolean {
    return this.stages.some(({ kind, outputs }) => kind === 'layer' && outputs[0] === stream);
  }

  /** The stream in beats of `elements`, registered even if it has them. */
  private width(source: number, elements: number, name: string, registered = false): number {
    const stream = this.streams[source];
    if (stream.elements === elements && !registered) return source;
    const beatsPerFrame = (stream.beatsPerFrame * stream.elements) / elements;
    const cycles = Math.max(stream.beatsPerFrame, beatsPerFrame);
    return this.stage({ kind: 'width', name, cycles, cost: widthCost(stream, elements) }, [source], { ...stream, elements, beatsPerFrame });
  }

  /** The stream that is left for a node's input: of the node that it reads, past flattens. */
  private source(node: NetworkNode, port: number): number {
    let from = node.sources[port];
    while (from >= 0 && this.network.nodes[from].op === 'flatten') [from] = this.network.nodes[from].sources;
    return this.take(from);
  }

  private take(producer: number): number {
    let from = producer;
    while (from >= 0 && this.network.nodes[from].op === 'flatten') [from] = this.network.nodes[from].sources;
    return this.left.get(from)!.shift()!;
  }

  /** Gives a node's stream to its readers, by a fork if there are several. */
  private share(index: number, name: string, made: number): void {
    const readers = this.readers(index);
    if (readers <= 1) {
      this.left.set(index, [made]);
      return;
    }
    const stream = this.streams[made];
    const outputs = Array.from({ length: readers }, (_, branch) => this.stream({ ...stream, name: `fork_${name}_${branch}` }));
    this.stages.push({ kind: 'fork', name: `fork_${name}`, inputs: [made], outputs, cycles: stream.beatsPerFrame, cost: forkCost(stream, readers) });
    this.left.set(index, [...outputs]);
  }

  private stage(draft: Draft, inputs: number[], shape: Omit<NetworkStream, 'name'>): number {
    const name = `${draft.kind}_${draft.name}`;
    const { elementBits, elements, beatsPerFrame } = shape;
    const output = this.stream({ name, elementBits, elements, beatsPerFrame });
    this.stages.push({ ...draft, name, inputs, outputs: [output] } as NetworkStage);
    return output;
  }

  private stream(stream: NetworkStream): number {
    return this.streams.push(stream) - 1;
  }

  /** Beats at the network's input are as wide as the widest that a layer takes. */
  private inputElements(): number {
    const { input } = this.network;
    const bits = streamBits(input);
    const wanted = [...this.layers].filter(([index]) => this.reads(index)).map(([, { plan }]) => plan.input.elements);
    return wanted.length > 0 ? Math.max(...wanted) : powerOfTwoDivisor(MAX_STREAM_BITS / bits, input.channels);
  }

  /** Whether a node reads the network's input, past flattens. */
  private reads(index: number): boolean {
    return this.network.nodes[index].sources.some((source) => source === INPUT || (this.network.nodes[source].op === 'flatten' && this.reads(source)));
  }
}

function streamBits({ bits }: Pick<MapFormat, 'bits'>): 8 | 16 {
  return bits <= 8 ? 8 : 16;
}

function streamOf(name: string, format: MapFormat, elements: number): NetworkStream {
  return { name, elementBits: streamBits(format), elements, beatsPerFrame: valuesOf(format) / elements };
}
