/** Float layer to compressed layer: prune, quantize, requantize, measure. Deterministic; nothing but the arguments matters. */
import { ShiftloomError } from '../errors.js';
import { scaleAccumulator } from '../golden/requantize.js';
import { type ActivationFormat, type FloatLayer, checkFloatLayer } from '../import/float_layer.js';
import { type BlockTensors, type FactorTensors, type Layer, type LayerBlocks, type LayerTensors, outputBounds } from '../layer/layer.js';
import { representableValues } from '../layer/representable.js';
import { LAYER_FORMAT, SCHEMA_VERSION, type ScalarEncoding } from '../layer/schema.js';
import type { DescriptionToWrite } from '../layer/write.js';
import { type ChosenBlocks, chooseBlocks } from './blocks/choice.js';
import { quantizeBlocks } from './blocks/quantize_blocks.js';
import { type CalibrationData, calibrationData } from './calibrated/frames.js';
import { quantizeCalibrated } from './calibrated/calibrate.js';
import { inputVariances } from './calibrated/input_variances.js';
import { quantizeCp, type CpWeights } from './cp/quantize_cp.js';
import { type LayerInputs, layerInputs } from './layer_inputs.js';
import { type CheckedOptions, type CompressOptions, type SettledOptions, checkOptions } from './options.js';
import { activate, integerActivation, outputFormat } from './output_format.js';
import { type WeightShape, prune } from './pruning.js';
import { type QuantizeRequest, type QuantizedWeights, quantizeWeights } from './quantize_weights.js';
import { type Factors, integerBias, multiplierFactors, powerOfTwoFactors } from './requantization.js';
import { settleEncoding } from './settle_encoding.js';
import { type CompressionStats, compressionStats } from './stats.js';
import { type Patches, gatherPatches, layerSums } from './sums.js';

export interface CompressedLayer {
  /** For `writeLayer`, together with `tensors` and `sample`. */
  readonly description: DescriptionToWrite;
  /** With encoding `cp` the factors, with blocks those, and the weights that they are expanded to. */
  readonly tensors: LayerTensors & { readonly factors?: FactorTensors; readonly blocks?: BlockTensors };
  /** The float layer's sample in integer units, if it came with one. */
  readonly sample?: Layer['sample'];
  readonly stats: CompressionStats;
}

/**
 * Compresses a layer. Without `calibrate` no data is needed: a scale per output channel of least squared weight error, magnitude pruning
 * before it if asked for; the sample, if there is one, only sets the output scale (unless given) and measures errors. With it, recorded inputs say
 * which weight errors matter (`calibrated/calibrate.ts`), and errors are measured on frames that were not learned from, if there are any.
 * @throws ShiftloomError naming the option, tensor or channel that is wrong.
 */
export function compressLayer(layer: FloatLayer, options: CompressOptions): CompressedLayer {
  checkFloatLayer(layer, `layer '${layer.name}'`);
  const checked = checkOptions(options);
  checkPrunable(checked);
  checked.onProgress(0, 'measuring float outputs');
  const inputs = layerInputs(layer, checked.seed);
  const calibration = checked.calibrate && calibrationData(layer, inputs.format, checked.calibrate, checked.seed);
  const measured = calibration?.measured ?? inputs;
  const patches = gatherPatches(layer, measured, checked.outputMacs, checked.seed);
  const reference = realSums(layer, layerSums(layer, layer.weight, patches), patches, inputs.format.scale);
  const output = outputFormat(layer, reference, checked.outputRange, checked.outputScale);
  const chosen = checked.blocks && chooseBlocks(layer, checked.blocks);
  const pruned = chosen ? chosen.weight : checked.prune && checked.prune.by !== 'output' && !('sqnrDb' in checked.prune) ? prune(layer.weight, weightShape(layer), checked.prune) : layer.weight;
  const given = {
    weight: pruned,
    inputScale: inputs.format.scale,
    outputScale: output.scale,
    powerOfTwo: checked.requantize.form === 'power_of_two',
  };
  const { encoding, quantized } = quantizedLayer(layer, checked, given, calibration, chosen);
  checked.onProgress(0.85, 'measuring outputs');
  const settled = { ...checked, encoding };
  const made = assemble(layer, settled, inputs, output, quantized);
  const stats = measure(layer, settled, measured, output, quantized, made, { patches, reference, calibratedOn: calibration?.origin, chosen });
  checked.onProgress(1, 'compressed');
  return {
    description: { ...made.description, compression: compressionBlock(layer, checked, stats) },
    tensors: made.tensors,
    sample: inputs.genuine ? { frames: inputs.frames, data: inputs.data } : undefined,
    stats,
  };
}

