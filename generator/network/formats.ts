/** Formats and shapes along a network: what each node gives, and that it is what the next one reads. */
import { ShiftloomError } from '../errors.js';
import { integerRange, outputBounds } from '../layer/layer.js';
import type { Layer } from '../layer/layer.js';
import { type Graph, type GraphNode } from './graph.js';
import { type MapFormat, valuesOf } from './network.js';
import { NETWORK_INPUT, type AddDescription, type MaxPoolDescription, type NetworkDescription } from './schema.js';

const CLASS_BITS = 16;
const MAX_CHANNELS = 65535;

/** What formats need of a layer. */
export type LayerShape = Pick<Layer, 'description' | 'geometry'>;

export interface NodeFormats {
  readonly inputs: readonly MapFormat[];
  readonly output: MapFormat;
}

/** Format of what a layer reads. */
export function layerInput({ description }: LayerShape): MapFormat {
  return description.input;
}

/** Format of what a layer gives. */
export function layerOutput({ description: { output }, geometry }: LayerShape): MapFormat {
  return { ...output, height: geometry.outHeight, width: geometry.outWidth };
}

/**
 * Formats of all nodes, in the graph's order.
 * @param layerOf the layer of a node, by the node's name
 * @throws ShiftloomError('input') where a node can't take what another gives, with both nodes and values
 */
export function formatsOf(d: NetworkDescription, graph: Graph, layerOf: (name: string) => LayerShape, place: string): NodeFormats[] {
  checkZeroPoint(d.input, `${place} $.input`);
  if (!d.nodes.some(({ op }) => op === 'layer')) throw new ShiftloomError('input', `${place} $.nodes`, 'hold no layer', 'A network has at least one node with op "layer"');
  const formats: NodeFormats[] = [];
  for (const node of graph.nodes) {
    const inputs = node.sources.map((source) => (source < 0 ? d.input : formats[source].output));
    formats.push({ inputs, output: outputFormat(node, inputs, layerOf, place) });
  }
  checkClasses(d, formats[graph.output], graph.nodes[graph.output], place);
  return formats;
}

function outputFormat(node: GraphNode, inputs: readonly MapFormat[], layerOf: (name: string) => LayerShape, place: string): MapFormat {
  const { description } = node;
  const here = `${place} $.nodes[${node.position}]`;
  const [input] = inputs;
  switch (description.op) {
    case 'layer': {
      const layer = layerOf(description.name);
      checkSame(node.inputs[0], input, description.name, layerInput(layer), here);
      return layerOutput(layer);
    }
    case 'max_pool':
      return { ...input, ...poolSize(description, input, here) };
    case 'flatten': {
      const channels = valuesOf(input);
      if (channels > MAX_CHANNELS) throw new ShiftloomError('input', here, `"${description.name}" makes a vector of ${channels} values; at most ${MAX_CHANNELS}`);
      return { ...input, channels, height: 1, width: 1 };
    }
    case 'add':
      return sumFormat(description, node, inputs, here);
    case 'argmax':
      return classFormat(node, input, here);
  }
}

/** Differences between what `producer` gives and what `consumer` reads, all in one message; the scale is information only. */
function checkSame(producer: string, gives: MapFormat, consumer: string, reads: MapFormat, here: string): void {
  const differences: string[] = [];
  const differ = (...keys: (keyof MapFormat)[]) => keys.some((key) => gives[key] !== reads[key]);
  if (differ('channels', 'height', 'width')) differences.push(`gives ${mapText(gives)}, "${consumer}" reads ${mapText(reads)}`);
  if (differ('bits', 'signed', 'zeroPoint')) differences.push(`gives ${typeText(gives)}, "${consumer}" reads ${typeText(reads)}`);
  if (differences.length === 0) return;
  const flat = reads.height * reads.width === 1 && gives.height * gives.width > 1 && valuesOf(gives) === reads.channels;
  const wayOut = flat ? `Put a flatten between them: {"op": "flatten", "name": "flat"}` : '';
  throw new ShiftloomError('input', here, `${sourceText(producer)} ${differences.join('; it ')}`, wayOut);
}

