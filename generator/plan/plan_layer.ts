/** From a layer and its folding to the plan of its engine. */
import { ShiftloomError } from '../errors.js';
import type { Geometry, Layer } from '../layer/layer.js';
import { macsOf, outputBounds } from '../layer/layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { signedWidth, unsignedWidth } from '../verilog/literal.js';
import { accumulatorWidth } from './accumulator.js';
import { blockDepth, planLoadableMemory, prefersBlock, ramCost } from './memory.js';
import { planProcessingElement, type ProcessingElementPlan } from './processing_element.js';
import { planSelection, stepChannels } from './selection.js';
import { checkPairLanes, planArray, planPair } from './array.js';
import { readLatencyOf, rotationsOf } from './rotations.js';
import type { KernelOffset, Lanes, LayerPlan, OutputPlan, RequantizePlan, RingPlan, SequencerPlan, StreamPlan } from './plan.js';

/** Cycles from a requantizer's operands to its output; `nn_requantize` has as many stages. */
export const REQUANTIZE_LATENCY = 6;
/** Cycles from a loadable memory's address to its word: RAM, then a register behind the segment multiplexer. */
export const LOADABLE_LATENCY = 2;
const MAX_STREAM_BITS = 64;
/** Processing elements whose control registers one register may drive. */
const DIRECT_ELEMENTS = 16;

/**
 * Works out the whole engine.
 * @throws ShiftloomError 'unsupported' if the encoding has no hardware yet, 'usage' if the lanes are out of range
 */
export function planLayer(layer: Layer, lanes: Lanes): LayerPlan {
  const g = layer.geometry;
  checkLanes(lanes, layer);
  const channels = stepChannels(lanes.ic, planSelection(layer, lanes));
  const encoding = laneEncoding(layer, channels);
  const width = accumulatorWidth(layer);
  const input = planInput(layer, channels);
  const ring = planRing(layer, lanes, channels, input);
  const requantizeLanes = planRequantizeLanes(layer, lanes, ring.groupWords * g.kernelHeight * g.kernelWidth);
  const sequencer = planSequencer(g, lanes, ring, requantizeLanes);
  const processingElement = planElement(layer, lanes);
  const processingElementPair = planPair(layer, lanes, encoding, width);
  const array = planArray(lanes, sequencer, processingElement, processingElementPair);
  const requantize = planRequantize(layer, requantizeLanes, width);
  const output = planOutput(layer, requantize);
  const readLatency = readLatencyOf(lanes.pixel, sequencer.rotations.length);
  const pipeline = readLatency + array.latency + 2 + REQUANTIZE_LATENCY + 12;
  const wordBits = lanes.oc * operandBits(processingElement);
  return Object.freeze({
    name: layer.description.name,
    layer,
    lanes,
    encoding,
    macs: macsOf(g),
    peakMacsPerCycle: lanes.oc * channels * lanes.pixel,
    accumulatorWidth: width,
    input,
    output,
    ring,
    sequencer,
    processingElement,
    ...(processingElementPair ? { processingElementPair } : {}),
    array,
    weightMemory: planLoadableMemory(g.groups * sequencer.tiles * sequencer.steps, wordBits),
    parameterMemory: planLoadableMemory(g.outChannels / requantizeLanes, requantizeLanes * requantize.parameterBits),
    requantize,
    outputBuffer: planOutputBuffer(g, lanes, output, requantize, sequencer, pipeline),
    readLatency,
    controlStages: lanes.pixel > 1 && lanes.oc * lanes.pixel > DIRECT_ELEMENTS ? 2 : 1,
  });
}

/** The processing element of a folding: it depends on the input-channel lanes alone. */
export function planElement(layer: Layer, lanes: Pick<Lanes, 'ic' | 'kind' | 'select' | 'dsp'> & Partial<Pick<Lanes, 'pixel'>>): ProcessingElementPlan {
  const selection = planSelection(layer, lanes);
  return planProcessingElement({
    encoding: laneEncoding(layer, stepChannels(lanes.ic, selection)),
    lane: lanes.kind,
    icLanes: lanes.ic,
    selection,
    activationBits: layer.description.input.bits,
    activationSigned: layer.description.input.signed,
    accumulatorWidth: accumulatorWidth(layer),
  });
}

