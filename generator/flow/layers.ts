/** Opening a layer file for the flow, with a hint where the file is of an earlier stage. */
import { ShiftloomError } from '../errors.js';
import { FLOAT_LAYER_FORMAT } from '../import/float_layer_schema.js';
import { readJson } from '../layer/json_text.js';
import type { Layer } from '../layer/layer.js';
import { readLayer } from '../layer/read.js';

/**
 * Reads a compressed layer file.
 * @throws ShiftloomError as `readLayer`; for a float layer it says to compress it first
 */
export async function openLayer(path: string): Promise<Layer> {
  const value = await readJson(path);
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format === FLOAT_LAYER_FORMAT) {
    throw new ShiftloomError('input', path, 'is a float layer', `Compress it first: shiftloom compress ${path} --encoding bpot`);
  }
  return readLayer(path);
}
