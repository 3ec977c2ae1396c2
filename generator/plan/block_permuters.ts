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

/** The plan with its permuters, and ports in natural order. */
export function withPermuters(plan: LayerPlan, { coreInputOrder, coreOutputOrder }: BlocksPlan): LayerPlan {
  const { inChannels, outChannels } = plan.layer.geometry;
  const outer = { input: naturalStream(plan.coreInput, inChannels), output: naturalStream(plan.coreOutput, outChannels) };
  const inputPermuter = permuter(outer.input, plan.coreInput, { inputs: inChannels, outputs: coreInputOrder });
  const outputPermuter = permuter(plan.coreOutput, outer.output, { inputs: coreOutputOrder.length, outputs: corePositions(coreOutputOrder, outChannels) });
  return Object.freeze({
    ...plan,
    ...(inputPermuter ? { inputPermuter, input: outer.input } : {}),
    ...(outputPermuter ? { outputPermuter, output: outer.output } : {}),
  });
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
