/**
 * Every folding of a layer with bounds on what it needs. The bounds never lie above the estimate of the planned engine and are found without
 * planning it, so that a search over a million foldings plans only those that can still win (test/plan/search.test.ts).
 */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { LUT_WEIGHT_BITS } from '../layer/schema.js';
import { planPair } from './array.js';
import { visitBlockFoldings } from './block_foldings.js';
import { ROW_OVERHEAD } from './cycles.js';
import type { LaneKind } from './codes.js';
import { CONTROL_LUT, drainLut, rotationLut } from './estimate.js';
import { planHalves, planLoadableMemory } from './memory.js';
import type { Estimate, Lanes, WeightsPlace } from './plan.js';
import { accumulatorWidth } from './accumulator.js';
import { outputElements, planRequantizeLanes, slotChannels } from './output.js';
import { operandBits, planElement, planInput } from './plan_layer.js';
import type { ProcessingElementPlan } from './processing_element.js';
import type { ProcessingElementPairPlan } from './processing_element_pair.js';
import { estimatePairOperands } from './processing_element_pair_cost.js';

/** What a folding needs at least. */
export type Needs = Pick<Estimate, 'lut' | 'dsp' | 'bram36' | 'cycles'>;

export interface BoundedFolding {
  readonly lanes: Lanes;
  readonly least: Needs;
}

/** Largest lane counts that are tried; the planner allows as many. */
const MOST = { oc: 1024, ic: 256, pixel: 32 } as const;

/** Kinds of lane that a layer's weights can run on; DSP blocks are what `uniform` weights are for. */
export function laneKinds(layer: Layer): readonly LaneKind[] {
  const { weights } = layer.description;
  if (weights.encoding !== 'uniform') return ['lut'];
  return weights.bits > LUT_WEIGHT_BITS ? ['dsp'] : ['dsp', 'lut'];
}

/** Input-channel lanes that a layer can use. */
export function icCounts(layer: Layer): number[] {
  return upTo(Math.min(MOST.ic, layer.blocks ? Math.max(...layer.blocks.tensors.inputSizes) : layer.geometry.groupInChannels));
}

/** What the processing elements of a folding, and its multiply-accumulates per cycle, may be at most. */
export interface Most {
  readonly lut: number;
  readonly dsp: number;
  readonly macs: number;
}

/** Calls `visit` with every folding of `ic` input-channel lanes whose processing elements alone stay within the limits. */
export function visitFoldings(
  layer: Layer, ic: number, kind: LaneKind, weights: WeightsPlace, most: Most, visit: (folding: BoundedFolding) => void,
): void {
  if (layer.blocks) return visitBlockFoldings(layer, layer.blocks, ic, kind, weights, most, visit);
  const bounds = new FoldingBounds(layer, ic, kind, weights);
  const place = weights === 'streamed' ? { weights } : {};
  const { groupOutChannels, outWidth } = layer.geometry;
  for (const pixel of upTo(Math.min(MOST.pixel, outWidth))) {
    for (let oc = 1; oc <= Math.min(MOST.oc, groupOutChannels); oc++) {
      if (bounds.exceed(oc * pixel, most)) break;
      visit({ lanes: { oc, ic, pixel, kind, ...place }, least: bounds.of(oc, pixel) });
    }
  }
}

/** Share of the LUTs that the bounds may leave out: pairs are counted for foldings that need them with so much more. */
const UNCOUNTED = 0.1;

/**
 * Calls `visit` with the foldings of `ic` input-channel lanes that need pairs (`dsp`) to stay within the LUTs: as few of them as do, so that LUTs
 * and DSP blocks run out together. Where lanes select, a pair is two pixels, so their number is even. None if the layer's weights do not fit pairs.
 */
