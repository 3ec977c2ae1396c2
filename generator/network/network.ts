/**
 * A network in memory: its nodes in an order in which each comes after what it reads, with formats and shapes worked out once. Values of a node are
 * integers (frames, height, width, channels) in its output format.
 */
import type { Layer } from '../layer/layer.js';
import type { AddDescription, ArgmaxDescription, FlattenDescription, LayerNodeDescription, MaxPoolDescription, NetworkDescription } from './schema.js';

/** Shape and integer format of a map: the real value of x is scale * (x - zeroPoint). */
export interface MapFormat {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
  /** Information only. */
  readonly scale?: number;
}

interface NodeCommon {
  readonly name: string;
  /** Names of the nodes that are read, `input` for the network's input. */
  readonly inputs: readonly string[];
  /** The same as indices into `Network.nodes`, -1 for the network's input. */
  readonly sources: readonly number[];
  /** Formats of what is read, in the order of `inputs`. */
  readonly inputFormats: readonly MapFormat[];
  readonly output: MapFormat;
}

export interface LayerNode extends NodeCommon {
  readonly op: 'layer';
  readonly description: LayerNodeDescription;
  readonly layer: Layer;
}
export interface MaxPoolNode extends NodeCommon {
  readonly op: 'max_pool';
  readonly description: MaxPoolDescription;
}
export interface FlattenNode extends NodeCommon {
  readonly op: 'flatten';
  readonly description: FlattenDescription;
}
export interface AddNode extends NodeCommon {
  readonly op: 'add';
  readonly description: AddDescription;
}
export interface ArgmaxNode extends NodeCommon {
  readonly op: 'argmax';
  readonly description: ArgmaxDescription;
}
export type NetworkNode = LayerNode | MaxPoolNode | FlattenNode | AddNode | ArgmaxNode;

export interface Network {
  readonly description: NetworkDescription;
  readonly input: MapFormat;
  /** In topological order: of nodes that do not read each other the one that stands first in the file comes first. */
  readonly nodes: readonly NetworkNode[];
  /** Index of the node whose values leave the network. */
  readonly output: number;
  /** Where the network was read from; paths of the description are relative to its folder. */
  readonly path?: string;
}

/** Values of one frame of a map. */
export function valuesOf({ channels, height, width }: MapFormat): number {
  return channels * height * width;
}

/** Indices of the nodes that read node `index`, -1 for the network's input; twice if a node reads it twice. */
export function consumersOf({ nodes }: Network, index: number): number[] {
  return nodes.flatMap((node, i) => node.sources.filter((source) => source === index).map(() => i));
}

/** How many classes the network tells apart: the channels that its argmax compares, or those of its output. */
export function classCount({ nodes, output }: Network): number {
  const last = nodes[output];
  return last.op === 'argmax' ? last.inputFormats[0].channels : valuesOf(last.output);
}

/** The network without the argmax at its output, so that what it compares leaves the network; undefined if there is none. */
export function withoutArgmax(network: Network): Network | undefined {
  const last = network.nodes[network.output];
  if (last.op !== 'argmax') return undefined;
  // Nothing reads the output, so no index of a node before it changes.
  const source = last.sources[0];
  if (source < 0) return undefined;
  const nodes = network.nodes.filter((node) => node !== last);
  const description = { ...network.description, nodes: network.description.nodes.filter(({ name }) => name !== last.name), output: nodes[source].name };
  return { ...network, description, nodes, output: source };
}
