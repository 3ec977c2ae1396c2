/**
 * All checks, with their set-up: the tools are seen to, then the tests, 200 random layers through three linters and the
 * simulator, 200 more whose weights are rebuilt from factors, and a few on both simulation engines, which must agree. Ends with the line `N passed, M failed`.
 *
 *     npm run check           SEED=7 npm run check for other random layers
 */
import { join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { lastCounts, node, runSetup, runTests, type Outcome } from './checks.js';
import { runAsProgram } from './project.js';

const RANDOM_LAYERS = 200;
const BOTH_ENGINES = 8;
const REBUILT_LAYERS = 200;

async function randomLayers(name: string, args: readonly string[]): Promise<Outcome> {
  const { code, output } = await node([join('dist', 'scripts', 'check_random.js'), ...args]);
  const counts = lastCounts(output);
  return { name, passed: counts.passed, failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed };
}

async function main(): Promise<void> {
  const seed = Number(process.env.SEED ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new ShiftloomError('usage', 'SEED', `is '${process.env.SEED}'; allowed: whole numbers from 0`);
  await runSetup();
  const outcomes = [
    await runTests(),
    await randomLayers('random layers', ['--count', `${RANDOM_LAYERS}`, '--seed', `${seed}`, '--engine', 'verilator']),
    await randomLayers('rebuilt weights', ['--count', `${REBUILT_LAYERS}`, '--seed', `${seed + 200_000}`, '--engine', 'verilator', '--rebuilt', '--no-lint']),
    await randomLayers('on both engines', ['--count', `${BOTH_ENGINES}`, '--seed', `${seed + 100_000}`, '--engine', 'both', '--no-lint']),
  ];
  process.stdout.write('\n');
  for (const { name, passed, failed } of outcomes) process.stdout.write(`${name.padEnd(16)} ${passed} right, ${failed} wrong\n`);
  const sum = (key: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  process.exit(sum('failed') > 0 ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
