/** What stands behind the array: requantizers, output slots and the output stream. */
import type { Geometry, Layer } from '../layer/layer.js';
import { outputBounds } from '../layer/layer.js';
import { unsignedWidth } from '../verilog/literal.js';
import { prefersBlock, ramCost } from './memory.js';
import { isTiled } from './tiled.js';
import { tilePixels, turnsOf } from './turns.js';
import type { Lanes, OutputPlan, RequantizePlan, SequencerPlan, StreamPlan } from './plan.js';

/** Cycles from a requantizer's operands to its output; `nn_requantize` has as many stages. */
export const REQUANTIZE_LATENCY = 6;
/** Widest stream, bits of a beat. */
export const MAX_STREAM_BITS = 64;

/** Largest power of two up to `limit` that divides every number given. */
export function powerOfTwoDivisor(limit: number, ...numbers: number[]): number {
  let divisor = 1;
  while (divisor * 2 <= limit && numbers.every((n) => n % (divisor * 2) === 0)) divisor *= 2;
  return divisor;
}

/** Channels of a pixel in an output slot: all of them; or with streamed weights those of a tile, then those of a group's last tile. */
export function slotChannels(g: Geometry, lanes: Pick<Lanes, 'oc' | 'weights'>): readonly number[] {
  return isTiled(lanes) ? [Math.min(lanes.oc, g.groupOutChannels), lastTileChannels(g, lanes)] : [g.outChannels];
}

/** Valid channels of the last output-channel tile of a group. */
function lastTileChannels(g: Geometry, lanes: Pick<Lanes, 'oc'>): number {
  return g.groupOutChannels - (Math.ceil(g.groupOutChannels / lanes.oc) - 1) * lanes.oc;
}

/** Requantizers work in vectors of neighbouring channels: as few as keep up with the array, if the channel counts allow it. */
export function planRequantizeLanes(layer: Layer, lanes: Pick<Lanes, 'oc' | 'pixel'>, steps: number): number {
  const elementBits = layer.description.output.bits <= 8 ? 8 : 16;
  const most = powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, lanes.oc, layer.geometry.groupOutChannels);
  let count = 1;
  while (count < most && (lanes.oc * lanes.pixel) / count > steps) count *= 2;
  return count;
}

/** Elements of an output beat: they divide the channels of a pixel in every slot. */
export function outputElements(layer: Layer, requantizeLanes: number, tileChannels: readonly number[]): number {
  const elementBits = layer.description.output.bits <= 8 ? 8 : 16;
  return Math.max(requantizeLanes, powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, ...tileChannels));
}

/** The output stream. @param tileChannels as `slotChannels` gives them */
export function planOutput(layer: Layer, requantize: RequantizePlan, tileChannels: readonly number[]): StreamPlan {
  const g = layer.geometry;
  const elementBits = layer.description.output.bits <= 8 ? 8 : 16;
  const elements = outputElements(layer, requantize.lanes, tileChannels);
  const beatsPerPixel = g.outChannels / elements;
  return { elementBits, elements, beatsPerPixel, beatsPerFrame: beatsPerPixel * g.outHeight * g.outWidth };
}

/** Widths and bounds of a requantizer, for `lanes` of them side by side and sums of `width` bits. */
export function planRequantize(layer: Layer, lanes: number, width: number): RequantizePlan {
  const { multiplier, shift } = layer.tensors;
  const { output, activation, requantize } = layer.description;
  const [low, high] = outputBounds(output, activation);
  const shiftMin = shift.reduce((a, b) => Math.min(a, b), shift[0]);
  const shiftMax = shift.reduce((a, b) => Math.max(a, b), shift[0]);
  const largest = multiplier.reduce((a, b) => Math.max(a, b), 1);
  // At least 8 bits, so that Yosys always takes a DSP block for the product.
  const multiplierWidth = requantize.form === 'multiplier' ? Math.max(8, requantize.bits, unsignedWidth(largest)) : 0;
  const shiftWidth = shiftMax > shiftMin ? unsignedWidth(shiftMax - shiftMin) : 0;
  return {
    lanes,
    multiplierWidth,
    shiftMin,
    shiftWidth,
    low,
    high,
    zeroPoint: output.zeroPoint,
    outBits: output.bits,
    latency: REQUANTIZE_LATENCY,
    parameterBits: width + multiplierWidth + shiftWidth,
  };
}

/**
 * Enough slots that the pipeline and the sending of a slot hide behind the computation of the next ones.
 * @param tileChannels channels of a slot's pixels: all of them, or those of a tile and of a group's last tile
 */
export function planOutputBuffer(
  g: Geometry, lanes: Lanes, output: StreamPlan, requantize: RequantizePlan, sequencer: SequencerPlan, pipeline: number, tileChannels: readonly number[],
): OutputPlan {
  const [channels] = tileChannels;
  const pixelVectors = channels / requantize.lanes;
  const pixels = tilePixels(lanes);
  const slotVectors = pixels * pixelVectors;
  const pixelBeats = channels / output.elements;
  const endBeats = tileChannels[tileChannels.length - 1] / output.elements;
  const slotBeats = pixels * pixelBeats;
  const tiles = isTiled(lanes) ? 1 : g.groups * sequencer.tiles;
  const cyclesPerSlot = tiles * (sequencer.steps + sequencer.gap);
  const wanted = 1 + Math.ceil((pipeline + slotBeats + (lanes.oc * pixels) / requantize.lanes + (turnsOf(lanes) > 1 ? 1 : 0)) / cyclesPerSlot);
  const slots = Math.min(64, 2 ** Math.ceil(Math.log2(Math.max(2, wanted))));
  const beatVectors = output.elements / requantize.lanes;
  const slotWidth = unsignedWidth(slotVectors - 1);
  const beatWidth = Math.max(1, slotWidth - Math.log2(beatVectors));
  const depth = slots * 2 ** beatWidth;
  const width = output.elements * output.elementBits;
  const block = prefersBlock(depth, width);
  const cost = ramCost({ depth, width, block });
  return {
    beatVectors,
    vectorBits: requantize.lanes * output.elementBits,
    pixelVectors,
    slots,
    slotWidth,
    slotBeats,
    lastBeats: sequencer.lastPixels * pixelBeats,
    endSlotBeats: pixels * endBeats,
    endLastBeats: sequencer.lastPixels * endBeats,
    block,
    bram36: cost.bram36,
  };
}
