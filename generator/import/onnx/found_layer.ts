/** A layer as it is found in the graph, before its tensors are read. */
import type { FloatActivation, FloatLayer } from '../float_layer.js';
import type { Refusal } from '../importer.js';
import type { OnnxNode } from './node.js';

/** Geometry in the words of a float layer. */
export type LayerGeometry = Pick<FloatLayer, 'kind' | 'input' | 'outChannels' | 'kernel' | 'strides' | 'pads' | 'dilations' | 'groups'>;

/**
 * How a value's elements become frames of (height, width, channels): `channels_first` (N, C, H, W), `channels_last` (N, ..., C), or
 * `columns` (C, N), the A of a Gemm with transA.
 */
export type FrameOrder = 'channels_first' | 'channels_last' | 'columns';

/** The value that a layer computes from. */
export interface LayerInput {
  /** Name in the graph; what is recorded for calibration. */
  readonly value: string;
  readonly order: FrameOrder;
  /** Number of TensorProto.DataType, 0 if not known: integers are recorded in input units. */
  readonly type: number;
  /** What the model says of its quantization. `scale` is missing where it is found while the model runs. */
  readonly format: { readonly bits: number; readonly signed: boolean; readonly zeroPoint: number; readonly scale?: number };
  /** Whether the model quantizes this value: its format then holds and is not to be chosen anew from recordings. */
  readonly quantized: boolean;
  /** Whether the model finds scale and zero point while it runs. */
  readonly dynamic?: boolean;
}

/** Factor and addend of each output channel, multiplied into weights and bias. */
export interface Affine {
  readonly factor: Float64Array;
  readonly addend: Float64Array;
}

/** What stands behind the sum and becomes part of the layer. */
export interface Followers {
  /** Folds into factor and addend, in the order in which they are applied. */
  readonly folds: readonly ((affine: Affine) => Promise<void>)[];
  readonly activation: FloatActivation;
  readonly outputFormat?: FloatLayer['outputFormat'];
  /** Value behind the last node that was taken in. */
  readonly value: string;
  /** Nodes that were taken in, for people: `BatchNormalization 'bn1'`. */
  readonly fused: readonly string[];
}

export interface FoundLayer {
  readonly name: string;
  readonly node: OnnxNode;
  readonly operator: string;
  /** Shape of the weights as the file has them; empty if they are not known. */
  readonly weightShape: readonly number[];
  readonly parameters: number;
  readonly macs?: number;
  readonly geometry?: LayerGeometry;
  readonly input?: LayerInput;
  readonly followers?: Followers;
  /** Nodes in front of the layer that became part of it. */
  readonly absorbed: readonly string[];
  readonly refusals: readonly Refusal[];
}
