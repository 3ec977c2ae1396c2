/** The tables of docs/performance.md, made from the committed results in bench/results. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../generator/report/report_schema.js';
import { modeTable, ratioTable, table } from '../compare/markdown.js';
import type { CompareRow } from '../compare/rows.js';
import type { ScalingRow } from '../scaling/rows.js';

/** What bench:conv4_1 leaves: the report's keys and its own. */
export interface FullSizeResult extends Report {
  readonly configuration: string;
  readonly timeMs: number;
  readonly commit: string;
  readonly checks: readonly { readonly what: string; readonly measured: string; readonly wanted: string; readonly met: boolean }[];
}

/** Names of the results; of each, \`bench/results/NAME.json\` if it was published. */
export const RESULTS = ['conv4_1', 'conv4_1_lut', 'compare', 'scaling', 'cp'] as const;

/** What of bench:cp's figures the page shows. */
export interface CpResult {
  readonly rank: number;
  readonly calibrated: boolean;
  readonly lanes: string;
  readonly outputSqnrDb: number | null;
  readonly outputSqnrDbDirect: number | null;
  readonly cyclesDirect: number;
  readonly checks: readonly { readonly what: string; readonly measured: string; readonly met: boolean }[];
  readonly commit: string;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

function read<T>(folder: string, name: string): T | undefined {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

/** Text of each marked section, by its name; a result that was not published has none. */
export function sections(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const engines = ['conv4_1', 'conv4_1_lut'].map((name) => read<FullSizeResult>(folder, name)).filter((result) => result !== undefined);
  if (engines.length > 0) found.set('conv4_1', engines.map(fullSize).join('\n\n'));
  const rows = read<CompareRow[]>(folder, 'compare');
  if (rows) {
    found.set('compare equal', `${modeTable(rows, 'equal')}\n\n${ratioTable(rows, 'equal')}`);
    found.set('compare device', `${modeTable(rows, 'device')}\n\n${ratioTable(rows, 'device')}`);
    const commits = [...new Set(rows.flatMap(({ commit }) => commit ?? []))];
    found.set('compare commit', `Measured at commit ${commits.join(', ')}.`);
  }
  const scaling = read<ScalingRow[]>(folder, 'scaling');
  if (scaling) found.set('scaling', scalingTable(scaling));
  const cp = read<CpResult>(folder, 'cp');
  if (cp) found.set('cp', rebuiltTable(cp));
  return found;
}

function rebuiltTable({ rank, calibrated, lanes, outputSqnrDb, outputSqnrDbDirect, cyclesDirect, checks, commit }: CpResult): string {
  const decibels = (value: number | null) => (value === null ? 'not measured' : `${value.toFixed(1)} dB`);
  const head = `Rank ${rank}, ${calibrated ? 'calibrated on activations' : 'from the weights alone'}, lanes \`${lanes}\`, commit ${commit}. Outputs against the trained layer: ${decibels(outputSqnrDb)} rebuilt,
${decibels(outputSqnrDbDirect)} with the factors run directly, which takes ${whole(cyclesDirect)} cycles.`;
  return `${head}\n\n${table(['check', 'measured', ''], checks.map(({ what, measured, met }) => [what, measured, met ? 'met' : 'missed']))}`;
}

function fullSize({ configuration, lanes, macs, cycles, resources, clock, seconds, checks, commit }: FullSizeResult): string {
  const { oc, ic, pixel } = lanes;
  const { lut, ff, dsp, bram36 } = resources!;
  const clocks = clock ? `${clock.fmaxMhz.pessimistic} / ${clock.fmaxMhz.nominal} / ${clock.fmaxMhz.optimistic} MHz` : '-';
  const head = `\`${configuration}\` (oc=${oc}, ic=${ic}, pixel=${pixel}), commit ${commit}: ${whole(lut)} LUT, ${whole(ff)} FF, ${dsp} DSP48E1, ${bram36} block RAM, ${whole(cycles!)} cycles,
${whole(macs / cycles!)} MACs per cycle effective, ${((1000 * macs) / cycles! / lut).toFixed(1)} for each 1,000 LUTs; clock before layout, pessimistic / nominal / optimistic: ${clocks}; simulated
in ${Math.round(seconds.simulate!)} s with golden model and compiling, synthesized in ${Math.round(seconds.synthesize!)} s, on two cores that did other work too.`;
  return `${head}\n\n${table(['check', 'measured', 'wanted', ''], checks.map(({ what, measured, wanted, met }) => [what, measured, wanted, met ? 'met' : 'missed']))}`;
}

function scalingTable(rows: readonly ScalingRow[]): string {
  const head = ['lanes', 'MAC/cycle', 'LUT', 'LUT per MAC/cycle', 'FF', 'BRAM36', 'cycles', 'utilization', 'simulation, 64 = 1', 'synthesis, 64 = 1', 'wrong outputs'];
  const lines = rows.map((row) => [
    `\`${row.lanes}\``, whole(row.peakMacsPerCycle), whole(row.lut), row.lutPerMac.toFixed(1), whole(row.ff), String(row.bram36), whole(row.cycles),
    `${(100 * row.utilization).toFixed(1)} %`, row.simulationRatio.toFixed(2), row.synthesisRatio.toFixed(2), `${row.mismatches} of ${whole(row.outputs)}`,
  ]);
  return `Measured at commit ${rows[0].commit}.\n\n${table(head, lines)}`;
}

/** The page with its marked sections replaced: from \`<!-- bench NAME -->\` to \`<!-- end -->\`. Sections without a result stay. */
export function filledPage(page: string, texts: ReadonlyMap<string, string>): string {
  return page.replace(/<!-- bench (.+?) -->\n[^]*?<!-- end -->/g, (section, name: string) => {
    const text = texts.get(name);
    return text === undefined ? section : `<!-- bench ${name} -->\n${text}\n<!-- end -->`;
  });
}
