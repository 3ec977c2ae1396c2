/** What compression did: errors, density, and stored bits with all side information. */
import { codeBits, exponentBits, storedCodes } from '../layer/representable.js';
import type { Encoding, Requantize, ScalarEncoding } from '../layer/schema.js';
import type { Outside } from '../blocks/check_mask.js';
import { structureBits } from '../layer/blocks.js';
import type { LayerBlocks } from '../layer/layer.js';
import { type BlockStats, blockStats, blockText } from './blocks/stats.js';
import { type CpStats, cpStats, cpStoredBits, cpText } from './cp/stats.js';
import type { CpWeights } from './cp/quantize_cp.js';

const HISTOGRAM_BINS = 64;
const SHIFT_BITS = 6;

/** Bits that the compressed layer stores, by what they are for. */
export interface StoredBits {
  /** Weights, or with encoding `cp` all factors. */
  readonly codes: number;
  /** Of n:m structure: which of m channels a code belongs to. */
  readonly selections: number;
  /** `bpot` group exponents. */
  readonly exponents: number;
  /** `codebook` levels. */
  readonly levels: number;
  /** All biases at the width of the widest. */
  readonly biases: number;
  readonly multipliers: number;
  /** Six bits for each channel, or once if all channels share one. */
  readonly shifts: number;
  /** `cp` only: recode shifts, five bits for each channel, or once if all are the same. */
  readonly recodeShifts?: number;
  /** `cp` only: position, sign and shift of each residual entry. */
  readonly residual?: number;
  /** Blocks only: both orders and all sizes, as indices. */
  readonly orders?: number;
  readonly total: number;
}

export interface CompressionStats {
  readonly encoding: Encoding;
  /** Encoding `cp` only. */
  readonly cp?: CpStats;
  /** Permuted blocks only. */
  readonly blocks?: BlockStats;
  readonly weights: number;
  /** Share of weights that are not zero. */
  readonly density: number;
  /** 10 log10(sum w^2 / sum (w - w')^2) over the layer; null if there is no error at all. */
  readonly weightSqnrDb: number | null;
  /** The same of the sums before requantization and activation, bias included. */
  readonly sumSqnrDb: number | null;
  /** The same of the layer's outputs: after activation, rounding and saturation. */
  readonly outputSqnrDb: number | null;
  /** Which inputs and positions the last two were measured on. */
  readonly outputSqnrOn: string;
  /** What calibration learned from; null without calibration. */
  readonly calibratedOn: string | null;
  readonly stored: StoredBits;
  readonly bitsPerWeight: number;
  /** Bits of the layer with 32-bit float weights and biases, and with 8-bit weights and 32-bit biases. */
  readonly dense32Bits: number;
  readonly dense8Bits: number;
  readonly ratio32: number;
  readonly ratio8: number;
  /** The one requantization shift of all channels, or null if they differ. */
  readonly commonShift: number | null;
  readonly outputScale: number;
  readonly histogram: { readonly edges: number[]; readonly before: number[]; readonly after: number[] };
}

export interface StatsRequest {
  readonly encoding: ScalarEncoding;
  readonly requantize: Requantize;
  /** (O, ...) real weights before pruning, and their dequantized integers. */
  readonly before: ArrayLike<number>;
  readonly after: ArrayLike<number>;
  readonly groupInChannels: number;
  readonly sparsity?: { readonly n: number; readonly m: number };
  readonly exponents: number;
  /** Factors that the weights come from, if they do; then `encoding` is that of the recoded weights. */
  readonly cp?: CpWeights['cp'];
  /** Blocks that the weights are stored in, if they are, and what was dropped; then `encoding` is that of their values. */
  readonly blocks?: LayerBlocks & { readonly outside: Outside };
  readonly bias: Int32Array;
  readonly commonShift: number | undefined;
  readonly outputScale: number;
  readonly sums: { readonly reference: Float64Array; readonly actual: Float64Array };
  readonly outputs: { readonly reference: Float64Array; readonly actual: Float64Array };
  readonly measuredOn: string;
  readonly calibratedOn?: string;
}

/** Figures of a compressed layer. Deterministic: no times, no machine. */
export function compressionStats(request: StatsRequest): CompressionStats {
  const { before, after, bias, cp, blocks } = request;
  const weights = before.length;
  const stored = storedBits(request, weights);
  const dense32Bits = 32 * (weights + bias.length);
  const dense8Bits = 8 * weights + 32 * bias.length;
  return {
    encoding: cp?.weights ?? blocks?.encoding ?? request.encoding,
    ...(cp ? { cp: cpStats(cp, dense4Bits(weights, bias.length) / stored.total) } : {}),
    ...(blocks ? { blocks: blockStats(blocks.tensors, blocks.outside, dense4Bits(weights, bias.length) / stored.total) } : {}),
    weights,
    density: countNonZero(after) / weights,
    weightSqnrDb: sqnrDb(before, after),
    sumSqnrDb: sqnrDb(request.sums.reference, request.sums.actual),
    outputSqnrDb: sqnrDb(request.outputs.reference, request.outputs.actual),
    outputSqnrOn: request.measuredOn,
    calibratedOn: request.calibratedOn ?? null,
    stored,
    bitsPerWeight: stored.total / weights,
    dense32Bits,
    dense8Bits,
    ratio32: dense32Bits / stored.total,
    ratio8: dense8Bits / stored.total,
    commonShift: request.commonShift ?? null,
    outputScale: request.outputScale,
    histogram: histogram(before, after),
  };
}

