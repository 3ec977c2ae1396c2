/** First contents of the factor memories: codes in the order in which the unit reads them. */
import type { LayerFactors } from '../layer/layer.js';
import type { FactorEncoding } from '../layer/schema.js';
import { encodeWeight } from './codes.js';
import { emptyWords, putField, type MemoryWords } from './contents.js';
import { factorsOf, type FactorCodes, type FactorReconstructionPlan } from './factor_reconstruction.js';
import { kernelFactor } from './factor_ranges.js';
import type { LayerPlan } from './plan.js';
import { putResidual } from './residual.js';

export type FactorMemory = keyof FactorReconstructionPlan['memories'];

/** LOAD_SELECT of each factor memory; 6 to 9 are tables of permuters. */
export const FACTOR_SELECT: Readonly<Record<FactorMemory, number>> = { output: 2, input: 3, kernel: 4, shift: 5, residual: 10 };

/** The memories that an engine has, in the order of their selects. */
export function factorMemoryNames(unit: FactorReconstructionPlan): FactorMemory[] {
  return (Object.keys(FACTOR_SELECT) as FactorMemory[]).filter((name) => unit.memories[name] !== undefined);
}

/** Contents of one memory, in whole words. */
export function factorWords(plan: LayerPlan, unit: FactorReconstructionPlan, name: FactorMemory): MemoryWords {
  const memory = unit.memories[name]!;
  const words = emptyWords(memory.depth, memory.width);
  if (name === 'output') putOutputs(plan, unit, words);
  else if (name === 'input') putInputs(plan, unit, words);
  else if (name === 'kernel') putKernel(plan, unit, words);
  else if (name === 'shift') putShifts(plan, unit, words);
  else putResidual(plan, unit.residual!, unit.lanes, words);
  return words;
}

/** Codes of values; a value that is not there is zero. */
function coder({ kind, codeBits }: FactorCodes, encoding: FactorEncoding | undefined): (value: number | undefined) => number {
  const spelled = kind === 'integer' ? ({ encoding: 'uniform', bits: codeBits } as const) : kind === 'pot' ? ({ encoding: 'pot', maxShift: encoding?.encoding === 'pot' ? encoding.maxShift : 0 } as const) : ({ encoding: 'apot' } as const);
  const codes = new Map<number, number>();
  return (value = 0) => {
    let code = codes.get(value);
    if (code === undefined) codes.set(value, (code = encodeWeight(spelled, value)!));
    return code;
  };
}

/** Output channel of a place in the order of the output parts, undefined beyond a group's last. */
function channelAt({ layer, lanes, sequencer }: LayerPlan, place: number): number | undefined {
  const { groupOutChannels } = layer.geometry;
  const group = Math.floor(place / (sequencer.tiles * lanes.oc));
  const inGroup = place % (sequencer.tiles * lanes.oc);
  return inGroup < groupOutChannels && group < layer.geometry.groups ? group * groupOutChannels + inGroup : undefined;
}

/** Word: output part, rank step; in it output lane, rank lane. */
function putOutputs(plan: LayerPlan, { lanes, rankSteps, codes }: FactorReconstructionPlan, words: MemoryWords): void {
  const { weights, tensors } = factorsOf(plan.layer);
  const code = coder(codes.output, weights.factors.output);
  const perBlock = plan.layer.geometry.outChannels / weights.blocks;
  for (let word = 0; word < words.depth; word++) {
    const part = Math.floor(word / rankSteps);
    for (let lane = 0; lane < lanes.outputs; lane++) {
      const channel = channelAt(plan, part * lanes.outputs + lane);
      for (let r = 0; r < lanes.ranks; r++) {
        const rank = (word % rankSteps) * lanes.ranks + r;
        const there = channel !== undefined && rank < weights.rank;
        const value = there ? tensors.output[(Math.floor(channel / perBlock) * weights.rank + rank) * perBlock + (channel % perBlock)] : undefined;
        putField(words, word, (lane * lanes.ranks + r) * codes.output.codeBits, codes.output.codeBits, code(value));
      }
    }
  }
}

/** Word: block, word of input channels, input part, rank step; in it input lane, rank lane. */
function putInputs(plan: LayerPlan, { lanes, rankSteps, inputParts, codes }: FactorReconstructionPlan, words: MemoryWords): void {
  const { weights, tensors } = factorsOf(plan.layer);
  const code = coder(codes.input, weights.factors.input);
  const { groupInChannels } = plan.layer.geometry;
  const parts = plan.ring.groupWords * inputParts;
  for (let word = 0; word < words.depth; word++) {
    const part = Math.floor(word / rankSteps) % parts;
    const block = Math.floor(word / (rankSteps * parts));
    for (let lane = 0; lane < lanes.inputs; lane++) {
      const channel = part * lanes.inputs + lane;
      for (let r = 0; r < lanes.ranks; r++) {
        const rank = (word % rankSteps) * lanes.ranks + r;
        const there = channel < groupInChannels && rank < weights.rank && block < weights.blocks;
        const value = there ? tensors.input[(block * weights.rank + rank) * groupInChannels + channel] : undefined;
        putField(words, word, (lane * lanes.ranks + r) * codes.input.codeBits, codes.input.codeBits, code(value));
      }
    }
  }
}

/** Word: block, kernel position, rank step; in it rank lane. */
function putKernel(plan: LayerPlan, { lanes, rankSteps, codes }: FactorReconstructionPlan, words: MemoryWords): void {
  const factors = factorsOf(plan.layer);
  const { weights } = factors;
  const kernel = kernelFactor(factors, plan.layer.geometry)!;
  const code = coder(codes.kernel!, kernelEncoding(factors));
  const taps = plan.sequencer.kernel.length;
  for (let word = 0; word < words.depth; word++) {
    const tap = Math.floor(word / rankSteps) % taps;
    const block = Math.floor(word / (rankSteps * taps));
    for (let r = 0; r < lanes.ranks; r++) {
      const rank = (word % rankSteps) * lanes.ranks + r;
      const value = rank < weights.rank && block < weights.blocks ? kernel[(block * weights.rank + rank) * taps + tap] : undefined;
      putField(words, word, r * codes.kernel!.codeBits, codes.kernel!.codeBits, code(value));
    }
  }
}

/** Of rows times columns that are powers: powers up to the product of the largest. */
function kernelEncoding({ weights: { factors } }: LayerFactors): FactorEncoding | undefined {
  const { kernel, kernelRow, kernelColumn } = factors;
  if (kernel || kernelRow?.encoding !== 'pot' || kernelColumn?.encoding !== 'pot') return kernel;
  return { encoding: 'pot', maxShift: kernelRow.maxShift + kernelColumn.maxShift };
}

/** Word: output part; in it output lane. */
function putShifts(plan: LayerPlan, { lanes, shiftMin, shiftWidth }: FactorReconstructionPlan, words: MemoryWords): void {
  const { recodeShift } = factorsOf(plan.layer).tensors;
  for (let word = 0; word < words.depth; word++) {
    for (let lane = 0; lane < lanes.outputs; lane++) {
      const channel = channelAt(plan, word * lanes.outputs + lane);
      if (channel !== undefined) putField(words, word, lane * shiftWidth, shiftWidth, recodeShift[channel] - shiftMin);
    }
  }
}
