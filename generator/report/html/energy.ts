/** Switching energy with its range, by part. */
import { count, percent, significant } from '../format.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';

/** Nothing for a design whose energy was not measured: it is no stage of every run. */
export function energySection({ energy: e }: Report): Markup | null {
  if (!e) return null;
  const pj = (value: number) => significant(value, 3);
  const all = { name: 'in all', ...e.perMac };
  return html`<section class="card"><h2>Switching energy</h2>
<p class="note">Toggles of the netlist after synthesis on the layer’s activations, priced by published figures with their range, without glitches and leakage. Made for
comparing engines, not for watts. Counted in ${count(e.cycles)} cycles, ${percent(e.shareOfFrame)} of a frame: ${count(e.toggles)} toggles. ${
    e.mismatches === 0 ? `The netlist’s ${count(e.outputs)} outputs up to there were right.` : `${count(e.mismatches)} of the netlist’s ${count(e.outputs)} outputs were WRONG.`
  }</p>
<div class="scroll"><table>
<tr><th>pJ per multiply-accumulate</th><th class="n">low</th><th class="n">nominal</th><th class="n">high</th><th class="n">share</th></tr>
${[...e.byPart, all].map(({ name, low, nominal, high }) => html`<tr><td>${name}</td><td class="n">${pj(low)}</td><td class="n">${pj(nominal)}</td><td class="n">${pj(high)}</td><td class="n">${percent(nominal / e.perMac.nominal)}</td></tr>
`)}</table></div>
</section>`;
}
