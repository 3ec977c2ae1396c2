/**
 * What storing weights as factors costs: the demo layer's stored bits against the SQNR of its outputs, and the accuracy of the trained networks.
 *
 *     npm run results:cp                               everything; writes docs/results/cp.json, cp.md, cp.svg
 *     npm run results:cp -- --series plain,cp          points of some series, beside those that an earlier run of the same code kept
 *     npm run results:cp -- --ratios 40,10             points of some ratios
 *     npm run results:cp -- --page                     page and picture again from docs/results/cp.json
 *
 * Points are kept in bench/out/cp-results by a hash of the code and of the layer, so that a run that was stopped goes on.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { ResultCache, plannerVersion } from '../generator/flow/result_cache.js';
import { readFloatLayer } from '../generator/import/float_layer_file.js';
import { currentCommit } from './bench/results.js';
import { curvePoint } from './cp/curve_measure.js';
import { curvePage, type CpResults, type NetworkResult } from './cp/curve_page.js';
import { curvePlot } from './cp/curve_plot.js';
import { NETWORK_JOBS } from './cp/network_jobs.js';
import { evaluateTrainedNetworks } from './cp/trained_networks.js';
import { executionPlot } from './cp/execution_plot.js';
import { EXECUTION_CASES, executionRow, type ExecutionRow } from './cp/execution_rows.js';
import { CURVE_ROWS, SERIES, type CurvePoint, type CurveRow } from './cp/curve_rows.js';
import { prepareDemo } from './prepare_demo.js';
import { terminalProgress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';

/** Folders and files whose text decides the points. */
const CODE = ['../generator/compress', '../generator/golden', '../generator/layer', 'cp/curve_measure.js'];

interface Arguments {
  readonly series?: string;
  readonly ratios?: string;
  readonly networks: boolean;
  readonly executions: boolean;
  readonly page?: boolean;
  readonly out: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('results:cp')
    .description('Stored bits against output SQNR of factored weights, and accuracies of trained networks.')
    .option('--series <names>', `series to measure, with commas between: ${SERIES.join(', ')}; none: only what is kept`)
    .option('--ratios <list>', 'ratios to measure, with commas between, as in 40,10')
    .option('--no-networks', 'leave the trained networks as they are')
    .option('--no-executions', 'leave the comparison of stored, rebuilt and direct execution as it is')
    .option('--page', 'measure nothing, write page and picture from the results')
    .option('--out <folder>', 'folder of results, page and picture', join(projectRoot(), 'docs', 'results'))
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

/** Rows that the options name. @throws ShiftloomError('usage') for a series that there is not */
export function chosenCurveRows({ series, ratios }: Pick<Arguments, 'series' | 'ratios'>): ReadonlySet<CurveRow> {
  const names = series?.split(',').map((name) => name.trim());
  const unknown = names?.find((name) => name !== 'none' && !SERIES.some((known) => known === name));
  if (unknown !== undefined) throw new ShiftloomError('usage', '--series', `there is no series '${unknown}'`, `Series: ${SERIES.join(', ')}, none`);
  const labels = ratios?.split(',').map((ratio) => `${ratio.trim().replace(/x$/, '')}x`);
  const missing = labels?.find((label) => !CURVE_ROWS.some((row) => row.label === label));
  if (missing !== undefined) throw new ShiftloomError('usage', '--ratios', `there is no ratio ${missing}`, `Ratios: ${[...new Set(CURVE_ROWS.filter((row) => row.series === 'cp').map((row) => row.label))].join(', ')}`);
  return new Set(CURVE_ROWS.filter((row) => (!names || names.includes(row.series)) && (!labels || row.series === 'plain' || labels.includes(row.label))));
}

/** Hash of code, and of the files that it reads. */
function codeHash(code: readonly string[], layerFiles: readonly string[]): string {
  const hash = createHash('sha256');
  for (const place of code.map((name) => fileURLToPath(new URL(name, import.meta.url)))) {
    const files = place.endsWith('.js') ? [place] : readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js')).sort().map((file) => join(place, file));
    for (const file of files) hash.update(readFileSync(file));
  }
  for (const file of layerFiles) hash.update(readFileSync(file));
  return hash.digest('hex');
}

async function measuredPoints(asked: ReadonlySet<CurveRow>, report: (text: string, share: number) => void): Promise<{ layer: string; base: CpResults['base']; points: CurvePoint[] }> {
  const root = projectRoot();
  const folder = join(root, 'examples', 'demo');
  const { floatLayerPath } = await prepareDemo(folder);
  const layer = await readFloatLayer(floatLayerPath);
  const cache = new ResultCache(join(root, 'bench', 'out', 'cp-results'));
  const code = codeHash(CODE, ['conv_demo.safetensors', 'conv_demo.sample.npy', 'conv_demo.calibration.npy'].map((name) => join(folder, name)));
  const points: CurvePoint[] = [];
  for (const [i, row] of CURVE_ROWS.entries()) {
    const name = `${row.series} ${row.label}${row.calibrated ? ', calibrated' : ''}`;
    report(name, i / CURVE_ROWS.length);
    const key = [code, JSON.stringify(row)];
    const make = async () => curvePoint(layer, row, (text) => report(`${name}: ${text}`, i / CURVE_ROWS.length));
    const known = asked.has(row) ? await cache.result(key, make) : await cache.known<CurvePoint>(key);
    if (known) points.push(known);
  }
  const dense = (bits: number) => bits * layer.weight.length + 32 * layer.outChannels;
  return { layer: layer.name, base: { bits4: dense(4), bits32: dense(32) }, points };
}

/** Folders whose text decides what trained networks reach: their engines are generated and simulated. */
const NETWORK_CODE = ['../generator/golden', '../generator/layer', '../generator/plan', '../generator/units', 'cp/network_files.js', 'cp/network_golden.js', 'cp/network_jobs.js', 'cp/trained_networks.js'];

/** Accuracies of the trained networks of examples/cp, as far as they are there, network by network. */
async function networkResults(report: (text: string, share: number) => void): Promise<NetworkResult[]> {
  const cache = new ResultCache(join(projectRoot(), 'bench', 'out', 'cp-results'));
  const code = codeHash(NETWORK_CODE, filesWithin(join(projectRoot(), 'examples', 'cp')));
  const results: NetworkResult[] = [];
  for (const [i, { id }] of NETWORK_JOBS.entries()) {
    if (!existsSync(join(projectRoot(), 'examples', 'cp', id))) continue;
    const onProgress = (text: string) => report(text, i / NETWORK_JOBS.length);
    results.push(...(await cache.result(['network', code, id], () => evaluateTrainedNetworks({ ids: [id], onProgress }))));
  }
  return results;
}

function filesWithin(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)).sort();
}

