/**
 * The oracle for requantized outputs: ONNX Runtime's QLinearConv. It scales in single precision and rounds halves to even, so an
 * output may differ by one unit from ours, which rounds halves up; how often is worth knowing, more than one unit is an error.
 */
import { accumulatorBounds } from '../../generator/golden/accumulator_bounds.js';
import { outputBounds } from '../../generator/layer/layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { qLinearConvModel } from './onnx_model.js';
import type { ByteType } from './onnx_model.js';
import { bytes, channelsFirst, frameBatches } from './oracle.js';
import { runModel } from './ort_worker.js';
import type { Feeds } from './ort_worker.js';

/** Why QLinearConv cannot express the layer, or undefined if it can. */
export function notExpressible(layer: Layer): string | undefined {
  const { input, output } = layer.description;
  if (input.bits > 8) return `input activations of ${input.bits} bits; QLinearConv takes 8`;
  if (output.bits > 8) return `output activations of ${output.bits} bits; QLinearConv gives 8`;
  if (layer.tensors.weight.some((w) => w < -128 || w > 127)) return 'weights beyond int8';
  const { width } = accumulatorBounds(layer);
  if (width > 32) return `an accumulator of ${width} bits; QLinearConv has 32`;
  return undefined;
}

/**
 * Outputs (frames, outHeight, outWidth, outChannels) by QLinearConv, clamped to the layer's own bounds.
 * The layer must be expressible (`notExpressible`). With x_scale = y_scale = 1 the weight scale is multiplier / 2^shift, exact in
 * single precision. The operator wants one type for input and output: a differing input is moved by 128, zero point included.
 */
export async function oracleOutputs(layer: Layer, input: Int32Array): Promise<Int32Array> {
  const g = layer.geometry;
  const { output, activation } = layer.description;
  const type: ByteType = output.signed ? 'int8' : 'uint8';
  const model = qLinearConvModel(g, type);
  const bounds = outputBounds(output, activation);
  const frames = input.length / (g.inHeight * g.inWidth * g.inChannels);
  const outputs = new Int32Array(frames * g.outHeight * g.outWidth * g.outChannels);
  for (const batch of frameBatches(layer, input)) {
    const [result] = await runModel(model, [feeds(layer, batch.values, type, batch.frames)]);
    const target = outputs.subarray(batch.firstOutput, batch.firstOutput + batch.outputs);
    clampChannelsLast(target, result, g.outHeight * g.outWidth, g.outChannels, bounds);
  }
  return outputs;
}

/** (frames, C, H, W) to (frames, H, W, C), clamped. */
function clampChannelsLast(
  target: Int32Array,
  result: ArrayLike<number>,
  pixels: number,
  channels: number,
  bounds: readonly [number, number],
): void {
  const [low, high] = bounds;
  for (let at = 0; at < target.length; at++) {
    const channel = at % channels;
    const pixel = Math.floor(at / channels) % pixels;
    const frame = Math.floor(at / (channels * pixels));
    target[at] = Math.min(Math.max(result[(frame * channels + channel) * pixels + pixel], low), high);
  }
}

function feeds(layer: Layer, input: Int32Array, type: ByteType, frames: number): Feeds {
  const g = layer.geometry;
  const { description, tensors } = layer;
  const move = (type === 'int8' ? -128 : 0) - (description.input.signed ? -128 : 0);
  const moved = bytes(type, move === 0 ? input : input.map((x) => x + move));
  const scale = Float32Array.from(tensors.multiplier, (multiplier, o) => multiplier / 2 ** tensors.shift[o]);
  const one = { type: 'float32', dims: [], data: Float32Array.of(1) } as const;
  return {
    x: { type, dims: [frames, g.inChannels, g.inHeight, g.inWidth], data: channelsFirst(moved, g.inHeight * g.inWidth, g.inChannels) },
    x_scale: one,
    x_zero_point: { type, dims: [], data: bytes(type, Int32Array.of(description.input.zeroPoint + move)) },
    w: {
      type: 'int8',
      dims: [g.outChannels, g.groupInChannels, g.kernelHeight, g.kernelWidth],
      data: Int8Array.from(tensors.weight),
    },
    w_scale: { type: 'float32', dims: [g.outChannels], data: scale },
    w_zero_point: { type: 'int8', dims: [g.outChannels], data: new Int8Array(g.outChannels) },
    y_scale: one,
    y_zero_point: { type, dims: [], data: bytes(type, Int32Array.of(description.output.zeroPoint)) },
    b: { type: 'int32', dims: [g.outChannels], data: tensors.bias },
  };
}
