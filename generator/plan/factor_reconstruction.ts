/**
 * Plan of the unit that rebuilds weights from factors: lanes, memories, widths and cycles. What it computes is in docs/number_formats.md
 * ("Reconstruction", "Recoding"), how it works in docs/units/factor_reconstruction.md.
 */
import { ShiftloomError } from '../errors.js';
import type { Layer, LayerFactors } from '../layer/layer.js';
import type { CpEncoding } from '../layer/schema.js';
import { signedWidth, unsignedWidth } from '../verilog/literal.js';
import { planAdderTree, type AdderTree } from './adder_tree.js';
import { codeBits, exponentBits } from './codes.js';
import { factorRanges, type FactorRanges } from './factor_ranges.js';
import { planLoadableMemory, type LoadableMemoryPlan } from './memory.js';
import type { LayerPlan } from './plan.js';
import { recodeTail } from './recode_tail.js';
import { planResidual, residualWordBits, type ResidualPlan } from './residual.js';

/** Ranks, output channels and input channels of a cycle. */
export interface RebuildLanes {
  readonly ranks: number;
  readonly outputs: number;
  readonly inputs: number;
}

/** How the products of a rank are formed: exponents added, or integers multiplied. */
export interface ProductPlan {
  readonly kind: 'powers' | 'integers';
  /** Powers: groups of four exponents of a coefficient and of a product; bits of an input factor's exponent; place of a product's sign. */
  readonly coefGroups: number;
  readonly groups: number;
  readonly exponentWidth: number;
  readonly sign: number;
  /** Integers: bits of a coefficient. */
  readonly coefWidth: number;
  /** Cycles from factors to a coefficient. */
  readonly coefDelay: number;
  /** Numbers that the adder tree starts from, and bits of each: sums of two powers, or products. */
  readonly terms: number;
  readonly termWidth: number;
}

/** Codes of one factor as its memory has them. */
export interface FactorCodes {
  readonly kind: 'pot' | 'apot' | 'integer';
  readonly codeBits: number;
  /** Bits of the integer that a code stands for. */
  readonly valueBits: number;
}

export interface FactorReconstructionPlan {
  readonly lanes: RebuildLanes;
  readonly form: CpEncoding['form'];
  readonly rank: number;
  /** Encoding of the rebuilt weights. */
  readonly recode: CpEncoding['recode'];
  /** Steps and cycles of a sub-block: output channels x input channels of the lanes. */
  readonly rankSteps: number;
  readonly period: number;
  /** Sub-blocks of a word's input channels, of a tile's output channels; of the output channels of a block of factors. */
  readonly inputParts: number;
  readonly outputParts: number;
  readonly blockParts: number;
  /** Blocks of factors of a group. */
  readonly blocks: number;
  /** Cycles of one channel tile, and of all. */
  readonly tileCycles: number;
  readonly passCycles: number;
  /** Cycles from a tile's last cycle of its loops to the pulse that says the half is full. */
  readonly fillDelay: number;
  readonly product: ProductPlan;
  readonly tree: AdderTree;
  readonly sumWidth: number;
  readonly codes: { readonly output: FactorCodes; readonly input: FactorCodes; readonly kernel?: FactorCodes };
  readonly memories: { readonly output: LoadableMemoryPlan; readonly input: LoadableMemoryPlan; readonly kernel?: LoadableMemoryPlan; readonly shift?: LoadableMemoryPlan; readonly residual?: LoadableMemoryPlan };
  /** Entries that are added to finished sums. */
  readonly residual?: ResidualPlan;
  readonly shiftMin: number;
  readonly shiftWidth: number;
  readonly recodeLatency: number;
  /** Bits of a part of a weight word: the codes and exponents of `lanes.outputs` output channels. */
  readonly partWidth: number;
}