function sourceText(name: string): string {
  return name === NETWORK_INPUT ? "the network's input" : `"${name}"`;
}

function mapText({ height, width, channels }: MapFormat): string {
  return `${height}x${width}x${channels} (height, width, channels)`;
}

function typeText({ bits, signed, zeroPoint }: MapFormat): string {
  return `${signed ? 'signed' : 'unsigned'} ${bits} bit with zero point ${zeroPoint}`;
}

function poolSize({ name, kernel, strides, pads }: MaxPoolDescription, input: MapFormat, here: string): { height: number; width: number } {
  const sides = ['height', 'width'] as const;
  const [height, width] = sides.map((side, axis) => {
    for (const end of [axis, axis + 2]) {
      if (pads[end] >= kernel[axis]) {
        throw new ShiftloomError('input', `${here}.pads[${end}]`, `is ${pads[end]}; a pad of "${name}" must be below its kernel, ${kernel[axis]} in ${side}`);
      }
    }
    const padded = input[side] + pads[axis] + pads[axis + 2];
    if (kernel[axis] > padded) {
      throw new ShiftloomError('input', `${here}.kernel[${axis}]`, `is ${kernel[axis]}, the padded input of "${name}" has ${padded} in ${side}: no output`);
    }
    return Math.floor((padded - kernel[axis]) / strides[axis]) + 1;
  });
  return { height, width };
}

function sumFormat(d: AddDescription, node: GraphNode, inputs: readonly MapFormat[], here: string): MapFormat {
  const [a, b] = inputs;
  if (a.channels !== b.channels || a.height !== b.height || a.width !== b.width) {
    throw new ShiftloomError('input', here, `"${d.name}" adds ${mapText(a)} of ${sourceText(node.inputs[0])} and ${mapText(b)} of ${sourceText(node.inputs[1])}`, 'Both must have the same shape');
  }
  const format = { channels: a.channels, height: a.height, width: a.width, ...d.output };
  checkZeroPoint(format, `${here}.output`);
  const [low, high] = outputBounds(format, d.activation);
  if (low > high || (d.activation.kind === 'clip' && d.activation.min > d.activation.max)) {
    throw new ShiftloomError('input', `${here}.activation`, `leaves no value of the output's ${integerRange(format.bits, format.signed).join('..')}`);
  }
  return format;
}

function classFormat(node: GraphNode, input: MapFormat, here: string): MapFormat {
  const { name } = node.description;
  if (input.height * input.width !== 1) {
    throw new ShiftloomError('input', here, `"${name}" reads ${mapText(input)} from ${sourceText(node.inputs[0])}; an argmax takes a 1x1 map`, 'Put a flatten or a layer before it');
  }
  if (input.channels < 2) throw new ShiftloomError('input', here, `"${name}" reads one channel from ${sourceText(node.inputs[0])}; an argmax compares two or more`);
  return { channels: 1, height: 1, width: 1, bits: CLASS_BITS, signed: false, zeroPoint: 0 };
}

function checkZeroPoint({ bits, signed, zeroPoint }: MapFormat, place: string): void {
  const [low, high] = integerRange(bits, signed);
  if (zeroPoint >= low && zeroPoint <= high) return;
  throw new ShiftloomError('input', `${place}.zeroPoint`, `is ${zeroPoint}; ${signed ? 'signed' : 'unsigned'} ${bits}-bit activations are ${low}..${high}`);
}

function checkClasses(d: NetworkDescription, { inputs, output }: NodeFormats, { description }: GraphNode, place: string): void {
  if (!d.classes) return;
  const count = description.op === 'argmax' ? inputs[0].channels : valuesOf(output);
  if (count !== d.classes.length) throw new ShiftloomError('input', `${place} $.classes`, `has ${d.classes.length} names, the network tells ${count} classes apart`);
}
