/** The array: which output-channel lanes run on processing elements and which in pairs, and what evens their latencies out. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import type { ArrayPlan, Lanes, SequencerPlan } from './plan.js';
import type { ProcessingElementPlan } from './processing_element.js';
import { planSelection, type Selection } from './selection.js';
import { turnsOf } from './turns.js';
import { planProcessingElementPair, weightRange, type ProcessingElementPairPlan } from './processing_element_pair.js';

/** Whether output channel `inGroup` of its group runs on a pair: its lane is one of the last `dsp` of `oc`. */
export function runsOnPair({ oc, dsp = 0 }: Pick<Lanes, 'oc' | 'dsp'>, inGroup: number): boolean {
  return inGroup % oc >= oc - dsp;
}

/** @throws ShiftloomError('usage') for an impossible number of lanes in pairs */
export function checkPairLanes({ oc, dsp = 0 }: Lanes, selection: Selection | undefined): void {
  if (!Number.isInteger(dsp) || dsp < 0 || dsp > oc || (dsp % 2 !== 0 && !selection)) {
    throw new ShiftloomError('usage', `lanes dsp=${dsp}`, selection ? `must be a whole number from 0 to oc=${oc}` : `must be an even number from 0 to oc=${oc}: two output channels share a DSP48E1`);
  }
}

/** @throws ShiftloomError('unsupported') if two weights of the layer do not fit one DSP48E1 */
export function planPair(layer: Layer, lanes: Lanes, encoding: ScalarEncoding, accumulatorWidth: number): ProcessingElementPairPlan | undefined {
  if (!lanes.dsp) return undefined;
  const { bits, signed } = layer.description.input;
  return planProcessingElementPair({
    encoding, icLanes: lanes.ic, selection: planSelection(layer, lanes), activationBits: bits, activationSigned: signed, accumulatorWidth, turns: turnsOf(lanes), weightRange: weightRangeOf(layer, encoding),
  });
}

/** @throws ShiftloomError('unsupported') if a pair is done before a processing element, which takes a chain of one slice and a weight of many digits */
export function planArray(
  { oc, dsp = 0 }: Lanes, { steps, gap, turns }: Pick<SequencerPlan, 'steps' | 'gap' | 'turns'>, element: ProcessingElementPlan, pair: ProcessingElementPairPlan | undefined,
): ArrayPlan {
  const latency = pair?.latency ?? element.latency;
  const elementWait = oc > dsp ? latency - element.latency : 0;
  if (elementWait < 0) {
    const message = `processing elements take ${-elementWait} cycles more than pairs`;
    throw new ShiftloomError('unsupported', `lanes dsp=${dsp}`, message, `Leave dsp out, or take dsp=oc`);
  }
  return { elementLanes: oc - dsp, pairLanes: dsp, latency, elementWait, hold: turns === 1 && elementWait <= steps + gap };
}

const withLowest = new WeakMap<Layer, boolean>();

/**
 * Range of the layer's weights as a pair sees them. Two's complement weights have one negative value without a positive counterpart; most
 * layers do without it, and at 8 bits two weights fit a slice twice as well then.
 */
function weightRangeOf(layer: Layer, encoding: ScalarEncoding): readonly [number, number] {
  const [low, high] = weightRange(encoding);
  if (encoding.encoding !== 'uniform') return [low, high];
  let lowest = withLowest.get(layer); // the search plans one layer many times
  if (lowest === undefined) withLowest.set(layer, (lowest = layer.tensors.weight.includes(low)));
  return [lowest ? low : low + 1, high];
}