/** Cycles from the loops to their addresses and memories, from there to the coefficients, and from there to the adder tree. */
const ADDRESS_DELAY = 3;
const COEFFICIENT_DELAY = { powers: 2, integers: 3 } as const;
const PRODUCT_DELAY = 3;
/** From the accumulators to the recoders: accumulator, finished sums, choice of one. */
const SERIAL_DELAY = 3;
/** Cycles of the recoders; of `bpot` from a group's last sum to its first code. */
const RECODE_LATENCY = { pot: 6, apot: 6, uniform: 6, bpot: 13, csd: 8 } as const;

type Sizes = Pick<LayerPlan, 'layer' | 'lanes' | 'sequencer' | 'ring' | 'processingElement'>;

/** Counts that follow from the lanes alone: enough to choose them by. */
export function rebuildCycles({ layer, lanes, sequencer, ring }: Sizes, rebuild: RebuildLanes): Pick<FactorReconstructionPlan, 'rankSteps' | 'period' | 'inputParts' | 'outputParts' | 'tileCycles'> {
  const rankSteps = Math.ceil(factorsOf(layer).weights.rank / rebuild.ranks);
  const period = Math.max(rankSteps, rebuild.inputs);
  const inputParts = lanes.ic / rebuild.inputs;
  const outputParts = lanes.oc / rebuild.outputs;
  return { rankSteps, period, inputParts, outputParts, tileCycles: sequencer.kernel.length * ring.groupWords * inputParts * outputParts * period };
}

/** @throws ShiftloomError 'usage' if the layer is not stored as factors */
export function factorsOf(layer: Layer): LayerFactors {
  if (layer.factors) return layer.factors;
  throw new ShiftloomError('usage', 'lanes weights=rebuilt', 'the layer is not stored as factors', "Compress it with --encoding cp, or use weights=streamed");
}

/** The whole unit for given lanes. */
export function planFactorReconstruction(plan: Sizes, lanes: RebuildLanes): FactorReconstructionPlan {
  const { layer, sequencer, processingElement: pe } = plan;
  const factors = factorsOf(layer);
  const { weights, tensors } = factors;
  const g = layer.geometry;
  const counts = rebuildCycles(plan, lanes);
  const ranges = factorRanges(factors, g);
  const sumWidth = Math.max(4, signedWidth(-ranges.sum, ranges.sum));
  const codes = factorCodes(factors, ranges);
  const product = planProduct(ranges, codes, lanes.ranks, sumWidth);
  const tree = planAdderTree(treeInputs(product, ranges), product.terms * product.termWidth, { results: 2, modulus: sumWidth });
  const recodeLatency = RECODE_LATENCY[weights.recode.encoding];
  const shifts = tensors.recodeShift;
  const shiftMin = Math.min(...shifts);
  const shiftWidth = unsignedWidth(Math.max(...shifts) - shiftMin);
  const perBlock = g.outChannels / weights.blocks;
  const blocks = weights.blocks / g.groups;
  const residual = planResidual(plan, lanes);
  return {
    lanes,
    form: weights.form,
    rank: weights.rank,
    recode: weights.recode,
    ...counts,
    blockParts: perBlock / lanes.outputs,
    blocks,
    passCycles: counts.tileCycles * sequencer.tiles * g.groups,
    fillDelay:
      1 - (counts.period - counts.rankSteps) + ADDRESS_DELAY + product.coefDelay + PRODUCT_DELAY + tree.levels.length + SERIAL_DELAY + recodeTail(plan, lanes, counts.period, weights.recode) + recodeLatency +
      (residual?.digits ?? 0),
    product,
    tree,
    sumWidth,
    codes,
    memories: {
      ...factorMemories(plan, lanes, counts, codes, shiftWidth, shifts.every((shift) => shift === shiftMin)),
      ...(residual ? { residual: planLoadableMemory(residual.words, residualWordBits(residual, lanes)) } : {}),
    },
    ...(residual ? { residual } : {}),
    shiftMin,
    shiftWidth,
    recodeLatency,
    partWidth: lanes.outputs * (plan.lanes.ic * codeBits(weights.recode) + pe.exponentGroups * exponentBits(weights.recode)),
  };
}

