/**
 * Files that are computed at set-up, and the note beside them that tells whether they are still current: a hash of what
 * they were made from and of each of them.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';

const NOTE = 'prepared.json';

/** Receives what is being done, and the share of the work that is behind, 0..1. */
export type Progress = (message: string, share: number) => void;

/** Hash of everything the outputs depend on, in the order given. */
export function fingerprint(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(createHash('sha256').update(part).digest());
  return hash.digest('hex');
}

/**
 * Runs `make` unless the folder already holds what it would write.
 * @param inputs hash of all inputs, from `fingerprint`
 * @param names the files that `make` writes into the folder
 * @returns whether `make` ran
 * @throws ShiftloomError `input` if the folder cannot be made, and what `make` throws
 */
export async function prepareOnce(folder: string, inputs: string, names: readonly string[], make: () => Promise<void>): Promise<boolean> {
  if (isCurrent(folder, inputs, names)) return false;
  makeFolder(folder);
  await make();
  const outputs = Object.fromEntries(names.map((name) => [name, fingerprint([readFileSync(join(folder, name))])]));
  writeFileSync(join(folder, NOTE), `${JSON.stringify({ inputs, outputs }, null, 2)}\n`);
  return true;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ShiftloomError('input', folder, `the folder cannot be made (${(error as NodeJS.ErrnoException).code})`, 'Name a folder that can be written');
  }
}

function isCurrent(folder: string, inputs: string, names: readonly string[]): boolean {
  try {
    const note = JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as { inputs: string; outputs: Record<string, string> };
    return note.inputs === inputs && names.every((name) => note.outputs[name] === fingerprint([readFileSync(join(folder, name))]));
  } catch {
    // No note, an unreadable one or a missing file all mean the same: make them.
    return false;
  }
}

/** Progress on one line of a terminal; silent where standard error is not a terminal. */
export function terminalProgress(): Progress | undefined {
  if (!process.stderr.isTTY) return undefined;
  return (message, share) => {
    process.stderr.write(`\r\x1b[K${Math.round(100 * share)} % ${message}${share >= 1 ? '\n' : ''}`);
  };
}
