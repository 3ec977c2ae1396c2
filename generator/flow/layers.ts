/** Opening layer files for the flow, with a hint where a file is of another stage. */
import { ShiftloomError } from '../errors.js';
import type { FloatLayer } from '../import/float_layer.js';
import { readFloatLayer } from '../import/float_layer_file.js';
import { FLOAT_LAYER_FORMAT } from '../import/float_layer_schema.js';
import { readJson } from '../layer/json_text.js';
import type { Layer } from '../layer/layer.js';
import { readLayer } from '../expand/read_layer.js';
import { LAYER_FORMAT } from '../layer/schema.js';

/**
 * Reads a compressed layer file.
 * @throws ShiftloomError as `readLayer`; for a float layer it says to compress it first
 */
export async function openLayer(path: string): Promise<Layer> {
  if ((await formatOf(path)) === FLOAT_LAYER_FORMAT) {
    throw new ShiftloomError('input', path, 'is a float layer', `Compress it first: shiftloom compress ${path} --encoding bpot --out DIR`);
  }
  return readLayer(path);
}

/**
 * Reads a float layer file.
 * @throws ShiftloomError as `readFloatLayer`; a compressed layer is refused as such
 */
export async function openFloatLayer(path: string): Promise<FloatLayer> {
  if (/\.(onnx|safetensors|npy)$/.test(path)) {
    throw new ShiftloomError('input', path, 'is a model or tensor file, not a float layer', `Import it first: shiftloom import ${path} --help`);
  }
  if ((await formatOf(path)) === LAYER_FORMAT) {
    throw new ShiftloomError('input', path, 'is compressed already', `Generate from it: shiftloom generate ${path} --out DIR`);
  }
  return readFloatLayer(path);
}

/** True for a float layer file, false for any other. @throws ShiftloomError if it is not there or not JSON */
export async function isFloatLayer(path: string): Promise<boolean> {
  return (await formatOf(path)) === FLOAT_LAYER_FORMAT;
}

async function formatOf(path: string): Promise<unknown> {
  const value = await readJson(path);
  return typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
}
