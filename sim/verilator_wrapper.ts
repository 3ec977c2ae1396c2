#!/usr/bin/env node
/**
 * `npx verilator`: runs the Verilator of this machine with the arguments given and its exit code; where there is none
 * it says the one command that installs it and ends with code 2. (The npm package of that name is empty.)
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ShiftloomError } from '../generator/errors.js';
import { findVerilator, missingVerilator } from './tools.js';

async function main(): Promise<void> {
  const verilator = await findVerilator();
  if (!verilator) throw missingVerilator();
  if (verilator.warning) process.stderr.write(`${verilator.path} ${verilator.version}: ${verilator.warning}\n`);
  const child = spawn(verilator.path, process.argv.slice(2), { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; this process waits for how Verilator ends.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
  child.on('error', fail);
}

function fail(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof ShiftloomError ? error.exitCode : 2;
}

main().catch(fail);
