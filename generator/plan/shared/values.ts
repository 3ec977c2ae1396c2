/** Values of a network as the time-shared engine keeps them: flattening and argmax make none of their own. */
import { ShiftloomError } from '../../errors.js';
import type { MapFormat, Network, NetworkNode } from '../../network/network.js';

/** A value: what a node gives, or the network's input (index -1). */
export interface MapValue {
  /** Node that writes it, -1 for the input. */
  readonly producer: number;
  readonly format: MapFormat;
  /** Nodes that read it, flattening passed over; an argmax is none. */
  readonly consumers: readonly number[];
  /** Leaves the network. */
  readonly leaves: boolean;
}

export interface Values {
  /** By producer. */
  readonly byProducer: ReadonlyMap<number, MapValue>;
  /** The value that a node reads. */
  readonly sourceOf: (source: number) => number;
  readonly input: MapValue;
  readonly output: MapValue;
  /** Classes that the argmax at the output compares; undefined without one. */
  readonly classes?: number;
}

/** @throws ShiftloomError('unsupported') with the node's name for what one engine in turn can't do, and the way out */
export function valuesOfNetwork(network: Network): Values {
  const { nodes } = network;
  const sourceOf = (source: number): number => (source >= 0 && nodes[source].op === 'flatten' ? sourceOf(nodes[source].sources[0]) : source);
  const last = nodes[network.output];
  const classes = last.op === 'argmax' ? last.inputFormats[0].channels : undefined;
  const leaving = sourceOf(last.op === 'argmax' ? last.sources[0] : network.output);
  if (leaving < 0) throw refused(network, last, 'gives the input of the network back', 'Put a layer before it');
  const consumers = new Map<number, number[]>([[-1, []], ...nodes.map((_, i): [number, number[]] => [i, []])]);
  nodes.forEach((node, i) => {
    if (node.op === 'flatten' || node.op === 'argmax') return;
    for (const source of node.sources) consumers.get(sourceOf(source))!.push(i);
  });
  const byProducer = new Map<number, MapValue>();
  for (const producer of [-1, ...nodes.keys()]) {
    if (producer >= 0 && (nodes[producer].op === 'flatten' || nodes[producer].op === 'argmax')) continue;
    const format = producer < 0 ? inputFormat(network, consumers.get(-1)!) : nodes[producer].output;
    byProducer.set(producer, { producer, format, consumers: consumers.get(producer)!, leaves: producer === leaving });
  }
  checkFormats(network, byProducer);
  nodes.forEach((node) => checkNode(network, node));
  return { byProducer, sourceOf, input: byProducer.get(-1)!, output: byProducer.get(leaving)!, ...(classes === undefined ? {} : { classes }) };
}

/** The network's input; a map that is only read as a vector comes in as one, with more elements in a beat. */
function inputFormat({ input, nodes }: Network, consumers: readonly number[]): MapFormat {
  if (!consumers.every((consumer) => readsVector(nodes[consumer]))) return input;
  return { ...input, channels: input.channels * input.height * input.width, height: 1, width: 1 };
}

function checkFormats(network: Network, values: ReadonlyMap<number, MapValue>): void {
  for (const { producer, format, leaves } of values.values()) {
    if (format.bits <= 8) continue;
    const isLayer = producer >= 0 && network.nodes[producer].op === 'layer';
    if (leaves && isLayer && values.get(producer)!.consumers.length === 0) continue;
    const name = producer < 0 ? 'input' : network.nodes[producer].name;
    throw new ShiftloomError(
      'unsupported', `network ${network.description.name}, "${name}"`, `has ${format.bits} bits; the map memory of the time-shared form holds 8`,
      'Only the last layer may give more. Take the dataflow form (--form dataflow)',
    );
  }
}

function checkNode(network: Network, node: NetworkNode): void {
  if (node.op !== 'layer') return;
  const g = node.layer.geometry;
  if (g.groups > 1) throw refused(network, node, `has ${g.groups} groups, which the time-shared form does not run`, 'Take the dataflow form (--form dataflow)');
  if ((g.dilationHeight > 1 && g.kernelHeight > 1) || (g.dilationWidth > 1 && g.kernelWidth > 1)) {
    throw refused(network, node, `has dilations ${g.dilationHeight}x${g.dilationWidth}, which the time-shared form does not run`, 'Take the dataflow form (--form dataflow)');
  }
}

function refused(network: Network, node: NetworkNode, what: string, wayOut: string): ShiftloomError {
  return new ShiftloomError('unsupported', `network ${network.description.name}, node "${node.name}"`, what, wayOut);
}

/** Whether a layer reads one pixel through a 1x1 kernel, so that any layout of its inputs will do. */
export function readsVector(node: NetworkNode): boolean {
  if (node.op !== 'layer') return false;
  const { inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth } = node.layer.geometry;
  return inHeight * inWidth * outHeight * outWidth * kernelHeight * kernelWidth === 1;
}

/**
 * Whether a block-permuted layer is worked on block by block. Its outputs come in the order of the blocks, so whoever reads them must take any layout:
 * otherwise the matrix is worked on as a dense one.
 */
export function runsInBlocks(network: Network, { byProducer }: Pick<Values, 'byProducer'>, index: number): boolean {
  const node = network.nodes[index];
  if (node.op !== 'layer' || !node.layer.blocks) return false;
  const value = byProducer.get(index)!;
  return !value.leaves && value.consumers.every((consumer) => readsVector(network.nodes[consumer]));
}

/** Signed values are stored with 128 added, so that all maps are unsigned bytes. */
export function storedOffset({ signed, bits }: Pick<MapFormat, 'signed' | 'bits'>): number {
  return signed && bits <= 8 ? 128 : 0;
}