export function visitHybrids(layer: Layer, ic: number, weights: WeightsPlace, most: Most, visit: (folding: BoundedFolding) => void): void {
  const pair = Number.isFinite(most.lut) && most.dsp >= ic && !layer.blocks ? pairOf(layer, ic) : undefined;
  if (!pair) return;
  const bounds = new FoldingBounds(layer, ic, 'lut', weights, pair);
  const place = weights === 'streamed' ? { weights } : {};
  const { groupOutChannels, outWidth } = layer.geometry;
  for (const pixel of upTo(Math.min(MOST.pixel, outWidth))) {
    if (pair.selection && pixel % 2 !== 0) continue; // a pair that selects is two pixels
    const available = 2 * Math.floor(most.dsp / (ic * pixel));
    for (let oc = 2; available > 0 && oc <= Math.min(MOST.oc, 2 * Math.ceil(groupOutChannels / 2)) && oc * pixel * pair.channels <= most.macs; oc++) {
      const least = bounds.pairsFor(oc, pixel, most.lut);
      if (least > Math.min(oc, available)) break;
      if (bounds.pairsFor(oc, pixel, (1 - UNCOUNTED) * most.lut) === 0) continue;
      const last = Math.min(oc, available, least + 2);
      for (let dsp = Math.max(2, least); dsp <= last; dsp += 2) visit({ lanes: { oc, ic, pixel, kind: 'lut', dsp, ...place }, least: bounds.of(oc, pixel, dsp) });
    }
  }
}

/** The pair of a folding, which depends on the input-channel lanes alone; undefined if the layer's weights do not fit pairs, or LUT lanes beside them. */
function pairOf(layer: Layer, ic: number): ProcessingElementPairPlan | undefined {
  const { weights } = layer.description;
  if (weights.encoding === 'csd' || (weights.encoding === 'uniform' && weights.bits > LUT_WEIGHT_BITS)) return undefined;
  const lanes = { oc: 2, ic, pixel: 2, kind: 'lut', dsp: 2 } as const;
  try {
    return planPair(layer, lanes, planElement(layer, lanes).encoding, accumulatorWidth(layer));
  } catch (error) {
    if (error instanceof ShiftloomError && error.code === 'unsupported') return undefined;
    throw error;
  }
}

/** LUTs of one pair, and of the operands that all pairs of a channel and all of a pixel share. */
interface PairLut {
  readonly pair: number;
  readonly channel: number;
  readonly pixel: number;
}

/** Bounds of the foldings with one count of input-channel lanes. */
class FoldingBounds {
  private readonly element: ProcessingElementPlan;
  private readonly pairLut: PairLut;
  private readonly width: number;
  private readonly steps: number;
  private readonly inputBeats: number;
  private readonly firstRows: number;
  private readonly outputs: number;

  /** @param pair some lanes run in pairs */
  constructor(
    private readonly layer: Layer, private readonly ic: number, kind: LaneKind, private readonly weights: WeightsPlace, pair?: ProcessingElementPairPlan,
  ) {
    const g = layer.geometry;
    this.element = planElement(layer, { ic, kind, ...(pair ? { dsp: 2 } : {}) });
    this.pairLut = pair ? pairLut(pair) : { pair: 0, channel: 0, pixel: 0 };
    this.width = accumulatorWidth(layer);
    this.steps = Math.ceil(g.groupInChannels / this.element.channels) * g.kernelHeight * g.kernelWidth;
    const input = planInput(layer, this.element.channels);
    this.inputBeats = input.beatsPerFrame;
    const rows = (g.kernelHeight - 1) * g.dilationHeight + 1 - g.padTop;
    this.firstRows = Math.max(1, Math.min(rows, g.inHeight)) * g.inWidth * input.beatsPerPixel;
    this.outputs = g.outHeight * g.outWidth * g.outChannels;
  }

  exceed(elements: number, most: Most): boolean {
    return elements * this.element.channels > most.macs || elements * this.element.estimate.lut > most.lut || elements * this.element.estimate.dsp > most.dsp;
  }

  /** The fewest lanes in pairs, even, with which `lut` LUTs may be enough. */
  pairsFor(oc: number, pixel: number, lut: number): number {
    const least = this.of(oc, pixel, 0).lut + pixel * this.pairLut.pixel;
    const saved = pixel * (this.element.estimate.lut - this.pairLut.pair / 2) - this.pairLut.channel;
    return least <= lut ? 0 : saved <= 0 ? Infinity : 2 * Math.ceil((least - lut) / saved / 2);
  }

