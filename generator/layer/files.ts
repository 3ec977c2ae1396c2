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

/** Writes files under temporary names first and renames them in the given order once all are complete. */
export async function writeStaged(files: readonly { path: string; content: string | Uint8Array }[]): Promise<void> {
  const staged = files.map(({ path, content }) => ({
    path,
    content,
    temporary: join(dirname(path), `.${basename(path)}.${process.pid}.tmp`),
  }));
  try {
    for (const file of staged) await writeFile(file.temporary, file.content);
    for (const file of staged) await rename(file.temporary, file.path);
  } catch (error) {
    for (const file of staged) await rm(file.temporary, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ShiftloomError('input', files[0].path, `cannot be written (${code})`, 'Check that the folder exists and is writable');
  }
}
