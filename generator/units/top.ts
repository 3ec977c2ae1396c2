/** View of the top: wires the cells and units of one layer's engine together. */
import { WEIGHT_BEAT_BITS } from '../plan/memory.js';
import type { LayerPlan, StreamPlan } from '../plan/plan.js';
import type { ProcessingElementPairPlan } from '../plan/processing_element_pair.js';
import { LOADABLE_LATENCY } from '../plan/plan_layer.js';
import { unsignedLiteral } from '../verilog/literal.js';
import { versionWord } from '../version.js';
import { header } from './header.js';
import { stepPorts } from './sequencer.js';
import { permuterFields } from './top_permuters.js';
import { turnFields } from './top_turns.js';

/** Two's complement or zero extension of a requantizer's output to the stream element. */
function extendedOutput(outBits: number, elementBits: number, signed: boolean): string {
  if (outBits === elementBits) return 'out';
  const pad = elementBits - outBits;
  return signed ? `{ {${pad}{out[${outBits - 1}]}}, out}` : `{ {${pad}{1'b0}}, out}`;
}

function streamFields(plan: LayerPlan): object {
  const { coreInput: input, ring, lanes } = plan;
  const actBits = plan.layer.description.input.bits;
  const msb = ({ elements, elementBits }: StreamPlan) => elements * elementBits - 1;
  return {
    inMsb: msb(plan.input),
    outMsb: msb(plan.output),
    ...permuterFields(plan),
    inElements: input.elements,
    inElementBits: input.elementBits,
    outElementBits: plan.coreOutput.elementBits,
    actBits,
    inZeroPoint: plan.layer.description.input.zeroPoint,
    columns: ring.columns,
    lastColumns: ring.lastColumns,
    columnMsb: ring.columns - 1,
    columnBits: ring.columnBits,
    columnDataMsb: ring.columnBits - 1,
    groupWords: ring.groupWords,
    pixelWords: ring.pixelWords,
    ringWords: ring.words,
    ringDepth: ring.depth,
    ringBlock: ring.block ? 1 : 0,
    rowWords: ring.rowWords,
    rowBeats: input.beatsPerPixel * plan.core.geometry.inWidth,
    addressWidth: ring.addressWidth,
    addressMsb: ring.addressWidth - 1,
    addressBusMsb: lanes.pixel * ring.addressWidth - 1,
    rotateWidth: plan.sequencer.rotateWidth,
    rotateMsb: plan.sequencer.rotateWidth - 1,
    rotations: plan.sequencer.rotations.length,
    rotationList: rotationList(plan),
    actBusMsb: lanes.pixel * ring.channels * actBits - 1,
    actWordBits: ring.channels * actBits,
    elementAct: elementAct(plan),
  };
}

/** What goes from the sequencer to the address generator; the top has a channel index of its own. */
function stepFields(plan: LayerPlan): object {
  const { channelMsb, ...ports } = stepPorts(plan);
  return { ...ports, pixelWordMsb: channelMsb };
}

/** Activations of a processing element: of its pixel, or of the block that its set of lanes works on. */
function elementAct({ ring, lanes, layer }: LayerPlan): string {
  const { blocks: sets = 1 } = lanes;
  const bits = (ring.channels / sets) * layer.description.input.bits;
  return sets === 1 ? `act[pixel*${bits} +: ${bits}]` : `act[(oc/${lanes.oc / sets})*${bits} +: ${bits}]`;
}

/** The distinct rotations of all kernel positions, the first one lowest. */
function rotationList({ sequencer: { rotations, rotateWidth } }: LayerPlan): string {
  return `{${[...rotations].reverse().map((rotation) => unsignedLiteral(rotation, rotateWidth)).join(', ')}}`;
}

