/** The report as Markdown, for a reader in a terminal or a code browser. */
import { executionMarkdown } from './execution.js';
import { bits, count, decibel, nanoseconds, percent, plural, seconds, short, signedPercent, significant } from './format.js';
import { boundText, cycleParts, encodingText, lanesText, layerText, verdict } from './layer_text.js';
import type { Report } from './report_schema.js';
import { GROUP_TITLES, UNIT_GROUPS, unitName } from './unit_names.js';

const NOT_RUN = 'not run';
const KINDS = [
  ['lut', 'LUT'],
  ['ff', 'flip-flops'],
  ['dsp', 'DSP48E1'],
  ['bram36', 'RAMB36'],
] as const;

/** The whole report as Markdown text; what was not run is said to be so. */
export function renderReportMarkdown(report: Report): string {
  return [
    heading(report), figures(report), cycles(report), resources(report), units(report), compression(report), ...execution(report), clock(report), ...energy(report), tools(report),
  ].join('\n\n') + '\n';
}

/** What stands in a table cell may hold no bar and no line break. */
function cell(text: string | number): string {
  return String(text).replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ');
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n');
}

function heading(report: Report): string {
  const { title, lines } = verdict(report);
  const warnings = report.warnings.map((text) => `- **Warning:** ${text}`);
  return [
    `# ${report.layer}`,
    '',
    `${layerText(report)}; ${encodingText(report)} weights; ${lanesText(report)}; ${report.part.title}.`,
    '',
    `**${title}.** ${lines.join(' ')}`,
    ...(warnings.length > 0 ? ['', ...warnings] : []),
  ].join('\n');
}

function figures(report: Report): string {
  const { cycles: c, utilization, resources: r, lutPerMac, laneLutPerMac, clock: k, compression: z } = report;
  const rows: [string, string][] = [
    ['cycles of one frame', c === null ? NOT_RUN : count(c)],
    ['utilization', utilization === null ? NOT_RUN : percent(utilization)],
    ...(report.frameToFrame ? [['cycles from frame to frame, by the cycle model', `${count(report.frameToFrame.cycles)}, utilization ${percent(report.frameToFrame.utilization)}`] as [string, string]] : []),
    ['LUT per MAC and cycle', lutPerMac === null ? NOT_RUN : `${significant(lutPerMac, 3)}${laneLutPerMac === null ? '' : `, ${significant(laneLutPerMac, 3)} in the array`}`],
    ['LUT, DSP48E1, RAMB36', r ? `${count(r.lut)}, ${count(r.dsp)}, ${count(r.bram36)}` : NOT_RUN],
    ['clock, pre-layout estimate', k ? `${k.fmaxMhz.pessimistic} to ${k.fmaxMhz.optimistic} MHz, nominal ${k.fmaxMhz.nominal} MHz` : NOT_RUN],
    ['parameters smaller by', `${significant(z.ratio32, 3)} × than 32 bit, ${significant(z.ratio8, 3)} × than 8 bit`],
    ['SQNR of weights, outputs', `${report.weightSqnrDb === null ? 'not measured' : decibel(report.weightSqnrDb)}, ${report.outputSqnrDb === null ? 'not measured' : decibel(report.outputSqnrDb)}`],
  ];
  return table(['figure', 'value'], rows);
}

function cycles(report: Report): string {
  const parts = cycleParts(report);
  if (parts === null || report.cycles === null) return `## Cycles\n\n${boundText(report)}\n\n${NOT_RUN}`;
  const row = (name: string, value: number): [string, string, string] => [name, count(value), percent(value / report.cycles!)];
  return `## Cycles\n\n${short(report.macs)} multiply-accumulates, at most ${count(report.peakMacsPerCycle)} in a cycle. ${boundText(report)}\n\n${table(
    ['the engine', 'cycles', 'share'],
    [
      row('computes', parts.useful),
      row('computes with lanes without work', parts.idleLanes),
      row('waits for input', parts.waitInput),
      row('waits for output', parts.waitOutput),
      ...(report.busy.weightStream + report.busy.rebuilding > 0 ? [row('waits for weights', parts.waitWeight)] : []),
      row('fills, drains, starts', parts.other),
      row('in all', report.cycles),
    ],
  )}`;
}

