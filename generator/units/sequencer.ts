/** View of the sequencer: the loop nest, the input ring's bookkeeping and the read addresses. */
import type { LayerPlan } from '../plan/plan.js';
import { signedLiteral, unsignedLiteral, unsignedWidth, wrappedLiteral } from '../verilog/literal.js';
import { header } from './header.js';

/** Names and literals of a loop counter that runs 0..count-1. */
function counter(name: string, count: number): Record<string, string> {
  const width = unsignedWidth(count - 1);
  return {
    [`${name}Msb`]: String(width - 1),
    [`${name}Last`]: unsignedLiteral(count - 1, width),
    [`${name}Zero`]: unsignedLiteral(0, width),
    [`${name}One`]: unsignedLiteral(1, width),
  };
}

/** Zero extension of a signal, or the signal itself if it has the width. */
function extended(signal: string, from: number, to: number): string {
  return to > from ? `{ {${to - from}{1'b0}}, ${signal}}` : signal;
}

export function sequencerView(plan: LayerPlan, layerHash: string): object {
  const { sequencer: s, ring, lanes } = plan;
  const g = plan.layer.geometry;
  const address = ring.addressWidth;
  const sumWidth = address + 1;
  const y = s.yWidth;
  const x = s.xWidth;
  const channelWidth = unsignedWidth(ring.pixelWords - 1);
  const rotateWidth = unsignedWidth(lanes.pixel - 1);
  const slotWidth = unsignedWidth(plan.outputBuffer.slots);
  const gapWidth = unsignedWidth(Math.max(1, s.gap));
  const kernelWidth = unsignedWidth(s.kernel.length - 1);
  const weightWidth = plan.weightMemory.addressWidth;
  const banks = Array.from({ length: lanes.pixel }, (_, index) => ({
    index: String(index),
    addressMsb: String(address - 1),
    hasCarry: lanes.pixel > 1 && index < lanes.pixel - 1,
    rotateIndex: unsignedLiteral(index, rotateWidth),
    hasPadding: s.hasPadding,
    low: signedLiteral(-index * g.strideWidth, x),
    high: signedLiteral(g.inWidth - index * g.strideWidth, x),
  }));
  return Object.freeze({
    ...header(plan, layerHash, 'sequencer', 'runs the loop nest: output row, pixel tile, group, channel tile, kernel position, channel word.', [
      `steps per tile ${s.steps}${s.gap > 0 ? ` and ${s.gap} idle` : ''}, tiles per pixel tile ${g.groups * s.tiles}, pixel tiles per row ${s.rowTiles}, rows ${g.outHeight}`,
      `input ring ${ring.rows} rows of ${ring.rowWords} words of ${lanes.ic} activations in ${lanes.pixel} bank(s)`,
      'Latency: 3 cycles from a step to its addresses. A tile never stalls once begun; waiting is for input rows before a row',
      'and for an output slot before a pixel tile.',
    ]),
    ...counter('word', ring.groupWords),
    ...counter('kernel', s.kernel.length),
    ...counter('tile', s.tiles),
    ...counter('group', g.groups),
    ...counter('xTile', s.rowTiles),
    ...counter('row', g.outHeight),
    icLanes: String(lanes.ic),
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
    yMsb: String(y - 1),
    yZero: signedLiteral(0, y),
    yOne: signedLiteral(1, y),
    topFirst: signedLiteral(-g.padTop, y),
    strideHeight: signedLiteral(g.strideHeight, y),
    mapHeight: signedLiteral(g.inHeight, y),
    ringRows: signedLiteral(ring.rows, y),
    ringRowsLess: signedLiteral(ring.rows - 1, y),
    bottomFirst: signedLiteral(s.span - g.padTop, y),
    hasPadding: s.hasPadding,
    xMsb: String(x - 1),
    xZero: signedLiteral(0, x),
    xPixelStep: signedLiteral(lanes.pixel * g.strideWidth, x),
    addressMsb: String(address - 1),
    addressZero: unsignedLiteral(0, address),
    ringSumMsb: String(sumWidth - 1),
    ringWords: unsignedLiteral(ring.words, sumWidth),
    ringSumZero: unsignedLiteral(0, sumWidth),
    firstBase: unsignedLiteral(s.firstBase, address),
    rowStep: unsignedLiteral(s.rowStep, sumWidth),
    frameStep: unsignedLiteral(s.frameStep, sumWidth),
    xStep: wrappedLiteral(g.strideWidth * ring.pixelWords, address),
    channelMsb: String(channelWidth - 1),
    channelZero: unsignedLiteral(0, channelWidth),
    channelOne: unsignedLiteral(1, channelWidth),
    channelExtended: extended('channel_q', channelWidth, address),
    rotateMsb: String(rotateWidth - 1),
    rotateZero: unsignedLiteral(0, rotateWidth),
    kernel: s.kernel.map((k, index) => ({
      index: unsignedLiteral(index, kernelWidth),
      row: unsignedLiteral(k.row, address),
      rowLess: wrappedLiteral(k.row - ring.words, sumWidth),
      column: wrappedLiteral(k.column, address),
      columnNext: wrappedLiteral(k.column + g.strideWidth * ring.pixelWords, address),
      hasRotation: lanes.pixel > 1,
      rotate: unsignedLiteral(k.rotate, rotateWidth),
      hasPadding: s.hasPadding,
      y: signedLiteral(k.y, y),
      x: signedLiteral(k.x, x),
    })),
    hasKernelDefault: s.kernel.length < 2 ** kernelWidth,
    hasRotation: lanes.pixel > 1,
    banks,
    bankList: banks.map((b) => `bank${b.index}_address_q3`).reverse().join(', '),
    addressBusMsb: String(lanes.pixel * address - 1),
    padMsb: String(lanes.pixel - 1),
    padZero: unsignedLiteral(0, lanes.pixel),
    weightAddressMsb: String(weightWidth - 1),
    weightAddressZero: unsignedLiteral(0, weightWidth),
    weightAddressOne: unsignedLiteral(1, weightWidth),
  });
}
