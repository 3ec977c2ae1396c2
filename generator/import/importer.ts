/** What an importer is: one file format, brought to float layers. A new format is one new file with an `Importer` and one line in `registry.ts`. */
import type { ActivationFormat, FloatActivation, FloatLayer } from './float_layer.js';
import type { WeightLayout } from './weight_layout.js';

/** One layer that a model file holds. */
export interface ModelLayer {
  /** Name inside the model; what `ImportRequest.layer` takes. */
  readonly name: string;
  /** `conv2d`, `linear`, or the model's own word for an operator that is not supported. */
  readonly kind: string;
  /** Shape of the kernel as the file has it. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** Why it can't be imported; absent if it can. */
  readonly refusal?: string;
  /** The same, one by one. */
  readonly refusals?: readonly Refusal[];
  /** Channels, height, width of the input and of the output map of one frame, where the file says them. */
  readonly input?: readonly [number, number, number];
  readonly output?: readonly [number, number, number];
  /** Multiply-accumulates of one frame. */
  readonly macs?: number;
  /** The model's own word for the layer. */
  readonly operator?: string;
  /** Nodes of the graph that become part of the layer: batch normalization, activation, quantization. */
  readonly fused?: readonly string[];
  /** Whether the file has integer weights with their scales, and the formats of the layer's input and output. */
  readonly quantized?: boolean;
}

/** What keeps a layer from being imported. */
export interface Refusal {
  /** `input`: the model contradicts itself. `unsupported`: the model is right, the hardware can't do it. */
  readonly code: 'input' | 'unsupported';
  /** The attribute, input or operator by name. */
  readonly what: string;
  readonly why: string;
  readonly wayOut: string;
}

/** What a model file holds besides its layers. */
export interface ModelListing {
  readonly format: string;
  readonly layers: readonly ModelLayer[];
  /** Inputs of the model, open dimensions as a name or `?`. */
  readonly inputs?: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  /** Operators that are part of no layer, with how many there are of each. */
  readonly operators?: readonly { readonly operator: string; readonly count: number; readonly note: string }[];
}

/** Which layer to import, and what the file does not say. Values given here win over those of the file. */
export interface ImportRequest {
  /** Name inside the model; may be left out if the file holds one layer. */
  readonly layer?: string;
  /** Name of the bias tensor in a file of bare tensors; found by custom (`weights` -> `bias`, `biases`) if left out. */
  readonly bias?: string;
  /** Identifier of the new layer; made from the layer's name if left out. */
  readonly name?: string;
  /** Height, width of the input map; the channels come from the kernel. */
  readonly inputSize?: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly groups?: number;
  readonly activation?: FloatActivation;
  readonly inputFormat?: Partial<ActivationFormat>;
  readonly outputFormat?: Partial<ActivationFormat>;
  readonly weightLayout?: WeightLayout;
  /** .npy file of input frames: floats in real units, integers in input units. */
  readonly samplePath?: string;
  /** .npy file of recorded input frames for calibrated compression, of the same form. */
  readonly calibrationPath?: string;
  /** Shapes of a model's inputs (or of any value in it) by name, for dimensions that the file leaves open. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
}

export interface Importer {
  /** Short name of the format, for messages and lists. */
  readonly format: string;
  /** Whether a file is of this format, by its name and its first bytes (up to 4096). */
  accepts(path: string, head: Uint8Array): boolean;
  /** Layers of a model, in file order. @throws ShiftloomError('input') if the file is broken. */
  list(path: string): Promise<ModelLayer[]>;
  /** One layer. @throws ShiftloomError naming what is wrong with the file or missing in the request. */
  read(path: string, request: ImportRequest): Promise<FloatLayer>;
  /** Layers with what else the file holds, for formats that have more than tensors. @throws as `list`. */
  describe?(path: string, request: ImportRequest): Promise<ModelListing>;
}