/** The planner's comparison, kept by the planner's text. */
async function executionRows(report: (text: string, share: number) => void): Promise<ExecutionRow[]> {
  const cache = new ResultCache(join(projectRoot(), 'bench', 'out', 'cp-results'));
  const rows: ExecutionRow[] = [];
  for (const [i, [side, rank]] of EXECUTION_CASES.entries()) {
    report(`map ${side}x${side}, rank ${rank}`, i / EXECUTION_CASES.length);
    rows.push(await cache.result(['execution', plannerVersion(), String(side), String(rank)], () => executionRow(side, rank)));
  }
  return rows;
}

function write(folder: string, results: CpResults): void {
  mkdirSync(folder, { recursive: true });
  const { points, networks, executions, ...head } = results;
  const lines = (values: readonly unknown[]) => (values.length === 0 ? '[]' : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`);
  const pairs = [...Object.entries(head).map(([key, value]) => [key, JSON.stringify(value)]), ['points', lines(points)], ['networks', lines(networks)], ['executions', lines(executions)]];
  writeFileSync(join(folder, 'cp.json'), `{\n${pairs.map(([key, value]) => `  "${key}": ${value}`).join(',\n')}\n}\n`);
  writeFileSync(join(folder, 'cp.svg'), curvePlot(points, results.base.bits4));
  if (executions.length > 0) writeFileSync(join(folder, 'cp_execution.svg'), executionPlot(executions));
  writeFileSync(join(folder, 'cp.md'), curvePage(results));
}

function earlier(folder: string): CpResults | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'cp.json'), 'utf8')) as CpResults;
  } catch {
    return undefined; // none yet
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const before = earlier(args.out);
  if (args.page) {
    if (!before) throw new ShiftloomError('input', args.out, 'has no cp.json', 'Measure first: npm run results:cp');
    write(args.out, before);
    return;
  }
  const commit = currentCommit();
  const progress = terminalProgress() ?? (() => {});
  const measured = await measuredPoints(chosenCurveRows(args), progress);
  const networks = args.networks ? await networkResults(progress) : (before?.networks ?? []);
  const executions = args.executions ? await executionRows(progress) : (before?.executions ?? []);
  write(args.out, { ...measured, networks, executions, commit });
  process.stdout.write(`${measured.points.length} of ${CURVE_ROWS.length} points, ${networks.length} networks: ${join(args.out, 'cp.md')}\n`);
}

await runAsProgram(import.meta.url, main);
