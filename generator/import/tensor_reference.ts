/** References to one tensor: `file.npy`, or `file#tensor name` for files that hold many. */
import { resolve } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { readNpy } from '../layer/npy.js';
import { readSafetensors } from '../layer/safetensors.js';
import type { Tensor } from '../layer/tensor.js';
import { readManifestTensors } from './tfjs_manifest.js';

/**
 * Reads the tensor a reference names.
 * @param reference path relative to `folder`, and for .safetensors and tfjs manifests `#` and the tensor's name
 * @param fallbackName tensor name if the reference gives none
 * @throws ShiftloomError('input') for an unknown kind of file or tensor.
 */
export async function readTensorReference(folder: string, reference: string, fallbackName: string): Promise<Tensor> {
  const hash = reference.indexOf('#');
  const path = resolve(folder, hash < 0 ? reference : reference.slice(0, hash));
  const name = hash < 0 ? fallbackName : reference.slice(hash + 1);
  if (path.endsWith('.npy')) return readNpy(path);
  const read = readerOf(path);
  return (await read(path, [name])).get(name)!;
}

type ManyReader = (path: string, names?: readonly string[]) => Promise<Map<string, Tensor>>;

/** Reader of a file that holds many tensors, by its name's ending. */
export function readerOf(path: string): ManyReader {
  if (path.endsWith('.safetensors')) return readSafetensors;
  if (path.endsWith('.json')) return readManifestTensors;
  throw new ShiftloomError('input', path, 'is no tensor file that is read here', 'Give a .npy, a .safetensors or a tfjs weights manifest (.json)');
}
