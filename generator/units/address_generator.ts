/** View of the address generator: from loop indices to bank addresses, rotation, padding and weight address. */
import type { LayerPlan } from '../plan/plan.js';
import { signedLiteral, unsignedLiteral, wrappedLiteral } from '../verilog/literal.js';
import { header } from './header.js';
import { stepPorts } from './sequencer.js';

/** Zero extension of a signal, or the signal itself if it has the width. */
function extended(signal: string, from: number, to: number): string {
  return to > from ? `{ {${to - from}{1'b0}}, ${signal}}` : signal;
}

/** One address register for each pixel lane's bank. */
function bankFields({ sequencer: s, ring, lanes, core }: LayerPlan): object {
  const { strideWidth, inWidth } = core.geometry;
  const { rotateWidth } = s;
  const banks = Array.from({ length: lanes.pixel }, (_, index) => ({
    index: String(index),
    addressMsb: String(ring.addressWidth - 1),
    hasCarry: lanes.pixel > 1 && index < lanes.pixel - 1,
    rotateIndex: unsignedLiteral(index, rotateWidth),
    hasPadding: s.hasPadding,
    low: signedLiteral(-index * strideWidth, s.xWidth),
    high: signedLiteral(inWidth - index * strideWidth, s.xWidth),
  }));
  return {
    banks,
    bankList: banks.map((b) => `bank${b.index}_address_q3`).reverse().join(', '),
    addressBusMsb: String(lanes.pixel * ring.addressWidth - 1),
    hasRotation: lanes.pixel > 1,
    rotateMsb: String(rotateWidth - 1),
    rotateZero: unsignedLiteral(0, rotateWidth),
    padMsb: String(lanes.pixel - 1),
    padZero: unsignedLiteral(0, lanes.pixel),
  };
}

/** The table of kernel positions. */
function kernelFields({ sequencer: s, ring, lanes, core }: LayerPlan): object {
  const address = ring.addressWidth;
  const sumWidth = address + 1;
  const { rotateWidth, kernelWidth } = s;
  return {
    kernel: s.kernel.map((k, index) => ({
      index: unsignedLiteral(index, kernelWidth),
      row: unsignedLiteral(k.row, address),
      rowLess: wrappedLiteral(k.row - ring.words, sumWidth),
      column: wrappedLiteral(k.column, address),
      columnNext: wrappedLiteral(k.column + core.geometry.strideWidth * ring.pixelWords, address),
      hasRotation: lanes.pixel > 1,
      rotate: unsignedLiteral(k.rotate, rotateWidth),
      hasPadding: s.hasPadding,
      y: signedLiteral(k.y, s.yWidth),
      x: signedLiteral(k.x, s.xWidth),
    })),
    hasKernelDefault: s.kernel.length < 2 ** kernelWidth,
    ringSumMsb: String(sumWidth - 1),
    ringSumZero: unsignedLiteral(0, sumWidth),
  };
}

/** When the weight memory is read, told from registers for each of its segments: a LUT between would stand on the way to all block RAMs. */
function readFields({ weightMemory: { segments, addressWidth }, streamed }: LayerPlan): object {
  const isNew = 'step_q2 & new_word_q';
  if (streamed || segments.length === 1) return { weightReadMsb: '0', weightRead: isNew };
  const segment = `weight_count_q[${addressWidth - 1}]`;
  return { weightReadMsb: '1', weightRead: `{${isNew} & ${segment}, ${isNew} & ~${segment}}` };
}

export function addressGeneratorView(plan: LayerPlan, layerHash: string): object {
  const { sequencer: s, ring, lanes } = plan;
  const address = ring.addressWidth;
  const weightWidth = plan.weightMemory.addressWidth;
  const wordWidth = plan.streamed?.wordWidth ?? weightWidth;
  return Object.freeze({
    ...header(plan, layerHash, 'address_generator', 'read addresses of a step: one for each bank of the input ring, rotation, padding, weight word.', [
      `kernel positions ${s.kernel.length}; ring of ${ring.words} words in ${lanes.pixel} bank(s), rows of ${ring.rowWords} words`,
      'Latency: 3 cycles from a step to its addresses; one step per cycle.',
    ]),
    ...stepPorts(plan),
    ...bankFields(plan),
    ...kernelFields(plan),
    addressZero: unsignedLiteral(0, address),
    yZero: signedLiteral(0, s.yWidth),
    xZero: signedLiteral(0, s.xWidth),
    mapHeight: signedLiteral(plan.core.geometry.inHeight, s.yWidth),
    channelExtended: extended('channel_i', ring.channelWidth, address),
    weightAddressMsb: String(weightWidth - 1),
    hasHalves: plan.streamed !== undefined,
    weightStep: s.turns > 1 ? 'step_q2 & word_last_q2' : 'step_q2',
    ...readFields(plan),
    weightWordMsb: String(wordWidth - 1),
    weightWordZero: unsignedLiteral(0, wordWidth),
    weightWordOne: unsignedLiteral(1, wordWidth),
  });
}
