/** What the engine takes of the device, against the estimate, and where its LUTs are. */
import { count, percent, significant, signedPercent } from '../format.js';
import type { ReportUnit } from '../report_parts.js';
import type { Report } from '../report_schema.js';
import { GROUP_TITLES, UNIT_GROUPS, unitName, type UnitGroup } from '../unit_names.js';
import { html, type Markup } from './markup.js';
import { notRun, warnings } from './summary.js';
import { treemap } from './treemap.js';

const KINDS = [
  ['lut', 'LUT'],
  ['ff', 'Flip-flops'],
  ['dsp', 'DSP48E1'],
  ['bram36', 'Block RAM (36 kbit)'],
] as const;
const GROUP_COLOURS: Readonly<Record<UnitGroup, string>> = { array: 'k1', rebuild: 'k5', memory: 'k3', stream: 'k2', output: 'k4', control: 'k6' };
/** Width to height of the box of the map on a wide screen. */
const MAP_ASPECT = 3.4;

export function resourceSection(report: Report): Markup {
  return html`<section class="card"><h2>Resources on the ${report.part.title}</h2>
${report.resources ? resourceBars(report) : notRun('synthesize')}
${warnings(report)}
${estimateTable(report)}
</section>`;
}

function resourceBars({ resources, share, part, estimate }: Report): Markup {
  return html`<p class="note">Counted by Yosys, before placement. The mark is the estimate that was made before synthesis.</p>
<div class="bars">${KINDS.map(([key, label]) => {
    const used = resources![key];
    const rate = share![key];
    const mark = Math.min(1, estimate[key] / part[key]);
    return html`<div class="bar"><b>${label}</b><div class="track${rate > 1 ? ' over' : ''}" role="img" aria-label="${label}: ${percent(rate)} of the device">${
      used > 0 ? html`<div class="fill" style="width:${place(Math.min(1, rate))}"></div>` : null
    }<div class="tick" style="left:${place(mark)}"></div></div><span class="of">${count(used)} of ${count(part[key])} · ${percent(rate)}</span></div>
`;
  })}</div>`;
}

function estimateTable({ estimate, resources, cycles }: Report): Markup {
  const rows: [string, number, number | null, number | null][] = [
    ...KINDS.map(([key, label]): [string, number, number | null, number | null] => [label, estimate[key], resources?.[key] ?? null, estimate.errorPercent[key]]),
    ['Cycles of one frame', estimate.cycles, cycles, estimate.errorPercent.cycles],
  ];
  return html`<h3>Estimate and result</h3><div class="scroll"><table>
<tr><th></th><th class="n">estimated</th><th class="n">measured</th><th class="n">error of the estimate</th></tr>
${rows.map(([label, estimated, measured, error]) => html`<tr><td>${label}</td><td class="n">${count(estimated)}</td><td class="n">${
    measured === null ? 'not run' : count(measured)
  }</td><td class="n">${error === null ? '–' : signedPercent(error)}</td></tr>
`)}</table></div>`;
}

export function unitSection(report: Report): Markup {
  return html`<section class="card"><h2>Where the LUTs are</h2>
${report.units && report.resources ? unitParts(report, report.units) : notRun('synthesize')}
</section>`;
}

function unitParts(report: Report, units: readonly ReportUnit[]): Markup {
  const named = units.map((unit) => ({ ...unit, ...unitName(unit, report.layer) }));
  const groups = UNIT_GROUPS.map((group) => {
    const own = named.filter((unit) => unit.group === group);
    return { group, units: own, lut: own.reduce((sum, { lut }) => sum + lut, 0), size: own.reduce((sum, { lut }) => sum + lut, 0) };
  }).filter(({ lut }) => lut > 0);
  const total = report.resources!.lut;
  const rest = report.resources!.routeThroughLuts;
  return html`<ul class="legend">${groups.map(({ group, lut }) => html`<li><span class="key ${GROUP_COLOURS[group]}"></span>${GROUP_TITLES[group]} <b>${percent(lut / total)}</b></li>`)}</ul>
${unitMap(groups, total)}
<div class="scroll"><table>
<tr><th>Unit</th><th class="n roomy">number</th><th class="n">LUT</th><th class="n">share</th><th class="n roomy">LUT each</th><th class="n">FF</th><th class="n">RAMB36</th></tr>
${groups.map(({ group, units: own, lut }) => html`<tr><td><span class="key ${GROUP_COLOURS[group]}"></span><b>${GROUP_TITLES[group]}</b></td><td class="roomy"></td><td class="n"><b>${count(lut)}</b></td><td class="n"><b>${percent(lut / total)}</b></td><td class="roomy"></td><td></td><td></td></tr>
${own.filter(({ lut: l, ff, bram36 }) => l + ff + bram36 > 0).map((unit) => html`<tr class="sub"><td>${unit.title}</td><td class="n roomy">${count(unit.instances)}</td><td class="n">${count(unit.lut)}</td><td class="n">${percent(unit.lutShare)}</td><td class="n roomy">${significant(unit.lut / unit.instances, 3)}</td><td class="n">${count(unit.ff)}</td><td class="n">${count(unit.bram36)}</td></tr>
`)}`)}</table></div>
<p class="note">A LUT counts to the unit whose cells it feeds: Yosys works across the borders of units, except those of the processing elements.${
    rest ? ` On top, up to ${count(rest)} LUTs serve as wires into carry chains; the count leaves them out.` : ''
  }</p>`;
}

interface Group {
  readonly group: UnitGroup;
  readonly size: number;
  readonly units: readonly { readonly title: string; readonly lut: number }[];
}

/** The groups as areas, and in each its units. */
function unitMap(groups: readonly Group[], total: number): Markup {
  const outer = treemap([...groups].sort((a, b) => b.size - a.size), MAP_ASPECT);
  const boxes = outer.flatMap((tile) => {
    const inside = tile.item.units.filter(({ lut }) => lut > 0).map((unit) => ({ ...unit, size: unit.lut }));
    const aspect = (tile.w / tile.h) * MAP_ASPECT;
    return treemap(inside, aspect).map(({ item, x, y, w, h }) => ({
      title: item.title,
      lut: item.lut,
      colour: GROUP_COLOURS[tile.item.group],
      x: tile.x + (x * tile.w) / 100,
      y: tile.y + (y * tile.h) / 100,
      w: (w * tile.w) / 100,
      h: (h * tile.h) / 100,
    }));
  });
  return html`<div class="map" aria-hidden="true">${boxes.map(({ title, lut, colour, x, y, w, h }) => {
    const named = h >= 7 && w >= 4.5;
    const style = `left:${x.toFixed(2)}%;top:${y.toFixed(2)}%;width:${w.toFixed(2)}%;height:${h.toFixed(2)}%`;
    return html`<div class="${colour}${named ? (h < 18 || w < 9 ? ' small' : '') : ' bare'}" title="${title}: ${count(lut)} LUT" style="${style}">${named ? html`<span>${title}</span>` : null}${
      named && h >= 15 && w >= 6 ? html`<span>${percent(lut / total)}</span>` : null
    }</div>
`;
  })}</div>`;
}

/** Width or place in a bar. */
export function place(rate: number): string {
  return `${(100 * rate).toFixed(2)}%`;
}
