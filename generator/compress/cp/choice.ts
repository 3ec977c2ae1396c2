/** What can be asked of a decomposition, and the encoding that a layer gets from it. */
import { z } from 'zod';
import { ShiftloomError } from '../../errors.js';
import type { FloatLayer } from '../../import/float_layer.js';
import { checkAgainst } from '../../layer/explain.js';
import { codeBits } from '../../layer/representable.js';
import { type CpEncoding, type FactorEncoding, factorEncodingSchema, recodeEncodingSchema } from '../../layer/schema.js';
import type { BlockShape } from './terms.js';

const DEFAULT_FACTOR = { encoding: 'pot', maxShift: 2 } as const;
const DEFAULT_RECODE = { encoding: 'pot', maxShift: 6 } as const;
/** Largest rank of the layer description. */
export const MOST_RANK = 4096;

const perFactor = z.strictObject({
  output: factorEncodingSchema.optional(),
  input: factorEncodingSchema.optional(),
  kernel: factorEncodingSchema.optional(),
  kernelRow: factorEncodingSchema.optional(),
  kernelColumn: factorEncodingSchema.optional(),
});

/** Exactly one of `rank`, `ratio` and `sqnrDb` says how many terms. */
export const cpChoiceSchema = z.strictObject({
  encoding: z.literal('cp'),
  form: z.enum(['spatial', 'separable', 'matrix']).optional().describe('Default: matrix for linear layers and 1x1 kernels, spatial for others.'),
  rank: z.int().min(1).max(MOST_RANK).optional(),
  ratio: z.number().gt(0).max(1000).optional().describe('As many terms as leave the layer this much smaller than with 4-bit weights, everything counted.'),
  sqnrDb: z.number().gt(0).max(60).optional().describe('As few terms as reach this SQNR of the weights, or of the sums on recorded inputs when calibrated; before recoding.'),
  blocks: z.int().min(1).max(65535).optional().describe('Equal blocks of output channels with factors of their own. Default: one for each group.'),
  factors: z.union([factorEncodingSchema, perFactor]).optional().describe('Encoding of all factors, or of each. Default: pot with maxShift 2.'),
  recode: recodeEncodingSchema.optional().describe('Encoding of the lanes. Default: pot.'),
  residual: z.number().gt(0).max(0.5).optional().describe('Share of the weights that get a signed power of two on top, those that gain most.'),
  starts: z.int().min(1).max(16).default(2).describe('Starts of which the best is taken: the HOSVD, then random ones.'),
  rounds: z.int().min(1).max(200).default(20).describe('Most rounds of each phase.'),
});

export type CpChoice = z.infer<typeof cpChoiceSchema>;

/** Checked as far as the choice alone can tell. @throws ShiftloomError('input' or 'usage') */
export function checkCpChoice(value: unknown): CpChoice {
  const choice = checkAgainst(cpChoiceSchema, value, 'encoding');
  const given = (['rank', 'ratio', 'sqnrDb'] as const).filter((key) => choice[key] !== undefined);
  if (given.length === 1) return choice;
  const wayOut = 'Give one of rank, ratio (against 4-bit weights) and sqnrDb';
  throw new ShiftloomError('usage', 'encoding', given.length === 0 ? "'cp' has no rank" : `'cp' cannot have ${given.join(' and ')} at once`, wayOut);
}

/** The encoding of a layer but for its rank, and the shape of its blocks. */
export interface CpShape {
  readonly encoding: CpEncoding;
  readonly block: BlockShape;
  /** Bits of the factors' values for each rank, all blocks. */
  readonly bitsPerRank: number;
  /** Beyond it any tensor of this shape is told exactly. */
  readonly mostRank: number;
}

/** @throws ShiftloomError('usage') naming what does not fit the layer. */
export function cpShape(layer: FloatLayer, choice: CpChoice): CpShape {
  const { outChannels, groups, kernel, input } = layer;
  const taps = kernel[0] * kernel[1];
  const form = choice.form ?? (taps === 1 ? 'matrix' : 'spatial');
  const fail = (key: string, message: string, wayOut: string): never => {
    throw new ShiftloomError('usage', `encoding.${key}`, message, wayOut);
  };
  if (form === 'matrix' && taps > 1) fail('form', `is 'matrix', layer '${layer.name}' has a ${kernel[0]}x${kernel[1]} kernel`, "Use 'spatial' or 'separable'");
  if (form !== 'matrix' && taps === 1) fail('form', `is '${form}', layer '${layer.name}' has no kernel but 1x1`, "Use 'matrix', or leave it out");
  const blocks = choice.blocks ?? groups;
  if (outChannels % blocks !== 0) fail('blocks', `is ${blocks}, which does not divide the ${outChannels} output channels of layer '${layer.name}'`, `It must divide them${groups > 1 ? ` and be a multiple of its ${groups} groups` : ''}`);
  if (blocks % groups !== 0) fail('blocks', `is ${blocks}, not a multiple of the ${groups} groups of layer '${layer.name}'`, `As in: ${groups}`);
  const block = { outputs: outChannels / blocks, inputs: input.channels / groups, kernel: form === 'matrix' ? [] : form === 'spatial' ? [taps] : [...kernel] };
  const encoding = { encoding: 'cp', form, rank: 1, blocks, factors: factorsOf(choice, form), recode: choice.recode ?? DEFAULT_RECODE } as const;
  return { encoding, block, bitsPerRank: blocks * bitsOf(block, encoding.factors), mostRank: Math.min(MOST_RANK, largestRank(block)) };
}

function factorsOf({ factors = DEFAULT_FACTOR }: CpChoice, form: CpEncoding['form']): CpEncoding['factors'] {
  const own = form === 'matrix' ? [] : form === 'spatial' ? (['kernel'] as const) : (['kernelRow', 'kernelColumn'] as const);
  const names: readonly (keyof CpEncoding['factors'])[] = ['output', 'input', ...own];
  if (!('encoding' in factors)) {
    const foreign = (Object.keys(factors) as (keyof CpEncoding['factors'])[]).find((name) => factors[name] !== undefined && !names.includes(name));
    if (foreign) throw new ShiftloomError('usage', `encoding.factors.${foreign}`, `does not belong to form '${form}'`, `Its factors: ${names.join(', ')}`);
  }
  const encodings = names.map((name) => [name, 'encoding' in factors ? factors : (factors[name] ?? DEFAULT_FACTOR)] as const);
  return Object.fromEntries(encodings) as unknown as CpEncoding['factors'];
}

/** Encodings of the kernel's factors, in order. */
export function kernelEncodings({ kernel, kernelRow, kernelColumn }: CpEncoding['factors']): FactorEncoding[] {
  return [kernel, kernelRow, kernelColumn].filter((encoding) => encoding !== undefined);
}

function bitsOf(block: BlockShape, factors: CpEncoding['factors']): number {
  const kernel = kernelEncodings(factors).reduce((sum, encoding, j) => sum + block.kernel[j] * codeBits(encoding), 0);
  return block.outputs * codeBits(factors.output) + block.inputs * codeBits(factors.input) + kernel;
}

/** Every tensor is a sum of as many products as it has vectors along its longest side. */
function largestRank({ outputs, inputs, kernel }: BlockShape): number {
  const sides = [outputs, inputs, ...kernel];
  return sides.reduce((product, side) => product * side, 1) / Math.max(...sides);
}
