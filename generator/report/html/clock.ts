/** The clock estimate as a range, and the path it comes from. */
import { count, nanoseconds } from '../format.js';
import type { ReportClock } from '../report_parts.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';
import { place } from './resources.js';
import { notRun } from './summary.js';

export function clockSection({ clock, resources }: Report): Markup {
  return html`<section class="card"><h2>Clock: pre-layout estimate</h2>
${clock ? clockParts(clock) : resources ? html`<p class="notrun">The design has no path from a register to a register.</p>` : notRun('synthesize')}
</section>`;
}

function clockParts(clock: ReportClock): Markup {
  const { path, byModule } = clock;
  return html`<p class="note">The longest path from register to register over the mapped netlist. Cells are timed, routing is guessed from the number of loads
(0.6, 1.0 or 1.4 ns a hop and more for many loads), so the result is a range. Placement and routing decide.</p>
${range(clock)}
<div class="two"><div><h3>Longest path: ${nanoseconds(path.totalNs)} nominal, ${nanoseconds(path.logicNs)} in cells and ${nanoseconds(path.routingNs)} in routing</h3>
<div class="stack" role="img" aria-label="Path by cells and routing">${[path.start, ...path.steps, path.end].map(({ routingNs, cellNs }) => [
    routingNs > 0 ? html`<i class="k0" style="width:${place(routingNs / path.totalNs)}"></i>` : null,
    cellNs > 0 ? html`<i class="k4" style="width:${place(cellNs / path.totalNs)}"></i>` : null,
  ])}</div>
<ul class="legend"><li><span class="key k4"></span>cells</li><li><span class="key k0"></span>routing</li></ul>
${pathTable(clock)}</div>
<div><h3>Worst path into each module</h3><div class="scroll"><table>
<tr><th>Registers in</th><th class="n">nominal</th></tr>
${byModule.slice(0, 12).map(({ module, periodNs }) => html`<tr><td><code>${module}</code></td><td class="n">${nanoseconds(periodNs)} · ${count(Math.round(1000 / periodNs))} MHz</td></tr>
`)}</table></div></div></div>`;
}

function range({ fmaxMhz: f }: ReportClock): Markup {
  const reach = f.optimistic * 1.12;
  const at = (mhz: number) => place(mhz / reach);
  return html`<div class="range" role="img" aria-label="${f.pessimistic} to ${f.optimistic} MHz, nominal ${f.nominal} MHz"><div class="line"></div>
<div class="span" style="left:${at(f.pessimistic)};width:${at(f.optimistic - f.pessimistic)}"></div><div class="dot" style="left:${at(f.nominal)}"></div>
<span class="tag" style="left:${at(f.pessimistic)}">${f.pessimistic}</span><span class="tag" style="left:${at(f.nominal)}"><b>${f.nominal} MHz</b></span><span class="tag" style="left:${at(f.optimistic)}">${f.optimistic}</span></div>`;
}

function pathTable({ path }: ReportClock): Markup {
  const rows = [path.start, ...path.steps, path.end];
  return html`<div class="scroll"><table>
<tr><th>Cell</th><th>drives</th><th class="n">routing</th><th class="n">cell</th><th class="n">at</th></tr>
${rows.map((step) => html`<tr><td>${step.type}</td><td><code>${step.name}</code></td><td class="n">${step.routingNs.toFixed(2)}</td><td class="n">${step.cellNs.toFixed(2)}</td><td class="n">${step.atNs.toFixed(2)}</td></tr>
`)}</table></div>`;
}
