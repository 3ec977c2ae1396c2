/** View of the unit that rebuilds weights from factors: memories, sums over ranks, recoders. */
import { FACTOR_SELECT, factorMemoryNames, type FactorMemory } from '../plan/factor_contents.js';
import type { FactorCodes, FactorReconstructionPlan } from '../plan/factor_reconstruction.js';
import { codeBits, potBits } from '../plan/codes.js';
import { FACTOR_MEMORIES } from '../plan/loadable_memories.js';
import type { LayerPlan } from '../plan/plan.js';
import { unsignedLiteral, unsignedWidth } from '../verilog/literal.js';
import { header } from './header.js';

const KINDS = { integer: 0, pot: 1, apot: 2 } as const;

export function factorReconstructionView(plan: LayerPlan, unit: FactorReconstructionPlan, layerHash: string): object {
  const { ranks, outputs, inputs } = unit.lanes;
  const names = factorMemoryNames(unit);
  return Object.freeze({
    ...header(plan, layerHash, 'factor_reconstruction', 'rebuilds the weights of one channel tile after the other from factors, into the half that is not read.', [
      `RANK_LANES ${ranks}, OUTPUT_LANES ${outputs}, INPUT_LANES ${inputs}: ${ranks * outputs * inputs} terms per cycle; rank ${unit.rank}, form ${unit.form}, ${unit.blocks} block(s) a group`,
      `${unit.tileCycles} cycles a channel tile: ${unit.outputParts} output parts x ${plan.sequencer.words} words x ${unit.inputParts} input parts x ${unit.period}`,
      `Latency: ${unit.fillDelay} cycles from a tile's last cycle to half_full_o.`,
    ]),
    memories: names.map((name) => memoryView(plan, unit, name)),
    anyLoad: names.map((name) => `load_${name}_q`).join(' | '),
    ...sizeFields(plan, unit),
    ...laneFields(unit),
    ...sumFields(unit),
    ...recodeFields(plan, unit),
    ...residualFields(unit),
  });
}

function memoryView(plan: LayerPlan, unit: FactorReconstructionPlan, name: FactorMemory): object {
  const memory = unit.memories[name]!;
  return {
    name,
    select: unsignedLiteral(FACTOR_SELECT[name], 4),
    msb: memory.width - 1,
    module: `${plan.name}_${FACTOR_MEMORIES[name].unit}`,
    hasSegments: memory.segments.length > 1,
  };
}

function sizeFields(plan: LayerPlan, { lanes, memories: m, ...unit }: FactorReconstructionPlan): object {
  const address = (name: FactorMemory) => ({ [`${name}AddressWidth`]: m[name]?.addressWidth ?? 1, [`${name}AddressMsb`]: (m[name]?.addressWidth ?? 1) - 1 });
  return {
    rankSteps: unit.rankSteps,
    period: unit.period,
    inputParts: unit.inputParts,
    groupWords: plan.ring.groupWords,
    taps: plan.sequencer.kernel.length,
    outputParts: unit.outputParts,
    tiles: plan.sequencer.tiles,
    groups: plan.layer.geometry.groups,
    blockParts: unit.blockParts,
    blocks: unit.blocks,
    ...address('output'),
    ...address('input'),
    ...address('kernel'),
    ...address('shift'),
    hasNoKernel: m.kernel === undefined,
    hasNoShift: m.shift === undefined,
    words: plan.sequencer.words,
    wordWidth: plan.streamed!.wordWidth,
    icLanes: plan.lanes.ic,
    partsMsb: unit.outputParts - 1,
    fillAddressMsb: plan.weightMemory.addressWidth - 1,
    partMsb: unit.partWidth - 1,
    partWidth: unit.partWidth,
    rankLanes: lanes.ranks,
    outputLanes: lanes.outputs,
    outputLanesMsb: lanes.outputs - 1,
    inputLanes: lanes.inputs,
    rankMsb: lanes.ranks - 1,
  };
}

