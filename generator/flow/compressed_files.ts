/** Compressed layers into files, never over those that a float layer is read from. */
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { CompressedLayer } from '../compress/compress.js';
import { ShiftloomError } from '../errors.js';
import { floatLayerSources } from '../import/float_layer_file.js';
import { companionNames, writeLayer } from '../layer/write.js';

/**
 * Refuses targets that would replace a trained layer or its tensors.
 * @param targets layer files to be written, with tensors and sample beside them
 * @param sources float layer files
 * @throws ShiftloomError('usage') naming the file
 */
export async function checkTargets(targets: readonly string[], sources: readonly string[]): Promise<void> {
  const owners = new Map<string, string>();
  for (const source of sources) {
    for (const file of await floatLayerSources(source)) owners.set(await realpath(file).catch(() => file), source);
  }
  for (const target of targets) {
    const { tensors, sample } = companionNames(target);
    for (const file of [target, ...[tensors, sample].map((name) => path.join(path.dirname(target), name))]) {
      const owner = owners.get(await realpath(file).catch(() => ''));
      if (owner === undefined) continue;
      const what = path.resolve(file) === path.resolve(owner) ? 'is the float layer itself' : `belongs to the float layer ${owner}`;
      throw new ShiftloomError('usage', file, `${what} and would be overwritten`, 'Choose another folder');
    }
  }
}

/** Writes a layer file, its tensors and its sample; the folder is made. */
export async function writeCompressed(file: string, { description, tensors, sample }: CompressedLayer): Promise<void> {
  await makeFolder(path.dirname(file));
  await writeLayer(file, description, tensors, sample);
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ShiftloomError('input', folder, error.code === 'EEXIST' ? 'is a file, not a folder' : `cannot be made (${error.code})`, 'Choose another folder');
  });
}
