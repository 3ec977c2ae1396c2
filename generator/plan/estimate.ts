/**
 * Resources and cycles before synthesis. The processing elements, memories, multiplexers and shift chains are counted from their structure;
 * what is left (control, addresses, requantizers) is a linear form whose factors were fitted to Yosys counts of random engines
 * (docs/architecture.md, "Estimator"). DSP48E1, block RAM and cycles are exact.
 */
import type { Estimate, Lanes, LayerPlan } from './plan.js';
import { busyCycles, timeBound } from './binding.js';
import { cycleModel, cyclesBetweenFrames } from './cycles.js';
import { rotationLutPerBit, rotationsOf } from './rotations.js';
import { reconstructionCost, reconstructionRams } from './factor_reconstruction_cost.js';
import { ramCost, type RamCost } from './memory.js';
import { delayCost, logic, sum, sumQueueCost, times, type CellCost } from './processing_element_cost.js';
import { estimatePairOperands } from './processing_element_pair_cost.js';

/** Widest operand of a DSP48E1 that takes no second one: 25 bits signed. */
const DSP_OPERAND_BITS = 25;

export function estimateLayer(plan: LayerPlan): Estimate {
  const array = arrayCost(plan);
  const ring = ringCost(plan);
  const out = outputCost(plan);
  const { weightMemory: w, parameterMemory: p } = plan;
  const cycles = cycleModel(plan);
  const rebuild = rebuildCost(plan);
  const permuters = [plan.inputPermuter, plan.outputPermuter].filter((permuter) => permuter !== undefined);
  const permuting = sum(permuters.map(({ estimate }) => estimate));
  return Object.freeze({
    lut: Math.round(array.lut + w.lut + p.lut + ring.lut + out.lut + rotationLut(plan) + drainLut(plan) + controlLut(plan) + rebuild.lut + permuting.lut),
    ff: Math.round(array.ff + ringFf(plan) + 2 * (w.width + p.width) + controlFf(plan) + rebuild.ff + permuting.ff),
    dsp: array.dsp + requantizeDsp(plan) + rebuild.dsp,
    bram36: w.bram36 + p.bram36 + ring.bram36 + out.bram36 + (plan.reconstruction ? reconstructionRams(plan.reconstruction) : 0) + permuters.reduce((rams, { bram36 }) => rams + bram36, 0),
    cycles: cycles.cycles,
    ...(plan.blocks ? { cyclesBetweenFrames: cyclesBetweenFrames(plan) } : {}),
    laneLut: array.lut,
    ...(plan.reconstruction ? { reconstructionLut: Math.round(rebuild.lut) } : {}),
    bound: timeBound(plan, cycles).time,
    busy: busyCycles(plan),
  });
}

/** The unit that rebuilds weights, if there is one. */
function rebuildCost({ reconstruction }: LayerPlan): CellCost {
  return reconstruction ? reconstructionCost(reconstruction) : logic(0, 0);
}

/** Processing elements, pairs with their operands, and what the elements' sums wait in. */
function arrayCost(plan: LayerPlan): CellCost {
  const { array: a, lanes, accumulatorWidth: width, processingElement: element, processingElementPair: pair } = plan;
  const wait = a.hold ? logic(0, a.elementWait > 0 ? width : 0) : delayCost(width, a.elementWait);
  const { turns } = plan.sequencer;
  const queue = sum([sumQueueCost(width, turns), logic(0, turns > 1 ? 1 : 0)]);
  const parts = [times(lanes.pixel * a.elementLanes, sum([element.estimate, wait])), times(lanes.oc * lanes.pixel, queue)];
  if (pair) {
    parts.push(times((lanes.pixel * a.pairLanes) / 2, pair.estimate));
    parts.push(estimatePairOperands(pair, a.pairLanes, lanes.pixel));
  }
  return sum(parts);
}

/** RAMs of the input ring: one array for each column of each bank. */
function ringCost({ ring, lanes }: LayerPlan): RamCost {
  const one = ramCost({ depth: ring.depth, width: ring.columnBits, block: ring.block });
  const count = lanes.pixel * ring.columns;
  return { bram36: count * one.bram36, lut: count * one.lut, ff: count * one.ff };
}

function outputCost({ outputBuffer: o }: LayerPlan): RamCost {
  if (o.block) return { bram36: o.bram36, lut: 0, ff: 0 };
  // LUT RAM is cut at its write lanes.
  const beats = o.slots * 2 ** Math.max(1, o.slotWidth - Math.log2(o.beatVectors));
  const lane = ramCost({ depth: beats, width: o.vectorBits, block: false });
  return { bram36: 0, lut: lane.lut * o.beatVectors, ff: lane.ff * o.beatVectors };
}

/** A LUT6 is a 4:1 multiplexer. */
export function rotationLut({ lanes, ring, layer }: Pick<LayerPlan, 'layer'> & { readonly lanes: Pick<Lanes, 'pixel'>; readonly ring: Pick<LayerPlan['ring'], 'channels'> }): number {
  const perBit = rotationLutPerBit(lanes.pixel, rotationsOf(layer.geometry, lanes.pixel).length);
  return lanes.pixel * ring.channels * layer.description.input.bits * perBit;
}

/** Load-or-shift multiplexer of every drain register but the last of a chain. */
export function drainLut({ lanes, requantize, accumulatorWidth }: Pick<LayerPlan, 'lanes' | 'accumulatorWidth'> & { readonly requantize: { readonly lanes: number } }): number {
  return (lanes.oc * lanes.pixel - requantize.lanes) * accumulatorWidth;
}

function requantizeDsp({ requantize: r, accumulatorWidth }: LayerPlan): number {
  if (r.multiplierWidth === 0) return 0;
  return r.lanes * (accumulatorWidth <= DSP_OPERAND_BITS ? 1 : 2);
}

/** Bits behind the requantizer's fixed shift, the half bit included. */
function roundWidth({ requantize: r, accumulatorWidth }: LayerPlan): number {
  return Math.max(2, accumulatorWidth + r.multiplierWidth + 1 - r.shiftMin);
}

/** Registers, counters and handshakes that every engine has. */
export const CONTROL_LUT = 246;

function controlLut(plan: LayerPlan): number {
  const { requantize: r, sequencer: s, ring, lanes, weightMemory, parameterMemory, accumulatorWidth } = plan;
  const padding = s.hasPadding ? 9 * lanes.pixel - 50 : 0;
  const banks = lanes.pixel > 1 ? 0.5 * lanes.pixel * ring.addressWidth : 0;
  const kernel = s.kernel.length > 1 ? 17.5 * Math.sqrt(s.kernel.length) : 0;
  const round = roundWidth(plan);
  const requantize = r.lanes * (0.5 * (accumulatorWidth + round) + 1.2 * round * Math.ceil(r.shiftWidth / 2));
  const loading = 3.8 * (weightMemory.chunks + parameterMemory.chunks);
  return CONTROL_LUT + 17.7 * ring.addressWidth + padding + banks + kernel + requantize + loading + 0.4 * lanes.pixel * ring.columns;
}

function ringFf({ ring, lanes, layer, readLatency }: LayerPlan): number {
  const bits = lanes.pixel * ring.channels * layer.description.input.bits * (readLatency - 1);
  return bits + 2 * ring.columnBits + (ring.block ? 0 : lanes.pixel * ring.columns * ring.columnBits);
}

function controlFf({ lanes, accumulatorWidth, requantize: r, output }: LayerPlan): number {
  return 670 + lanes.oc * lanes.pixel * (accumulatorWidth + 2) + 2 * r.lanes * accumulatorWidth + 0.4 * output.elements * output.elementBits;
}