/** What the products take: exponents with their flags, or integers. */
function laneFields({ lanes: { ranks, inputs }, product: p, codes }: FactorReconstructionPlan): object {
  const kernel: FactorCodes = codes.kernel ?? { kind: 'integer', codeBits: 2, valueBits: 2 };
  const magnitude = codes.input.codeBits - 1;
  return {
    hasPowers: p.kind === 'powers',
    inputAddressDelay: p.coefDelay,
    inputFactors: ranks * inputs,
    inputFlagsMsb: ranks * inputs - 1,
    inputCodeBits: codes.input.codeBits,
    inputCodeMsb: codes.input.codeBits - 1,
    inputMagnitudeMsb: magnitude - 1,
    inputExponentsMsb: ranks * inputs * p.exponentWidth - 1,
    exponentWidth: p.exponentWidth,
    exponentSource: p.exponentWidth > magnitude ? `{ {${p.exponentWidth - magnitude}{1'b0}}, magnitude}` : `magnitude[${p.exponentWidth - 1}:0]`,
    laneExponents: ranks * p.exponentWidth,
    coefGroups: p.coefGroups,
    coefHighMsb: ranks * p.coefGroups - 1,
    coefLowMsb: 2 * ranks - 1,
    outputCodeBits: codes.output.codeBits,
    kernelCodeBits: kernel.codeBits,
    hasKernel: codes.kernel ? 1 : 0,
    kernelSource: codes.kernel ? `kernel_word[rank*${kernel.codeBits} +: ${kernel.codeBits}]` : unsignedLiteral(1, kernel.codeBits),
    inputKind: KINDS[codes.input.kind],
    inputValueBits: codes.input.valueBits,
    inputValuesMsb: ranks * inputs * codes.input.valueBits - 1,
    laneValues: ranks * codes.input.valueBits,
    outputKind: KINDS[codes.output.kind],
    outputValueBits: codes.output.valueBits,
    outputValueMsb: codes.output.valueBits - 1,
    kernelKind: KINDS[kernel.kind],
    kernelValueBits: kernel.valueBits,
    kernelValueMsb: kernel.valueBits - 1,
    coefWidth: p.coefWidth,
    coefMsb: ranks * p.coefWidth - 1,
  };
}

function sumFields({ lanes: { outputs, inputs }, product: { coefDelay }, sumWidth, tree }: FactorReconstructionPlan): object {
  const accumulateDelay = 5 + coefDelay + tree.levels.length;
  return {
    sumWidth,
    sumMsb: sumWidth - 1,
    sumsMsb: outputs * inputs * sumWidth - 1,
    laneSums: inputs * sumWidth,
    laneSumsMsb: inputs * sumWidth - 1,
    // A sum has registers of its own for its control.
    accumulateDelay: accumulateDelay - 1,
    captureDelay: accumulateDelay + 1,
    hasOneInput: inputs === 1,
    serialWidth: unsignedWidth(inputs - 1),
    serialMsb: unsignedWidth(inputs - 1) - 1,
  };
}

