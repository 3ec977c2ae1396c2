/** Runs a bench of plain cells in Icarus. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText } from '../../generator/render/engine.js';

/**
 * The lines that a bench prints.
 * @param top text of module `bench`, which ends by $finish
 */
export function runBench(cells: readonly string[], top: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-bench-'));
  try {
    const all = [...new Set([...cells, ...instantiatedCells(cells.map((cell) => cellText(cell)))])];
    writeFileSync(join(folder, 'bench.v'), `${all.map((cell) => cellText(cell)).join('')}${top}`);
    execFileSync('iverilog', ['-g2005', '-s', 'bench', '-o', join(folder, 'bench'), join(folder, 'bench.v')]);
    return execFileSync('vvp', ['-n', join(folder, 'bench')], { encoding: 'utf8', maxBuffer: 2 ** 28 }).split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
