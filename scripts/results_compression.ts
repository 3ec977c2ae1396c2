/**
 * What compression costs at the output of real networks: every encoding, plain and calibrated.
 *
 *     npm run results:compression                                 all networks; writes docs/results/
 *     npm run results:compression -- --network lenet5,waifu2x     some of them; the other networks' results stay as they are
 *     npm run results:compression -- --rows plain,apot+           some rows (+ is calibrated), beside those that an earlier run of the same code kept
 *     npm run results:compression -- --page                       page and pictures again from docs/results/compression.json
 *
 * Rows are kept in bench/out/compression-results by a hash of the code and the options, so that a run that was stopped goes on. A network that cannot
 * be had is said so, its results stay as they are, and the exit code is 1.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { ResultCache } from '../generator/flow/result_cache.js';
import { currentCommit } from './bench/results.js';
import { terminalProgress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';
import { Measurer, type RowFigures } from './results/measure.js';
import type { NetworkSource } from './results/network.js';
import { NETWORKS } from './results/networks.js';
import { resultsPage } from './results/page.js';
import { resultsPlot } from './results/plot.js';
import { FLOAT_ROW, ROWS, type Result, type ResultRow } from './results/rows.js';

/** Folders whose text decides the results, and files there that do not. */
const CODE = ['../generator/compress', '../generator/layer', 'demo', 'networks', 'results', 'train'];
const ONLY_SHOWN = ['claims.js', 'page.js', 'plot.js'];

interface Arguments {
  readonly network?: string;
  readonly rows?: string;
  readonly page?: boolean;
  readonly out: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('results:compression')
    .description('Accuracy of real networks with compressed weights.')
    .option('--network <names>', `networks to measure, with commas between: ${NETWORKS.map(({ id }) => id).join(', ')}`)
    .option('--rows <names>', 'rows to measure, with commas between: plain, calibrated, or encodings, as in apot,apot+; none: only what is kept')
    .option('--page', 'measure nothing, write page and pictures from the results')
    .option('--out <folder>', 'folder of results, page and pictures', join(projectRoot(), 'docs', 'results'))
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

function chosen(names: string | undefined): readonly NetworkSource[] {
  if (names === undefined) return NETWORKS;
  return names.split(',').map((name) => {
    const source = NETWORKS.find(({ id }) => id === name);
    if (source) return source;
    throw new ShiftloomError('usage', '--network', `there is no network '${name}'`, `Networks: ${NETWORKS.map(({ id }) => id).join(', ')}`);
  });
}

/** The rows that `--rows` names, and the uncompressed one. @throws ShiftloomError('usage') for a name that no row has. */
export function chosenRows(names: string | undefined): ReadonlySet<ResultRow> {
  if (names === undefined) return new Set(ROWS);
  const matches = (row: ResultRow, name: string) => name === (row.calibrated ? 'calibrated' : 'plain') || name === `${row.encoding}${row.calibrated ? '+' : ''}`;
  const unknown = names.split(',').find((name) => name !== 'none' && !ROWS.some((row) => matches(row, name)));
  if (unknown !== undefined) throw new ShiftloomError('usage', '--rows', `there is no row '${unknown}'`, `Rows: plain, calibrated, none, ${[...new Set(ROWS.map(({ encoding }) => encoding))].join(', ')}; + behind an encoding is calibrated`);
  return new Set(ROWS.filter((row) => row === FLOAT_ROW || names.split(',').some((name) => matches(row, name))));
}

/** Hash of all code that results come from. */
function codeHash(): string {
  const hash = createHash('sha256');
  for (const folder of CODE.map((name) => fileURLToPath(new URL(name, import.meta.url)))) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js') && !ONLY_SHOWN.includes(file));
    for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

/** Rows of a network, from the cache or measured; those that are not asked for only if they are in the cache. */
async function measure(source: NetworkSource, asked: ReadonlySet<ResultRow>, cache: ResultCache, code: string, report: (text: string, row: number) => void): Promise<Result[]> {
  let measurer: Promise<Measurer> | undefined;
  const figures = new Map<ResultRow, RowFigures>();
  for (const [i, row] of ROWS.entries()) {
    const name = `${row.encoding}${row.calibrated ? ', calibrated' : ''}`;
    report(name, i);
    const key = [code, source.id, JSON.stringify(row)];
    const make = async () => {
      measurer ??= source.load().then((network) => Measurer.of(network));
      return (await measurer).row(row, (text) => report(`${name}: ${text}`, i));
    };
    const known = asked.has(row) ? await cache.result(key, make) : await cache.known<RowFigures>(key);
    if (known) figures.set(row, known);
  }
  const float = figures.get(FLOAT_ROW)!;
  return [...figures].flatMap(([{ encoding, calibrated }, { bitsPerWeight, values }]) =>
    Object.entries(values).map(([metric, value]) => ({
      network: source.name, metric, encoding, calibrated, bitsPerWeight, value, floatValue: float.values[plainName(metric, source)],
    })),
  );
}

/** The name of the metric with float activations. */
function plainName(metric: string, { metrics }: NetworkSource): string {
  return metrics.find(({ name }) => metric.startsWith(name))!.name;
}

function write(folder: string, results: readonly Result[], commit: string): void {
  mkdirSync(folder, { recursive: true });
  const lines = results.map((result) => `  ${JSON.stringify(result)}`);
  writeFileSync(join(folder, 'compression.json'), `[\n${lines.join(',\n')}\n]\n`);
  for (const { id, name, metrics } of NETWORKS) {
    const own = results.filter(({ network }) => network === name);
    if (own.length > 0) writeFileSync(join(folder, `${id}.svg`), resultsPlot(name, metrics, own));
  }
  writeFileSync(join(folder, 'compression.md'), resultsPage(NETWORKS, results, commit));
}

/** The commit that a page names, with what is said of it, for writing the page again from the same results. */
export function commitOfPage(page: string): string {
  return /^Made at commit (.+) by `npm run/m.exec(page)?.[1] ?? 'unknown';
}

async function main(): Promise<void> {
  const { network, rows, page, out } = readArguments(process.argv.slice(2));
  const [file, pageFile] = [join(out, 'compression.json'), join(out, 'compression.md')];
  let results: Result[] = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
  if (page) return write(out, results, existsSync(pageFile) ? commitOfPage(readFileSync(pageFile, 'utf8')) : 'unknown');
  const [sources, asked] = [chosen(network), chosenRows(rows)];
  const progress = terminalProgress();
  const cache = new ResultCache(join(projectRoot(), 'bench', 'out', 'compression-results'));
  const code = codeHash();
  for (const [at, source] of sources.entries()) {
    try {
      const made = await measure(source, asked, cache, code, (text, row) => progress?.(`${source.name}: ${text}`, (at + row / ROWS.length) / sources.length));
      results = NETWORKS.flatMap(({ name }) => (name === source.name ? made : results.filter((result) => result.network === name)));
      write(out, results, currentCommit()); // what is measured is not lost if the rest is broken off
    } catch (error) {
      if (!(error instanceof ShiftloomError)) throw error;
      process.stderr.write(`${source.name} was not measured, its results stay as they are: ${error.message}\n`);
      process.exitCode = 1;
    }
  }
  progress?.('results written', 1);
}

await runAsProgram(import.meta.url, main);
