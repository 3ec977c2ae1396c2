/**
 * All checks, with their set-up: the tools are seen to, then the tests, 200 random layers through three linters and the
 * simulator, and a few of them on both simulation engines, which must agree. Ends with the line `N passed, M failed`.
 *
 *     npm run check           SEED=7 npm run check for other random layers
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { projectRoot, runAsProgram } from './project.js';

const RANDOM_LAYERS = 200;
const BOTH_ENGINES = 8;

interface Outcome {
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
function node(args: readonly string[]): Promise<{ code: number; output: string }> {
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

async function runTests(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-check-'));
  try {
    const file = join(folder, 'vitest.json');
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    await node([vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
    return { name: 'tests', ...vitestCounts(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof vitestCounts>[0]) };
  } catch (error) {
    process.stdout.write(`vitest left no report: ${(error as Error).message}\n`);
    return { name: 'tests', passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function randomLayers(name: string, args: readonly string[]): Promise<Outcome> {
  const { code, output } = await node([join('dist', 'scripts', 'check_random.js'), ...args]);
  const counts = lastCounts(output);
  return { name, passed: counts.passed, failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed };
}

async function main(): Promise<void> {
  const seed = Number(process.env.SEED ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new ShiftloomError('usage', 'SEED', `is '${process.env.SEED}'; allowed: whole numbers from 0`);
  const setup = await node([join('dist', 'scripts', 'setup_tools.js')]);
  if (setup.code !== 0) process.exit(setup.code);
  const outcomes = [
    await runTests(),
    await randomLayers('random layers', ['--count', `${RANDOM_LAYERS}`, '--seed', `${seed}`, '--engine', 'verilator']),
    await randomLayers('on both engines', ['--count', `${BOTH_ENGINES}`, '--seed', `${seed + 100_000}`, '--engine', 'both', '--no-lint']),
  ];
  process.stdout.write('\n');
  for (const { name, passed, failed } of outcomes) process.stdout.write(`${name.padEnd(16)} ${passed} right, ${failed} wrong\n`);
  const sum = (key: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  process.exit(sum('failed') > 0 ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
