/**
 * Smallest and largest accumulator of every output channel over all inputs, and the width that holds them,
 * docs/number_formats.md "Accumulation". Written apart from the planner's computation, so that each can check the other.
 */
import { integerRange } from '../layer/layer.js';
import type { Geometry, Layer } from '../layer/layer.js';

export interface AccumulatorBounds {
  /** (outChannels): smallest accumulator, bias included. */
  readonly low: Float64Array;
  /** (outChannels): largest accumulator, bias included. */
  readonly high: Float64Array;
  /** Smallest two's complement width that holds them all, in bits. */
  readonly width: number;
}

/**
 * Exact bounds: an output pixel whose window hangs over the border has fewer live taps, so each distinct set of
 * live kernel rows and columns is looked at. (With the input's zero point inside its range the pixel with the most taps decides.)
 */
export function accumulatorBounds(layer: Layer): AccumulatorBounds {
  const g = layer.geometry;
  const rowSets = liveTaps(g.outHeight, g.strideHeight, g.padTop, g.kernelHeight, g.dilationHeight, g.inHeight);
  const columnSets = liveTaps(g.outWidth, g.strideWidth, g.padLeft, g.kernelWidth, g.dilationWidth, g.inWidth);
  const low = new Float64Array(g.outChannels).fill(Infinity);
  const high = new Float64Array(g.outChannels).fill(-Infinity);
  for (let o = 0; o < g.outChannels; o++) {
    const taps = tapBounds(layer, o);
    for (const rows of rowSets) {
      for (const columns of columnSets) {
        const [lo, hi] = sumOverTaps(g, taps, rows, columns);
        low[o] = Math.min(low[o], layer.tensors.bias[o] + lo);
        high[o] = Math.max(high[o], layer.tensors.bias[o] + hi);
      }
    }
  }
  return { low, high, width: widthOf(low, high) };
}

/** The distinct sets of kernel indices that meet the input along one axis, over all output positions. */
function liveTaps(out: number, stride: number, pad: number, kernel: number, dilation: number, size: number): number[][] {
  const sets = new Map<string, number[]>();
  for (let position = 0; position < out; position++) {
    const live: number[] = [];
    for (let k = 0; k < kernel; k++) {
      const at = position * stride - pad + k * dilation;
      if (at >= 0 && at < size) live.push(k);
    }
    sets.set(live.join(), live);
  }
  return [...sets.values()];
}

interface TapBounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** For output channel `o`, the extremes of the sum over input channels at each kernel position. */
function tapBounds(layer: Layer, o: number): TapBounds {
  const g = layer.geometry;
  const { bits, signed, zeroPoint } = layer.description.input;
  const [smallest, largest] = integerRange(bits, signed).map((x) => x - zeroPoint);
  const taps = g.kernelHeight * g.kernelWidth;
  const low = new Float64Array(taps);
  const high = new Float64Array(taps);
  for (let ic = 0; ic < g.groupInChannels; ic++) {
    for (let tap = 0; tap < taps; tap++) {
      const w = layer.tensors.weight[(o * g.groupInChannels + ic) * taps + tap];
      low[tap] += Math.min(w * smallest, w * largest);
      high[tap] += Math.max(w * smallest, w * largest);
    }
  }
  return { low, high };
}

function sumOverTaps(g: Geometry, taps: TapBounds, rows: number[], columns: number[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const ky of rows) {
    for (const kx of columns) {
      low += taps.low[ky * g.kernelWidth + kx];
      high += taps.high[ky * g.kernelWidth + kx];
    }
  }
  return [low, high];
}

/** The smallest W with -2^(W-1) <= low and high <= 2^(W-1) - 1 for all channels; at least 1. */
function widthOf(low: Float64Array, high: Float64Array): number {
  let width = 1;
  for (let o = 0; o < low.length; o++) {
    while (low[o] < -(2 ** (width - 1)) || high[o] > 2 ** (width - 1) - 1) width++;
  }
  return width;
}