function recodeFields(plan: LayerPlan, unit: FactorReconstructionPlan): object {
  const { recode, lanes: { outputs }, product, tree, sumWidth, shiftMin, shiftWidth } = unit;
  const bpot = recode.encoding === 'bpot' ? recode : undefined;
  const exponentWidth = Math.max(1, plan.processingElement.exponentBits);
  const codeWidth = codeBits(recode);
  const rowChannels = plan.ring.groupWords * plan.lanes.ic;
  const groupSize = Math.min(bpot?.groupSize ?? 1, rowChannels);
  const hasShift = unit.memories.shift !== undefined;
  return {
    recode: recode.encoding,
    ...recoderOf(recode, Math.max(2, unsignedWidth(sumWidth - 1)), exponentWidth, groupSize),
    hasShift,
    shiftMin,
    shiftWidth,
    shiftWordBits: outputs * shiftWidth,
    shiftWordMsb: outputs * shiftWidth - 1,
    shiftDelay: 4 + product.coefDelay + tree.levels.length,
    hasRecodeGroups: bpot !== undefined,
    groupSize,
    memberWidth: unsignedWidth(groupSize - 1),
    memberMsb: unsignedWidth(groupSize - 1) - 1,
    rowChannels,
    channelWidth: unsignedWidth(rowChannels - 1),
    channelMsb: unsignedWidth(rowChannels - 1) - 1,
    recodeLatency: unit.recodeLatency,
    codeWidth,
    codesMsb: outputs * codeWidth - 1,
    codeExponentWidth: exponentWidth,
    exponentsMsb: outputs * exponentWidth - 1,
    exponentsNone: unsignedLiteral(0, outputs * exponentWidth),
    hasExponents: plan.processingElement.exponentBits > 0 ? 1 : 0,
    groupLanes: plan.processingElement.exponentBits > 0 ? plan.processingElement.groupLanes : plan.lanes.ic,
  };
}

/** The stage that adds a residual, and where the recoders take their sums from. */
function residualFields({ residual: r, lanes: { outputs }, memories, sumWidth, shiftWidth }: FactorReconstructionPlan): object {
  const shift = (from: string) => ({ shiftSource: memories.shift ? `${from}[output_lane*${shiftWidth} +: ${shiftWidth}]` : unsignedLiteral(0, shiftWidth) });
  if (!r) return { hasResidual: false, sumSource: 'sum_q', sumValid: 'serial_valid_q', groupLast: 'group_last_q', ...shift('shifts_q2') };
  return {
    hasResidual: true,
    residualDigits: r.digits,
    residualCodeBits: r.codeBits,
    residualGapBits: r.gapBits,
    residualWords: r.words,
    residualAddressWidth: memories.residual!.addressWidth,
    residualAddressMsb: memories.residual!.addressWidth - 1,
    laneSumMsb: outputs * sumWidth - 1,
    sumSource: `corrected_sums[output_lane*${sumWidth} +: ${sumWidth}]`,
    sumValid: 'corrected_valid',
    groupLast: 'corrected_last',
    ...shift('corrected_shifts'),
  };
}

/** Cell and parameters that recode to an encoding. */
function recoderOf(recode: FactorReconstructionPlan['recode'], leadWidth: number, exponentWidth: number, groupSize: number): { recoder: string; recoderParameters: string } {
  switch (recode.encoding) {
    case 'pot':
      return { recoder: 'nn_recode_pot', recoderParameters: `.LEAD_WIDTH(${leadWidth}), .MAX_SHIFT(${recode.maxShift}), .CODE_WIDTH(${codeBits(recode)})` };
    case 'bpot':
      return {
        recoder: 'nn_recode_bpot',
        recoderParameters: `.LEAD_WIDTH(${leadWidth}), .MAX_EXPONENT(${recode.maxExponent}), .EXPONENT_WIDTH(${exponentWidth}), .GROUP_SIZE(${groupSize})`,
      };
    case 'uniform':
      return { recoder: 'nn_recode_rounded', recoderParameters: `.KIND(0), .SIZE_BITS(${recode.bits - 1}), .DIGITS(1), .CODE_WIDTH(${recode.bits})` };
    case 'apot':
      return { recoder: 'nn_recode_rounded', recoderParameters: '.KIND(1), .SIZE_BITS(4), .DIGITS(1), .CODE_WIDTH(4)' };
    case 'csd':
      return { recoder: 'nn_recode_rounded', recoderParameters: `.KIND(2), .SIZE_BITS(${recode.maxShift + 1}), .DIGITS(${recode.digits}), .CODE_WIDTH(${recode.digits * potBits(recode.maxShift)})` };
  }
}
