/** File access whose failures say what to do, and writing that never leaves half a file behind. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ShiftloomError } from '../errors.js';

/**
 * Whole content of a file.
 * @throws ShiftloomError('input') if it does not exist, is a folder, or can't be read.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw accessError(path, error);
  }
}

/** What went wrong on opening `path`, in the product's words. */
export function accessError(path: string, error: unknown): ShiftloomError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new ShiftloomError('input', path, 'no such file');
  if (code === 'EISDIR') return new ShiftloomError('input', path, 'is a folder, not a file');
  if (code === 'EACCES' || code === 'EPERM') return new ShiftloomError('input', path, 'permission denied');
  return new ShiftloomError('input', path, `cannot be read (${code || String(error)})`);
}

/** A file to write, content and all. */
export interface StagedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/**
 * Writes files under temporary names first and renames them in the given order once all are complete. Files may come one by one, so
 * that only one content is in memory; whatever the source of files throws, nothing is left.
 */
export async function writeStaged(files: Iterable<StagedFile> | AsyncIterable<StagedFile>): Promise<void> {
  const staged: { readonly path: string; readonly temporary: string }[] = [];
  try {
    for await (const { path, content } of files) {
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
      staged.push({ path, temporary });
      await writeFile(temporary, content).catch(unwritable(path));
    }
    for (const { path, temporary } of staged) await rename(temporary, path).catch(unwritable(path));
  } catch (error) {
    for (const { temporary } of staged) await rm(temporary, { force: true });
    throw error;
  }
}

function unwritable(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new ShiftloomError('input', path, `cannot be written (${error.code ?? String(error)})`, 'Check that the folder exists and is writable');
  };
}
