/** Stored size, error, and the weights before and after. */
import { bits, count, decibel, percent, significant } from '../format.js';
import { encodingText } from '../layer_text.js';
import type { ReportHistogram } from '../report_parts.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';
import { place } from './resources.js';

export function compressionSection(report: Report): Markup {
  const { compression: c, storedBits, denseBits, weightSqnrDb, outputSqnrDb } = report;
  const rows: [string, number, string][] = [
    ['32-bit float', denseBits, ''],
    ['8-bit integer', c.dense8Bits, ''],
    [report.encoding, storedBits, `${significant(c.bitsPerWeight, 3)} bit per weight`],
  ];
  return html`<section class="card"><h2>Compression and error</h2>
<p>${count(c.weights)} weights as ${encodingText(report)}, ${percent(c.density)} of them not zero. All side information is counted: exponents, levels, biases, multipliers, shifts.</p>
<div class="bars">${rows.map(
    ([label, value, note]) => html`<div class="bar"><b>${label}</b><div class="track" role="img" aria-label="${label}: ${bits(value)}"><div class="fill" style="width:${place(value / denseBits)}"></div></div><span class="of">${bits(value)}${note === '' ? '' : ` · ${note}`}</span></div>
`)}</div>
<p>${significant(c.ratio32, 3)} times smaller than 32 bit, ${significant(c.ratio8, 3)} times smaller than 8 bit.
Signal to quantization noise: ${weightSqnrDb === null ? 'weights not measured' : html`weights <b>${decibel(weightSqnrDb)}</b>`}, ${
    outputSqnrDb === null ? 'outputs not measured' : html`outputs <b>${decibel(outputSqnrDb)}</b>`
  }${c.outputSqnrOn ? html` <span class="note">(on ${c.outputSqnrOn})</span>` : null}.</p>
${c.histogram ? histogramChart(c.histogram) : html`<p class="notrun">The layer file holds no histogram of its weights.</p>`}
</section>`;
}

/** Both histograms back to back; heights go with the square root, so that small bins stay visible beside the zeros. */
function histogramChart({ edges, before, after }: ReportHistogram): Markup {
  const most = Math.max(1, ...before, ...after);
  const height = (value: number) => 100 * Math.sqrt(value / most);
  const bars = (values: readonly number[], up: boolean) =>
    values.map((value, i) => (value > 0 ? `M${i + 0.08} 100h.84v${(up ? -height(value) : height(value)).toFixed(1)}h-.84z` : '')).join('');
  const [up, down] = [height(Math.max(...before)), height(Math.max(...after))];
  return html`<h3>Weights before (up) and after (down)</h3>
<svg class="chart" style="height:210px" viewBox="0 ${(100 - up).toFixed(1)} ${before.length} ${(up + down).toFixed(1)}" preserveAspectRatio="none" role="img" aria-label="Histogram of the weights before and after quantization"><path class="a6" d="${bars(before, true)}"/><path class="a1" d="${bars(after, false)}"/></svg>
<div class="axis"><span>${significant(edges[0], 3)}</span><span>0</span><span>${significant(edges[edges.length - 1], 3)}</span></div>
<ul class="legend"><li><span class="key k6"></span>before: trained weights, at most ${count(Math.max(...before))} in a bin</li><li><span class="key k1"></span>after: ${count(after.filter((n) => n > 0).length)} of ${after.length} bins hold weights, at most ${count(Math.max(...after))}</li></ul>
<p class="note">Height goes with the square root of the number.</p>`;
}
