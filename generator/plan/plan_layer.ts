/** From a layer and its folding to the plan of its engine. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { macsOf } from '../layer/layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import { unsignedWidth } from '../verilog/literal.js';
import { accumulatorWidth } from './accumulator.js';
import { planBands } from './bands.js';
import { blockCore, checkBlockLanes } from './block_core.js';
import { withPermuters } from './block_permuters.js';
import { factorsOf, planFactorReconstruction } from './factor_reconstruction.js';
import { planRebuildLanes } from './rebuild_lanes.js';
import { isTiled } from './tiled.js';
import { planSequencer, spanOf } from './plan_sequencer.js';
import { checkHold, turnsOf } from './turns.js';
import { WEIGHT_BEAT_BITS, blockDepth, planHalves, planLoadableMemory, prefersBlock, ramCost } from './memory.js';
import { planProcessingElement, type ProcessingElementPlan } from './processing_element.js';
import { ringOf } from './ring.js';
import { planSelection, stepChannels } from './selection.js';
import { checkPairLanes, planArray, planPair } from './array.js';
import { MAX_STREAM_BITS, REQUANTIZE_LATENCY, planOutput, planOutputBuffer, planRequantize, planRequantizeLanes, powerOfTwoDivisor, slotChannels } from './output.js';
import { readLatencyOf } from './rotations.js';
import type { Lanes, LayerPlan, RingPlan, StreamPlan } from './plan.js';

/** Cycles from a loadable memory's address to its word: RAM, then a register behind the segment multiplexer. */
export const LOADABLE_LATENCY = 2;
/** Processing elements whose control registers one register may drive. */
const DIRECT_ELEMENTS = 16;

/** RAMB36 of the XC7Z035, and the share of them that bands of streamed weights may fill. */
const DEVICE_BLOCK_RAMS = 500;
export const BAND_SHARE = 0.9;

/**
 * Works out the whole engine.
 * @param blockRams RAMB36 of the device; Infinity if somebody else looks after them
 * @throws ShiftloomError 'unsupported' if the encoding has no hardware yet, 'usage' if the lanes are out of range, 'resource' if the device
 *   cannot hold resident weights, or not even the window of one output row beside streamed ones
 */
export function planLayer(layer: Layer, lanes: Lanes, blockRams = DEVICE_BLOCK_RAMS): LayerPlan {
  const plan = planCore(layer, lanes, blockRams);
  return checkResident(plan.blocks ? withPermuters(plan, plan.blocks) : plan, blockRams);
}

/**
 * The engine without what puts its streams into natural order: of a block-permuted layer the core alone, whose `blocks` say in which order it takes
 * its inputs and gives its outputs, for a network that merges permutations; of others the whole engine.
 * @throws ShiftloomError as `planLayer`, but resident weights may take more than the device has
 */
export function planCore(layer: Layer, lanes: Lanes, blockRams = DEVICE_BLOCK_RAMS): LayerPlan {
  checkLanes(lanes, layer);
  if (!layer.blocks) return planEngine(layer, layer, lanes, blockRams);
  const { core, plan: blocks } = blockCore(layer, layer.blocks, lanes);
  return Object.freeze({ ...planEngine(layer, core, lanes, blockRams), blocks, macs: layer.blocks.tensors.weight.length });
}

