/** View of the sequencer: the loop nest and the input ring's bookkeeping. */
import type { LayerPlan } from '../plan/plan.js';
import { signedLiteral, unsignedLiteral, unsignedWidth, wrappedLiteral } from '../verilog/literal.js';
import { header } from './header.js';

/** Name and size of an `nn_counter` that runs 0..count-1. */
function counter(name: string, count: number): Record<string, string> {
  const width = unsignedWidth(count - 1);
  return { [`${name}Msb`]: String(width - 1), [`${name}Count`]: String(count), [`${name}Width`]: String(width) };
}

/** Highest bits of what the sequencer tells the address generator about a step. */
export function stepPorts({ sequencer: s, ring }: LayerPlan): Record<string, string | boolean> {
  return {
    kernelMsb: String(s.kernelWidth - 1),
    addressMsb: String(ring.addressWidth - 1),
    channelMsb: String(ring.channelWidth - 1),
    hasTurns: s.turns > 1,
    hasPadding: s.hasPadding,
    yMsb: String(s.yWidth - 1),
    xMsb: String(s.xWidth - 1),
  };
}

/** Loop counters and the cycles between tiles. */
function loopFields(plan: LayerPlan): object {
  const { sequencer: s, ring, lanes } = plan;
  const g = plan.core.geometry;
  const slotWidth = unsignedWidth(plan.outputBuffer.slots);
  const { gapWidth } = s;
  return {
    turns: String(s.turns),
    ...counter('turn', s.turns),
    advance: s.turns > 1 ? 'advance' : 'issue',
    ...counter('word', ring.groupWords),
    ...counter('kernel', s.kernel.length),
    ...counter('tile', s.tiles),
    ...counter('group', g.groups),
    ...counter('xTile', s.rowTiles),
    ...counter('row', g.outHeight),
    stepChannels: String(ring.channels),
    ocLanes: String(lanes.oc),
    pixelLanes: String(lanes.pixel),
    hasGap: s.gap > 0,
    gapMsb: String(gapWidth - 1),
    gapZero: unsignedLiteral(0, gapWidth),
    gapOne: unsignedLiteral(1, gapWidth),
    gapValue: unsignedLiteral(s.gap, gapWidth),
    slotMsb: String(slotWidth - 1),
    slotZero: unsignedLiteral(0, slotWidth),
    slotOne: unsignedLiteral(1, slotWidth),
    slotCount: unsignedLiteral(plan.outputBuffer.slots, slotWidth),
  };
}

/** Input rows and the ring words where a pixel tile's window begins. */
function baseFields(plan: LayerPlan): object {
  const { sequencer: s, ring, lanes } = plan;
  const g = plan.core.geometry;
  const address = ring.addressWidth;
  const sumWidth = address + 1;
  const { channelWidth } = ring;
  const y = s.yWidth;
  return {
    yBits: String(y),
    ySumMsb: String(y),
    yCompareMsb: String(y + 1),
    yZero: signedLiteral(0, y),
    yOne: signedLiteral(1, y),
    topFirst: signedLiteral(-g.padTop, y),
    strideHeight: signedLiteral(g.strideHeight, y),
    mapHeight: signedLiteral(g.inHeight, y),
    ringRows: signedLiteral(ring.rows, y),
    ringRowsLess: signedLiteral(ring.rows - 1, y),
    ringRowsTwoLess: signedLiteral(ring.rows - 2, y),
    mapHeightLess: signedLiteral(g.inHeight - g.strideHeight, y),
    strideNegative: signedLiteral(-g.strideHeight, y),
    bottomFirst: signedLiteral(s.span - g.padTop, y),
    bottomFirstOver: unsignedLiteral(s.span - g.padTop > g.inHeight ? 1 : 0, 1),
    bottomFirstUnder: unsignedLiteral(s.span - g.padTop < 1 ? 1 : 0, 1),
    topFirstUnder: unsignedLiteral(g.padTop > 0 ? 1 : 0, 1),
    xZero: signedLiteral(0, s.xWidth),
    xPixelStep: signedLiteral(lanes.pixel * g.strideWidth, s.xWidth),
    addressZero: unsignedLiteral(0, address),
    ringSumMsb: String(sumWidth - 1),
    ringWords: unsignedLiteral(ring.words, sumWidth),
    firstBase: unsignedLiteral(s.firstBase, address),
    rowStep: unsignedLiteral(s.rowStep, sumWidth),
    frameStep: unsignedLiteral(s.frameStep, sumWidth),
    xStep: wrappedLiteral(g.strideWidth * ring.pixelWords, address),
    channelZero: unsignedLiteral(0, channelWidth),
    channelOne: unsignedLiteral(1, channelWidth),
  };
}

