/** A network on integers: the golden model of each node, in order, over a few frames at a time. */
import { ShiftloomError } from '../errors.js';
import { argmax } from '../golden/argmax.js';
import { goldenRun } from '../golden/convolution.js';
import { elementAdd } from '../golden/element_add.js';
import { maxPool } from '../golden/max_pool.js';
import { outputBounds } from '../layer/layer.js';
import { type Network, type NetworkNode, valuesOf } from './network.js';

/** Values of the largest map that are worked on together: 16 MiB, so that 10,000 frames need no more memory than a hundred. */
const BATCH_VALUES = 4_000_000;

/** Integer frames: pixels as a data set has them, or any integers. */
export type FrameValues = Uint8Array | Int32Array;

export interface NetworkRunOptions {
  /** Frames that go through the network together; default as many as fit a few ten MiB. */
  readonly batch?: number;
  /** Sees what each node gives for the `count` frames from `first` on: (count, height, width, channels). */
  readonly visit?: (node: NetworkNode, values: Int32Array, first: number, count: number) => void;
  /** After each batch: frames done so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Integer outputs of `count` frames.
 * @param frames (count, height, width, channels), integers of the network's input format
 * @returns (count, height, width, channels) of the network's output
 * @throws ShiftloomError('input') if the number or the range of the values does not fit
 */
export function goldenNetwork(network: Network, frames: FrameValues, count: number, options: NetworkRunOptions = {}): Int32Array {
  const { visit, onProgress } = options;
  return overBatches<Int32Array>(network, frames, count, options.batch, Int32Array, (input, first, size) => {
    const output = forward<Int32Array>(network, input, (node, inputs) => {
      const values = goldenNode(node, inputs, size);
      visit?.(node, values, first, size);
      return values;
    });
    onProgress?.(first + size);
    return output;
  });
}

/** Calls `run` for batches of frames and puts the outputs together; shared by integers and real numbers. */
export function overBatches<Values extends Int32Array | Float64Array>(
  network: Network, frames: FrameValues, count: number, batch = batchOf(network), Kind: { new (length: number): Values; from(values: FrameValues): Values },
  run: (input: Values, first: number, size: number) => Values,
): Values {
  const perFrame = valuesOf(network.input);
  if (frames.length !== count * perFrame) {
    throw new ShiftloomError('input', `network ${network.description.name}`, `${frames.length} input values for ${count} frames of ${perFrame}, which need ${count * perFrame}`);
  }
  const perOutput = valuesOf(network.nodes[network.output].output);
  const outputs = new Kind(count * perOutput);
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    outputs.set(run(Kind.from(frames.subarray(first * perFrame, (first + size) * perFrame)), first, size), first * perOutput);
  }
  return outputs;
}

/** Works all nodes out in order; values are let go when no later node reads them. */
export function forward<Values>(network: Network, input: Values, node: (node: NetworkNode, inputs: readonly Values[]) => Values): Values {
  const { nodes, output } = network;
  const lastUse = nodes.map((_, i) => nodes.reduce((last, { sources }, j) => (sources.includes(i) ? j : last), i));
  const values: (Values | undefined)[] = [];
  for (const [i, current] of nodes.entries()) {
    values[i] = node(current, current.sources.map((source) => (source < 0 ? input : values[source]!)));
    for (let j = 0; j < i; j++) if (lastUse[j] === i && j !== output) values[j] = undefined;
  }
  return values[output]!;
}

function batchOf({ input, nodes }: Network): number {
  const largest = Math.max(valuesOf(input), ...nodes.map(({ output }) => valuesOf(output)));
  return Math.max(1, Math.min(500, Math.floor(BATCH_VALUES / largest)));
}

/**
 * What a node gives on integers.
 * @param inputs (count, height, width, channels) of each node that it reads
 */
export function goldenNode(node: NetworkNode, inputs: readonly Int32Array[], count: number): Int32Array {
  switch (node.op) {
    case 'layer':
      return goldenRun(node.layer, inputs[0], count).outputs;
    case 'max_pool':
      return maxPool(inputs[0], node.inputFormats[0], node.description, count);
    case 'flatten':
      return inputs[0];
    case 'add': {
      const [a, b] = node.inputFormats;
      const { multipliers, shift, activation } = node.description;
      const bounds = outputBounds(node.output, activation);
      return elementAdd(inputs[0], inputs[1], { zeroPoints: [a.zeroPoint, b.zeroPoint], multipliers, shift, outputZeroPoint: node.output.zeroPoint, bounds });
    }
    case 'argmax':
      return argmax(inputs[0], node.inputFormats[0].channels);
  }
}