type Given = Pick<QuantizeRequest, 'weight' | 'inputScale' | 'outputScale' | 'powerOfTwo'>;

/** Integers by the way of the encoding, and the scalar encoding that they have. */
function quantizedLayer(layer: FloatLayer, checked: CheckedOptions, given: Given, calibration: CalibrationData | undefined, chosen: ChosenBlocks | undefined): { encoding: ScalarEncoding; quantized: Quantized } {
  if (checked.encoding.encoding === 'cp') {
    const quantized = quantizeCp(layer, checked.encoding, {
      ...given,
      multiplierBits: checked.requantize.form === 'multiplier' ? checked.requantize.bits : 0,
      seed: checked.seed,
      calibration: calibration && { ...checked.calibrate, patches: calibration.patches },
      onProgress: (done, text) => checked.onProgress(0.1 + 0.75 * done, text),
    });
    return { encoding: quantized.cp.weights.recode, quantized };
  }
  if (chosen) {
    const quantized = quantizeBlocks(layer, {
      ...given,
      encoding: checked.encoding,
      structure: chosen.structure,
      calibration: calibration && { ...checked.calibrate, patches: calibration.patches },
      onProgress: (done) => checked.onProgress(0.1 + 0.75 * done, 'quantizing blocks'),
    });
    return { encoding: quantized.blocks.encoding.values, quantized };
  }
  const encoding = settleEncoding(layer, checked.encoding, {
    ...given,
    zero: checked.prune !== undefined,
    importance: calibration && inputVariances(layer, calibration.patches),
    onProgress: (done) => checked.onProgress(0.1 + 0.5 * done, 'finding levels'),
  });
  const request: QuantizeRequest = {
    ...given,
    encoding,
    onProgress: (done) => checked.onProgress(encoding === checked.encoding ? 0.1 + 0.75 * done : 0.6 + 0.25 * done, 'quantizing weights'),
  };
  if (!calibration) return { encoding, quantized: quantizeWeights(layer, request) };
  const byOutput = checked.prune?.by === 'output' ? checked.prune : undefined;
  return { encoding, quantized: quantizeCalibrated(layer, { ...request, ...checked.calibrate, patches: calibration.patches, prune: byOutput, holdZeros: checked.prune !== undefined }) };
}

function weightShape({ outChannels, input, groups, kernel }: FloatLayer): WeightShape {
  return { outChannels, groupInChannels: input.channels / groups, taps: kernel[0] * kernel[1] };
}

/** What the layer description declares: that lanes may select. */
function sparsityOf({ prune: pruning }: CheckedOptions): { n: number; m: number } | undefined {
  return pruning && 'n' in pruning ? { n: pruning.n, m: pruning.m } : undefined;
}

function checkPrunable({ prune: pruning, encoding }: CheckedOptions): void {
  if (!pruning || encoding.encoding === 'cp' || 'search' in encoding || representableValues(encoding).includes(0)) return;
  throw new ShiftloomError('usage', 'prune', 'needs a weight of zero, which the codebook does not have', 'Add the level 0');
}

/** Sums in real units, bias added; (O, positions) as `sums`. */
function realSums(layer: FloatLayer, sums: Float64Array, { count }: Patches, scale: number): Float64Array {
  return sums.map((sum, i) => sum * scale + layer.bias[Math.floor(i / count)]);
}

