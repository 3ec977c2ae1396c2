/**
 * Reader of TensorFlow.js weight manifests: tensors follow one another in the binary file in the manifest's order; a
 * quantized value is `q * scale + min`.
 */
import { ShiftloomError } from '../../generator/errors.js';

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

/**
 * All tensors of a manifest with one weight file, dequantized.
 * @param manifest text of the `*-weights_manifest.json`
 * @throws ShiftloomError `input` for another data type or a length that does not match.
 */
export function readTfjsWeights(manifest: string, bytes: Uint8Array, place: string): Map<string, FloatTensor> {
  const groups = JSON.parse(manifest) as { weights: ManifestEntry[] }[];
  const tensors = new Map<string, FloatTensor>();
  let offset = 0;
  for (const entry of groups.flatMap((group) => group.weights)) {
    const size = entry.shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(size);
    if (entry.quantization === undefined && entry.dtype === 'float32') {
      const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size * 4);
      for (let i = 0; i < size; i++) data[i] = view.getFloat32(4 * i, true);
      offset += size * 4;
    } else if (entry.quantization?.dtype === 'uint8') {
      const { scale, min } = entry.quantization;
      for (let i = 0; i < size; i++) data[i] = bytes[offset + i] * scale + min;
      offset += size;
    } else {
      throw new ShiftloomError('input', place, `tensor ${entry.name} is ${entry.quantization?.dtype ?? entry.dtype}, expected uint8 or float32`);
    }
    tensors.set(entry.name, { shape: entry.shape, data });
  }
  if (offset !== bytes.length) throw new ShiftloomError('input', place, `the manifest describes ${offset} bytes, the file has ${bytes.length}`);
  return tensors;
}
