/**
 * A trained layer before compression: geometry, float weights and bias, and what is known about the quantization of its
 * input and output. Every importer ends in this type; `compress` starts from it.
 */
import { ShiftloomError } from '../errors.js';

/** How activations are stored: real value = scale * (integer - zeroPoint). `scale` may be left to be found from a sample. */
export interface ActivationFormat {
  /** 1 to 16. */
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
  readonly scale?: number;
}

/** What follows the sum, in real units. */
export type FloatActivation =
  | { readonly kind: 'none' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number };

/** Input frames of a layer. */
export interface InputFrames {
  readonly frames: number;
  /** (frames, height, width, channels): Float32Array in real units, Int32Array in units of `inputFormat`. */
  readonly values: Float32Array | Int32Array;
}

export interface FloatLayer {
  /** Lower-case identifier, `[a-z][a-z0-9_]{0,39}`; becomes the prefix of emitted modules. */
  readonly name: string;
  readonly kind: 'conv2d' | 'linear';
  /** The input map; height and width are 1 for `linear`. */
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  readonly outChannels: number;
  /** Height, width; [1, 1] for `linear`. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right, as in ONNX. */
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
  /** (outChannels, channels / groups, kernelHeight, kernelWidth), row-major, finite. */
  readonly weight: Float32Array | Float64Array;
  /**
   * (outChannels): weights that are integers times these, as another quantizer left them. An encoding that can spell the integers of a
   * channel keeps them as they are.
   */
  readonly weightScale?: Float64Array;
  /** (outChannels), real units. */
  readonly bias: Float64Array;
  readonly activation: FloatActivation;
  readonly inputFormat: ActivationFormat;
  /** Missing parts are chosen by `compress`. */
  readonly outputFormat?: Partial<ActivationFormat>;
  /** Frames that are simulated, and on which errors are measured. */
  readonly sample?: InputFrames;
  /** Recorded frames that calibrated compression learns from; better not those of the sample. */
  readonly calibration?: InputFrames;
  /** Where the layer comes from, for people; recorded in the compressed description. */
  readonly source?: string;
}

export const plainGeometry = {
  strides: [1, 1],
  pads: [0, 0, 0, 0],
  dilations: [1, 1],
  groups: 1,
} as const;

/**
 * Checks what the types can't say: lengths, groups, finite values, an output of at least one pixel.
 * @throws ShiftloomError('input') with the values and the way out.
 */
export function checkFloatLayer(layer: FloatLayer, place: string): void {
  const { input, groups, outChannels, kernel } = layer;
  const fail = (where: string, message: string, wayOut = ''): never => {
    throw new ShiftloomError('input', `${place} ${where}`, message, wayOut);
  };
  if (input.channels % groups !== 0 || outChannels % groups !== 0) {
    fail('$.groups', `${groups} groups do not divide ${input.channels} input and ${outChannels} output channels`);
  }
  const count = outChannels * (input.channels / groups) * kernel[0] * kernel[1];
  if (layer.weight.length !== count) fail('weight', `has ${layer.weight.length} values, the geometry needs ${count}`);
  if (layer.bias.length !== outChannels) fail('bias', `has ${layer.bias.length} values for ${outChannels} output channels`);
  if (layer.weightScale && (layer.weightScale.length !== outChannels || layer.weightScale.some((scale) => !(scale > 0)))) {
    fail('weight_scale', `has ${layer.weightScale.length} values, the least ${Math.min(...layer.weightScale)}; ${outChannels} numbers above 0 are needed`);
  }
  checkFinite(layer.weight, `${place} weight`);
  checkFinite(layer.bias, `${place} bias`);
  checkOutputSize(layer, place);
  for (const key of ['sample', 'calibration'] as const) {
    const given = layer[key];
    if (!given) continue;
    const needed = given.frames * input.height * input.width * input.channels;
    const found = given.values.length;
    if (found !== needed || found === 0) fail(key, `has ${found} values, ${given.frames} frames need ${needed}`);
    checkFinite(given.values, `${place} ${key}`);
  }
}

function checkFinite(values: ArrayLike<number>, place: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new ShiftloomError('input', place, `value ${i} is ${values[i]}; finite numbers are needed`);
  }
}

function checkOutputSize(layer: FloatLayer, place: string): void {
  const { kernel, dilations, pads, input } = layer;
  const sides = [
    ['height', input.height + pads[0] + pads[2], dilations[0] * (kernel[0] - 1) + 1],
    ['width', input.width + pads[1] + pads[3], dilations[1] * (kernel[1] - 1) + 1],
  ] as const;
  for (const [side, size, span] of sides) {
    if (size < span) {
      throw new ShiftloomError('input', `${place} $.kernel`, `spans ${span} in ${side}, the padded input has ${size}: no output`, 'Raise pads or the input size');
    }
  }
}
