/** Where the project is, whether a script runs from its source or from `dist/`. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ShiftloomError } from '../generator/errors.js';

/** The folder that holds this project's package.json. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/**
 * Runs `main` if the module of this address is the program that was started. A ShiftloomError ends it with its message
 * and exit code, without a stack trace.
 */
export async function runAsProgram(moduleUrl: string, main: () => void | Promise<void>): Promise<void> {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== fileURLToPath(moduleUrl)) return;
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ShiftloomError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
