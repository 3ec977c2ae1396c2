/** The only writer of generated output: everything goes to a staging folder that is moved into place when all went well. */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ShiftloomError } from '../errors.js';
import type { FileSet } from './file_set.js';

/** A file that marks a folder as ours, so that another folder is never replaced by mistake. */
export const MARKER = 'design.json';

/**
 * Writes a file set as the new content of `folder`. An earlier output of ours, told by its marker, is replaced as a whole.
 * @throws ShiftloomError 'input' if the folder exists and holds something that is not our output
 */
export async function writeOutput(folder: string, files: FileSet, marker = MARKER): Promise<void> {
  const target = path.resolve(folder);
  await checkReplaceable(target, marker);
  const parent = path.dirname(target);
  await mkdir(parent, { recursive: true }).catch(rejected(parent));
  const staging = await mkdtemp(path.join(parent, `.${path.basename(target)}-`)).catch(rejected(parent));
  try {
    await chmod(staging, 0o777 & ~process.umask()); // mkdtemp makes folders that only their owner may read
    const folders = new Set([...files.keys()].map((file) => path.dirname(path.join(staging, file))));
    for (const sub of folders) await mkdir(sub, { recursive: true });
    for (const [file, text] of files) await writeFile(path.join(staging, file), text);
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

/** Adds or replaces single files in an output folder, each by a temporary file that is moved into place. */
export async function addToOutput(folder: string, files: FileSet): Promise<void> {
  for (const [file, text] of files) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.tmp`;
    await writeFile(temporary, text).catch(rejected(target));
    await rename(temporary, target);
  }
}

/** Paths whose content on disk differs from the file set, is missing, or is there without being in the set. */
export async function differences(folder: string, files: FileSet): Promise<string[]> {
  const differing: string[] = [];
  for (const [file, text] of files) {
    const found = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
    if (found !== text) differing.push(file);
  }
  return differing;
}

async function checkReplaceable(target: string, marker: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (!found) return;
  if (!found.isDirectory()) throw new ShiftloomError('input', target, 'is a file, not a folder', 'Give another --out');
  const entries = await readdir(target);
  if (entries.length > 0 && !entries.includes(marker)) {
    throw new ShiftloomError(
      'input', target, `holds ${entries.length} file(s) that shiftloom did not write (no ${marker})`, 'Give an empty or new folder as --out',
    );
  }
}

function rejected(place: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new ShiftloomError('input', place, `cannot be written (${error.code ?? error.message})`, 'Choose another folder with --out');
  };
}
