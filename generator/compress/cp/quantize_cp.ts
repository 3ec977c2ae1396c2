/** A layer as quantized factors: rank, every block by itself, recoded weights, and the tensors of the description. */
import { ShiftloomError } from '../../errors.js';
import { rebuildWeights } from '../../golden/factor_reconstruction.js';
import type { FloatLayer } from '../../import/float_layer.js';
import type { FactorTensors } from '../../layer/layer.js';
import type { CpEncoding } from '../../layer/schema.js';
import { dampedCovariances } from '../calibrated/statistics.js';
import type { PatchTable } from '../calibrated/moments.js';
import { takeChannel } from '../channel_order.js';
import { kernelSize, type QuantizedWeights } from '../quantize_weights.js';
import { minimumScale } from '../requantization.js';
import { type CpChoice, type CpShape, cpShape, kernelEncodings } from './choice.js';
import { type Decomposed, decomposeBlock } from './decompose.js';
import { type FinishedBlock, finishBlock } from './finish.js';
import { factorLevels } from './levels_of_factor.js';
import type { LevelSet } from './quantized.js';
import { chooseRank, residualCount } from './rank.js';
import { Recoder } from './recoder.js';
import { type ResidualEntry, addResidual } from './residual.js';
import { type BlockProblem, blockProblem } from './terms.js';

export interface CpRequest {
  readonly inputScale: number;
  readonly outputScale: number;
  /** Hold every scale to outputScale / inputScale * 2^-k. */
  readonly powerOfTwo: boolean;
  /** Bits of an output channel's multiplier. */
  readonly multiplierBits: number;
  readonly seed: number;
  /** Recorded inputs: the error of the outputs on them counts instead of the error of the weights. */
  readonly calibration?: { readonly patches: PatchTable; readonly damping?: number; readonly workers?: number };
  readonly onProgress: (fraction: number, text: string) => void;
}

/** What is worth knowing of a decomposition. */
export interface CpFacts {
  readonly seed: number;
  readonly starts: number;
  /** Of all blocks. */
  readonly iterations: number;
  /** Error of the scaled sums before recoding, weights' SQNR in dB; null without error. */
  readonly sumsWeightSqnrDb: number | null;
  /** Two's complement width of the sums. */
  readonly sumBits: number;
  readonly residualEntries: number;
}

export interface CpWeights extends QuantizedWeights {
  readonly cp: { readonly weights: CpEncoding; readonly factors: FactorTensors; readonly facts: CpFacts };
  /** As in `CalibratedWeights`. */
  readonly correction?: Float64Array;
}

/** @throws ShiftloomError('usage') naming what of the choice does not fit the layer, 'resource' as calibration */
export function quantizeCp(layer: FloatLayer, choice: CpChoice, request: CpRequest): CpWeights {
  const shape = cpShape(layer, choice);
  if (choice.residual !== undefined && shape.encoding.recode.encoding === 'bpot') {
    throw new ShiftloomError('unsupported', 'encoding.residual', "corrects weights one by one, those of 'bpot' share exponents", 'Recode to pot, apot, uniform or csd');
  }
  const { calibration, onProgress } = request;
  const statistics = calibration && dampedCovariances(layer, { ...calibration, onProgress: (done) => onProgress(0.3 * done, 'covariance of the inputs') });
  const problems = blockProblems(layer, shape, statistics?.covariance);
  const levels = levelSet(shape.encoding);
  const from = statistics ? 0.3 : 0;
  const progress = (done: number, text: string) => onProgress(from + (1 - from) * done, text);
  const unit = request.powerOfTwo ? request.outputScale / request.inputScale : undefined;
  const decompose = (problem: BlockProblem, rank: number, rounds: number, report: (done: number) => void) =>
    decomposeBlock(problem, { rank, levels, rule: { unit }, seed: request.seed, starts: choice.starts, rounds, onProgress: report });
  const rank = chooseRank(layer, choice, shape, request, (tried) => decompose(problems[0], tried, Math.min(6, choice.rounds), () => progress(0, `trying rank ${tried}`)).terms.error, problems);
  const recoder = new Recoder(shape.encoding.recode, shape.block.inputs);
  const residuals = residualCount(layer, choice);
  const made = problems.map((problem, b) => {
    const report = (done: number) => progress((b + 0.9 * done) / problems.length, `rank ${rank}${problems.length > 1 ? `, block ${b + 1} of ${problems.length}` : ''}`);
    const decomposed = decompose(problem, rank, choice.rounds, report);
    const minimum = (o: number) => minimumScale(layer.bias[b * shape.block.outputs + o], request.inputScale, request.outputScale);
    const finished = finishBlock(problem, decomposed.terms, recoder, levels.output.nearest, (o) => ({ unit, minimum: minimum(o) }));
    const entries = residuals > 0 ? addResidual(problem, finished, recoder, Math.round(residuals / problems.length)) : [];
    return { decomposed, finished, entries };
  });
  return { ...assembled(layer, { ...shape.encoding, rank }, shape, made, problems, { ...request, starts: choice.starts }), correction: statistics && corrections(layer, shape, made, problems, statistics.mean) };
}

interface MadeBlock {
  readonly decomposed: Decomposed;
  readonly finished: FinishedBlock;
  readonly entries: readonly ResidualEntry[];
}