/** The other loop control, for streamed weights: channel tiles outside of the rows of a band. */
export function streamedSequencerView(plan: LayerPlan, layerHash: string): object {
  const { sequencer: s, ring, lanes, streamed } = plan;
  const g = plan.core.geometry;
  const { bands, bandRows, lastBandRows } = streamed!;
  const rowWidth = unsignedWidth(bandRows - 1);
  const { channelWidth } = ring;
  const purpose = 'runs the loop nest: band of rows, group, channel tile, output row, pixel tile, channel word, kernel position.';
  return Object.freeze({
    ...header(plan, layerHash, 'sequencer', purpose, [
      `steps per tile ${s.steps}${s.gap > 0 ? ` and ${s.gap} idle` : ''}, pixel tiles per row ${s.rowTiles}, tiles ${g.groups * s.tiles}, bands ${bands} of ${bandRows} rows (the last of ${lastBandRows})`,
      `input ring ${ring.rows} rows of ${ring.rowWords} words of ${lanes.ic} activations in ${lanes.pixel} bank(s)`,
      'A tile never stalls once begun; waiting is for input rows before a row, for weights before a channel tile and for an output',
      'slot before a pixel tile. A row begins in the cycle after the one before it if nothing has to be waited for.',
    ], 'sequencer_streamed'),
    ...stepPorts(plan),
    ...loopFields(plan),
    ...baseFields(plan),
    bandRowMsb: String(rowWidth - 1),
    bandRowZero: unsignedLiteral(0, rowWidth),
    bandRowOne: unsignedLiteral(1, rowWidth),
    bandRowLast: unsignedLiteral(bandRows - 1, rowWidth),
    bandRowShort: unsignedLiteral(lastBandRows - 1, rowWidth),
    hasFlush: plan.reconstruction !== undefined,
    ...counter('band', bands),
    hasLateSlots: s.steps > 1,
    hasLateRows: s.steps * s.rowTiles > 1,
    channelBits: String(channelWidth),
    ...counter('step', s.steps),
    ...counter('rowStep', s.steps * s.rowTiles),
    groupStep: unsignedLiteral(ring.groupWords % 2 ** channelWidth, channelWidth),
  });
}

export function sequencerView(plan: LayerPlan, layerHash: string): object {
  const { sequencer: s, ring, lanes } = plan;
  const g = plan.core.geometry;
  return Object.freeze({
    ...header(plan, layerHash, 'sequencer', 'runs the loop nest: output row, pixel tile, group, channel tile, channel word, kernel position.', [
      `steps per tile ${s.steps}${s.gap > 0 ? ` and ${s.gap} idle` : ''}, tiles per pixel tile ${g.groups * s.tiles}, pixel tiles per row ${s.rowTiles}, rows ${g.outHeight}`,
      `input ring ${ring.rows} rows of ${ring.rowWords} words of ${ring.channels} activations in ${lanes.pixel} bank(s)`,
      'A tile never stalls once begun; waiting is for input rows before a row and for an output slot before a pixel tile.',
    ]),
    ...stepPorts(plan),
    ...loopFields(plan),
    ...counter('pixel', s.steps * s.tiles * g.groups),
    hasLateSlots: s.steps * s.tiles * g.groups > 1,
    ...baseFields(plan),
  });
}
