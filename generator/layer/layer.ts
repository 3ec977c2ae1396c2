/**
 * A layer in memory: the checked description, its geometry worked out once, and its integer tensors.
 * `linear` is the 1x1 convolution on a 1x1 map; from here on only `Geometry` is looked at.
 */
import type { Activation, BlockPermutedEncoding, CpEncoding, LayerDescription } from './schema.js';

/** Convolution geometry with the meaning of ONNX Conv (opset 11): pads are top, left, bottom, right. */
export interface Geometry {
  readonly inChannels: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly padBottom: number;
  readonly padRight: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly groups: number;
  /** Input channels of one group, inChannels / groups. */
  readonly groupInChannels: number;
  /** Output channels of one group, outChannels / groups. */
  readonly groupOutChannels: number;
}

/** Integer tensors, row-major. All values are exact integers. */
export interface LayerTensors {
  /** (outChannels, groupInChannels, kernelHeight, kernelWidth): integer weights in units of the smallest digit. */
  readonly weight: Int32Array;
  /** `bpot` only: (outChannels, ceil(groupInChannels / groupSize), kernelHeight, kernelWidth): group exponents. */
  readonly exponent?: Int32Array;
  /** (outChannels): added to the accumulator, in accumulator units. */
  readonly bias: Int32Array;
  /** (outChannels): requantization multiplier; all 1 in the power-of-two form. */
  readonly multiplier: Int32Array;
  /** (outChannels): requantization shift, 0..47. */
  readonly shift: Int32Array;
}

/** Integer tensors of a `cp` layer's weights, row-major. */
export interface FactorTensors {
  /** (blocks, rank, outChannels / blocks). */
  readonly output: Int32Array;
  /** (blocks, rank, groupInChannels). */
  readonly input: Int32Array;
  /** Form `spatial`: (blocks, rank, kernelHeight, kernelWidth). */
  readonly kernel?: Int32Array;
  /** Form `separable`: (blocks, rank, kernelHeight) and (blocks, rank, kernelWidth). */
  readonly kernelRow?: Int32Array;
  readonly kernelColumn?: Int32Array;
  /** (outChannels): what a sum is divided by before recoding, as a power of two, 0..31. */
  readonly recodeShift: Int32Array;
  /** (n, 3): row-major position in the weight tensor, ascending; sign, 1 or -1; shift. */
  readonly residual?: Int32Array;
}

/** Integer tensors of a `block_permuted` layer's weights. A matrix row of a block belongs to one output, a column to one input. */
export interface BlockTensors {
  /** (in): the input indices, block after block. */
  readonly inputOrder: Int32Array;
  /** (out): the output indices, block after block. */
  readonly outputOrder: Int32Array;
  /** (blocks): inputs of each block, each at least 1. */
  readonly inputSizes: Int32Array;
  /** (blocks): outputs of each block, each at least 1. */
  readonly outputSizes: Int32Array;
  /** (n), flat: block after block, each row-major (outputs of the block, inputs of the block). */
  readonly weight: Int32Array;
  /** Values `bpot` only, flat: block after block, each (outputs of the block, ceil(inputs of the block / groupSize)). */
  readonly exponent?: Int32Array;
}

/** What a `cp` layer's integer weights were expanded from. */
export interface LayerFactors {
  readonly weights: CpEncoding;
  readonly tensors: FactorTensors;
}

/** What a `block_permuted` layer's dense weights were expanded from. */
export interface LayerBlocks {
  readonly encoding: BlockPermutedEncoding;
  readonly tensors: BlockTensors;
}

/** Input frames (frames, H, W, C), integers. */
export interface SampleFrames {
  readonly frames: number;
  readonly data: Int32Array;
}

/** A layer ready for everything: `description.weights` is a scalar encoding and the integer weights are there. */
export interface Layer {
  readonly description: LayerDescription;
  readonly geometry: Geometry;
  readonly tensors: LayerTensors;
  /** Only if the file stores factors; `description.weights` is then their `recode` and `tensors` hold the recoded weights. */
  readonly factors?: LayerFactors;
  /**
   * Only if the file stores blocks; `description.weights` is then the encoding of their values, `tensors.weight` the dense matrix in natural
   * order with zeros outside of the blocks, and `tensors.exponent` absent.
   */
  readonly blocks?: LayerBlocks;
  /** Input frames that came with the layer, if any. */
  readonly sample?: SampleFrames;
}

/** Tensors as a file has them: integer weights, for encoding `cp` factors, for encoding `block_permuted` blocks. */
export interface StoredTensors extends Omit<LayerTensors, 'weight' | 'exponent'>, Partial<Pick<LayerTensors, 'weight' | 'exponent'>> {
  readonly factors?: FactorTensors;
  readonly blocks?: BlockTensors;
}

/** A layer as its file has it. */
export interface StoredLayer {
  readonly description: LayerDescription;
  readonly geometry: Geometry;
  readonly tensors: StoredTensors;
  readonly sample?: SampleFrames;
}

/** Geometry of a description. Output size: floor((in + pads - dilation * (kernel - 1) - 1) / stride) + 1, as in ONNX. */
export function geometryOf(d: LayerDescription): Geometry {
  const conv =
    d.kind === 'conv2d'
      ? d
      : { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };
  const [kernelHeight, kernelWidth] = conv.kernel;
  const [strideHeight, strideWidth] = conv.strides;
  const [padTop, padLeft, padBottom, padRight] = conv.pads;
  const [dilationHeight, dilationWidth] = conv.dilations;
  const spanHeight = dilationHeight * (kernelHeight - 1) + 1;
  const spanWidth = dilationWidth * (kernelWidth - 1) + 1;
  return {
    inChannels: d.input.channels,
    inHeight: d.input.height,
    inWidth: d.input.width,
    outChannels: d.output.channels,
    outHeight: Math.floor((d.input.height + padTop + padBottom - spanHeight) / strideHeight) + 1,
    outWidth: Math.floor((d.input.width + padLeft + padRight - spanWidth) / strideWidth) + 1,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    padTop,
    padLeft,
    padBottom,
    padRight,
    dilationHeight,
    dilationWidth,
    groups: conv.groups,
    groupInChannels: d.input.channels / conv.groups,
    groupOutChannels: d.output.channels / conv.groups,
  };
}

/** Multiply-accumulates of one frame, zero padding counted as work (the field's convention). */
export function macsOf(g: Geometry): number {
  return g.outHeight * g.outWidth * g.outChannels * g.groupInChannels * g.kernelHeight * g.kernelWidth;
}

/** Smallest and largest integer of a bits/signed format. */
export function integerRange(bits: number, signed: boolean): readonly [number, number] {
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** Smallest and largest output value: the output type's range met with the activation's bounds. */
export function outputBounds(output: LayerDescription['output'], activation: Activation): readonly [number, number] {
  const [low, high] = integerRange(output.bits, output.signed);
  if (activation.kind === 'relu') return [Math.max(low, output.zeroPoint), high];
  if (activation.kind === 'clip') return [Math.max(low, activation.min), Math.min(high, activation.max)];
  return [low, high];
}
