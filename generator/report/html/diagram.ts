/** Boxes and arrows of the architecture picture. */
import { html, type Markup } from './markup.js';

export interface BoxText {
  readonly title: string;
  readonly lines: readonly string[];
  /** Class of the stripe along its top; none for what lies outside the engine. */
  readonly colour?: string;
}

export interface Box extends BoxText {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type Point = readonly [number, number];
export const left = (b: Box): Point => [b.x, b.y + b.h / 2];
export const right = (b: Box): Point => [b.x + b.w, b.y + b.h / 2];
export const top = (b: Box): Point => [b.x + b.w / 2, b.y];
export const bottom = (b: Box): Point => [b.x + b.w / 2, b.y + b.h];

const TITLE_HEIGHT = 19;
export const LINE_HEIGHT = 18;

/** An arrow along one axis; its label stands above it, or beside it if it goes up or down. */
export function edge([x1, y1]: Point, [x2, y2]: Point, label = '', style: 'beside' | 'dash' | '' = ''): Markup {
  const [dx, dy] = [Math.sign(x2 - x1), Math.sign(y2 - y1)];
  const tip = `M${x2 - 1 * dx} ${y2 - 1 * dy}l${-8 * dx - 4.5 * dy} ${-8 * dy - 4.5 * dx}l${9 * dy} ${9 * dx}z`;
  const middle = (y1 + y2) / 2;
  const text =
    label === ''
      ? undefined
      : dy !== 0
        ? html`<text class="w" x="${x1 + 10}" y="${middle + 4}">${label}</text>`
        : html`<text class="w" x="${(x1 + x2) / 2 - 2}" y="${y1 - 8}" text-anchor="middle">${label}</text>`;
  return html`<path class="edge${style === 'dash' ? ' dash' : ''}" d="M${x1} ${y1}L${x2 - 7 * dx} ${y2 - 7 * dy}"/><path class="head" d="${tip}"/>${text}`;
}

/** An arrow from the lower side of a box to the upper side of another, at x. */
export function down(from: Box, to: Box, x: number, label: string, style: 'beside' | 'dash' = 'beside'): Markup {
  return edge([x, from.y + from.h], [x, to.y], label, style);
}

/** The frame of a box with its stripe. */
export function drawFrame({ x, y, w, h, colour }: Box): Markup {
  return html`<rect class="box" x="${x}" y="${y}" width="${w}" height="${h}" rx="9"/>${colour ? stripe(x, y, w, colour) : undefined}`;
}

/** A stripe that follows the round corners of the upper edge. */
function stripe(x: number, y: number, w: number, colour: string): Markup {
  return html`<path class="${colour}" d="M${x} ${y + 6}a9 9 0 0 1 9 -6h${w - 18}a9 9 0 0 1 9 6z"/>`;
}

export function drawBox(box: Box): Markup {
  const { x, y, w, h, title, lines } = box;
  const first = y + (h - (TITLE_HEIGHT + LINE_HEIGHT * lines.length)) / 2 + 16;
  const middle = x + w / 2;
  return html`${drawFrame(box)}
<text class="t" x="${middle}" y="${first}" text-anchor="middle">${title}</text>${lines.map(
    (line, i) => html`<text class="d" x="${middle}" y="${first + TITLE_HEIGHT + LINE_HEIGHT * i}" text-anchor="middle">${line}</text>`,
  )}`;
}
