/**
 * What a layer's factors would give without any rounding: the exact sums of the factors in place of recoded weights, outputs not rounded. The common measure for
 * stored, rebuilt and direct execution where the trained weights are not at hand.
 */
import { sumsOfProducts } from '../golden/convolution.js';
import { outputBounds, type Layer, type SampleFrames } from '../layer/layer.js';

/** (frames, height, width, channels) in output units, not rounded but clamped as outputs are. @param stages as `splitLayer` gives them */
export function exactOutputs(layer: Layer, stages: readonly Layer[], { frames, data }: SampleFrames): Float64Array {
  const { zeroPoint } = layer.description.input;
  let values: Float64Array = Float64Array.from(data, (x) => x - zeroPoint);
  for (const stage of stages) values = sumsOfProducts(stage.geometry, stage.tensors.weight, values, frames);
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
