/**
 * Weights in the TensorFlow.js manifest format (`*-weights_manifest.json` and its `.bin` files), as `@vladmandic/face-api`
 * ships them. Tensors follow one another without gaps in the joined files of their group; a quantized one holds unsigned
 * integers q with value = q * scale + min.
 * Source: tfjs-core, `io/types.ts` (WeightsManifestConfig, WeightsManifestEntry).
 */
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ShiftloomError, nearestName } from '../errors.js';
import { checkAgainst } from '../layer/explain.js';
import { readBytes } from '../layer/files.js';
import { readJson } from '../layer/json_text.js';
import { DTYPE_BYTES, type DType, type Tensor, decodeValues, elementCount } from '../layer/tensor.js';

const entrySchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0).max(2 ** 31)),
  dtype: z.enum(['float32', 'int32']),
  quantization: z
    .object({ dtype: z.enum(['uint8', 'uint16', 'float16']), scale: z.number().optional(), min: z.number().optional() })
    .optional(),
});
const manifestSchema = z.array(z.object({ paths: z.array(z.string()).min(1), weights: z.array(entrySchema) }));

/** One tensor of a manifest and where its bytes lie in the joined files of its group. */
export interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Element type as stored. */
  readonly stored: DType;
  readonly scale: number;
  readonly min: number;
  readonly offset: number;
  readonly bytes: number;
  readonly paths: readonly string[];
}

/** Entries of a manifest file, in file order. @throws ShiftloomError('input') if it is not a manifest. */
export async function listManifest(path: string): Promise<ManifestEntry[]> {
  const manifest = checkAgainst(manifestSchema, await readJson(path), path);
  return manifest.flatMap((group) => {
    const paths = group.paths.map((p) => join(dirname(path), p));
    let offset = 0;
    return group.weights.map((w) => {
      const stored = w.quantization?.dtype ?? w.dtype;
      const bytes = elementCount(w.shape) * DTYPE_BYTES[stored];
      const entry = { name: w.name, shape: w.shape, stored, scale: w.quantization?.scale ?? 1, min: w.quantization?.min ?? 0, offset, bytes, paths };
      offset += bytes;
      return entry;
    });
  });
}

/**
 * Reads tensors by name, or all of them, dequantized to float32 values (computed in float64, then rounded).
 * @throws ShiftloomError('input') if a name is unknown (with the nearest one) or the data are cut short.
 */
export async function readManifestTensors(path: string, names?: readonly string[]): Promise<Map<string, Tensor>> {
  const entries = await listManifest(path);
  const files = new Map<string, Uint8Array>();
  const tensors = new Map<string, Tensor>();
  for (const name of names ?? entries.map((e) => e.name)) {
    const entry = entries.find((e) => e.name === name);
    if (!entry) throw unknownTensor(path, name, entries);
    const key = entry.paths.join('\n');
    if (!files.has(key)) files.set(key, Buffer.concat(await Promise.all(entry.paths.map((p) => readBytes(p)))));
    tensors.set(name, decodeEntry(entry, files.get(key)!));
  }
  return tensors;
}

function decodeEntry(entry: ManifestEntry, data: Uint8Array): Tensor {
  const place = `${entry.paths.join(' + ')} tensor '${entry.name}'`;
  if (entry.offset + entry.bytes > data.length) {
    throw new ShiftloomError('input', place, `ends at byte ${entry.offset + entry.bytes}, the data have ${data.length}`);
  }
  const stored = decodeValues(entry.stored, data.subarray(entry.offset, entry.offset + entry.bytes), place);
  if (entry.stored !== 'uint8' && entry.stored !== 'uint16') return { dtype: entry.stored, shape: entry.shape, data: stored };
  const offset = offsetOf(entry);
  return { dtype: 'float32', shape: entry.shape, data: Float32Array.from(stored, (q) => (q + offset) * entry.scale) };
}

/** min / scale, made an integer where it is one but for rounding, so that a weight of zero is exactly zero. */
function offsetOf({ min, scale }: ManifestEntry): number {
  const offset = min / scale;
  return Math.abs(offset - Math.round(offset)) < 1e-6 ? Math.round(offset) : offset;
}

function unknownTensor(path: string, name: string, entries: readonly ManifestEntry[]): ShiftloomError {
  const near = nearestName(name, entries.map((e) => e.name));
  const some = entries.slice(0, 6).map((e) => e.name).join(', ');
  const wayOut = near ? `Did you mean '${near}'?` : `It has: ${some}${entries.length > 6 ? ` and ${entries.length - 6} more` : ''}`;
  return new ShiftloomError('input', path, `has no tensor '${name}'`, wayOut);
}
