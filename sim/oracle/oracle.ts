/**
 * The oracle: ONNX Runtime computes a layer's accumulators with ConvInteger (`conv2d`) or MatMulInteger (`linear`).
 *
 * These operators take 8-bit operands. Wider activations or weights are split into parts, run separately and added up again, which
 * is exact: with x = xl + 256 xh, zx = zl + 256 zh and w = wl + 128 wh, the sum of w * (x - zx) is that of the four products of
 * parts with their scales, and padding with a part's own zero point gives 0 in every part.
 */
import { ShiftloomError } from '../../generator/errors.js';
import type { Geometry, Layer } from '../../generator/layer/layer.js';
import { convIntegerModel, matMulIntegerModel } from './onnx_model.js';
import type { ByteType } from './onnx_model.js';
import { runModel } from './ort_worker.js';
import type { Feeds } from './ort_worker.js';

/** One byte-wide share of an operand: the operand is the sum over parts of `scale * value`. */
export interface Part {
  readonly type: ByteType;
  readonly scale: number;
  readonly values: Uint8Array | Int8Array;
  /** The part's zero point; 0 for weights. */
  readonly zeroPoint: number;
}

export interface FrameBatch {
  /** (frames, inHeight, inWidth, inChannels). */
  readonly values: Int32Array;
  readonly frames: number;
  /** Where the batch's outputs start among those of all frames, and how many there are. */
  readonly firstOutput: number;
  readonly outputs: number;
}

/** Frames are run in batches of at most about this many input or output values, to bound the runtime's memory. */
const BATCH_VALUES = 4_000_000;

/**
 * Accumulators (frames, outHeight, outWidth, outChannels) by ONNX Runtime, bias included; `input` is
 * (frames, inHeight, inWidth, inChannels). Throws `unsupported` if a part's sum could overflow the runtime's int32.
 */
export async function oracleAccumulators(layer: Layer, input: Int32Array): Promise<Float64Array> {
  const g = layer.geometry;
  const weights = weightParts(layer.tensors.weight);
  checkParts(layer, weights);
  const frames = input.length / (g.inHeight * g.inWidth * g.inChannels);
  const accumulators = new Float64Array(frames * g.outHeight * g.outWidth * g.outChannels);
  for (let i = 0; i < accumulators.length; i++) accumulators[i] = layer.tensors.bias[i % g.outChannels];
  for (const batch of frameBatches(layer, input)) {
    const sums = accumulators.subarray(batch.firstOutput, batch.firstOutput + batch.outputs);
    for (const part of inputParts(layer, batch.values)) await addPart(layer, part, weights, batch.frames, sums);
  }
  return accumulators;
}

/** Whole frames, in order, as many at a time as the runtime's memory allows. */
export function* frameBatches(layer: Layer, input: Int32Array): Generator<FrameBatch> {
  const g = layer.geometry;
  const frameValues = g.inHeight * g.inWidth * g.inChannels;
  const frameOutputs = g.outHeight * g.outWidth * g.outChannels;
  const most = Math.max(1, Math.floor(BATCH_VALUES / Math.max(frameValues, frameOutputs)));
  for (let first = 0; first * frameValues < input.length; first += most) {
    const values = input.subarray(first * frameValues, (first + most) * frameValues);
    const frames = values.length / frameValues;
    yield { values, frames, firstOutput: first * frameOutputs, outputs: frames * frameOutputs };
  }
}

/** Activations of up to 8 bits as they are; wider ones as an unsigned low byte and a high byte with the sign. */
export function inputParts(layer: Layer, values: Int32Array): Part[] {
  const { bits, signed, zeroPoint } = layer.description.input;
  const high: ByteType = signed ? 'int8' : 'uint8';
  if (bits <= 8) return [{ type: high, scale: 1, values: bytes(high, values), zeroPoint }];
  return [
    { type: 'uint8', scale: 1, values: bytes('uint8', values.map((x) => x & 255)), zeroPoint: zeroPoint & 255 },
    { type: high, scale: 256, values: bytes(high, values.map((x) => x >> 8)), zeroPoint: zeroPoint >> 8 },
  ];
}

