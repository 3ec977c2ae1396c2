/**
 * Whole networks, from pixels to a class: accuracy, simulation of the accelerator, area. Writes docs/results/networks.json, networks.md and networks.svg.
 *
 *     npm run results:networks                                      every network of examples/networks
 *     npm run results:networks -- --networks lenet_300_100_mnist    some of them, beside those that an earlier run kept
 *     npm run results:networks -- --page                            page and picture again from docs/results/networks.json
 *
 * What was measured is kept in bench/out/network-results by a hash of the network, of the code and of the Verilog, so that a run that was stopped goes on.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { ResultCache } from '../generator/flow/result_cache.js';
import { currentCommit } from './bench/results.js';
import { type Example, exampleNetworks, filesWithin, networkRow } from './network_results/measure.js';
import { networkPage } from './network_results/page.js';
import { networkPlot } from './network_results/plot.js';
import { type NetworkRow, rowsText } from './network_results/rows.js';
import { terminalProgress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';

/** Folders and files whose text decides what networks give in software. */
const CODE = ['../generator/golden', '../generator/expand/expand.js', '../generator/network/golden_network.js', '../generator/network/float_network.js', '../generator/network/parameters.js'];

interface Arguments {
  readonly networks?: string;
  readonly rtlSamples?: string;
  readonly page?: boolean;
  readonly out: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('results:networks')
    .description('Accuracy, simulation and area of whole networks.')
    .option('--networks <ids>', 'folders of examples/networks to measure, with commas between; none: only what is kept')
    .option('--rtl-samples <n>', 'pictures to simulate, in place of 1,000 (LeNet-300-100: 2,000)')
    .option('--page', 'measure nothing, write page and picture from the results')
    .option('--out <folder>', 'folder of results, page and picture', join(projectRoot(), 'docs', 'results'))
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

/** Networks that may be measured. @throws ShiftloomError('usage') for one that there is not */
export function chosenNetworks(examples: readonly Example[], text: string | undefined): ReadonlySet<string> {
  const known = examples.map(({ id }) => id);
  if (text === undefined) return new Set(known);
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== 'none');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new ShiftloomError('usage', '--networks', `there is no network '${unknown}'`, `Networks: ${known.join(', ')}, none`);
  return new Set(names);
}

function samplesOf(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000) throw new ShiftloomError('usage', '--rtl-samples', `is '${text}'`, 'Allowed: whole numbers 1..10000');
  return value;
}

function codeHash(): string {
  const hash = createHash('sha256');
  for (const place of CODE.map((name) => fileURLToPath(new URL(name, import.meta.url)))) {
    for (const file of place.endsWith('.js') ? [place] : filesWithin(place)) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

async function measured(asked: ReadonlySet<string>, examples: readonly Example[], rtlSamples: number | undefined): Promise<{ rows: NetworkRow[]; missing: string[] }> {
  const cache = new ResultCache(join(projectRoot(), 'bench', 'out', 'network-results'));
  const progress = terminalProgress();
  const code = codeHash();
  const rows: NetworkRow[] = [];
  const missing: string[] = [];
  for (const [i, example] of examples.entries()) {
    const onProgress = ({ message }: { message: string }) => progress?.(`${example.id}: ${message}`, i / examples.length);
    const row = await networkRow(example, { cache, code, keptOnly: !asked.has(example.id), rtlSamples, context: { onProgress } });
    if (row) rows.push(row);
    else missing.push(example.id);
  }
  return { rows, missing };
}

/** Writes results, picture and page into a folder. */
export function writeNetworkResults(folder: string, rows: readonly NetworkRow[], missing: readonly string[], commit?: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'networks.json'), rowsText(rows));
  if (rows.length > 0) writeFileSync(join(folder, 'networks.svg'), networkPlot(rows));
  writeFileSync(join(folder, 'networks.md'), networkPage(rows, missing, commit));
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (args.page) {
    writeNetworkResults(args.out, JSON.parse(readFileSync(join(args.out, 'networks.json'), 'utf8')) as NetworkRow[], []);
    return;
  }
  const examples = exampleNetworks(join(projectRoot(), 'examples', 'networks'));
  const rtlSamples = args.rtlSamples === undefined ? undefined : samplesOf(args.rtlSamples);
  const { rows, missing } = await measured(chosenNetworks(examples, args.networks), examples, rtlSamples);
  writeNetworkResults(args.out, rows, missing, currentCommit());
  process.stdout.write(`${rows.length} of ${examples.length} networks: ${join(args.out, 'networks.md')}\n`);
}

await runAsProgram(import.meta.url, main);