/** @param natural the layer; @param layer what the array computes: the layer itself, or its core */
function planEngine(natural: Layer, layer: Layer, lanes: Lanes, blockRams: number): LayerPlan {
  const g = layer.geometry;
  const channels = stepChannels(lanes.ic, planSelection(layer, lanes));
  const encoding = laneEncoding(layer, channels);
  const width = accumulatorWidth(layer);
  const sets = lanes.blocks ?? 1;
  const input = planInput(layer, channels, sets);
  const ring = planRing(layer, lanes, channels, input);
  const requantizeLanes = planRequantizeLanes(layer, lanes, ring.groupWords * g.kernelHeight * g.kernelWidth);
  const sequencer = planSequencer(g, lanes, ring, requantizeLanes);
  const processingElement = planElement(layer, lanes);
  const processingElementPair = planPair(layer, lanes, encoding, width);
  const array = planArray(lanes, sequencer, processingElement, processingElementPair);
  const requantize = planRequantize(layer, requantizeLanes, width);
  const streamed = isTiled(lanes);
  if (lanes.weights === 'rebuilt') factorsOf(layer); // refuses other layers before anything is planned for them
  const tileChannels = slotChannels(g, lanes);
  const output = planOutput(layer, requantize, tileChannels);
  const readLatency = readLatencyOf(lanes.pixel, sequencer.rotations.length);
  const pipeline = readLatency + array.latency + 2 + REQUANTIZE_LATENCY + 12;
  const wordBits = lanes.oc * operandBits(processingElement);
  const weightWords = g.groups * sequencer.tiles * sequencer.words;
  const plan: LayerPlan = {
    name: layer.description.name,
    layer: natural,
    core: layer,
    lanes,
    encoding,
    macs: macsOf(g),
    peakMacsPerCycle: lanes.oc * channels * lanes.pixel,
    accumulatorWidth: width,
    input,
    output,
    coreInput: input,
    coreOutput: output,
    ring,
    sequencer,
    processingElement,
    ...(processingElementPair ? { processingElementPair } : {}),
    array,
    weightWords,
    weightMemory: streamed ? planHalves(sequencer.words, wordBits) : planLoadableMemory(weightWords, wordBits),
    parameterMemory: planLoadableMemory(g.outChannels / requantizeLanes, requantizeLanes * requantize.parameterBits),
    requantize,
    outputBuffer: planOutputBuffer(g, lanes, output, requantize, sequencer, pipeline, tileChannels),
    readLatency,
    controlStages: lanes.pixel > 1 && lanes.oc * lanes.pixel > DIRECT_ELEMENTS ? 2 : 1,
  };
  if (!streamed) return Object.freeze(plan);
  return Object.freeze(lanes.weights === 'rebuilt' ? withReconstruction(withBands(plan, blockRams)) : withBands(plan, blockRams));
}

/** Bands of output rows, and the ring and the loops that follow from them. */
function withBands(plan: LayerPlan, blockRams: number): LayerPlan {
  const { core, lanes, sequencer: s, weightMemory: w, parameterMemory: p, outputBuffer: o } = plan;
  const g = core.geometry;
  const beatsPerWord = lanes.weights === 'rebuilt' ? 0 : Math.ceil(w.width / WEIGHT_BEAT_BITS);
  const beatsPerPass = plan.weightWords * beatsPerWord;
  const bands = planBands(plan, beatsPerPass, Math.floor(BAND_SHARE * blockRams + 1e-6) - w.bram36 - p.bram36 - o.bram36);
  const ring = ringOf(plan.ring, bands.rows);
  return {
    ...plan,
    ring,
    sequencer: planSequencer(g, lanes, ring, plan.requantize.lanes),
    streamed: {
      bands: bands.bands,
      bandRows: bands.bandRows,
      lastBandRows: g.outHeight - (bands.bands - 1) * bands.bandRows,
      wordWidth: unsignedWidth(s.words - 1),
      beatsPerWord,
      beatsPerPass,
    },
  };
}

/** The unit that rebuilds the weights, and the halves in the parts that it writes. */
function withReconstruction(plan: LayerPlan): LayerPlan {
  const reconstruction = planFactorReconstruction(plan, planRebuildLanes(plan));
  return { ...plan, reconstruction, weightMemory: planHalves(plan.sequencer.words, plan.weightMemory.width, reconstruction.partWidth) };
}

/** Refuses weights that the device cannot hold. */
function checkResident(plan: LayerPlan, blockRams: number): LayerPlan {
  if (plan.streamed) return plan;
  const { weightMemory: w, parameterMemory: p, outputBuffer: o, ring, lanes } = plan;
  const ringRams = lanes.pixel * ring.columns * ramCost({ depth: ring.depth, width: ring.columnBits, block: ring.block }).bram36;
  const all = w.bram36 + p.bram36 + o.bram36 + ringRams + (plan.inputPermuter?.bram36 ?? 0) + (plan.outputPermuter?.bram36 ?? 0);
  if (all <= blockRams) return plan;
  throw new ShiftloomError(
    'resource',
    plan.name,
    `resident weights take ${w.bram36} block RAMs and the engine ${all} in all, more than the device's ${blockRams}`,
    'Stream them: add weights=streamed to --lanes',
  );
}