/** Weights as one int8 part if they fit, otherwise 7 bits at a time from the bottom, the last part with the sign. */
export function weightParts(weight: Int32Array): Part[] {
  const parts: Part[] = [];
  let rest = weight;
  let scale = 1;
  while (rest.some((w) => w < -128 || w > 127)) {
    parts.push({ type: 'int8', scale, values: bytes('int8', rest.map((w) => w & 127)), zeroPoint: 0 });
    rest = rest.map((w) => w >> 7);
    scale *= 128;
  }
  return [...parts, { type: 'int8', scale, values: bytes('int8', rest), zeroPoint: 0 }];
}

export function bytes(type: ByteType, values: Int32Array): Uint8Array | Int8Array {
  return type === 'uint8' ? Uint8Array.from(values) : Int8Array.from(values);
}

/** (frames, H, W, C) to (frames, C, H, W). */
export function channelsFirst<T extends Uint8Array | Int8Array>(values: T, pixels: number, channels: number): T {
  const moved = values.slice() as T;
  for (let start = 0; start < values.length; start += pixels * channels) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) moved[start + c * pixels + p] = values[start + p * channels + c];
    }
  }
  return moved;
}

/** A byte part and a byte difference multiply to less than 2^15.99; how many of them fit int32 depends on the weights. */
function checkParts(layer: Layer, weights: readonly Part[]): void {
  const channels = layer.geometry.outChannels;
  const perChannel = layer.tensors.weight.length / channels;
  for (const { values } of weights) {
    for (let o = 0; o < channels; o++) {
      let sum = 0;
      for (let i = o * perChannel; i < (o + 1) * perChannel; i++) sum += Math.abs(values[i]);
      if (sum * 255 <= 2 ** 31 - 1) continue;
      throw new ShiftloomError(
        'unsupported',
        `layer ${layer.description.name}`,
        `output channel ${o} can sum up to ${sum * 255} in ONNX Runtime, whose accumulator has 32 bits`,
        'Compare with the golden model alone',
      );
    }
  }
}

async function addPart(layer: Layer, input: Part, weights: readonly Part[], frames: number, sums: Float64Array): Promise<void> {
  const g = layer.geometry;
  const linear = layer.description.kind === 'linear';
  const model = linear ? matMulIntegerModel(input.type) : convIntegerModel(g, input.type);
  const runs = weights.map((part) => (linear ? matMulFeeds(g, input, part) : convolutionFeeds(g, input, part, frames)));
  const results = await runModel(model, runs);
  results.forEach((result, i) => {
    const scale = input.scale * weights[i].scale;
    if (linear) for (let at = 0; at < sums.length; at++) sums[at] += scale * result[at];
    else addChannelsFirst(sums, result, scale, g.outHeight * g.outWidth, g.outChannels);
  });
}

function convolutionFeeds(g: Geometry, input: Part, weight: Part, frames: number): Feeds {
  return {
    x: {
      type: input.type,
      dims: [frames, g.inChannels, g.inHeight, g.inWidth],
      data: channelsFirst(input.values, g.inHeight * g.inWidth, g.inChannels),
    },
    w: { type: 'int8', dims: [g.outChannels, g.groupInChannels, g.kernelHeight, g.kernelWidth], data: weight.values },
    x_zero_point: { type: input.type, dims: [], data: bytes(input.type, Int32Array.of(input.zeroPoint)) },
  };
}

/** Each pixel is a row; the weights (outChannels, inChannels) are turned into (inChannels, outChannels). */
function matMulFeeds(g: Geometry, input: Part, weight: Part): Feeds {
  return {
    a: { type: input.type, dims: [input.values.length / g.inChannels, g.inChannels], data: input.values },
    b: { type: 'int8', dims: [g.inChannels, g.outChannels], data: channelsFirst(weight.values, g.outChannels, g.inChannels) },
    a_zero_point: { type: input.type, dims: [], data: bytes(input.type, Int32Array.of(input.zeroPoint)) },
  };
}

function addChannelsFirst(sums: Float64Array, result: ArrayLike<number>, scale: number, pixels: number, channels: number): void {
  for (let start = 0; start < sums.length; start += pixels * channels) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) sums[start + p * channels + c] += scale * result[start + c * pixels + p];
    }
  }
}
