/** A block-permuted layer by itself: permuters between the natural order at the ports and the core's order, where they differ. */
import { MAX_STREAM_BITS, powerOfTwoDivisor } from './output.js';
import { isIdentity, planPermuter, type Permutation, type PermuterPlan, type PermuterStreams } from './permuter.js';
import type { BlocksPlan, LayerPlan, StreamPlan } from './plan.js';

/** Where the positions of a core's stream, natural indices or -1, are: for each natural index its position. */
export function corePositions(order: Int32Array, count: number): Int32Array {
  const positions = new Int32Array(count).fill(-1);
  order.forEach((natural, position) => {
    if (natural >= 0) positions[natural] = position;
  });
  return positions;
}

/** How inputs come to an engine inside a network: in the order in which the engine before gives them, natural indices or -1 by position. */
export interface ArrivingOrder {
  readonly order: Int32Array;
  readonly stream: StreamPlan;
}

/**
 * The plan of a core (`planCore`) with permuters at its ports where the orders differ: by itself both ports have the natural order.
 * @param arriving the order of what comes in, so that it and the core's are one permutation; default natural
 * @param keepOutput the next engine takes the core's order
 */
export function withPermuters(plan: LayerPlan, { coreInputOrder, coreOutputOrder }: BlocksPlan, arriving?: ArrivingOrder, keepOutput = false): LayerPlan {
  const { inChannels, outChannels } = plan.layer.geometry;
  const input = arriving?.stream ?? naturalStream(plan.coreInput, inChannels);
  const output = naturalStream(plan.coreOutput, outChannels);
  const inputPermuter = permuter(input, plan.coreInput, arrivalTo(coreInputOrder, inChannels, arriving));
  const outputPermuter = keepOutput ? undefined : permuter(plan.coreOutput, output, { inputs: coreOutputOrder.length, outputs: corePositions(coreOutputOrder, outChannels) });
  return Object.freeze({
    ...plan,
    ...(inputPermuter ? { inputPermuter, input } : {}),
    ...(outputPermuter ? { outputPermuter, output } : {}),
  });
}

function arrivalTo(coreInputOrder: Int32Array, channels: number, arriving: ArrivingOrder | undefined): Permutation {
  if (!arriving) return { inputs: channels, outputs: coreInputOrder };
  const positions = corePositions(arriving.order, channels);
  return { inputs: arriving.order.length, outputs: coreInputOrder.map((natural) => (natural < 0 ? -1 : positions[natural])) };
}

/** The widest beats that the channels are a whole number of. */
function naturalStream({ elementBits }: StreamPlan, channels: number): StreamPlan {
  const elements = powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, channels);
  return { elementBits, elements, beatsPerPixel: channels / elements, beatsPerFrame: channels / elements };
}

/** Undefined if the streams are the same: then the core's beats, which may be narrower, are those of the port. */
function permuter(from: StreamPlan, to: StreamPlan, permutation: Permutation): PermuterPlan | undefined {
  const streams: PermuterStreams = { elementBits: from.elementBits, inElements: from.elements, outElements: to.elements };
  const narrow = Math.min(from.elements, to.elements);
  return isIdentity(permutation, { ...streams, inElements: narrow, outElements: narrow }) ? undefined : planPermuter(permutation, streams);
}