/** Bits of the weight word that one processing element takes: codes, group exponents, selections. */
export function operandBits({ icLanes, codeBits, exponentGroups, exponentBits, selection }: ProcessingElementPlan): number {
  return icLanes * (codeBits + (selection?.indexBits ?? 0)) + exponentGroups * exponentBits;
}

/** The scalar encoding as the lanes take it. */
function laneEncoding(layer: Layer, channels: number): ScalarEncoding {
  const encoding = layer.description.weights;
  if (encoding.encoding === 'cp' || encoding.encoding === 'block_permuted') {
    throw new ShiftloomError(
      'unsupported',
      layer.description.name,
      `hardware for the weight encoding '${encoding.encoding}' comes with a later version`,
      'Store the layer with uniform, pot, apot, bpot, csd or codebook weights',
    );
  }
  // Unused lanes of the last word must multiply by zero, so the codebook needs that level.
  if (encoding.encoding === 'codebook' && layer.geometry.groupInChannels % channels !== 0 && !encoding.levels.includes(0)) {
    return { ...encoding, levels: [...encoding.levels, 0].sort((a, b) => a - b) };
  }
  return encoding;
}

function checkLanes(lanes: Lanes, layer: Layer): void {
  const { encoding } = layer.description.weights;
  for (const [name, value, most] of [['oc', lanes.oc, 1024], ['ic', lanes.ic, 256], ['pixel', lanes.pixel, 32]] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new ShiftloomError('usage', `lanes ${name}=${value}`, `must be a whole number from 1 to ${most}`);
    }
  }
  checkPairLanes(lanes, planSelection(layer, lanes));
  if (lanes.kind === 'dsp' && encoding !== 'uniform') {
    throw new ShiftloomError(
      'usage', 'lanes kind=dsp', `weights are '${encoding}', which needs no multiplier`, 'Use kind=lut, or compress to uniform weights',
    );
  }
}

/** Largest power of two up to `limit` that divides every number given. */
function powerOfTwoDivisor(limit: number, ...numbers: number[]): number {
  let divisor = 1;
  while (divisor * 2 <= limit && numbers.every((n) => n % (divisor * 2) === 0)) divisor *= 2;
  return divisor;
}

/** Beats must not straddle words of the ring, so the elements of a beat divide the channels of a step and of a group. */
export function planInput(layer: Layer, channels: number): StreamPlan {
  const g = layer.geometry;
  const elementBits = layer.description.input.bits <= 8 ? 8 : 16;
  const elements = powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, channels, g.groupInChannels);
  const beatsPerPixel = g.inChannels / elements;
  return { elementBits, elements, beatsPerPixel, beatsPerFrame: beatsPerPixel * g.inHeight * g.inWidth };
}

function planOutput(layer: Layer, requantize: RequantizePlan): StreamPlan {
  const g = layer.geometry;
  const elementBits = layer.description.output.bits <= 8 ? 8 : 16;
  const elements = Math.max(requantize.lanes, powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, g.outChannels));
  const beatsPerPixel = g.outChannels / elements;
  return { elementBits, elements, beatsPerPixel, beatsPerFrame: beatsPerPixel * g.outHeight * g.outWidth };
}

/** Input rows under one kernel window. */
function spanOf(g: Geometry): number {
  return (g.kernelHeight - 1) * g.dilationHeight + 1;
}

/** Bank row: pixels x with (x / stride) mod lanes = bank, so that lanes at neighbouring outputs never meet in a bank. */
function planRing(layer: Layer, lanes: Lanes, channels: number, input: StreamPlan): RingPlan {
  const g = layer.geometry;
  const groupWords = Math.ceil(g.groupInChannels / channels);
  const pixelWords = g.groups * groupWords;
  const rowWords = Math.ceil(Math.ceil(g.inWidth / g.strideWidth) / lanes.pixel) * g.strideWidth * pixelWords;
  const columnBits = input.elements * layer.description.input.bits;
  const columns = channels / input.elements;
  // The window's rows and the rows that the next window adds; then as many more as the RAM has room for anyway.
  const needed = Math.min(spanOf(g), g.inHeight) + g.strideHeight;
  const block = prefersBlock(needed * rowWords, columnBits);
  const room = block ? blockDepth(needed * rowWords) : 2 ** Math.ceil(Math.log2(Math.max(2, needed * rowWords)));
  const fits = ramCost({ depth: room, width: columnBits, block });
  const tight = ramCost({ depth: needed * rowWords, width: columnBits, block });
  const free = fits.bram36 === tight.bram36 && fits.lut === tight.lut;
  const rows = free ? Math.max(needed, Math.min(Math.floor(room / rowWords), 2 * g.inHeight)) : needed;
  const words = rows * rowWords;
  return {
    rows,
    channels,
    depth: block ? blockDepth(words) : words,
    pixelWords,
    groupWords,
    rowWords,
    words,
    addressWidth: unsignedWidth(words - 1),
    columns,
    lastColumns: (g.groupInChannels - (groupWords - 1) * channels) / input.elements,
    columnBits,
    block,
  };
}

