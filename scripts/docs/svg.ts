/**
 * A few SVG shapes as text. Every picture has its own background, so that it reads the same on light and dark pages, and
 * coordinates are rounded, so that the same picture is the same bytes on every machine.
 */

/** Colours by what they stand for; text is dark on all fills. */
export const COLOURS = {
  ink: '#1f2937',
  muted: '#4b5563',
  line: '#9ca3af',
  faint: '#e5e7eb',
  paper: '#ffffff',
  activation: '#1d4ed8',
  activationFill: '#dbeafe',
  weight: '#7e22ce',
  weightFill: '#f3e8ff',
  array: '#047857',
  arrayFill: '#d1fae5',
  output: '#b45309',
  outputFill: '#fef3c7',
  control: '#475569',
  controlFill: '#e2e8f0',
} as const;

const SANS = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';

export interface TextStyle {
  readonly size?: number;
  readonly colour?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly mono?: boolean;
  readonly bold?: boolean;
  /** A rim in the colour of the background, for text that crosses lines. */
  readonly halo?: boolean;
}

export interface LineStyle {
  readonly colour?: string;
  readonly width?: number;
  readonly dashed?: boolean;
  readonly fill?: string;
}

/** A number as SVG writes it: at most two decimals. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, colour = COLOURS.ink, anchor = 'start', mono = false, bold = false, halo = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  const rim = halo ? ` stroke="${COLOURS.paper}" stroke-width="5" stroke-linejoin="round" paint-order="stroke"` : '';
  return `<text x="${n(x)}" y="${n(y)}" font-family="${mono ? MONO : SANS}" font-size="${n(size)}"${weight} fill="${colour}" text-anchor="${anchor}"${rim}>${escapeXml(content)}</text>`;
}

export function box(x: number, y: number, width: number, height: number, style: LineStyle & { radius?: number } = {}): string {
  const { colour = COLOURS.line, fill = COLOURS.paper, width: stroke = 1.5, dashed = false, radius = 6 } = style;
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}" fill="${fill}" stroke="${colour}" stroke-width="${n(stroke)}"${dash}/>`;
}

export function path(d: string, style: LineStyle = {}): string {
  const { colour = COLOURS.line, width = 1.5, dashed = false, fill = 'none' } = style;
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  return `<path d="${d}" fill="${fill}" stroke="${colour}" stroke-width="${n(width)}" stroke-linejoin="round"${dash}/>`;
}

/** Path data through points. */
export function through(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join(' ');
}

export function polyline(points: readonly (readonly [number, number])[], style: LineStyle = {}): string {
  return path(through(points), style);
}

/** A line with a filled head at its last point. */
export function arrow(points: readonly (readonly [number, number])[], style: LineStyle = {}): string {
  const { colour = COLOURS.line, width = 1.5 } = style;
  const [x, y] = points[points.length - 1];
  const [fromX, fromY] = points[points.length - 2];
  const angle = Math.atan2(y - fromY, x - fromX);
  const size = 5 + 1.5 * width;
  const corner = (turn: number): readonly [number, number] => [x - size * Math.cos(angle + turn), y - size * Math.sin(angle + turn)];
  const end: readonly [number, number] = [x - 0.8 * size * Math.cos(angle), y - 0.8 * size * Math.sin(angle)];
  const head = `${through([[x, y], corner(0.42), corner(-0.42)])} Z`;
  return polyline([...points.slice(0, -1), end], style) + path(head, { colour, width: 0.5, fill: colour });
}

/** A whole picture with background, title for screen readers, and one element a line. */
export function picture(width: number, height: number, title: string, shapes: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    box(0.5, 0.5, width - 1, height - 1, { colour: COLOURS.faint, width: 1, radius: 8 }),
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}
