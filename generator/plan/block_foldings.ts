/** Foldings of a block-permuted layer with bounds on what they need: blocks at once, output lanes of each, input lanes. */
import type { BlockTensors, Layer, LayerBlocks } from '../layer/layer.js';
import { accumulatorWidth } from './accumulator.js';
import type { LaneKind } from './codes.js';
import { CONTROL_LUT, drainLut } from './estimate.js';
import type { BoundedFolding, Most, Needs } from './foldings.js';
import { MAX_STREAM_BITS, powerOfTwoDivisor } from './output.js';
import { PERMUTER_LATENCY } from './permuter.js';
import type { WeightsPlace } from './plan.js';
import { operandBits, planElement } from './plan_layer.js';
import type { ProcessingElementPlan } from './processing_element.js';

/** The most lanes that the planner allows. */
const MOST_OC = 1024;

/** Calls `visit` with the foldings of `ic` input lanes that waste no lanes: the fewest blocks at once for their number of supergroups, and the fewest output lanes for their number of tiles. */
export function visitBlockFoldings(
  layer: Layer, { tensors }: LayerBlocks, ic: number, kind: LaneKind, weights: WeightsPlace, most: Most, visit: (folding: BoundedFolding) => void,
): void {
  const bounds = new BlockBounds(layer, tensors, ic, kind);
  const { element } = bounds;
  const place = weights === 'streamed' ? { weights } : {};
  for (const blocks of fewestFor(tensors.inputSizes.length)) {
    for (const rows of fewestFor(Math.max(...tensors.outputSizes))) {
      const oc = blocks * rows;
      if (oc > MOST_OC || oc * ic > most.macs || oc * element.estimate.lut > most.lut || oc * element.estimate.dsp > most.dsp) continue;
      visit({ lanes: { oc, ic, pixel: 1, kind, blocks, ...place }, least: bounds.of(blocks, rows, weights) });
    }
  }
}

/** Bounds of the foldings with one count of input lanes. */
class BlockBounds {
  readonly element: ProcessingElementPlan;
  private readonly width: number;
  private readonly steps: number;
  private readonly count: number;
  private readonly mostOutputs: number;
  /** Cycles of the permuters that there are for certain: frames go in and come out of them whole. */
  private readonly permuting: number;

  constructor(private readonly layer: Layer, tensors: BlockTensors, private readonly ic: number, kind: LaneKind) {
    const { inChannels, outChannels } = layer.geometry;
    this.element = planElement(layer, { ic, kind });
    this.width = accumulatorWidth(layer);
    this.steps = Math.ceil(Math.max(...tensors.inputSizes) / ic);
    this.count = tensors.inputSizes.length;
    this.mostOutputs = Math.max(...tensors.outputSizes);
    const lead = isAscending(tensors.inputOrder) ? 0 : PERMUTER_LATENCY + inChannels / powerOfTwoDivisor(this.beat('input'), inChannels);
    const tail = isAscending(tensors.outputOrder) ? 0 : PERMUTER_LATENCY + outChannels / powerOfTwoDivisor(this.beat('output'), outChannels);
    this.permuting = Math.max(0, lead - 1) + Math.max(0, tail - 1);
  }

  of(blocks: number, rows: number, weights: WeightsPlace): Needs {
    const { element, steps, ic } = this;
    const oc = blocks * rows;
    const supergroups = Math.ceil(this.count / blocks);
    const tiles = supergroups * Math.ceil(this.mostOutputs / rows);
    let requantizers = 1;
    while (requantizers < powerOfTwoDivisor(this.beat('output'), oc) && oc / requantizers > steps) requantizers *= 2;
    const gap = Math.max(0, oc / requantizers - steps);
    const inputBeats = (supergroups * blocks * steps * ic) / powerOfTwoDivisor(this.beat('input'), blocks * ic);
    const outputBeats = (tiles * oc) / this.beat('output');
    const drain = drainLut({ lanes: { oc, ic, pixel: 1, kind: element.lane }, requantize: { lanes: requantizers }, accumulatorWidth: this.width });
    return {
      lut: Math.floor(CONTROL_LUT + oc * element.estimate.lut + drain),
      dsp: oc * element.estimate.dsp,
      bram36: weights === 'streamed' ? 0 : (Math.max(0, tiles * steps - 64) * oc * operandBits(element)) / 36_864,
      cycles: Math.floor(this.permuting + (weights === 'streamed' ? 0 : inputBeats) + tiles * (steps + gap) - gap + outputBeats),
    };
  }

  /** Most elements of a beat. */
  private beat(side: 'input' | 'output'): number {
    return MAX_STREAM_BITS / (this.layer.description[side].bits <= 8 ? 8 : 16);
  }
}

const isAscending = (order: Int32Array): boolean => order.every((index, i) => index === i);

/** The least counts at once for each number of turns that `count` takes, ascending. */
function fewestFor(count: number): number[] {
  return [...new Set(Array.from({ length: count }, (_, i) => Math.ceil(count / (i + 1))))].sort((a, b) => a - b);
}
