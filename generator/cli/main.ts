#!/usr/bin/env node
/** Program `shiftloom`: the process around `runCli`, with its signals and its exit code. */
import { Interrupted, runCli } from './run_cli.js';

const controller = new AbortController();

/** The first Ctrl-C ends every tool and waits for that; the second ends at once. */
function interrupt(exitCode: number): void {
  if (controller.signal.aborted) process.exit(exitCode);
  controller.abort(new Interrupted(exitCode));
}
process.on('SIGINT', () => interrupt(130));
process.on('SIGTERM', () => interrupt(143));

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

const exitCode = await runCli(process.argv.slice(2), { streams: process, signal: controller.signal });
// Tools in worker threads are kept warm and would hold the process for a while. A pipe must be emptied first.
process.stdout.write('', () => process.exit(exitCode));