  of(oc: number, pixel: number, dsp = 0): Needs {
    const { layer, element, ic } = this;
    const elements = oc * pixel;
    const pairs = dsp > 0 ? (dsp / 2) * pixel * this.pairLut.pair + dsp * this.pairLut.channel + pixel * this.pairLut.pixel : 0;
    const requantize = { lanes: planRequantizeLanes(layer, { oc, pixel }, this.steps) };
    const lanes = { oc, ic, pixel, kind: element.lane };
    const moving = rotationLut({ layer, lanes, ring: element }) + drainLut({ lanes, requantize, accumulatorWidth: this.width });
    return {
      lut: Math.floor(CONTROL_LUT + (elements - dsp * pixel) * element.estimate.lut + pairs + moving),
      dsp: elements * element.estimate.dsp + (dsp / 2) * pixel * ic,
      bram36: this.weightBits(oc) / 36_864,
      cycles: this.cycles(elements, requantize.lanes, oc, pixel),
    };
  }

  /** First rows, the steps of the array with the gaps between tiles, and the change of rows; or a stream that takes longer. */
  private cycles(elements: number, requantizeLanes: number, oc: number, pixel: number): number {
    const g = this.layer.geometry;
    const gap = Math.max(0, elements / requantizeLanes - this.steps);
    const tiles = Math.ceil(g.outWidth / pixel) * g.groups * Math.ceil(g.groupOutChannels / oc);
    const between = this.weights === 'streamed' ? gap : Math.max(ROW_OVERHEAD, gap);
    const array = g.outHeight * (tiles * (this.steps + gap) - gap) + (g.outHeight - 1) * between;
    const outputBeats = this.outputs / outputElements(this.layer, requantizeLanes, slotChannels(g, { oc, weights: this.weights }));
    return Math.max(this.firstRows + array, this.inputBeats, outputBeats);
  }

  /** Bits of the weight memory that are in block RAM for certain: a rest of up to 64 words may be in LUT RAM. */
  private weightBits(oc: number): number {
    if (this.weights === 'streamed') return 0;
    const g = this.layer.geometry;
    const words = g.groups * Math.ceil(g.groupOutChannels / oc) * this.steps;
    return Math.max(0, words - 64) * this.wordBits(oc);
  }

  private wordBits(oc: number): number {
    return oc * operandBits(this.element);
  }
}

function pairLut(pair: ProcessingElementPairPlan): PairLut {
  return { pair: pair.estimate.lut, channel: estimatePairOperands(pair, 1, 0).lut, pixel: estimatePairOperands(pair, 0, 1).lut };
}

const memories = new WeakMap<Layer, Map<string, { lut: number; bram36: number }>>();

/** The bounds of a folding with its weight memory, which is the same for all counts of pixel lanes and is planned once. */
export function withWeightMemory(layer: Layer, { lanes, least }: BoundedFolding): Needs {
  if (layer.blocks) return least;
  let known = memories.get(layer);
  if (!known) memories.set(layer, (known = new Map()));
  const key = `${lanes.kind},${lanes.ic},${lanes.oc},${lanes.dsp ? 'pairs' : ''},${lanes.weights}`;
  let memory = known.get(key);
  if (!memory) {
    const g = layer.geometry;
    const element = planElement(layer, lanes);
    const steps = Math.ceil(g.groupInChannels / element.channels) * g.kernelHeight * g.kernelWidth;
    const bits = lanes.oc * operandBits(element);
    memory = lanes.weights === 'streamed' ? planHalves(steps, bits) : planLoadableMemory(g.groups * Math.ceil(g.groupOutChannels / lanes.oc) * steps, bits);
    known.set(key, { lut: memory.lut, bram36: memory.bram36 });
  }
  return { ...least, lut: least.lut + Math.floor(memory.lut), bram36: Math.max(least.bram36, memory.bram36) };
}

function upTo(most: number): number[] {
  return Array.from({ length: most }, (_, i) => i + 1);
}