function resources({ resources: r, share, part, estimate, cycles: measured }: Report): string {
  const error = (value: number | null) => (value === null ? '–' : signedPercent(value));
  const rows = KINDS.map(([key, label]) => [
    label, count(estimate[key]), r ? count(r[key]) : NOT_RUN, error(estimate.errorPercent[key]), count(part[key]), share ? percent(share[key]) : NOT_RUN,
  ]);
  const last = ['cycles of one frame', count(estimate.cycles), measured === null ? NOT_RUN : count(measured), error(estimate.errorPercent.cycles), '', ''];
  return `## Resources on the ${part.title}\n\n${table(['', 'estimated', 'measured', 'error of the estimate', 'device', 'share'], [...rows, last])}`;
}

function units({ units: all, layer, resources: r }: Report): string {
  if (!all || !r) return `## Where the LUTs are\n\n${NOT_RUN}`;
  const named = all.map((unit) => ({ ...unit, ...unitName(unit, layer) }));
  const rows = UNIT_GROUPS.flatMap((group) =>
    named
      .filter((unit) => unit.group === group && unit.lut + unit.ff + unit.bram36 > 0)
      .map((unit) => [`${GROUP_TITLES[group]}: ${unit.title}`, count(unit.instances), count(unit.lut), percent(unit.lutShare), count(unit.ff), count(unit.bram36)]),
  );
  return `## Where the LUTs are\n\n${table(['unit', 'number', 'LUT', 'share', 'FF', 'RAMB36'], rows)}`;
}

function compression({ compression: c, storedBits, denseBits }: Report): string {
  return `## Compression\n\n${plural(c.weights, 'weight')}, ${percent(c.density)} not zero. Stored ${bits(storedBits)} (${significant(
    c.bitsPerWeight, 3,
  )} bit per weight with all side information) in place of ${bits(denseBits)} at 32 bit and ${bits(c.dense8Bits)} at 8 bit.${
    c.outputSqnrOn ? ` SQNR of outputs measured on ${c.outputSqnrOn}.` : ''
  }`;
}

/** Nothing for a layer that is not stored as factors. */
function execution({ execution: e }: Report): string[] {
  return e ? [executionMarkdown(e)] : [];
}

function clock({ clock: k }: Report): string {
  if (!k) return `## Clock: pre-layout estimate\n\n${NOT_RUN}`;
  const { path } = k;
  const rows = [path.start, ...path.steps, path.end].map((s) => [s.type, `\`${s.name}\``, s.routingNs.toFixed(2), s.cellNs.toFixed(2), s.atNs.toFixed(2)]);
  return `## Clock: pre-layout estimate\n\nNominal longest path ${nanoseconds(path.totalNs)}: ${nanoseconds(path.logicNs)} in cells, ${nanoseconds(
    path.routingNs,
  )} in routing, ${plural(path.levels, 'level')}.\n\n${table(['cell', 'drives', 'routing ns', 'cell ns', 'at ns'], rows)}`;
}

/** Nothing for a design whose energy was not measured. */
function energy({ energy: e }: Report): string[] {
  if (!e) return [];
  const pj = (value: number) => significant(value, 3);
  const rows = [...e.byPart, { name: 'in all', ...e.perMac }].map(({ name, low, nominal, high }) => [name, pj(low), pj(nominal), pj(high), percent(nominal / e.perMac.nominal)]);
  return [
    `## Switching energy\n\n${count(e.toggles)} toggles of the netlist in ${count(e.cycles)} cycles, ${percent(e.shareOfFrame)} of a frame; without glitches and leakage, for comparing engines.\n\n${table(
      ['pJ per multiply-accumulate', 'low', 'nominal', 'high', 'share'],
      rows,
    )}`,
  ];
}

function tools({ tools: t, seconds: s, simulation, generator }: Report): string {
  const time = (value: number | null) => (value === null ? NOT_RUN : seconds(value));
  return `## Tools and times\n\n${table(
    ['', ''],
    [
      ['shiftloom', generator],
      ['simulator', t.simulator ?? NOT_RUN],
      ...(simulation ? [['frames', `${count(simulation.frames)}, ${simulation.source === 'sample' ? 'from the sample' : `random, seed ${simulation.seed}`}`]] : []),
      ['Yosys', t.yosys ?? NOT_RUN],
      ['generate', time(s.generate)],
      ['simulate', time(s.simulate)],
      ['synthesize', time(s.synthesize)],
    ],
  )}`;
}
