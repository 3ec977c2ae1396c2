/** All importers, and the choice of one by a file's name and first bytes. */
import { open } from 'node:fs/promises';
import { ShiftloomError } from '../errors.js';
import { accessError } from '../layer/files.js';
import { manifestImporter, npyImporter, safetensorsImporter } from './bare_tensors.js';
import type { FloatLayer } from './float_layer.js';
import { floatLayerImporter } from './float_layer_importer.js';
import type { ImportRequest, Importer, ModelLayer, ModelListing } from './importer.js';
import { onnxImporter } from './onnx/onnx_importer.js';

/** Asked in this order; the first that accepts a file reads it. */
export const importers: readonly Importer[] = [floatLayerImporter, manifestImporter, safetensorsImporter, npyImporter, onnxImporter];

/** @throws ShiftloomError('input') if the file is missing or of no known format. */
export async function importerFor(path: string): Promise<Importer> {
  const head = await readHead(path);
  const importer = importers.find((i) => i.accepts(path, head));
  if (importer) return importer;
  throw new ShiftloomError('input', path, 'is of no format that is imported', `Known formats: ${importers.map((i) => i.format).join(', ')}`);
}

/** Layers of a model file. @throws ShiftloomError as `importerFor` and the importer's `list`. */
export async function listModel(path: string): Promise<ModelLayer[]> {
  return (await importerFor(path)).list(path);
}

/** Layers of a model file and what else it holds. @throws ShiftloomError as `listModel`. */
export async function describeModel(path: string, request: ImportRequest = {}): Promise<ModelListing> {
  const importer = await importerFor(path);
  return importer.describe ? importer.describe(path, request) : { format: importer.format, layers: await importer.list(path) };
}

/** Imports one layer of a model file. @throws ShiftloomError as `importerFor` and the importer's `read`. */
export async function importLayer(path: string, request: ImportRequest = {}): Promise<FloatLayer> {
  return (await importerFor(path)).read(path, request);
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw accessError(path, error);
  }
}
