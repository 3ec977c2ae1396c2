/**
 * What a layer's factors would give without any rounding: the exact sums of the factors in place of recoded weights, outputs not rounded. The common measure for
 * stored, rebuilt and direct execution where the trained weights are not at hand.
 */
import { outputBounds, type Geometry, type Layer, type SampleFrames } from '../layer/layer.js';

/** (frames, height, width, channels) in output units, not rounded but clamped as outputs are. @param stages as `splitLayer` gives them */
export function exactOutputs(layer: Layer, stages: readonly Layer[], { frames, data }: SampleFrames): Float64Array {
  const { zeroPoint } = layer.description.input;
  let values: Float64Array = Float64Array.from(data, (x) => x - zeroPoint);
  for (const stage of stages) values = realConvolution(stage.geometry, stage.tensors.weight, values, frames);
  const { bias, multiplier, shift } = layer.tensors;
  const { recodeShift } = layer.factors!.tensors;
  const { output, activation } = layer.description;
  const [low, high] = outputBounds(output, activation);
  const channels = layer.geometry.outChannels;
  return values.map((sum, i) => {
    const o = i % channels;
    const y = ((sum / 2 ** recodeShift[o] + bias[o]) * multiplier[o]) / 2 ** shift[o] + output.zeroPoint;
    return Math.min(high, Math.max(low, y));
  });
}

/** 10 log10 of the reference's power (about the zero point) over the error's; null if there is no error. */
export function sqnrDb(reference: ArrayLike<number>, actual: ArrayLike<number>, zeroPoint = 0): number | null {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    signal += (reference[i] - zeroPoint) ** 2;
    noise += (reference[i] - actual[i]) ** 2;
  }
  return noise === 0 ? null : 10 * Math.log10(signal / noise);
}

/** A convolution in doubles, straight from its definition; weights of zero cost nothing. */
function realConvolution(g: Geometry, weight: Int32Array, input: Float64Array, frames: number): Float64Array {
  const out = new Float64Array(frames * g.outHeight * g.outWidth * g.outChannels);
  const taps = g.kernelHeight * g.kernelWidth;
  for (let o = 0; o < g.outChannels; o++) {
    const first = Math.floor(o / g.groupOutChannels) * g.groupInChannels;
    for (let at = 0; at < g.groupInChannels * taps; at++) {
      const w = weight[o * g.groupInChannels * taps + at];
      if (w !== 0) addTap(g, input, out, frames, o, first + Math.floor(at / taps), at % taps, w);
    }
  }
  return out;
}

/** Adds one weight times the inputs under it to all positions of an output channel. */
function addTap(g: Geometry, input: Float64Array, out: Float64Array, frames: number, o: number, channel: number, tap: number, w: number): void {
  const down = Math.floor(tap / g.kernelWidth) * g.dilationHeight - g.padTop;
  const right = (tap % g.kernelWidth) * g.dilationWidth - g.padLeft;
  for (let frame = 0; frame < frames; frame++) {
    for (let oy = 0; oy < g.outHeight; oy++) {
      const y = oy * g.strideHeight + down;
      if (y < 0 || y >= g.inHeight) continue;
      for (let ox = 0; ox < g.outWidth; ox++) {
        const x = ox * g.strideWidth + right;
        if (x < 0 || x >= g.inWidth) continue;
        out[((frame * g.outHeight + oy) * g.outWidth + ox) * g.outChannels + o] += w * input[((frame * g.inHeight + y) * g.inWidth + x) * g.inChannels + channel];
      }
    }
  }
}