/** Powers if every factor is one, else integers; the factors of kernel rows and columns are one factor here. */
function factorCodes({ weights }: LayerFactors, ranges: FactorRanges): FactorReconstructionPlan['codes'] {
  const of = (encoding: typeof weights.factors.output): FactorCodes => {
    if (encoding.encoding === 'pot') return { kind: 'pot', codeBits: codeBits(encoding), valueBits: encoding.maxShift + 2 };
    if (encoding.encoding === 'apot') return { kind: 'apot', codeBits: 4, valueBits: 5 };
    return { kind: 'integer', codeBits: encoding.bits, valueBits: encoding.bits };
  };
  const { output, input, kernel, kernelRow, kernelColumn } = weights.factors;
  const both = { output: of(output), input: of(input) };
  if (kernel) return { ...both, kernel: of(kernel) };
  if (!kernelRow || !kernelColumn) return both;
  if (kernelRow.encoding === 'pot' && kernelColumn.encoding === 'pot') {
    return { ...both, kernel: of({ encoding: 'pot', maxShift: kernelRow.maxShift + kernelColumn.maxShift }) };
  }
  const bits = Math.max(2, signedWidth(-ranges.kernel, ranges.kernel));
  return { ...both, kernel: { kind: 'integer', codeBits: bits, valueBits: bits } };
}

function planProduct(ranges: FactorRanges, codes: FactorReconstructionPlan['codes'], ranks: number, sumWidth: number): ProductPlan {
  const powers = codes.output.kind === 'pot' && codes.input.kind === 'pot' && (codes.kernel?.kind ?? 'pot') === 'pot';
  const coefExponent = powers ? Math.log2(Math.max(1, ranges.coefficient)) : 0;
  const inputExponent = powers ? Math.log2(Math.max(1, ranges.input)) : 0;
  const sign = coefExponent + inputExponent + 1;
  const coefWidth = signedWidth(-ranges.coefficient, ranges.coefficient);
  const width = powers ? signedWidth(-2 * ranges.product, 2 * ranges.product) : signedWidth(-ranges.product, ranges.product);
  return {
    kind: powers ? 'powers' : 'integers',
    coefGroups: Math.floor(coefExponent / 4) + 1,
    groups: Math.floor(sign / 4) + 1,
    exponentWidth: unsignedWidth(inputExponent),
    sign,
    coefWidth,
    coefDelay: COEFFICIENT_DELAY[powers ? 'powers' : 'integers'],
    terms: powers ? Math.ceil(ranks / 2) : ranks,
    termWidth: Math.min(width, sumWidth),
  };
}

function treeInputs(product: ProductPlan, ranges: FactorRanges) {
  const size = product.kind === 'powers' ? 2 * ranges.product : ranges.product;
  return Array.from({ length: product.terms }, (_, i) => ({ offset: i * product.termWidth, width: product.termWidth, low: 0, min: -size, max: size }));
}

function factorMemories(
  { layer, sequencer, ring }: Sizes, lanes: RebuildLanes, counts: Pick<FactorReconstructionPlan, 'rankSteps' | 'inputParts' | 'outputParts'>,
  codes: FactorReconstructionPlan['codes'], shiftWidth: number, oneShift: boolean,
): FactorReconstructionPlan['memories'] {
  const g = layer.geometry;
  const { blocks } = factorsOf(layer).weights;
  const outputs = g.groups * sequencer.tiles * counts.outputParts;
  const memory = (depth: number, width: number) => planLoadableMemory(Math.max(2, depth), width);
  return {
    output: memory(outputs * counts.rankSteps, lanes.outputs * lanes.ranks * codes.output.codeBits),
    input: memory(blocks * ring.groupWords * counts.inputParts * counts.rankSteps, lanes.inputs * lanes.ranks * codes.input.codeBits),
    ...(codes.kernel ? { kernel: memory(blocks * sequencer.kernel.length * counts.rankSteps, lanes.ranks * codes.kernel.codeBits) } : {}),
    ...(oneShift ? {} : { shift: memory(outputs, lanes.outputs * shiftWidth) }),
  };
}