/** Calibrated weights bring a correction of the bias (outChannels), in weight times input units. */
type Quantized = QuantizedWeights & { readonly correction?: Float64Array; readonly cp?: CpWeights['cp']; readonly blocks?: LayerBlocks };

interface Assembled {
  readonly description: DescriptionToWrite;
  readonly tensors: CompressedLayer['tensors'];
  readonly factors: Factors;
}

function assemble(layer: FloatLayer, options: SettledOptions, inputs: LayerInputs, output: Required<ActivationFormat>, q: Quantized): Assembled {
  const { kernel, strides, pads, dilations, groups } = layer;
  const activation = integerActivation(layer.activation, output);
  const bias = integerBias(correctedBias(layer, q, inputs.format.scale), q.scale, inputs.format.scale);
  const factors = chooseFactors(layer, options, inputs, output, q, bias);
  const geometry = {
    kernel: [...kernel] as [number, number],
    strides: [...strides] as [number, number],
    pads: [...pads] as [number, number, number, number],
    dilations: [...dilations] as [number, number],
    groups,
  };
  const sparsity = sparsityOf(options);
  const common = {
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    name: layer.name,
    input: { ...layer.input, ...inputs.format },
    output: { channels: layer.outChannels, ...output },
    weights: q.cp?.weights ?? q.blocks?.encoding ?? options.encoding,
    ...(sparsity ? { sparsity } : {}),
    requantize: options.requantize,
    activation,
  } as const;
  const description = (layer.kind === 'conv2d' ? { kind: 'conv2d', ...common, ...geometry } : { kind: 'linear', ...common }) as DescriptionToWrite;
  const { multiplier, shift } = factors;
  return { description, tensors: { weight: q.weight, exponent: q.exponent, bias, multiplier, shift, ...(q.cp ? { factors: q.cp.factors } : {}), ...(q.blocks ? { blocks: q.blocks.tensors } : {}) }, factors };
}

/** The trained bias less the mean error of the outputs, where that is known. */
function correctedBias({ bias }: FloatLayer, { correction }: Quantized, inputScale: number): Float64Array {
  return correction ? bias.map((b, o) => b + inputScale * correction[o]) : bias;
}

function chooseFactors(
  layer: FloatLayer,
  options: SettledOptions,
  inputs: LayerInputs,
  output: Required<ActivationFormat>,
  q: QuantizedWeights,
  bias: Int32Array,
): Factors {
  if (q.shift) return powerOfTwoFactors(q.shift);
  const { requantize, commonShift } = options;
  const factors = q.scale.map((sw) => (sw * inputs.format.scale) / output.scale);
  const { bits, signed, zeroPoint } = inputs.format;
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const largestInput = Math.max(high - zeroPoint, zeroPoint - low);
  const perChannel = q.weight.length / layer.outChannels;
  const reach = factors.map((factor, o) => {
    const sum = q.weight.subarray(o * perChannel, (o + 1) * perChannel).reduce((s, w) => s + Math.abs(w), 0);
    return Math.min(2 ** output.bits, factor * (sum * largestInput + Math.abs(bias[o])));
  });
  return multiplierFactors(factors, reach, requantize.form === 'multiplier' ? requantize.bits : 1, commonShift === 'prefer');
}

