/** The array: a square for each processing element, and what one of them is made of. */
import { count } from '../format.js';
import type { Report } from '../report_schema.js';
import { drawFrame, type Box } from './diagram.js';
import { html, type Markup } from './markup.js';

/** Most squares drawn across and down; the number tells of more. */
const MOST_COLUMNS = 16;
const MOST_ROWS = 3;
const CELL = 14;

export function elementDiagram(report: Report, box: Box): Markup {
  const { lanes, design } = report;
  const middle = box.x + box.w / 2;
  const [columns, rows] = [Math.min(lanes.oc, MOST_COLUMNS), Math.min(lanes.pixel, MOST_ROWS)];
  const more = columns < lanes.oc || rows < lanes.pixel;
  const y = box.y + 40;
  const squares = Array.from({ length: rows * columns }, (_, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    return html`<rect class="cell" x="${middle - (columns * CELL) / 2 + column * CELL + 1.5}" y="${y + row * CELL + 1.5}" width="11" height="11" rx="2"/>`;
  });
  return html`${drawFrame(box)}
<text class="t" x="${middle}" y="${box.y + 28}" text-anchor="middle">${box.title}${more ? ` of ${count(design.array.elements)}` : ''}</text>${squares}
<text class="d" x="${middle}" y="${y + rows * CELL + 17}" text-anchor="middle">${box.lines[0]}</text>
${element(report, middle, box.y + box.h - 88)}`;
}

/** Lanes, adder tree, accumulator: 236 wide and 74 high from (middle - 118, y). */
function element({ lanes, formats }: Report, middle: number, y: number): Markup {
  const x = middle - 118;
  const drawn = Math.min(lanes.ic, 6);
  const pitch = 54 / Math.max(1, drawn - 1);
  const bars = Array.from({ length: drawn }, (_, i) => html`<rect class="cell" x="${x}" y="${y + i * (drawn > 1 ? pitch * 0.85 : 0)}" width="46" height="6" rx="2"/>`);
  return html`${bars}
<path class="part" d="M${x + 62} ${y - 2}v56l46 -18v-20z"/>
<rect class="part" x="${x + 136}" y="${y + 8}" width="100" height="36" rx="5"/>
<path class="edge" d="M${x + 48} ${y + 26}h12M${x + 110} ${y + 26}h24"/>
<text class="d" x="${x + 23}" y="${y + 71}" text-anchor="middle">${count(lanes.ic)} ${lanes.kind === 'dsp' ? 'DSP' : lanes.ic === 1 ? 'lane' : 'lanes'}</text>
<text class="d" x="${x + 85}" y="${y + 71}" text-anchor="middle">tree</text>
<text class="d" x="${x + 186}" y="${y + 31}" text-anchor="middle">Σ ${formats.accumulatorBits} bit</text>
<text class="d" x="${x + 186}" y="${y + 71}" text-anchor="middle">accumulator</text>`;
}
