/** Layers of an ONNX model as float layer files: one, or all that the hardware can do. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ShiftloomError } from '../errors.js';
import { identifierOf } from '../import/bare_tensors.js';
import type { FloatLayer } from '../import/float_layer.js';
import { floatLayerFiles } from '../import/float_layer_file.js';
import type { ImportRequest } from '../import/importer.js';
import type { FoundLayer } from '../import/onnx/found_layer.js';
import { refusalText } from '../import/onnx/layers.js';
import { type OpenedModel, chooseLayer, noLayers, openOnnx, readOnnxLayer } from '../import/onnx/onnx_importer.js';
import { type StagedFile, writeStaged } from '../layer/files.js';
import { type FlowContext, breathe } from './context.js';
import { type CalibrationRequest, type ModelFrames, calibrationInputs, recordLayers } from './record_layers.js';

export interface ImportModelOptions {
  /** One layer by name, or all that can be imported. */
  readonly layer?: string;
  readonly all?: boolean;
  /** For one layer a folder or the file itself; for all a folder. */
  readonly out: string;
  readonly request?: ImportRequest;
  /** Frames for the model, of which the layers' inputs are recorded as calibration and sample. */
  readonly calibrate?: CalibrationRequest;
}

export interface ImportedLayer {
  readonly file: string;
  /** The layer without its large arrays. */
  readonly layer: Omit<FloatLayer, 'weight' | 'bias' | 'weightScale' | 'sample' | 'calibration'>;
  readonly weights: number;
  readonly sampleFrames: number;
  readonly calibrationFrames: number;
  /** Name in the model. */
  readonly from: string;
}

export interface ImportedModel {
  readonly layers: readonly ImportedLayer[];
  /** Layers that were left out, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Writes float layers of a model, all or nothing. With `all`, layers that the hardware can't do are left out and told; a model that
 * contradicts itself is refused.
 * @throws ShiftloomError naming file, node, attribute or tensor.
 */
export async function importModel(source: string, options: ImportModelOptions, context: FlowContext = {}): Promise<ImportedModel> {
  const { request = {}, calibrate } = options;
  const frames = calibrate ? await calibrationInputs(source, calibrate) : new Map<string, ModelFrames>();
  const model = await openOnnx(source, { ...shapesOfFrames(frames), ...request.inputShapes });
  const chosen = options.all ? importable(model) : [chooseLayer(model, options.layer)];
  const names = identifiers(chosen, request.name);
  const recorded = calibrate ? await recordLayers(source, chosen, frames, calibrate, context) : undefined;
  const imported: ImportedLayer[] = [];
  let made: string | undefined;
  async function* files(): AsyncGenerator<StagedFile> {
    for (const [i, found] of chosen.entries()) {
      context.onProgress?.({ stage: 'import', message: `${found.name} (${i + 1} of ${chosen.length})` });
      await breathe(context);
      const { inputFormat, ...recording } = recorded?.get(found) ?? {};
      const plain = await readOnnxLayer(model, found, { ...request, name: names[i], inputFormat: { ...inputFormat, ...request.inputFormat } });
      const layer = { ...plain, ...recording };
      const file = options.out.endsWith('.json') ? options.out : path.join(options.out, `${names[i]}.float.json`);
      if (i === 0) made = await makeFolder(path.dirname(file));
      yield* floatLayerFiles(file, layer);
      const { weight, bias: _bias, weightScale: _scale, sample, calibration, ...rest } = layer;
      imported.push({ file, layer: rest, weights: weight.length, sampleFrames: sample?.frames ?? 0, calibrationFrames: calibration?.frames ?? 0, from: found.name });
    }
  }
  try {
    await writeStaged(files());
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
  const skipped = options.all ? model.layers.filter((l) => !chosen.includes(l)) : [];
  return { layers: imported, skipped: skipped.map((l) => ({ name: l.name, reason: l.refusals.map(refusalText).join('; ') })) };
}

/** A run's shapes, as far as the frames say them; the batch is the model's, or 1. */
function shapesOfFrames(frames: ReadonlyMap<string, ModelFrames>): Record<string, readonly number[]> {
  return Object.fromEntries([...frames].map(([name, { shape, batch }]) => [name, [batch, ...shape.slice(1)]]));
}

/** Layers that can be imported. @throws ShiftloomError for a layer that contradicts itself, and if there is none. */
function importable({ path: file, layers }: OpenedModel): FoundLayer[] {
  for (const { node, refusals } of layers) {
    const wrong = refusals.find(({ code }) => code === 'input');
    if (wrong) throw new ShiftloomError('input', node.place, refusalText(wrong), wrong.wayOut);
  }
  const usable = layers.filter(({ refusals }) => refusals.length === 0);
  if (usable.length === 0) throw noLayers(file, layers);
  return usable;
}

/** An identifier for each layer, no two the same. */
function identifiers(layers: readonly FoundLayer[], given: string | undefined): string[] {
  if (given !== undefined && layers.length === 1) return [given];
  const used = new Set<string>();
  return layers.map(({ name }) => {
    const plain = identifierOf(name);
    let unique = plain;
    for (let n = 2; used.has(unique); n++) unique = `${plain.slice(0, 36)}_${n}`;
    used.add(unique);
    return unique;
  });
}

/** Makes a folder; returns the outermost that was not there before. */
async function makeFolder(folder: string): Promise<string | undefined> {
  return mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ShiftloomError('input', folder, `cannot be made (${error.code})`, 'Choose another folder with --out');
  });
}
