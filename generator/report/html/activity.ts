/** Where the cycles of a frame go, and what the engine does over time. */
import { count, percent } from '../format.js';
import { boundText, cycleParts } from '../layer_text.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';
import { place } from './resources.js';
import { notRun } from './summary.js';

const PARTS = [
  ['useful', 'Array computes', 'k1'],
  ['idleLanes', 'lanes without work (ragged edges)', 'k1l'],
  ['waitInput', 'waits for input', 'k2'],
  ['waitOutput', 'waits for output', 'k4'],
  ['waitWeight', 'waits for weights', 'k3'],
  ['other', 'fill, drain, control', 'k0'],
] as const;

export function cycleSection(report: Report): Markup {
  const parts = cycleParts(report);
  const { cycles, utilization } = report;
  return html`<section class="card"><h2>Cycles and utilization</h2>
<p>${boundText(report)}</p>
${
    parts === null || cycles === null || utilization === null
      ? notRun('simulate')
      : html`<p>${count(report.macs)} multiply-accumulates in ${count(cycles)} cycles; at ${count(report.peakMacsPerCycle)} in each cycle ${count(
          Math.ceil(report.macs / report.peakMacsPerCycle),
        )} would be the least. <b>${percent(utilization)}</b> of the array is used, from the start of a frame to its last output.</p>
<div class="stack" role="img" aria-label="Cycles by what the engine does">${PARTS.map(([key, , colour]) =>
          parts[key] > 0 ? html`<i class="${colour}" style="width:${place(parts[key] / cycles)}"></i>` : null,
        )}</div>
<ul class="legend">${PARTS.filter(([key]) => key !== 'waitWeight' || report.busy.weightStream + report.busy.rebuilding > 0).map(([key, label, colour]) => html`<li><span class="key ${colour}"></span>${label} <b>${count(parts[key])}</b> · ${percent(parts[key] / cycles)}</li>`)}</ul>
${timelineCharts(report, cycles)}`
  }
</section>`;
}

function timelineCharts({ simulation, design }: Report, cycles: number): Markup | null {
  const timeline = simulation?.timeline;
  if (!timeline || timeline.active.length === 0) return null;
  const { bucketCycles } = timeline;
  const rows: [string, string, string, readonly number[]][] = [
    ['Input', `beats of ${design.input.elements} elements`, 'a2', timeline.inputBeats],
    ['Array', 'cycles with a step', 'a1', timeline.active],
    ['Output', `beats of ${design.output.elements} elements`, 'a4', timeline.outputBeats],
  ];
  return html`<h3>Activity over one frame, streams always ready</h3>
${rows.map(([what, unit, colour, values]) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    const rates = values.map((value, i) => Math.min(1, value / bucketLength(i, values.length, bucketCycles, cycles)));
    const busiest = Math.max(...rates);
    return html`<div class="row"><div class="what">${what}<small> ${count(total)} ${unit}; full height: ${percent(busiest, busiest < 0.1 ? 1 : 0)} of the cycles</small></div>${area(rates, busiest, bucketCycles, cycles, colour, what)}</div>
`;
  })}<div class="row"><span></span><div class="axis"><span>0</span><span>${count(Math.round(cycles / 2))}</span><span>${count(cycles)} cycles</span></div></div>`;
}

/** The last bucket may hold less than a whole bucket of cycles. */
function bucketLength(i: number, buckets: number, bucketCycles: number, cycles: number): number {
  return i < buckets - 1 ? bucketCycles : Math.max(1, Math.min(bucketCycles, cycles - bucketCycles * (buckets - 1)));
}

/** Share of busy cycles in each bucket as a filled step line. */
function area(rates: readonly number[], busiest: number, bucketCycles: number, cycles: number, colour: string, label: string): Markup {
  const steps = rates.map((rate, i) => `V${(100 - (busiest > 0 ? (94 * rate) / busiest : 0)).toFixed(1)}H${Math.min(cycles, (i + 1) * bucketCycles)}`);
  return html`<svg class="chart" viewBox="0 0 ${cycles} 100" preserveAspectRatio="none" role="img" aria-label="${label} over time"><path class="${colour}" d="M0 100${steps.join('')}V100z"/></svg>`;
}
