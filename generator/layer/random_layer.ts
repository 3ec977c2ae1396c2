/**
 * Random layers for checks: deterministic for a seed, small enough that simulating the Verilog takes seconds, and covering
 * what the schema allows in shapes, encodings, number formats and requantization.
 */
import { Random } from './random.js';
import { SCALAR_ENCODINGS, randomEncoding, randomWeights } from './random_weights.js';
import type { ScalarEncodingName } from './random_weights.js';
import { representableValues } from './representable.js';
import { randomRequantization } from './random_requantization.js';
import { geometryOf, integerRange, macsOf } from './layer.js';
import type { Layer } from './layer.js';
import { randomSparsity } from './random_sparsity.js';
import { LAYER_FORMAT, LUT_WEIGHT_BITS, SCHEMA_VERSION, layerSchema } from './schema.js';
import type { Activation, Encoding, LayerDescription, Requantize, ScalarEncoding } from './schema.js';

export interface RandomLayerOptions {
  /** Encodings to choose from; default all scalar ones. */
  readonly encodings?: readonly ScalarEncodingName[];
  /** Layer kinds to choose from; default both, `linear` in one case of eight. */
  readonly kinds?: readonly ('conv2d' | 'linear')[];
  /** Most multiply-accumulates of a frame; default 200,000. */
  readonly maxMacs?: number;
  /** Most output values of a frame; default 3,000. */
  readonly maxOutputs?: number;
}

export interface RandomLanes {
  /** Output channels, input channels and output pixels in parallel. */
  readonly oc: number;
  readonly ic: number;
  readonly pixel: number;
  readonly kind: 'lut' | 'dsp';
  /** Given only where the layer declares a sparsity. */
  readonly select?: boolean;
  /** The last so many output channels on packed DSP48E1; even. */
  readonly dsp?: number;
  /** Blocks at once of a block-permuted layer; absent: 1. */
  readonly blocks?: number;
  /** Absent: resident. */
  readonly weights?: 'streamed';
  /** Output rows of a band of streamed weights; absent: as many as the ring can hold. */
  readonly band?: number;
}

const MAX_MACS = 200_000;
const MAX_OUTPUTS = 3_000;
const MAX_INPUTS = 8_000;
/** Structure has draws of its own, so that all else of a seed's layer is the same with and without it. */
const SPARSITY_SEED = 0x5ca1e;
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 31, 37];

/** The layer of a seed. Equal seeds and options give equal layers on every machine. */
export function randomLayer(seed: number, options: RandomLayerOptions = {}): Layer {
  const random = new Random(seed);
  const encoding = randomEncoding(random, random.pick(options.encodings ?? SCALAR_ENCODINGS));
  const description = randomDescription(random, `random_${seed}`, encoding, options);
  const geometry = geometryOf(description);
  const { weight, exponent } = randomWeights(random, geometry, encoding);
  const sparsity = randomSparsity(new Random(seed + SPARSITY_SEED), geometry, weight, encoding);
  const requantization = randomRequantization(random, description, geometry, weight);
  return { description: sparsity ? { ...description, sparsity } : description, geometry, tensors: { weight, ...(exponent ? { exponent } : {}), ...requantization } };
}

/** A description with the given encoding; everything else is drawn. */
export function randomDescription(random: Random, name: string, encoding: Encoding, options: RandomLayerOptions = {}): LayerDescription {
  const output = randomFormat(random);
  return drawDescription(random, options, output, {
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    name,
    weights: encoding,
    requantize: randomForm(random),
    activation: randomActivation(random, output),
    tensors: `${name}.safetensors`,
  });
}

/**
 * `frames` input frames (frames, H, W, C) for a layer. Most frames are uniform noise; some are all minimum, all maximum,
 * the two in turn, or the zero point with a few other values.
 */
export function randomInput(layer: Layer, frames: number, seed: number): Int32Array {
  const random = new Random(seed);
  const { bits, signed, zeroPoint } = layer.description.input;
  const [low, high] = integerRange(bits, signed);
  const { inHeight, inWidth, inChannels } = layer.geometry;
  const length = inHeight * inWidth * inChannels;
  const data = new Int32Array(frames * length);
  for (let frame = 0; frame < frames; frame++) {
    const pattern = random.pick(['noise', 'noise', 'noise', 'noise', 'noise', 'low', 'high', 'alternating', 'sparse'] as const);
    for (let i = 0; i < length; i++) {
      const noise = random.integer(low, high);
      const values = { noise, low, high, alternating: i % 2 === 0 ? low : high, sparse: random.chance(0.1) ? noise : zeroPoint };
      data[frame * length + i] = values[pattern];
    }
  }
  return data;
}