function arrayFields(plan: LayerPlan): object {
  const { lanes, processingElement: pe, weightMemory, accumulatorWidth } = plan;
  const code = lanes.ic * pe.codeBits;
  const exponents = pe.exponentGroups * pe.exponentBits;
  return {
    ocLanes: lanes.oc,
    icLanes: lanes.ic,
    pixelLanes: lanes.pixel,
    laneMsb: lanes.pixel - 1,
    weightMsb: weightMemory.width - 1,
    weightAddressWidth: weightMemory.addressWidth,
    weightAddressMsb: weightMemory.addressWidth - 1,
    weightDelay: plan.readLatency - LOADABLE_LATENCY,
    codeWordBits: code,
    hasExponents: pe.exponentBits > 0,
    exponentBase: lanes.oc * code,
    exponentWordBits: exponents,
    hasSelection: pe.selection !== undefined,
    selectBase: lanes.oc * (code + exponents),
    selectWordBits: lanes.ic * (pe.selection?.indexBits ?? 0),
    sumWidth: accumulatorWidth,
    sumMsb: accumulatorWidth - 1,
    sumsMsb: lanes.oc * lanes.pixel * accumulatorWidth - 1,
    accumulateDelay: plan.readLatency + pe.latency - plan.controlStages,
    hasPixelControl: plan.controlStages > 1,
    elementControl: plan.controlStages > 1 ? '{pixel_enable, {2{pixel_first}}}' : '{enable_acc, {2{first_acc}}}',
    pairControl: plan.controlStages > 1 ? '{pixel_enable, {4{pixel_first}}}' : '{enable_pair, {4{first_pair}}}',
    weightSegments: weightMemory.segments.length > 1,
    parameterSegments: plan.parameterMemory.segments.length > 1,
    ...turnFields(plan),
    ...elementFields(plan),
    ...pairFields(plan),
  };
}

function elementFields(plan: LayerPlan): object {
  const { array, lanes, processingElement: pe, accumulatorWidth: width } = plan;
  const isHeld = array.elementWait > 0 && array.hold;
  const needsSum = array.elementWait > 0 || plan.sequencer.turns > 1;
  return {
    hold: array.hold ? 1 : 0,
    elementLanes: array.elementLanes,
    hasElements: array.elementLanes > 0,
    hasElementWait: array.elementWait > 0,
    hasElementHold: isHeld,
    elementWait: array.elementWait,
    elementDone: isHeld ? 'element_done' : "1'b0",
    elementDoneDelay: plan.readLatency + pe.latency + 1,
    hasElementSum: needsSum,
    elementSum: needsSum ? 'sum' : `sums[(pixel*${lanes.oc} + oc)*${width} +: ${width}]`,
  };
}

function pairFields(plan: LayerPlan): object {
  const { array, lanes, processingElementPair: pair, accumulatorWidth: width } = plan;
  if (!pair) return { hasPairs: false };
  const exponentWord = pair.exponentGroups * pair.exponentBits;
  return {
    hasPairs: true,
    pairLanes: array.pairLanes,
    hasPixelPairs: pair.selection !== undefined,
    ...pixelPairFields(plan, pair),
    pairWeightMsb: array.pairLanes * lanes.ic * pair.weightBits - 1,
    weightWordBits: lanes.ic * pair.weightBits,
    pairCodeBase: array.elementLanes * lanes.ic * pair.codeBits,
    pairCodeBits: array.pairLanes * lanes.ic * pair.codeBits,
    pairExponentBase: lanes.oc * lanes.ic * pair.codeBits + array.elementLanes * exponentWord,
    pairExponentBits: array.pairLanes * exponentWord,
    pairExponentMsb: array.pairLanes * exponentWord - 1,
    pairExponentWordBits: 2 * exponentWord,
    pairAccumulateDelay: plan.readLatency + pair.latency - plan.controlStages,
    pairSumWidth: 2 * width,
  };
}

