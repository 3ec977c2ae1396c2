/** From recorded values of the graph to input frames of a layer, and to the format that holds them. */
import { ShiftloomError } from '../../errors.js';
import { type NumericArray, shapeText } from '../../layer/tensor.js';
import type { ActivationFormat, InputFrames } from '../float_layer.js';
import type { FoundLayer, LayerInput } from './found_layer.js';

/** A value of the graph over several runs of the model. */
export interface Recording {
  /** Shape in one run. */
  readonly shape: readonly number[];
  readonly runs: number;
  /** (runs, ...shape). 16-bit floats arrive as float32, 64-bit integers as exact float64. */
  readonly values: NumericArray;
  readonly integer: boolean;
}

/**
 * Frames (N, H, W, C) of a layer's input: real values, or input units where the model quantizes this input.
 * @throws ShiftloomError('input') if the value had another shape than the layer's geometry says.
 */
export function framesOf(found: FoundLayer, recording: Recording): InputFrames {
  const { channels, height, width } = found.geometry!.input;
  const { order } = found.input!;
  const size = channels * height * width;
  const perRun = recording.values.length / recording.runs;
  const spatial = order !== 'channels_first' || recording.shape.slice(1).join() === [channels, height, width].join();
  if (!spatial || perRun % size !== 0) {
    throw new ShiftloomError('input', found.node.place, `was given an input of shape ${shapeText(recording.shape)} in the run; ${channels} x ${height} x ${width} was worked out`, 'Give the shape of the model\'s input: --input-shape');
  }
  const values = recording.integer ? new Int32Array(recording.values.length) : new Float32Array(recording.values.length);
  // Channels first: a frame is (C, positions). Columns: a run is (C, frames). Both are turned; rows are frames as they are.
  const positions = order === 'channels_first' ? height * width : order === 'columns' ? perRun / channels : 1;
  for (let start = 0; start < values.length; start += positions * channels) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < positions; p++) values[start + p * channels + c] = recording.values[start + c * positions + p];
    }
  }
  return { frames: values.length / size, values };
}

/**
 * The input format that holds recorded values: the model's own where it quantizes the input; the smallest scale otherwise, unsigned if
 * nothing is negative. Dynamic quantization spreads its 8 bits from the least to the largest value, zero included.
 */
export function formatFor({ format, quantized, dynamic }: LayerInput, values: InputFrames['values']): Partial<ActivationFormat> {
  if (quantized) return format;
  let least = 0;
  let most = 0;
  for (const x of values) {
    if (x < least) least = x;
    if (x > most) most = x;
  }
  const { bits } = format;
  if (dynamic) {
    const scale = (most - least) / (2 ** bits - 1) || 1;
    return { bits, signed: false, zeroPoint: Math.round(-least / scale), scale };
  }
  const signed = least < 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return { bits, signed, zeroPoint: 0, scale: Math.max(most, -least) / high || 1 };
}