/**
 * Small lane counts for a layer: often 1, often not dividing the channels, now and then more than there are.
 * DSP lanes only where the weights are `uniform`, and always where they have more bits than LUT lanes take. In one case of three some or all
 * output channels in pairs, where two weights fit a DSP48E1.
 */
export function randomLanes(layer: Layer, seed: number): RandomLanes {
  const random = new Random(seed);
  const { groupOutChannels, groupInChannels, outHeight, outWidth } = layer.geometry;
  const upTo = (available: number, most: number) => {
    if (random.chance(0.2)) return 1;
    return random.integer(1, random.chance(0.1) ? most : Math.min(available, most));
  };
  const lanes: RandomLanes = {
    oc: upTo(groupOutChannels, 8),
    ic: upTo(groupInChannels, 8),
    pixel: upTo(outHeight * outWidth, 4),
    kind: randomKind(layer.description.weights, random),
  };
  const { sparsity } = layer.description;
  const placed = random.chance(0.3) ? { ...lanes, ...randomBands(outHeight, random) } : lanes;
  if (!sparsity && fitsPairs(layer) && random.chance(1 / 3)) {
    const oc = lanes.oc === 1 ? 2 : lanes.oc;
    const most = Math.floor(oc / 2);
    return { ...placed, oc, dsp: 2 * (random.chance(0.3) ? most : random.integer(1, most)) };
  }
  if (!sparsity || random.chance(0.15)) return sparsity ? { ...placed, select: false } : placed;
  // Mostly a multiple of n, so that the lanes can select.
  if (random.chance(0.1)) return placed;
  const selecting = { ...placed, ic: sparsity.n * Math.ceil(lanes.ic / sparsity.n), select: true };
  if (!fitsPixelPairs(layer, sparsity.m) || random.chance(0.5)) return selecting;
  return { ...selecting, pixel: 2 * Math.ceil(lanes.pixel / 2), dsp: random.chance(0.3) ? lanes.oc : random.integer(1, lanes.oc) };
}

/** Small layers fit into one band, so that the number of rows is mostly given. */
function randomBands(outHeight: number, random: Random): Pick<RandomLanes, 'weights' | 'band'> {
  return { weights: 'streamed', ...(random.chance(0.7) ? { band: random.integer(1, outHeight) } : {}) };
}

function randomKind(weights: Encoding, random: Random): RandomLanes['kind'] {
  if (weights.encoding !== 'uniform') return 'lut';
  return weights.bits > LUT_WEIGHT_BITS || random.chance(0.5) ? 'dsp' : 'lut';
}

/** Whether two weights and an activation surely fit one DSP48E1: twice the weight's bits beside the activation's. */
function fitsPairs({ description: { weights, input } }: Layer): boolean {
  if (weights.encoding === 'csd' || weights.encoding === 'cp' || weights.encoding === 'block_permuted') return false;
  if (weights.encoding === 'uniform' && weights.bits > LUT_WEIGHT_BITS) return false;
  return 2 * weightBits(weights) + input.bits <= 24;
}

/** The same for two activations and a weight, where lanes select; exponents must not differ within a block. */
function fitsPixelPairs({ description: { weights, input } }: Layer, m: number): boolean {
  if (weights.encoding === 'csd' || weights.encoding === 'cp' || weights.encoding === 'block_permuted') return false;
  if (weights.encoding === 'uniform' && weights.bits > LUT_WEIGHT_BITS) return false;
  if (weights.encoding === 'bpot' && weights.groupSize % m !== 0) return false;
  return 2 * (1 + input.bits) + weightBits(weights) <= 24;
}

/** Two's complement bits of an encoding's weights, without group exponents. */
function weightBits(weights: ScalarEncoding): number {
  const values = representableValues(weights, 0);
  return 1 + Math.ceil(Math.log2(Math.max(-values[0], values[values.length - 1] + 1)));
}

