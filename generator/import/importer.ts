/**
 * What an importer is: one file format, brought to float layers. A new format (ONNX) is one new file with an `Importer`
 * and one line in `registry.ts`.
 */
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
}
