/**
 * Takes the figures of bench/out over into the repository: bench/results and the tables of docs/performance.md.
 *
 *     npm run bench:publish
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS, filledPage, sections } from './performance/sections.js';
import { projectRoot, runAsProgram } from './project.js';

const FILES = [...RESULTS.map((name) => `${name}.json`), 'alexnet.json', 'compare.md', 'compare.svg', 'scaling.svg'];

await runAsProgram(import.meta.url, () => {
  const root = projectRoot();
  const results = join(root, 'bench', 'results');
  mkdirSync(results, { recursive: true });
  for (const name of FILES) {
    const from = join(root, 'bench', 'out', name);
    if (!existsSync(from)) continue;
    copyFileSync(from, join(results, name));
    process.stdout.write(`bench/results/${name}\n`);
    if (/"commit": "\w+\+"/.test(readFileSync(from, 'utf8'))) process.stdout.write('  measured on files that differ from their commit (+)\n');
  }
  const page = join(root, 'docs', 'performance.md');
  writeFileSync(page, filledPage(readFileSync(page, 'utf8'), sections(results)));
  process.stdout.write('docs/performance.md\n');
});