function measure(
  layer: FloatLayer,
  options: SettledOptions,
  inputs: LayerInputs,
  output: Required<ActivationFormat>,
  q: Quantized,
  { description, tensors, factors }: Assembled,
  { patches, reference, calibratedOn, chosen }: { patches: Patches; reference: Float64Array; calibratedOn?: string; chosen?: ChosenBlocks },
): CompressionStats {
  const channelOf = (i: number) => Math.floor(i / patches.count);
  const sums = layerSums(layer, q.weight, patches).map((sum, i) => sum + tensors.bias[channelOf(i)]);
  const [low, high] = outputBounds({ channels: layer.outChannels, ...output }, description.activation);
  const real = sums.map((acc, i) => {
    const y = scaleAccumulator(acc, tensors.multiplier[channelOf(i)], tensors.shift[channelOf(i)]) + output.zeroPoint;
    return (Math.min(high, Math.max(low, y)) - output.zeroPoint) * output.scale;
  });
  return compressionStats({
    encoding: options.encoding,
    requantize: options.requantize,
    before: layer.weight,
    after: realWeights(q),
    groupInChannels: weightShape(layer).groupInChannels,
    sparsity: sparsityOf(options),
    exponents: (q.blocks?.tensors.exponent ?? q.exponent)?.length ?? 0,
    cp: q.cp,
    blocks: q.blocks && { ...q.blocks, outside: chosen!.outside },
    bias: tensors.bias,
    commonShift: factors.commonShift,
    outputScale: output.scale,
    sums: { reference, actual: sums.map((acc, i) => acc * q.scale[channelOf(i)] * inputs.format.scale) },
    outputs: { reference: reference.map((y) => activate(y, layer.activation)), actual: real },
    measuredOn: `${inputs.origin}, ${patches.count} of ${patches.of} output positions, after requantization`,
    calibratedOn,
  });
}

/** Quantized weights in real units; a loop, because layers of 40 million weights are measured too. */
function realWeights({ weight, scale }: QuantizedWeights): Float64Array {
  const perChannel = weight.length / scale.length;
  const real = new Float64Array(weight.length);
  for (let o = 0, i = 0; o < scale.length; o++) for (const end = i + perChannel; i < end; i++) real[i] = weight[i] * scale[o];
  return real;
}

function pruningText(pruning: CheckedOptions['prune']): string {
  if (!pruning) return '';
  const by = pruning.by === 'output' ? 'output error' : 'magnitude';
  if ('sqnrDb' in pruning) return `${by} pruning to ${pruning.sqnrDb} dB, `;
  const to = 'density' in pruning ? `to density ${pruning.density} per ${pruning.scope ?? 'layer'}` : `to ${pruning.n} of ${pruning.m} input channels`;
  return `${by} pruning ${to}, `;
}

function methodText({ encoding, prune: pruning, requantize }: CheckedOptions, { calibratedOn, cp, blocks }: CompressionStats): string {
  const scales = requantize.form === 'power_of_two' ? 'power-of-two scale' : 'scale';
  if (cp) {
    const by = calibratedOn === null ? 'weight error, no calibration' : `output error, calibrated on ${calibratedOn}, bias correction`;
    return `quantized alternating least squares, rank ${cp.rank}, seed ${cp.seed}, ${cp.iterations} iterations: ${by}`;
  }
  const pruned = blocks ? `${blocks.blocks} permuted block${blocks.blocks === 1 ? '' : 's'}, ` : pruningText(pruning);
  const levels = 'search' in encoding ? ', levels by dynamic programming' : '';
  if (calibratedOn === null) return `${pruned}${scales} of least squared weight error per output channel${levels}, no calibration`;
  return `${pruned}calibrated on ${calibratedOn}: ${scales} of least squared output error per output channel${levels}, error compensation, coordinate descent, bias correction`;
}

function compressionBlock(layer: FloatLayer, options: CheckedOptions, stats: CompressionStats): DescriptionToWrite['compression'] {
  const round = (value: number | null) => (value === null ? null : Number(value.toFixed(4)));
  return {
    method: methodText(options, stats),
    source: layer.source,
    weightSqnrDb: round(stats.weightSqnrDb),
    outputSqnrDb: round(stats.outputSqnrDb),
    outputSqnrOn: stats.outputSqnrOn,
    density: Number(stats.density.toFixed(6)),
    bitsPerWeight: Number(stats.bitsPerWeight.toFixed(4)),
    histogram: stats.histogram,
  };
}
