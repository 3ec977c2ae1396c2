/**
 * Resources of the time-shared engine before synthesis: array, memories, drains and the lanes' write multiplexers from their structure, block RAM and DSP
 * exact; what is left is a linear form as in `estimate.ts`.
 */
import { CONTROL_LUT } from '../estimate.js';
import { sharedCycles } from './shared_cycles.js';
import type { SharedPlan } from './shared_plan.js';

export interface SharedEstimate {
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Cycles from frame to frame, and of one frame from start to done. */
  readonly cycles: number;
  readonly latency: number;
  /** LUTs of all processing elements, in `lut` too. */
  readonly laneLut: number;
}

/** Widest operand of a DSP48E1 that takes no second one: 25 bits signed. */
const DSP_OPERAND_BITS = 25;

export function estimateShared(plan: SharedPlan): SharedEstimate {
  const { lanes, vector, element, accumulatorWidth: width, requantize: r, units, map, result } = plan;
  const memories = [plan.weightMemory, plan.parameterMemory, plan.programMemory, ...(plan.placeMemory ? [plan.placeMemory] : [])];
  const laneLut = lanes.oc * element.estimate.lut;
  const wordBits = lanes.ic * 8;
  const cycles = sharedCycles(plan);
  const multipliers = r.multiplierWidth === 0 ? 0 : vector * (width <= DSP_OPERAND_BITS ? 1 : 2);
  const lut = laneLut + sum(memories, ({ lut, chunks }) => lut + 3.8 * chunks) + map.lut + result.lut
    + (lanes.oc - vector) * width + requantizeLut(plan) + writerLut(plan) + elementLut(plan)
    + CONTROL_LUT + 7 * map.addressWidth + 60 + (units.padding ? 70 + wordBits : 0);
  const ff = lanes.oc * (element.estimate.ff + width + 3) + sum(memories, ({ ff, chunks, chunkWidth }) => ff + chunkWidth + 2 * chunks) + 640 + vector * (5 * width + 60)
    + 3 * wordBits + (map.scatter ? lanes.ic * map.addressWidth : 0) + (units.pool ? 2 * wordBits : 0) + (units.add ? 5 * wordBits : 0);
  return Object.freeze({
    lut: Math.round(lut),
    ff: Math.round(ff),
    dsp: multipliers + (units.add ? 2 * vector : 0),
    bram36: sum(memories, ({ bram36 }) => bram36) + map.bram36 + result.bram36,
    cycles: cycles.period,
    latency: cycles.latency,
    laneLut,
  });
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}

/** As in `estimate.ts`, with the bounds in registers instead of constants. */
function requantizeLut({ requantize: r, accumulatorWidth: width, vector, units }: SharedPlan): number {
  const round = Math.max(2, width + r.multiplierWidth + 1 - r.shiftMin);
  return vector * (0.5 * (width + round) + 1.2 * round * Math.ceil(r.shiftWidth / 2) + round + 2 * r.outBits + (units.pool ? 8 + r.outBits : 0) + (units.add ? width + 20 : 0));
}

/** By the table each lane chooses among the elements of a vector, address and value. */
function writerLut({ lanes, vector, map }: SharedPlan): number {
  if (!map.scatter) return 12 + lanes.ic;
  return lanes.ic * ((8 + map.addressWidth) * 0.5 * (vector + 1) + 1.5 * vector) + vector * (map.addressWidth + 8);
}

function elementLut({ units, lanes, vector }: SharedPlan): number {
  const drain = (lanes.ic - vector) * 8;
  return (units.pool ? lanes.ic * 13 : 0) + (units.pool || units.add ? drain : 0) + (units.add ? drain + (units.pool ? lanes.ic * 8 : 0) : 0);
}
