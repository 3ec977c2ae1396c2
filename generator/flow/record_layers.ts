/** Calibration frames and samples of layers, recorded in one pass over the inputs of their model. */
import { ShiftloomError } from '../errors.js';
import type { ActivationFormat, InputFrames } from '../import/float_layer.js';
import type { FoundLayer } from '../import/onnx/found_layer.js';
import { type DeclaredShape, type GraphInput, OnnxGraph } from '../import/onnx/graph.js';
import { readModel } from '../import/onnx/model.js';
import { formatFor, framesOf } from '../import/onnx/recorded.js';
import { declaredText } from '../import/onnx/values.js';
import { transpose } from '../import/onnx/arrays.js';
import { readNpy } from '../layer/npy.js';
import { type Tensor, shapeText } from '../layer/tensor.js';
import type { FlowContext } from './context.js';
import { recordActivations } from './record_activations.js';

export interface CalibrationRequest {
  /** .npy files of frames by the name of the model's input; `''` stands for the only one. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Order of four-dimensional frames; by their shape if left out, `NCHW` where both would fit. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Frames to record at most, a seeded choice; default all that fit 512 MiB. */
  readonly frames?: number;
  /** Frames that become the sample and are kept out of the calibration. Default 2. */
  readonly sampleFrames?: number;
  readonly seed?: number;
}

/** Frames for an input of the model, (N, ...), and how many of them the model takes in a run. */
export interface ModelFrames extends Tensor {
  readonly batch: number;
}

export interface LayerRecording {
  readonly calibration: InputFrames;
  readonly sample: InputFrames;
  readonly inputFormat: Partial<ActivationFormat>;
}

/**
 * The frames of a calibration request, as the model takes them: (N, ...).
 * @throws ShiftloomError('usage' or 'input') for a missing input, a name that the model does not have, a shape that does not fit.
 */
export async function calibrationInputs(path: string, { inputs, layout }: CalibrationRequest): Promise<Map<string, ModelFrames>> {
  const graph = new OnnxGraph(await readModel(path));
  const frames = new Map<string, ModelFrames>();
  for (const [name, file] of Object.entries(inputs)) {
    const input = name === '' && graph.inputs.length === 1 ? graph.inputs[0] : graph.inputs.find((i) => i.name === name);
    if (!input) {
      const what = name === '' ? 'needs the name of an input, as in --calibrate NAME=FILE' : `names '${name}', which is no input of the model`;
      throw new ShiftloomError('usage', '--calibrate', what, `Its inputs: ${graph.inputs.map((i) => i.name).join(', ')}`);
    }
    const batch = input.shape?.[0];
    frames.set(input.name, { ...inModelOrder(await readNpy(file), input, layout, file), batch: typeof batch === 'number' ? batch : 1 });
  }
  const missing = graph.inputs.find(({ name }) => !frames.has(name));
  if (missing) throw new ShiftloomError('usage', '--calibrate', `gives nothing for the input '${missing.name}'`, `As in: --calibrate '${missing.name}=inputs.npy'`);
  return frames;
}

/** Frames in the order of the model's input; one frame may come without its first axis. */
function inModelOrder(tensor: Tensor, { name, shape }: GraphInput, layout: CalibrationRequest['layout'], file: string): Tensor {
  const rank = shape?.length ?? tensor.shape.length;
  const frames = tensor.shape.length === rank - 1 ? { ...tensor, shape: [1, ...tensor.shape] } : tensor;
  const fits = (found: readonly number[]) => found.length === rank && (shape ?? []).every((n, i) => i === 0 || typeof n !== 'number' || n === found[i]);
  const turned = [0, 3, 1, 2];
  const asIs = fits(frames.shape);
  const lastToFirst = frames.shape.length === 4 && fits(turned.map((axis) => frames.shape[axis]));
  if (layout !== 'NHWC' && asIs) return frames;
  if (layout !== 'NCHW' && lastToFirst) return transpose(frames, turned);
  const order = rank === 4 ? ` in the order ${layout ?? 'NCHW or NHWC'}` : '';
  throw new ShiftloomError('input', file, `has shape ${shapeText(tensor.shape)}; the model's input '${name}' is ${declaredText(shape as DeclaredShape)}${order}, N frames`);
}

/**
 * Records the inputs of layers. The sample's frames are held out of the calibration where there are frames enough.
 * @throws ShiftloomError as `recordActivations`.
 */
export async function recordLayers(
  path: string, layers: readonly FoundLayer[], inputs: ReadonlyMap<string, Tensor>, request: CalibrationRequest, context: FlowContext,
): Promise<Map<FoundLayer, LayerRecording>> {
  const names = [...new Set(layers.map(({ input }) => input!.value))];
  const { values } = await recordActivations(path, names, inputs, { runs: request.frames, seed: request.seed }, context);
  return new Map(layers.map((found) => {
    const all = framesOf(found, values.get(found.input!.value)!);
    return [found, { ...heldOut(all, request.sampleFrames ?? 2), inputFormat: formatFor(found.input!, all.values) }];
  }));
}

function heldOut(all: InputFrames, sampleFrames: number): { sample: InputFrames; calibration: InputFrames } {
  const count = Math.min(sampleFrames, all.frames);
  const size = all.values.length / all.frames;
  const sample = { frames: count, values: all.values.slice(0, count * size) };
  if (all.frames < 2 * count) return { sample, calibration: all };
  return { sample, calibration: { frames: all.frames - count, values: all.values.slice(count * size) } };
}