/** Where lanes select, pairs are two pixels of a channel: their sums do not lie side by side. */
function pixelPairFields({ array, lanes, accumulatorWidth: width }: LayerPlan, { selection }: ProcessingElementPairPlan): object {
  if (!selection) return {};
  const selections = lanes.ic * selection.indexBits;
  return {
    pairSumMsb: 2 * width - 1,
    pairSelectMsb: array.pairLanes * selections - 1,
    pairSelectBase: array.elementLanes * selections,
    pairSelectBits: array.pairLanes * selections,
    firstPixelSum: `sums[(pixel*${lanes.oc} + ${array.elementLanes} + oc)*${width} +: ${width}]`,
    secondPixelSum: `sums[((pixel + 1)*${lanes.oc} + ${array.elementLanes} + oc)*${width} +: ${width}]`,
  };
}

/** The weight stream, or the unit that rebuilds weights, and the halves that it fills. */
function weightFields({ streamed, reconstruction, weightMemory: w, sequencer, core }: LayerPlan): object {
  const ties = { waitWeight: streamed ? 'wait_weight' : "1'b0", weightEarly: "1'b0", weightMissing: "1'b0" };
  if (!streamed) return { hasHalves: false, hasWeightPort: false, hasReconstruction: false, ...ties };
  const halves = { hasHalves: true, partMsb: w.chunks - 1, weightWordWidth: streamed.wordWidth };
  if (reconstruction) return { ...halves, ...ties, hasWeightPort: false, hasReconstruction: true, fillDataMsb: reconstruction.partWidth - 1 };
  return {
    ...halves,
    ...ties,
    weightEarly: 'weight_early',
    weightMissing: 'weight_missing',
    hasWeightPort: true,
    hasReconstruction: false,
    fillDataMsb: WEIGHT_BEAT_BITS - 1,
    parts: streamed.beatsPerWord,
    steps: sequencer.words,
    passHalves: core.geometry.groups * sequencer.tiles,
  };
}

/** Order and numbers of tiles and of output slots. */
function orderFields({ streamed, sequencer: s, core }: LayerPlan): object {
  const { groups, outHeight } = core.geometry;
  const { bands, bandRows, lastBandRows } = streamed ?? { bands: 1, bandRows: outHeight, lastBandRows: outHeight };
  return {
    channelsOuter: streamed ? 1 : 0,
    bands,
    bandRows,
    lastBandRows,
    // Pixel tiles outermost, the drain looks no further than a row, and a slot holds all channels.
    drainRows: streamed ? bandRows : 1,
    drainLastRows: streamed ? lastBandRows : 1,
    slotTiles: streamed ? s.tiles : 1,
    slotGroups: streamed ? groups : 1,
  };
}

function drainFields(plan: LayerPlan): object {
  const { requantize: r, outputBuffer: o, lanes, accumulatorWidth: width, sequencer } = plan;
  const g = plan.core.geometry;
  const channelWidth = plan.parameterMemory.addressWidth;
  const vectors = lanes.oc / r.lanes;
  return {
    requantLanes: r.lanes,
    vectorSumWidth: r.lanes * width,
    vectorSumMsb: r.lanes * width - 1,
    channelWidth,
    channelMsb: channelWidth - 1,
    placeWidth: o.slotWidth,
    placeMsb: o.slotWidth - 1,
    parameterMsb: plan.parameterMemory.width - 1,
    parameterBits: r.parameterBits,
    parameterLaneMsb: r.parameterBits - 1,
    parameterLatency: LOADABLE_LATENCY,
    resultDelay: LOADABLE_LATENCY + r.latency,
    placeDelay: LOADABLE_LATENCY + r.latency - 2, // its last register is not one of a shift register
    lastVectors: g.groupOutChannels / r.lanes - (sequencer.tiles - 1) * vectors,
    tiles: sequencer.tiles,
    groups: g.groups,
    rowTiles: sequencer.rowTiles,
    lastPixels: sequencer.lastPixels,
    pixelVectors: o.pixelVectors,
    multiplierWidth: r.multiplierWidth,
    shiftMin: r.shiftMin,
    shiftWidth: r.shiftWidth,
    multiplierSource: r.multiplierWidth > 0 ? `parameter_word[${width + r.multiplierWidth - 1}:${width}]` : "1'b0",
    shiftSource: r.shiftWidth > 0 ? `parameter_word[${r.parameterBits - 1}:${width + r.multiplierWidth}]` : "1'b0",
    outBits: r.outBits,
    outBitsMsb: r.outBits - 1,
    low: r.low,
    high: r.high,
    outZeroPoint: r.zeroPoint,
    outExtended: extendedOutput(r.outBits, plan.coreOutput.elementBits, plan.layer.description.output.signed),
    vectorBits: o.vectorBits,
    vectorMsb: o.vectorBits - 1,
    beatVectors: o.beatVectors,
    slots: o.slots,
    slotBeats: o.slotBeats,
    lastBeats: o.lastBeats,
    endSlotBeats: o.endSlotBeats,
    endLastBeats: o.endLastBeats,
    outBlock: o.block ? 1 : 0,
  };
}

