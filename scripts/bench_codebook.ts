/**
 * Codebooks of 8, 16 and 32 levels beside other encodings on the demo layer: bits, errors, and LUTs of a lane by synthesis.
 *
 *     npm run bench:codebook
 *
 * Needs the demo layer (`npm run demo` or `node dist/scripts/prepare_demo.js`). Prints the table of docs/compression.md; writes
 * bench/out/codebook.json and the figure docs/images/codebook.svg.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFloatLayer } from '../generator/import/float_layer_file.js';
import { closeYosysWorkers } from '../generator/synthesize/yosys.js';
import { writeResults } from './bench/results.js';
import { codebookChart } from './codebook/chart.js';
import { CHOICES, codebookRow, codebookTable, type CodebookRow } from './codebook/rows.js';
import { terminalProgress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';

async function main(): Promise<void> {
  const root = projectRoot();
  const layer = await readFloatLayer(join(root, 'examples', 'demo', 'conv_demo.float.json'));
  const progress = terminalProgress();
  const rows: CodebookRow[] = [];
  for (const choice of CHOICES) {
    const row = await codebookRow(layer, choice);
    rows.push(row);
    progress?.(row.encoding, rows.length / CHOICES.length);
  }
  process.stdout.write(`${codebookTable(rows)}\n${writeResults('codebook', rows)}\n`);
  writeFileSync(join(root, 'docs', 'images', 'codebook.svg'), codebookChart(rows));
}

await runAsProgram(import.meta.url, async () => {
  try {
    await main();
  } finally {
    await closeYosysWorkers();
  }
});
