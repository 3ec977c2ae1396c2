/**
 * The committed reference output: `rtl-out/tiny`, generated from `examples/tiny/tiny.layer.json`, so that a change of a template
 * shows in review as a change of emitted Verilog. `--check` compares and writes nothing.
 */
import path from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { generateLayer } from '../generator/generate.js';
import { readLayer } from '../generator/expand/read_layer.js';
import type { FileSet } from '../generator/output/file_set.js';
import { differences, writeOutput } from '../generator/output/write.js';
import { projectRoot, runAsProgram } from './project.js';

/** Folding of the reference: two channels, two inputs, one pixel, so that every loop of the nest turns. */
const LANES = { oc: 2, ic: 2, pixel: 1, kind: 'lut' } as const;

/** Folder of the reference output, and what it must hold now. */
export async function referenceOutput(): Promise<{ folder: string; files: FileSet }> {
  const root = projectRoot();
  const layer = await readLayer(path.join(root, 'examples/tiny/tiny.layer.json'));
  return { folder: path.join(root, 'rtl-out/tiny'), files: generateLayer(layer, LANES).files };
}

await runAsProgram(import.meta.url, async () => {
  const { folder, files } = await referenceOutput();
  if (!process.argv.includes('--check')) return writeOutput(folder, files);
  const differing = await differences(folder, files);
  if (differing.length > 0) {
    throw new ShiftloomError('check', 'rtl-out/tiny', `${differing.length} file(s) differ: ${differing.slice(0, 5).join(', ')}`, 'Run npm run reference and read the diff');
  }
});