/** A stand-alone layer's top is `<layer>_top`, one in a network `<network>_<node>_engine`. */
export function topUnit(plan: Pick<LayerPlan, 'node'>): 'top' | 'engine' {
  return plan.node ? 'engine' : 'top';
}

export function topView(plan: LayerPlan, layerHash: string): object {
  const g = plan.layer.geometry;
  const { lanes } = plan;
  const isEmbedded = plan.node !== undefined;
  const purpose = isEmbedded ? 'the engine of one layer inside a network.' : 'the engine of one layer with its AXI ports.';
  return Object.freeze({
    ...header(plan, layerHash, topUnit(plan), purpose, [
      `input ${g.inHeight}x${g.inWidth}x${g.inChannels}, output ${g.outHeight}x${g.outWidth}x${g.outChannels}, kernel ${g.kernelHeight}x${g.kernelWidth}, stride ${g.strideHeight}x${g.strideWidth},`,
      `pads ${g.padTop},${g.padLeft},${g.padBottom},${g.padRight}, dilation ${g.dilationHeight}x${g.dilationWidth}, groups ${g.groups}; weights ${plan.encoding.encoding}`,
      `OC_LANES ${lanes.oc}, IC_LANES ${lanes.ic}, PIXEL_LANES ${lanes.pixel}${plan.sequencer.turns > 1 ? `, weights held for ${plan.sequencer.turns} steps` : ''}${lanes.blocks === undefined ? '' : `, ${lanes.blocks} block(s) at once`}: ${plan.peakMacsPerCycle} multiply-accumulates per cycle`,
      `ACC_WIDTH ${plan.accumulatorWidth}, exact for this layer's weights`,
      `s_axis: ${plan.input.beatsPerFrame} beats a frame of ${plan.input.elements} element(s); m_axis: ${plan.output.beatsPerFrame} beats of ${plan.output.elements}; order ${plan.streamed && !plan.blocks ? 'band, channel tile, row, column, channel' : 'row, column, channel'}`,
      isEmbedded
        ? 'Handshake: AXI4-Stream without control registers, which the network has; rst is synchronous and active high.'
        : 'Handshake: AXI4-Stream, AXI4-Lite; aresetn is synchronous and active low. Register map: docs/interfaces.md.',
    ], 'top'),
    isEmbedded,
    versionWord: unsignedLiteral(versionWord(), 32),
    layerId: `32'h${layerHash}`,
    peakMacs: unsignedLiteral(plan.peakMacsPerCycle, 32),
    strideWidth: g.strideWidth,
    inHeight: g.inHeight,
    ...stepFields(plan),
    ...streamFields(plan),
    ...arrayFields(plan),
    ...weightFields(plan),
    ...orderFields(plan),
    ...drainFields(plan),
  });
}
