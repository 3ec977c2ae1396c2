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
  let current = '';
  try {
    for await (const { path, content } of files) {
      current = path;
      staged.push({ path, temporary: join(dirname(path), `.${basename(path)}.${process.pid}.tmp`) });
      await writeFile(staged[staged.length - 1].temporary, content);
    }
    for (const file of staged) {
      current = file.path;
      await rename(file.temporary, file.path);
    }
  } catch (error) {
    for (const file of staged) await rm(file.temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ShiftloomError || typeof code !== 'string') throw error;
    throw new ShiftloomError('input', current, `cannot be written (${code})`, 'Check that the folder exists and is writable');
  }
}