/** Requantizers work in vectors of neighbouring channels: as few as keep up with the array, if the channel counts allow it. */
export function planRequantizeLanes(layer: Layer, lanes: Pick<Lanes, 'oc' | 'pixel'>, steps: number): number {
  const elementBits = layer.description.output.bits <= 8 ? 8 : 16;
  const most = powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, lanes.oc, layer.geometry.groupOutChannels);
  let count = 1;
  while (count < most && (lanes.oc * lanes.pixel) / count > steps) count *= 2;
  return count;
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

function planSequencer(g: Geometry, lanes: Lanes, ring: RingPlan, requantizeLanes: number): SequencerPlan {
  const steps = ring.groupWords * g.kernelHeight * g.kernelWidth;
  const rowTiles = Math.ceil(g.outWidth / lanes.pixel);
  const kernel: KernelOffset[] = [];
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const x = kx * g.dilationWidth - g.padLeft;
      const strides = Math.floor(x / g.strideWidth);
      const banks = Math.floor(strides / lanes.pixel);
      kernel.push({
        row: modulo(ky * g.dilationHeight, ring.rows) * ring.rowWords,
        column: (banks * g.strideWidth + modulo(x, g.strideWidth)) * ring.pixelWords,
        rotate: modulo(strides, lanes.pixel),
        y: ky * g.dilationHeight,
        x,
      });
    }
  }
  const span = spanOf(g);
  const lastTop = (g.outHeight - 1) * g.strideHeight - g.padTop;
  const lastX = (rowTiles * lanes.pixel - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth;
  return {
    steps,
    gap: Math.max(0, (lanes.oc * lanes.pixel) / requantizeLanes - steps),
    tiles: Math.ceil(g.groupOutChannels / lanes.oc),
    kernel,
    rotations: rotationsOf(g, lanes.pixel),
    hasPadding: g.padTop + g.padLeft + g.padBottom + g.padRight > 0,
    rowTiles,
    lastPixels: g.outWidth - (rowTiles - 1) * lanes.pixel,
    span,
    firstBase: modulo(-g.padTop, ring.rows) * ring.rowWords,
    rowStep: modulo(g.strideHeight, ring.rows) * ring.rowWords,
    frameStep: modulo(g.inHeight - g.padTop - lastTop, ring.rows) * ring.rowWords,
    yWidth: signedWidth(-Math.max(g.padTop, 2 * g.inHeight), Math.max(g.inHeight, lastTop + g.strideHeight, ring.rows) + span + 1),
    xWidth: signedWidth(-Math.max(g.padLeft, lanes.pixel * g.strideWidth), Math.max(g.inWidth, lastX) + g.strideWidth * lanes.pixel + 1),
  };
}

function planRequantize(layer: Layer, lanes: number, width: number): RequantizePlan {
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

/** Enough slots that the pipeline and the sending of a slot hide behind the computation of the next ones. */
function planOutputBuffer(
  g: Geometry, lanes: Lanes, output: StreamPlan, requantize: RequantizePlan, sequencer: SequencerPlan, pipeline: number,
): OutputPlan {
  const pixelVectors = g.outChannels / requantize.lanes;
  const slotVectors = lanes.pixel * pixelVectors;
  const slotBeats = lanes.pixel * output.beatsPerPixel;
  const cyclesPerSlot = g.groups * sequencer.tiles * (sequencer.steps + sequencer.gap);
  const wanted = 1 + Math.ceil((pipeline + slotBeats + (lanes.oc * lanes.pixel) / requantize.lanes) / cyclesPerSlot);
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
    lastBeats: sequencer.lastPixels * output.beatsPerPixel,
    block,
    bram36: cost.bram36,
  };
}