function blockProblems(layer: FloatLayer, { encoding, block }: CpShape, covariance: Float32Array | undefined): BlockProblem[] {
  const size = kernelSize(layer);
  const n = size.groupInChannels * size.taps;
  return Array.from({ length: encoding.blocks }, (_, b) => {
    const target = new Float64Array(block.outputs * n);
    for (let o = 0; o < block.outputs; o++) target.set(takeChannel(layer.weight, size, b * block.outputs + o), o * n);
    const group = Math.floor((b * layer.groups) / encoding.blocks);
    return blockProblem(block, target, covariance?.subarray(group * n * n, (group + 1) * n * n));
  });
}

function levelSet({ factors }: CpEncoding): LevelSet {
  return { output: factorLevels(factors.output), input: factorLevels(factors.input), kernel: kernelEncodings(factors).map(factorLevels) };
}

function assembled(layer: FloatLayer, encoding: CpEncoding, { block }: CpShape, made: readonly MadeBlock[], problems: readonly BlockProblem[], { seed, starts, powerOfTwo, outputScale, inputScale }: CpRequest & { starts: number }): Omit<CpWeights, 'correction'> {
  const residual = residualTensor(made, block.outputs, kernelSize(layer));
  const weights: CpEncoding = residual ? { ...encoding, residual: { maxShift: residual.reduce((most, value, i) => (i % 3 === 2 ? Math.max(most, value) : most), 0) } } : encoding;
  const shapes = { outChannels: layer.outChannels, groupInChannels: block.inputs, kernelHeight: layer.kernel[0], kernelWidth: layer.kernel[1] };
  const factors: FactorTensors = { ...factorTensors(made, encoding.form), recodeShift: Int32Array.from(made.flatMap(({ finished }) => finished.rows.map((row) => row.shift))), ...(residual ? { residual } : {}) };
  const scale = Float64Array.from(made.flatMap(({ finished }) => finished.rows.map((row) => row.scale)));
  const rebuilt = rebuildWeights(weights, factors, shapes, `layer '${layer.name}' factors`);
  const facts: CpFacts = {
    seed,
    starts,
    iterations: made.reduce((sum, { decomposed }) => sum + decomposed.iterations, 0),
    sumsWeightSqnrDb: sumsSqnr(made, problems),
    sumBits: 1 + Math.ceil(Math.log2(1 + made.reduce((most, { finished }) => finished.sums.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0))),
    residualEntries: (residual?.length ?? 0) / 3,
  };
  const shift = powerOfTwo ? Int32Array.from(scale, (s) => Math.round(Math.log2(outputScale / inputScale / s))) : undefined;
  return { weight: rebuilt.weight, exponent: rebuilt.exponent, scale, shift, cp: { weights, factors, facts } };
}

/** (blocks, rank, ...) as the description has them, from (…, rank). */
function factorTensors(made: readonly MadeBlock[], form: CpEncoding['form']): Omit<FactorTensors, 'recodeShift'> {
  const join = (of: (block: MadeBlock) => Float64Array): Int32Array => {
    const parts = made.map((block) => {
      const { rank } = block.finished.terms;
      const factor = of(block);
      const size = factor.length / rank;
      return Int32Array.from({ length: factor.length }, (_, at) => factor[(at % size) * rank + Math.floor(at / size)]);
    });
    return Int32Array.from(parts.flatMap((part) => Array.from(part)));
  };
  const kernel = (j: number) => join(({ finished }) => finished.terms.kernel[j]);
  const common = { output: join(({ finished }) => finished.terms.output), input: join(({ finished }) => finished.terms.input) };
  if (form === 'spatial') return { ...common, kernel: kernel(0) };
  return form === 'separable' ? { ...common, kernelRow: kernel(0), kernelColumn: kernel(1) } : common;
}

/** Entries in ascending order of their weight's row-major position. */
function residualTensor(made: readonly MadeBlock[], outputs: number, { groupInChannels: I, taps }: { groupInChannels: number; taps: number }): Int32Array | undefined {
  const rows = made.flatMap(({ entries }, b) =>
    entries.map(({ output, position, sign, shift }) => [((b * outputs + output) * I + (position % I)) * taps + Math.floor(position / I), sign, shift]),
  );
  if (rows.length === 0) return undefined;
  return Int32Array.from(rows.sort((x, y) => x[0] - y[0]).flat());
}

function sumsSqnr(made: readonly MadeBlock[], problems: readonly BlockProblem[]): number | null {
  let signal = 0;
  let noise = 0;
  made.forEach(({ finished }, b) => {
    const { target, shape } = problems[b];
    const n = target.length / shape.outputs;
    for (let i = 0; i < target.length; i++) {
      signal += target[i] ** 2;
      noise += (target[i] - finished.terms.scale[Math.floor(i / n)] * finished.sums[i]) ** 2;
    }
  });
  return noise > 0 && signal > 0 ? 10 * Math.log10(signal / noise) : null;
}

/** What the changed weights change the mean of the sums by, less. */
function corrections(layer: FloatLayer, { block, encoding }: CpShape, made: readonly MadeBlock[], problems: readonly BlockProblem[], mean: Float64Array): Float64Array {
  const out = new Float64Array(layer.outChannels);
  made.forEach(({ finished }, b) => {
    const { target } = problems[b];
    const n = target.length / block.outputs;
    const means = mean.subarray(Math.floor((b * layer.groups) / encoding.blocks) * n);
    finished.rows.forEach(({ scale, weights }, o) => {
      for (let p = 0; p < n; p++) out[b * block.outputs + o] += (target[o * n + p] - scale * weights[p]) * means[p];
    });
  });
  return out;
}
