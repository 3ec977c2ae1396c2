/** The confusion matrix as a picture: right classes down, given classes across; what is right in one hue, what is wrong in another, darker with the count. */
import { html, Markup } from './html/markup.js';

const CELL = 46;
/** From here on there is no room for counts and names of classes. */
export const MOST_DRAWN_CLASSES = 32;
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const RIGHT = '#2463c9';
const WRONG = '#c2410c';

/** SVG text; empty for more classes than can be drawn. */
export function confusionSvg(confusion: readonly (readonly number[])[], classes: readonly string[]): string {
  const n = classes.length;
  if (n > MOST_DRAWN_CLASSES) return '';
  const long = Math.max(...classes.map((name) => name.length));
  const left = 44 + Math.max(18, long * 7.2);
  const top = long > 3 ? 40 + long * 6 : 62;
  const [width, height] = [left + n * CELL + (long > 3 ? Math.max(20, long * 5 - 14) : 20), top + n * CELL + 16];
  const right = (label: number) => confusion[label].reduce((sum, v) => sum + v, 0);
  const worst = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, given) => given !== label)));
  const cells = confusion.flatMap((row, label) => row.map((value, given) => cell(value, label === given ? value / Math.max(1, right(label)) : value / worst, left + given * CELL, top + label * CELL, label === given)));
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Confusion matrix" font-family="${FONT}" font-size="13" fill="#1f2937">
<title>Confusion matrix: right class down, class given by the network across</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#e5e7eb"/>
<text x="${left + (n * CELL) / 2}" y="22" text-anchor="middle" fill="#4b5563">class given by the network</text>
<text transform="translate(20 ${top + (n * CELL) / 2}) rotate(-90)" text-anchor="middle" fill="#4b5563">right class</text>
${classes.map((name, i) => names(name, left, top, i, long > 3))}${cells}</svg>`}\n`;
}

function names(name: string, left: number, top: number, i: number, tilted: boolean): Markup {
  const x = left + (i + 0.5) * CELL;
  const across = tilted ? html`<text transform="translate(${x - 4} ${top - 8}) rotate(-45)">${name}</text>` : html`<text x="${x}" y="${top - 12}" text-anchor="middle" font-weight="600">${name}</text>`;
  return html`${across}<text x="${left - 10}" y="${top + (i + 0.5) * CELL + 4.5}" text-anchor="end" font-weight="600">${name}</text>
`;
}

/** @param share 0..1: how much of the hue */
function cell(value: number, share: number, x: number, y: number, right: boolean): Markup {
  const opacity = value === 0 ? 0.03 : right ? 0.25 + 0.65 * share : 0.12 + 0.7 * share;
  const dark = opacity > 0.55;
  return html`<rect x="${x + 1}" y="${y + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="4" fill="${right ? RIGHT : WRONG}" fill-opacity="${opacity.toFixed(3)}"/>${
    value === 0 ? null : html`<text x="${x + CELL / 2}" y="${y + CELL / 2 + 4.5}" text-anchor="middle"${new Markup(dark ? ' fill="#ffffff"' : '')}>${value}</text>`
  }
`;
}
