import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type CliEnvironment } from '../../generator/cli/run_cli.js';

export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command run in this process, its words kept apart by stream. `tty` makes standard error a terminal. */
export async function cli(args: readonly string[], options: { tty?: boolean } & Omit<CliEnvironment, 'streams'> = {}): Promise<CliOutcome> {
  const outcome = { code: -1, stdout: '', stderr: '' };
  const { tty = false, ...environment } = options;
  const streams = {
    stdout: { write: (text: string) => (outcome.stdout += text) },
    stderr: { write: (text: string) => (outcome.stderr += text), isTTY: tty, columns: 80 },
  };
  outcome.code = await runCli(args, { ...environment, streams });
  return outcome;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'shiftloom-cli-'));
}

export const TINY = join('examples', 'tiny', 'tiny.layer.json');
