/**
 * Golden convolution: accumulators and outputs of a layer on integer frames, written from docs/number_formats.md.
 *
 * Sums run in doubles, which is exact up to 2^53 (checked, not assumed). Patches of the input are gathered into rows that
 * lie in memory like the packed weights, so that the inner loop is a plain dot product whatever the geometry.
 */
import { ShiftloomError } from '../errors.js';
import { integerRange, outputBounds } from '../layer/layer.js';
import type { Geometry, Layer } from '../layer/layer.js';
import { requantizeValues } from './requantize.js';

export interface GoldenResult {
  /** (frames, outHeight, outWidth, outChannels): exact accumulators, bias included. */
  readonly accumulators: Float64Array;
  /** (frames, outHeight, outWidth, outChannels): requantized outputs. */
  readonly outputs: Int32Array;
}

/** Output channels and pixels that the inner loop handles at once. */
const CHANNEL_BLOCK = 4;
const PIXEL_BLOCK = 2;
/** Patch values gathered at once: 512 KiB of doubles, so that a tile stays in the second-level cache. */
const PATCH_VALUES = 65536;

/** One frame: `input` is (inHeight, inWidth, inChannels), integers of the input format. Errors as in `goldenRun`. */
export function goldenConvolution(layer: Layer, input: Int32Array): GoldenResult {
  return goldenRun(layer, input, 1);
}

/**
 * `count` frames, `frames` is (count, inHeight, inWidth, inChannels).
 * Throws `input` if the length or a value does not fit the layer, `unsupported` if a sum could leave the exact range.
 */
export function goldenRun(layer: Layer, frames: Int32Array, count: number): GoldenResult {
  checkFrames(layer, frames, count);
  checkExact(layer);
  const accumulators = accumulate(layer, frames, count);
  const { output, activation } = layer.description;
  const outputs = requantizeValues(accumulators, {
    multiplier: layer.tensors.multiplier,
    shift: layer.tensors.shift,
    zeroPoint: output.zeroPoint,
    bounds: outputBounds(output, activation),
  });
  return { accumulators, outputs };
}

function checkFrames(layer: Layer, frames: Int32Array, count: number): void {
  const { inHeight, inWidth, inChannels } = layer.geometry;
  const expected = count * inHeight * inWidth * inChannels;
  const place = `layer ${layer.description.name}`;
  if (frames.length !== expected) {
    throw new ShiftloomError(
      'input',
      place,
      `${frames.length} input values for ${count} frames of ${inHeight} x ${inWidth} x ${inChannels} (H, W, C), which need ${expected}`,
    );
  }
  const { bits, signed } = layer.description.input;
  const [low, high] = integerRange(bits, signed);
  const wrong = frames.findIndex((x) => x < low || x > high);
  if (wrong >= 0) {
    throw new ShiftloomError('input', place, `input value ${frames[wrong]} at index ${wrong} is outside ${low}..${high}`);
  }
}

/** Every partial sum, in any order, must be an exact double. */
function checkExact(layer: Layer): void {
  const { bits, signed, zeroPoint } = layer.description.input;
  const [low, high] = integerRange(bits, signed);
  const largestInput = Math.max(Math.abs(low - zeroPoint), Math.abs(high - zeroPoint));
  const { weight, bias } = layer.tensors;
  const perChannel = weight.length / bias.length;
  for (let o = 0; o < bias.length; o++) {
    let sum = 0;
    for (let i = o * perChannel; i < (o + 1) * perChannel; i++) sum += Math.abs(weight[i]);
    const bound = sum * largestInput + Math.abs(bias[o]);
    if (bound > Number.MAX_SAFE_INTEGER) {
      throw new ShiftloomError(
        'unsupported',
        `layer ${layer.description.name}`,
        `output channel ${o} can sum up to ${bound}, beyond 2^53`,
        'Use fewer activation bits or smaller weights',
      );
    }
  }
}

function accumulate(layer: Layer, frames: Int32Array, count: number): Float64Array {
  const { outChannels } = layer.geometry;
  const { weight, bias } = layer.tensors;
  const centred = Float64Array.from(frames, (x) => x - layer.description.input.zeroPoint);
  const accumulators = sumsOfProducts(layer.geometry, weight, centred, count);
  for (let i = 0; i < accumulators.length; i++) accumulators[i] += bias[i % outChannels];
  return accumulators;
}

/**
 * The convolution's sums without bias, in doubles; what lies in the padding counts zero.
 * @param weight (outChannels, groupInChannels, kernelHeight, kernelWidth)
 * @param centred (count, inHeight, inWidth, inChannels), the zero point taken off
 * @returns (count, outHeight, outWidth, outChannels)
 */
