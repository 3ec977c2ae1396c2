/** What the scripts that check have in common: running a program of the project's and counting what passed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './project.js';

export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

/** Counts of vitest's JSON report; a test file that could not be loaded is a failure without a test. */
export function vitestCounts(report: { numPassedTests: number; numFailedTests: number; numPendingTests: number; success: boolean }): Omit<Outcome, 'name'> {
  const failed = report.numFailedTests + report.numPendingTests;
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed };
}

/** The last line of the form `N passed, M failed`; output without it counts as one failure. */
export function lastCounts(output: string): Omit<Outcome, 'name'> {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)];
  const last = lines[lines.length - 1];
  return last ? { passed: Number(last[1]), failed: Number(last[2]) } : { passed: 0, failed: 1 };
}

/** Runs a script of this project's with its output shown; returns exit code and standard output. */
export function node(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args as string[], { cwd: projectRoot(), stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Installs or asks for tools that the tests need; ends the program if one cannot be had. */
export async function runSetup(): Promise<void> {
  const setup = await node([join('dist', 'scripts', 'setup_tools.js')]);
  if (setup.code !== 0) process.exit(setup.code);
}

/** Runs the tests, all or those whose paths contain one of `only`. */
export async function runTests(only: readonly string[] = []): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-check-'));
  try {
    const file = join(folder, 'vitest.json');
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    await node([vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...only]);
    return { name: 'tests', ...vitestCounts(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof vitestCounts>[0]) };
  } catch (error) {
    process.stdout.write(`vitest left no report: ${(error as Error).message}\n`);
    return { name: 'tests', passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
