/** Stored, rebuilt or direct, for a layer of factors. */
import { EXECUTION_COLUMNS, executionNotes, executionRows } from '../execution.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';

/** Nothing for a layer that is not stored as factors: there is no choice. */
export function executionSection({ execution }: Report): Markup | null {
  if (!execution) return null;
  const { verdict, notes } = executionNotes(execution);
  const numeric = (i: number) => i > 0 && i < EXECUTION_COLUMNS.length - 1;
  const cell = (text: string, i: number) => (numeric(i) ? html`<td class="n">${text}</td>` : html`<td>${text}</td>`);
  return html`<section class="card"><h2>Stored, rebuilt or direct</h2>
<p><b>${verdict}</b></p>
<div class="scroll"><table>
<tr>${EXECUTION_COLUMNS.map((name, i) => (numeric(i) ? html`<th class="n">${name}</th>` : html`<th>${name}</th>`))}</tr>
${executionRows(execution).map((cells) =>
    cells.length === 2 ? html`<tr><td>${cells[0]}</td><td colspan="${EXECUTION_COLUMNS.length - 1}">${cells[1]}</td></tr>
` : html`<tr>${cells.map(cell)}</tr>
`,
  )}</table></div>
<p class="note">${notes}</p>
</section>`;
}
