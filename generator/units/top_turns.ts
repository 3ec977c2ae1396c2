/** What the top's view says of pixel tiles that take turns on a weight word. */
import type { LayerPlan } from '../plan/plan.js';

/** When finished sums are taken, and the queues that they wait in if pixel tiles take turns. */
export function turnFields({ sequencer: { turns }, readLatency, array, controlStages, lanes, requantize, accumulatorWidth: width, weightMemory, streamed }: LayerPlan): object {
  const done = readLatency + array.latency + 1;
  const hasTurns = turns > 1;
  return {
    hasTurns,
    turns,
    captureDelay: hasTurns ? done + 1 : done,
    // The queues' enables go through the control registers of their elements.
    sumsDelay: done - controlStages,
    turnPeriod: (lanes.oc * lanes.pixel) / requantize.lanes,
    firstLoadDelay: done,
    nextLoadDelay: controlStages,
    load: hasTurns ? 'load' : 'capture',
    weightReads: streamed ? 1 : weightMemory.segments.length,
    weightReadMsb: streamed ? 0 : weightMemory.segments.length - 1,
    shiftControl: controlStages > 1 ? 'pixel_shift' : 'sums_shift',
    pairBothMsb: 2 * width - 1,
    pairSums: hasTurns ? 'queued' : 'sum',
    pairSum: hasTurns ? 'sum' : `sums[(pixel*${lanes.oc} + ${array.elementLanes} + oc)*${width} +: ${2 * width}]`,
    queuedSum: array.elementWait > 0 ? 'waited' : 'sum',
    waitedSum: hasTurns ? 'waited' : `sums[(pixel*${lanes.oc} + oc)*${width} +: ${width}]`,
  };
}