/** Draws shapes until one is within the limits; the draw leans to small sizes, so that is soon. */
function drawDescription(random: Random, options: RandomLayerOptions, output: RandomFormat, common: object): LayerDescription {
  const { maxMacs = MAX_MACS, maxOutputs = MAX_OUTPUTS } = options;
  const kind = options.kinds === undefined ? (random.chance(1 / 8) ? 'linear' : 'conv2d') : random.pick(options.kinds);
  const input = randomFormat(random);
  for (;;) {
    const shape = kind === 'linear' ? drawLinear(random) : drawConvolution(random);
    const description = layerSchema.parse({
      ...common,
      ...shape,
      input: { ...shape.input, ...input },
      output: { ...shape.output, ...output },
    });
    const g = geometryOf(description);
    if (g.outHeight < 1 || g.outWidth < 1 || macsOf(g) > maxMacs) continue;
    if (g.outHeight * g.outWidth * g.outChannels > maxOutputs || g.inHeight * g.inWidth * g.inChannels > MAX_INPUTS) continue;
    return description;
  }
}

function drawLinear(random: Random) {
  return {
    kind: 'linear',
    input: { channels: random.chance(0.5) ? random.integer(1, 300) : drawChannels(random) },
    output: { channels: random.chance(0.5) ? random.integer(1, 120) : drawChannels(random) },
  };
}

function drawConvolution(random: Random) {
  const kernel = [drawKernel(random), drawKernel(random)];
  if (random.chance(0.6)) kernel[1] = kernel[0];
  const dilations = [1, 2].map(() => (random.chance(0.75) ? 1 : random.integer(2, 3)));
  const strides = [1, 2].map(() => (random.chance(0.5) ? 1 : random.integer(1, 4)));
  const span = [0, 1].map((axis) => dilations[axis] * (kernel[axis] - 1) + 1);
  const same = random.chance(0.3);
  const wide = random.chance(0.03) ? 2 : 0;
  const drawPad = (axis: number) => (same ? Math.floor(span[axis] / 2) : random.chance(0.4) ? 0 : random.integer(0, span[axis] - 1)) + wide;
  const { groups, groupIn, groupOut } = drawGroups(random);
  return {
    kind: 'conv2d',
    input: { channels: groups * groupIn, height: random.integer(1, 20), width: random.integer(1, 20) },
    output: { channels: groups * groupOut },
    kernel,
    strides,
    pads: [drawPad(0), drawPad(1), drawPad(0), drawPad(1)],
    dilations,
    groups,
  };
}

function drawKernel(random: Random): number {
  return random.chance(0.75) ? random.pick([1, 1, 2, 3, 3, 3, 5]) : random.integer(1, 11);
}

function drawChannels(random: Random): number {
  const kind = random.integer(0, 2);
  if (kind === 0) return random.integer(1, 9);
  return kind === 1 ? random.pick(PRIMES) : random.pick([4, 8, 12, 16, 24, 32, 48, 64]);
}

/** One group, depthwise (with one or two outputs for each channel), or a few groups of a few channels. */
function drawGroups(random: Random): { groups: number; groupIn: number; groupOut: number } {
  const kind = random.fraction();
  if (kind < 0.6) return { groups: 1, groupIn: drawChannels(random), groupOut: drawChannels(random) };
  if (kind < 0.78) return { groups: drawChannels(random), groupIn: 1, groupOut: random.pick([1, 1, 1, 2, 3]) };
  return { groups: random.integer(2, 5), groupIn: random.integer(1, 9), groupOut: random.integer(1, 9) };
}

interface RandomFormat {
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
}

function randomFormat(random: Random): RandomFormat {
  const bits = random.chance(0.5) ? 8 : random.integer(1, 16);
  const signed = random.chance(0.4);
  const [low, high] = integerRange(bits, signed);
  return { bits, signed, zeroPoint: random.chance(0.4) ? 0 : random.integer(low, high) };
}

function randomForm(random: Random): Requantize {
  return random.chance(0.3) ? { form: 'power_of_two' } : { form: 'multiplier', bits: random.chance(0.6) ? 16 : random.integer(1, 17) };
}

function randomActivation(random: Random, output: RandomFormat): Activation {
  const kind = random.pick(['none', 'none', 'relu', 'clip'] as const);
  const [low, high] = integerRange(output.bits, output.signed);
  /** `relu` with the zero point at the top would leave one output value. */
  if (kind === 'relu' && output.zeroPoint < high) return { kind };
  if (kind !== 'clip') return { kind: 'none' };
  const min = random.integer(low, high - 1);
  return { kind, min, max: random.integer(min + 1, high) };
}
