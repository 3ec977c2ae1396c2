/**
 * Everything that is checked about what `shiftloom package` writes: IP-XACT, Vivado scripts, constraints, file lists, drivers against the
 * Verilated engine, AXI rules. Ends with the line `N passed, M failed`.
 *
 *     npm run check:deploy
 */
import { runAsProgram } from './project.js';
import { runSetup, runTests } from './checks.js';

/** Test files by folder; vitest takes the beginning of a path. */
const TESTS = ['test/deploy', 'test/formal/axi'] as const;

async function main(): Promise<void> {
  await runSetup();
  const { passed, failed } = await runTests(TESTS);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exit(failed > 0 ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
