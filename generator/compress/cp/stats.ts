/** Figures of a layer that is stored as factors: their bits, and what people read of them. */
import { codeBits } from '../../layer/representable.js';
import type { FactorEncoding, ScalarEncoding } from '../../layer/schema.js';
import { kernelEncodings } from './choice.js';
import type { CpFacts, CpWeights } from './quantize_cp.js';
import { RECODE_SHIFT_BITS, residualEntryBits } from './rank.js';

export interface CpStats extends CpFacts {
  readonly form: string;
  readonly rank: number;
  readonly blocks: number;
  /** Encodings of the output's, the input's and the kernel's factors, and of the lanes, as people write them. */
  readonly factors: string;
  readonly recode: string;
  /** Values of all factors. */
  readonly factorValues: number;
  /** Against 4-bit weights and 32-bit biases. */
  readonly ratio4: number;
}

/** Bits of factors, recode shifts and residual. @param weights of the layer: positions that an entry tells apart */
export function cpStoredBits({ weights: encoding, factors }: CpWeights['cp'], weights: number): { codes: number; recodeShifts: number; residual: number } {
  const { output, input, kernel, kernelRow, kernelColumn, recodeShift, residual } = factors;
  const bits = (values: Int32Array | undefined, of: FactorEncoding | undefined) => (values && of ? values.length * codeBits(of) : 0);
  const own = encoding.factors;
  const codes = bits(output, own.output) + bits(input, own.input) + bits(kernel, own.kernel) + bits(kernelRow, own.kernelRow) + bits(kernelColumn, own.kernelColumn);
  const same = recodeShift.every((shift) => shift === recodeShift[0]);
  const entries = residual ? (residual.length / 3) * residualEntryBits(weights, encoding.residual!.maxShift) : 0;
  return { codes, recodeShifts: RECODE_SHIFT_BITS * (same ? 1 : recodeShift.length), residual: entries };
}

export function cpStats({ weights, factors, facts }: CpWeights['cp'], ratio4: number): CpStats {
  const values = [factors.output, factors.input, factors.kernel, factors.kernelRow, factors.kernelColumn];
  const encodings = [weights.factors.output, weights.factors.input, ...kernelEncodings(weights.factors)].map(encodingText);
  return {
    ...facts,
    form: weights.form,
    rank: weights.rank,
    blocks: weights.blocks,
    factors: encodings.every((text) => text === encodings[0]) ? encodings[0] : encodings.join(', '),
    recode: encodingText(weights.recode),
    factorValues: values.reduce((sum, factor) => sum + (factor?.length ?? 0), 0),
    ratio4,
  };
}

function encodingText(encoding: ScalarEncoding): string {
  return Object.values(encoding).join(' ');
}

export function cpText(cp: CpStats): string[] {
  const before = cp.sumsWeightSqnrDb === null ? 'no error' : `${cp.sumsWeightSqnrDb.toFixed(1)} dB`;
  return [
    `encoding          cp ${cp.form}, rank ${cp.rank}${cp.blocks > 1 ? `, ${cp.blocks} blocks` : ''}: ${cp.factorValues} factor values in ${cp.factors}`,
    `  found by        ${cp.iterations} iterations from ${cp.starts} start${cp.starts > 1 ? 's' : ''}, seed ${cp.seed}`,
    `  rebuilt         sums of ${cp.sumBits} bits, ${before} of the weights; recoded to ${cp.recode}${cp.residualEntries > 0 ? `; ${cp.residualEntries} residual entries` : ''}`,
  ];
}