/** With 4-bit weights and 32-bit biases. */
export function dense4Bits(weights: number, outChannels: number): number {
  return 4 * weights + 32 * outChannels;
}

function countNonZero(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  return count;
}

/** Signal to quantization noise in dB; null without noise or without signal. */
export function sqnrDb(reference: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < reference.length; i++) {
    signal += reference[i] * reference[i];
    noise += (reference[i] - actual[i]) ** 2;
  }
  return noise > 0 && signal > 0 ? 10 * Math.log10(signal / noise) : null;
}

function storedBits({ encoding, requantize, groupInChannels, sparsity, exponents, bias, commonShift, cp, blocks }: StatsRequest, weights: number): StoredBits {
  const { count, selectionBits } = storedCodes(blocks?.tensors.weight.length ?? weights, groupInChannels, sparsity);
  const ofWeights = cp
    ? { selections: 0, exponents: 0, levels: 0, ...cpStoredBits(cp, weights) }
    : {
        codes: count * codeBits(encoding),
        selections: count * selectionBits,
        exponents: encoding.encoding === 'bpot' ? exponents * exponentBits(encoding.maxExponent) : 0,
        levels: encoding.encoding === 'codebook' ? encoding.levels.length * signedBits(encoding.levels) : 0,
        ...(blocks ? { orders: structureBits(blocks.tensors) } : {}),
      };
  const parts = {
    ...ofWeights,
    biases: bias.length * signedBits(bias),
    multipliers: requantize.form === 'multiplier' ? bias.length * requantize.bits : 0,
    shifts: SHIFT_BITS * (commonShift === undefined ? bias.length : 1),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bits) => sum + bits, 0) };
}

/** Two's complement width that holds all values. */
function signedBits(values: ArrayLike<number>): number {
  let bits = 1;
  for (let i = 0; i < values.length; i++) {
    while (values[i] < -(2 ** (bits - 1)) || values[i] > 2 ** (bits - 1) - 1) bits++;
  }
  return bits;
}

/** Counts over 64 equal bins, symmetric around zero, that hold every weight of both. */
function histogram(before: ArrayLike<number>, after: ArrayLike<number>): CompressionStats['histogram'] {
  let largest = 0;
  for (let i = 0; i < before.length; i++) largest = Math.max(largest, Math.abs(before[i]), Math.abs(after[i]));
  const reach = largest || 1;
  const edges = Array.from({ length: HISTOGRAM_BINS + 1 }, (_, i) => Number((reach * ((2 * i) / HISTOGRAM_BINS - 1)).toPrecision(6)));
  const counts = (values: ArrayLike<number>) => {
    const bins = new Array<number>(HISTOGRAM_BINS).fill(0);
    for (let i = 0; i < values.length; i++) {
      bins[Math.min(HISTOGRAM_BINS - 1, Math.floor((values[i] / reach + 1) * (HISTOGRAM_BINS / 2)))]++;
    }
    return bins;
  };
  return { edges, before: counts(before), after: counts(after) };
}

function encodingLines(s: CompressionStats): string[] {
  const text = (encoding: object) => Object.values(encoding).map((v) => (Array.isArray(v) ? `${v.length} levels` : String(v))).join(' ');
  if (s.cp) return cpText(s.cp);
  if (s.blocks && s.encoding.encoding === 'block_permuted') return blockText(s.blocks, text(s.encoding.values), s.weights);
  return [`encoding          ${text(s.encoding)}`];
}

/** The figures as lines for people. */
export function statsText(s: CompressionStats): string {
  const db = (value: number | null) => (value === null ? 'no error' : `${value.toFixed(1)} dB`);
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { stored } = s;
  const side = stored.total - stored.codes;
  const ratio4 = s.cp?.ratio4 ?? s.blocks?.ratio4;
  return [
    ...encodingLines(s),
    `SQNR of weights   ${db(s.weightSqnrDb)}`,
    `SQNR of outputs   ${db(s.outputSqnrDb)} (sums before requantization ${db(s.sumSqnrDb)})`,
    `  measured on     ${s.outputSqnrOn}`,
    ...(s.calibratedOn === null ? [] : [`calibrated on     ${s.calibratedOn}`]),
    `density           ${percent(s.density)} of ${s.weights} weights are not zero`,
    `stored            ${stored.total} bits, ${s.bitsPerWeight.toFixed(3)} per weight (${percent(side / stored.total)} side information)`,
    `smaller by        ${s.ratio32.toFixed(2)} than 32-bit, ${s.ratio8.toFixed(2)} than 8-bit${ratio4 === undefined ? '' : `, ${ratio4.toFixed(2)} than 4-bit`}`,
    `requantization    ${s.commonShift === null ? 'shifts by channel' : `one shift of ${s.commonShift} for all channels`}`,
  ].join('\n');
}