export function sumsOfProducts(g: Geometry, weight: ArrayLike<number>, centred: Float64Array, count: number): Float64Array {
  const length = g.kernelHeight * g.kernelWidth * g.groupInChannels;
  const packed = packWeights(g, weight);
  const framePixels = g.outHeight * g.outWidth;
  const pixels = count * framePixels;
  const sums = new Float64Array(pixels * g.outChannels);
  const tile = Math.max(PIXEL_BLOCK, PIXEL_BLOCK * Math.floor(PATCH_VALUES / length / PIXEL_BLOCK));
  const patches = new Float64Array(tile * length);
  for (let first = 0; first < pixels; first += tile) {
    const used = Math.min(tile, pixels - first);
    for (let group = 0; group < g.groups; group++) {
      patches.fill(0);
      for (let p = 0; p < used; p++) {
        const frame = Math.floor((first + p) / framePixels);
        gatherPatch(g, centred, frame, (first + p) % framePixels, group, patches, p * length);
      }
      const target = { values: sums, offset: first * g.outChannels + group * g.groupOutChannels, stride: g.outChannels };
      multiplyTile(packed, group * paddedChannels(g) * length, patches, length, used, g.groupOutChannels, target);
    }
  }
  return sums;
}

/** Output channels of a group, rounded up to whole channel blocks. */
function paddedChannels(g: Geometry): number {
  return CHANNEL_BLOCK * Math.ceil(g.groupOutChannels / CHANNEL_BLOCK);
}

/** (groups, padded output channels, kernelHeight, kernelWidth, group input channels); the padding is zero. */
function packWeights(g: Geometry, weight: ArrayLike<number>): Float64Array {
  const taps = g.kernelHeight * g.kernelWidth;
  const length = taps * g.groupInChannels;
  const packed = new Float64Array(g.groups * paddedChannels(g) * length);
  for (let o = 0; o < g.outChannels; o++) {
    const row = Math.floor(o / g.groupOutChannels) * paddedChannels(g) + (o % g.groupOutChannels);
    for (let ic = 0; ic < g.groupInChannels; ic++) {
      const source = (o * g.groupInChannels + ic) * taps;
      for (let tap = 0; tap < taps; tap++) packed[row * length + tap * g.groupInChannels + ic] = weight[source + tap];
    }
  }
  return packed;
}

/** Copies the input values under one output pixel; positions in the padding stay as they are, zero. */
function gatherPatch(
  g: Geometry,
  centred: Float64Array,
  frame: number,
  pixel: number,
  group: number,
  patches: Float64Array,
  offset: number,
): void {
  const top = Math.floor(pixel / g.outWidth) * g.strideHeight - g.padTop;
  const left = (pixel % g.outWidth) * g.strideWidth - g.padLeft;
  const channels = g.groupInChannels;
  let target = offset;
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    const y = top + ky * g.dilationHeight;
    for (let kx = 0; kx < g.kernelWidth; kx++, target += channels) {
      const x = left + kx * g.dilationWidth;
      if (y < 0 || y >= g.inHeight || x < 0 || x >= g.inWidth) continue;
      const source = ((frame * g.inHeight + y) * g.inWidth + x) * g.inChannels + group * channels;
      for (let ic = 0; ic < channels; ic++) patches[target + ic] = centred[source + ic];
    }
  }
}

/** Dot products of `pixels` patch rows with the packed rows of one group, four channels and two pixels at a time. */
function multiplyTile(
  packed: Float64Array,
  firstRow: number,
  patches: Float64Array,
  length: number,
  pixels: number,
  channels: number,
  sums: { readonly values: Float64Array; readonly offset: number; readonly stride: number },
): void {
  const block = new Float64Array(CHANNEL_BLOCK * PIXEL_BLOCK);
  for (let o = 0; o < channels; o += CHANNEL_BLOCK) {
    for (let p = 0; p < pixels; p += PIXEL_BLOCK) {
      multiplyBlock(packed, firstRow + o * length, patches, p * length, length, block);
      const pixelCount = Math.min(PIXEL_BLOCK, pixels - p);
      const channelCount = Math.min(CHANNEL_BLOCK, channels - o);
      for (let j = 0; j < pixelCount; j++) {
        const target = sums.offset + (p + j) * sums.stride + o;
        for (let i = 0; i < channelCount; i++) sums.values[target + i] = block[j * CHANNEL_BLOCK + i];
      }
    }
  }
}

/** The inner loop, unrolled by hand: two thirds of a load per product, and sums that stay in registers. */
function multiplyBlock(w: Float64Array, row: number, x: Float64Array, patch: number, length: number, block: Float64Array): void {
  let a0 = 0, a1 = 0, a2 = 0, a3 = 0;
  let b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  const row1 = row + length;
  const row2 = row1 + length;
  const row3 = row2 + length;
  const nextPatch = patch + length;
  for (let i = 0; i < length; i++) {
    const w0 = w[row + i], w1 = w[row1 + i], w2 = w[row2 + i], w3 = w[row3 + i];
    const xa = x[patch + i], xb = x[nextPatch + i];
    a0 += w0 * xa; a1 += w1 * xa; a2 += w2 * xa; a3 += w3 * xa;
    b0 += w0 * xb; b1 += w1 * xb; b2 += w2 * xb; b3 += w3 * xb;
  }
  block[0] = a0; block[1] = a1; block[2] = a2; block[3] = a3;
  block[4] = b0; block[5] = b1; block[6] = b2; block[7] = b3;
}
