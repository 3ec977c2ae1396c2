/** Reading a compressed layer description with its tensors: everything is checked before anything is built from it. */
import { dirname, resolve } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { checkAgainst } from './explain.js';
import { frameCount } from './frames.js';
import { integers } from './integer_values.js';
import { readJson } from './json_text.js';
import { type SampleFrames, type StoredLayer, geometryOf, integerRange } from './layer.js';
import { readNpy } from './npy.js';
import { checkRules } from './rules.js';
import { readSafetensors } from './safetensors.js';
import { type LayerDescription, layerSchema } from './schema.js';
import type { Tensor } from './tensor.js';
import { checkNames, checkTensors } from './tensor_rules.js';

/**
 * Reads a layer file (`*.layer.json`) and the tensors it names, relative to its own folder, as they are; `expand/read_layer.ts` also expands factors and blocks.
 * @throws ShiftloomError('input') naming file, JSON path or tensor, value and what is allowed.
 */
export async function readStoredLayer(path: string): Promise<StoredLayer> {
  const description = parseDescription(await readJson(path), path);
  const geometry = geometryOf(description);
  const tensors = checkTensors(description, geometry, await loadTensors(description, path), path);
  return { description, geometry, tensors, sample: await readSample(description, path) };
}

/**
 * Checks a description by itself, defaults filled in; tensors are not looked at.
 * @throws ShiftloomError as `readLayer`.
 */
export function parseDescription(value: unknown, place: string): LayerDescription {
  const description = checkAgainst(layerSchema, value, place);
  checkRules(description, place);
  return description;
}

async function loadTensors(d: LayerDescription, path: string): Promise<Map<string, Tensor>> {
  const folder = dirname(path);
  if (typeof d.tensors === 'string') {
    needEnding(d.tensors, '.safetensors', `${path} $.tensors`, 'a .safetensors file, or an object from tensor name to .npy file');
    return readSafetensors(resolve(folder, d.tensors));
  }
  const entries = Object.entries(d.tensors);
  checkNames(d, entries.map(([name]) => name), path);
  for (const [name, file] of entries) needEnding(file, '.npy', `${path} $.tensors.${name}`, 'a .npy file');
  const read = entries.map(async ([name, file]) => [name, await readNpy(resolve(folder, file))] as const);
  return new Map(await Promise.all(read));
}

function needEnding(file: string, ending: string, place: string, allowed: string): void {
  if (!file.endsWith(ending)) throw new ShiftloomError('input', place, `is ${JSON.stringify(file)}; allowed: ${allowed}`);
}

async function readSample(d: LayerDescription, path: string): Promise<SampleFrames | undefined> {
  if (d.sample === undefined) return undefined;
  needEnding(d.sample, '.npy', `${path} $.sample`, 'a .npy file');
  const samplePath = resolve(dirname(path), d.sample);
  const tensor = await readNpy(samplePath);
  const frames = frameCount(tensor, d.input, samplePath);
  const range = integerRange(d.input.bits, d.input.signed);
  return { frames, data: integers(tensor, tensor.shape, range, samplePath) };
}