/** The processing element of a folding: it depends on the input-channel lanes alone. */
export function planElement(layer: Layer, lanes: Pick<Lanes, 'ic' | 'kind' | 'select' | 'dsp' | 'hold'> & Partial<Pick<Lanes, 'pixel'>>): ProcessingElementPlan {
  const selection = planSelection(layer, lanes);
  return planProcessingElement({
    encoding: laneEncoding(layer, stepChannels(lanes.ic, selection)),
    lane: lanes.kind,
    icLanes: lanes.ic,
    selection,
    activationBits: layer.description.input.bits,
    activationSigned: layer.description.input.signed,
    accumulatorWidth: accumulatorWidth(layer),
    turns: turnsOf(lanes),
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
  checkBlockLanes(layer, lanes);
  checkHold(lanes);
  checkPairLanes(lanes, planSelection(layer, lanes));
  if (lanes.band !== undefined && (!isTiled(lanes) || lanes.band < 1 || !Number.isInteger(lanes.band))) {
    throw new ShiftloomError('usage', `lanes band=${lanes.band}`, 'is the number of output rows of a band of streamed or rebuilt weights, from 1', 'Add weights=streamed, or leave band out');
  }
  if (lanes.rebuild !== undefined && lanes.weights !== 'rebuilt') {
    throw new ShiftloomError('usage', 'lanes rebuild', 'is for weights that are rebuilt from factors', 'Add weights=rebuilt, or leave rebuild out');
  }
  if (lanes.kind === 'dsp' && encoding !== 'uniform') {
    throw new ShiftloomError(
      'usage', 'lanes kind=dsp', `weights are '${encoding}', which needs no multiplier`, 'Use kind=lut, or compress to uniform weights',
    );
  }
}

/** Beats must not straddle words of the ring, so the elements of a beat divide the channels of a step and of a group. */
export function planInput(layer: Layer, channels: number, sets = 1): StreamPlan {
  const g = layer.geometry;
  const elementBits = layer.description.input.bits <= 8 ? 8 : 16;
  const elements = powerOfTwoDivisor(MAX_STREAM_BITS / elementBits, sets * channels, sets * g.groupInChannels);
  const beatsPerPixel = g.inChannels / elements;
  return { elementBits, elements, beatsPerPixel, beatsPerFrame: beatsPerPixel * g.inHeight * g.inWidth };
}

/** Bank row: pixels x with (x / stride) mod lanes = bank, so that lanes at neighbouring outputs never meet in a bank. */
function planRing(layer: Layer, lanes: Lanes, channels: number, input: StreamPlan): RingPlan {
  const g = layer.geometry;
  const groupWords = Math.ceil(g.groupInChannels / channels);
  const pixelWords = g.groups * groupWords;
  const rowWords = Math.ceil(Math.ceil(g.inWidth / g.strideWidth) / lanes.pixel) * g.strideWidth * pixelWords;
  const columnBits = input.elements * layer.description.input.bits;
  const sets = lanes.blocks ?? 1;
  const columns = (sets * channels) / input.elements;
  // The window's rows and the rows that the next window adds; then as many more as the RAM has room for anyway.
  const needed = Math.min(spanOf(g), g.inHeight) + g.strideHeight;
  const block = prefersBlock(needed * rowWords, columnBits);
  const room = block ? blockDepth(needed * rowWords) : 2 ** Math.ceil(Math.log2(Math.max(2, needed * rowWords)));
  const fits = ramCost({ depth: room, width: columnBits, block });
  const tight = ramCost({ depth: needed * rowWords, width: columnBits, block });
  const free = fits.bram36 === tight.bram36 && fits.lut === tight.lut;
  const rows = free ? Math.max(needed, Math.min(Math.floor(room / rowWords), 2 * g.inHeight)) : needed;
  const lastColumns = (sets * (g.groupInChannels - (groupWords - 1) * channels)) / input.elements;
  return ringOf({ channels: sets * channels, pixelWords, groupWords, rowWords, columns, lastColumns, columnBits }, rows);
}
