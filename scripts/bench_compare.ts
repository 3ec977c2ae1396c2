/**
 * The baselines and the shift-add engines side by side on the conv4_1-shaped layer: at equal multiply-accumulates per cycle, and each as
 * large as the XC7Z035 holds. What was measured before is kept in bench/out/cache, so a run that was stopped goes on where it was.
 *
 *     npm run bench:compare                                   both modes; the large engines take tens of minutes
 *     npm run bench:compare -- --mode equal                   minutes
 *     npm run bench:compare -- --engines int16,bpot --no-simulate-device
 *     npm run bench:compare -- --cached                       the tables of what is there
 *
 * Writes bench/out/compare.json, compare.md, compare.svg and compare.html. Exit code 1 if an output is wrong.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { completeLanes, limitsOf, parseLanes } from '../generator/flow/lanes.js';
import type { Layer } from '../generator/layer/layer.js';
import type { Lanes } from '../generator/plan/plan.js';
import { findLanes } from '../generator/plan/search.js';
import { measureEngine } from './bench/measure.js';
import { currentCommit, writeResults } from './bench/results.js';
import { conv41Layer } from './conv4_1/layer.js';
import { compareChart } from './compare/chart.js';
import { ENGINES, type ComparedEngine, type Mode } from './compare/engines.js';
import { compareMarkdown } from './compare/markdown.js';
import { comparePage } from './compare/page.js';
import { PUBLISHED, measuredRow, withRatios, type CompareRow } from './compare/rows.js';
import { projectRoot, runAsProgram } from './project.js';

/** DSP48E1 that are left for requantizers where the array has none. */
const REQUANTIZER_DSP = 8;
/** Foldings that leave more lanes idle than that are not looked for. */
const LEAST_UTILIZATION = 0.95;

interface Arguments {
  readonly mode: Mode | 'both';
  readonly engines?: string;
  readonly simulateDevice: boolean;
  readonly cached: boolean;
  readonly energy: Mode | 'both' | 'none';
}

/** Energy is that of one output row in the middle of the map, the same for every engine. */
const ENERGY_ROW = 13;

function readArguments(args: readonly string[]): Arguments {
  return new Command('bench:compare')
    .description('Baselines and shift-add engines on the conv4_1-shaped layer.')
    .addOption(new Option('--mode <mode>', 'which comparison').choices(['equal', 'device', 'both']).default('both'))
    .option('--engines <names>', 'only these, with commas between')
    .addOption(new Option('--energy <mode>', 'where switching energy is measured; of large engines it takes long').choices(['equal', 'device', 'both', 'none']).default('equal'))
    .option('--cached', 'only what was measured before; engines that were not synthesized are left out and told', false)
    .option('--no-simulate-device', 'take the cycles of the large engines from the cycle model')
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

function enginesOf(names: string | undefined): readonly ComparedEngine[] {
  if (names === undefined) return ENGINES;
  return names.split(',').map((name) => {
    const engine = ENGINES.find((known) => known.name === name);
    if (engine) return engine;
    throw new ShiftloomError('usage', '--engines', `there is no engine '${name}'`, `Engines: ${ENGINES.map((known) => known.name).join(', ')}`);
  });
}

/** \`oc=4,ic=64,pixel=1\` with whatever else differs from the default. */
function lanesText({ oc, ic, pixel, ...rest }: Lanes): string {
  const more = Object.entries(rest).filter(([key, value]) => value !== undefined && !(key === 'kind' && value === 'lut'));
  return [`oc=${oc}`, `ic=${ic}`, `pixel=${pixel}`, ...more.map(([key, value]) => `${key}=${String(value)}`)].join(',');
}

/** The folding of a mode, given or found. */
function foldingOf(engine: ComparedEngine, mode: Mode, layer: Layer): { lanes: Lanes; why: string | null } {
  if (mode === 'equal') return { lanes: completeLanes(layer, parseLanes(engine.equal)), why: null };
  if (typeof engine.device === 'object') return { lanes: completeLanes(layer, parseLanes(engine.device.lanes)), why: engine.device.why };
  const { kind } = completeLanes(layer, parseLanes(engine.equal));
  const { limits } = limitsOf({ target: 'xc7z035' })!;
  const maxDsp = engine.device === 'planner' ? limits.maxDsp : REQUANTIZER_DSP;
  return { lanes: findLanes(layer, { ...limits, maxDsp, kind, minUtilization: LEAST_UTILIZATION }).lanes, why: null };
}

async function measured(engine: ComparedEngine, mode: Mode, args: Arguments, commit: string): Promise<CompareRow> {
  const say = (text: string) => process.stdout.write(`${engine.name}, ${mode}: ${text}\n`);
  const layer = await conv41Layer(join(projectRoot(), 'bench', 'layers'), engine.layer, engine.options);
  const { lanes, why } = foldingOf(engine, mode, layer);
  say(lanesText(lanes));
  const figures = await measureEngine(layer, lanes, {
    simulate: mode === 'equal' || args.simulateDevice,
    energyRow: args.energy === 'both' || args.energy === mode ? ENERGY_ROW : undefined,
    cachedOnly: args.cached,
    onStep: say,
  });
  if ((figures.energy?.mismatches ?? 0) > 0) {
    throw new ShiftloomError('tool', `${engine.name}, ${mode}`, `the netlist gave ${figures.energy!.mismatches} of ${figures.energy!.outputs} outputs wrong, so its energy means nothing`);
  }
  const row = measuredRow(engine, mode, lanesText(lanes), why, figures, commit);
  say(`${row.lut} LUT, ${row.dsp} DSP48E1, ${row.bram36} block RAM, ${row.cycles} cycles, ${row.clockMHz} MHz, ${row.mismatches ?? 'no'} outputs wrong`);
  return row;
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const commit = currentCommit();
  const modes: readonly Mode[] = args.mode === 'both' ? ['equal', 'device'] : [args.mode];
  const rows: CompareRow[] = [];
  const missing: string[] = [];
  for (const mode of modes) {
    for (const engine of enginesOf(args.engines)) {
      try {
        rows.push(await measured(engine, mode, args, commit));
      } catch (error) {
        // An engine that cannot be built is told in the table; whatever else goes wrong ends the run.
        if (!(error instanceof ShiftloomError) || error.code === 'tool') throw error;
        missing.push(`${engine.name}, ${mode}: ${error.message}`);
      }
    }
  }
  const all = [...withRatios(rows), PUBLISHED];
  const markdown = compareMarkdown(all, missing, commit);
  const written = writeResults('compare', all);
  const file = (ending: string) => join(projectRoot(), 'bench', 'out', `compare.${ending}`);
  writeFileSync(file('md'), markdown);
  writeFileSync(file('svg'), compareChart(all));
  writeFileSync(file('html'), comparePage(all, markdown));
  process.stdout.write(`${markdown}\n${written}\n`);
  process.exit(rows.some(({ mismatches }) => (mismatches ?? 0) > 0) ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
