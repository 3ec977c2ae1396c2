/** The front as a picture: time across, LUTs upwards, both logarithmic. It has its own background and reads the same on light and dark pages. */
import type { ExploredPoint, ExploredSeries, Exploration } from './exploration.js';
import { count, significant } from './format.js';
import { html, type Insert, type Markup } from './html/markup.js';

const WIDTH = 1000;
const HEIGHT = 640;
const PLOT = { left: 92, right: 972, top: 64, bottom: 560 } as const;
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
/** Told apart in grey too, and by most of the colour-blind. */
const COLOURS = ['#1d4ed8', '#b45309', '#047857', '#7e22ce', '#be123c', '#475569', '#0e7490', '#4d7c0f'];

/** A logarithmic axis from the values that it must hold to pixels. */
interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export function explorationSvg(exploration: Exploration): string {
  const { series, target, limits } = exploration;
  const points = series.flatMap((s) => s.points);
  const measured = points.flatMap((p) => (p.measured ? [p.measured.lut] : []));
  const x = axis(points.map((p) => p.timeMs), PLOT.left, PLOT.right);
  const y = axis([...points.map((p) => p.lut), ...measured, ...(limits.maxLut === undefined ? [] : [limits.maxLut])], PLOT.bottom, PLOT.top);
  const title = `${exploration.layer} on the ${target.toUpperCase()}: LUTs against time at ${exploration.clockMHz} MHz`;
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}" font-family="${FONT}" font-size="13" fill="#1f2937">
<title>${title}</title>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" fill="#ffffff" stroke="#e5e7eb"/>
<text x="${PLOT.left}" y="30" font-size="16" font-weight="600">${title}</text>
<text x="${PLOT.left}" y="50" fill="#4b5563">${subtitle(exploration)}</text>
${grid(x, y)}
${limitLine(exploration, y)}
${series.map((s, i) => curve(s, COLOURS[i % COLOURS.length], x, y))}
${legend(exploration)}
</svg>`}\n`;
}

function subtitle({ series, macs }: Exploration): string {
  const sum = (key: 'considered' | 'planned') => series.reduce((total, s) => total + s[key], 0);
  return `${count(macs)} multiply-accumulates a frame; ${count(sum('considered'))} foldings compared, ${count(sum('planned'))} planned`;
}

function axis(values: readonly number[], from: number, to: number): Axis {
  const [low, high] = [Math.min(...values) / 1.1, Math.max(...values) * 1.1];
  const scale = (to - from) / Math.log(high / low);
  const ticks: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10) {
    for (const step of high / low > 300 ? [1] : high / low > 20 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8]) {
      if (step * decade >= low && step * decade <= high) ticks.push(step * decade);
    }
  }
  return { at: (value) => round(from + scale * Math.log(value / low)), ticks };
}

function grid(x: Axis, y: Axis): Markup {
  const { left, right, top, bottom } = PLOT;
  return html`${x.ticks.map((t) => html`<path d="M${x.at(t)} ${top}V${bottom}" stroke="#e5e7eb"/><text x="${x.at(t)}" y="${bottom + 20}" text-anchor="middle">${significant(t, 2)}</text>
`)}${y.ticks.map((t) => html`<path d="M${left} ${y.at(t)}H${right}" stroke="#e5e7eb"/><text x="${left - 10}" y="${round(y.at(t) + 4)}" text-anchor="end">${count(t)}</text>
`)}<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#9ca3af"/>
<text x="${(left + right) / 2}" y="${bottom + 44}" text-anchor="middle">time of a frame, ms</text>
<text x="24" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 24 ${(top + bottom) / 2})">LUTs (estimate)</text>`;
}

function limitLine({ limits: { maxLut }, target }: Exploration, y: Axis): Insert {
  if (maxLut === undefined) return undefined;
  const at = y.at(maxLut);
  return html`<path d="M${PLOT.left} ${at}H${PLOT.right}" stroke="#6b7280" stroke-dasharray="6 5"/>
<text x="${PLOT.right - 6}" y="${round(at - 7)}" text-anchor="end" fill="#4b5563">limit on the ${target.toUpperCase()}: ${count(maxLut)} LUTs</text>`;
}

function curve({ label, points }: ExploredSeries, colour: string, x: Axis, y: Axis): Markup {
  const place = (p: ExploredPoint): readonly [number, number] => [x.at(p.timeMs), y.at(p.lut)];
  const line = points.map((p, i) => `${i === 0 ? 'M' : 'L'}${place(p).join(' ')}`).join('');
  return html`<g fill="${colour}" stroke="${colour}"><path d="${line}" fill="none" stroke-opacity="0.45"/>
${points.map((p) => {
  const [cx, cy] = place(p);
  return html`<circle cx="${cx}" cy="${cy}" r="2.6" stroke="none"><title>${pointText(label, p)}</title></circle>
${p.measured ? diamond(cx, y.at(p.measured.lut), cy, `${label} ${p.lanes}: ${count(p.measured.lut)} LUT by Yosys`) : undefined}`;
})}</g>`;
}

/** A count by Yosys above or below its estimate. */
function diamond(x: number, at: number, from: number, text: string): Markup {
  return html`<path d="M${x} ${from}V${at}" stroke-width="1"/><path d="M${x} ${round(at - 7)}l7 7l-7 7l-7 -7z" fill="#ffffff" fill-opacity="0.6" stroke-width="1.8"><title>${text}</title></path>
`;
}

function pointText(label: string, p: ExploredPoint): string {
  return `${label} ${p.lanes}: ${significant(p.timeMs, 3)} ms, ${count(p.cycles)} cycles, ${(100 * p.utilization).toFixed(1)} % of peak, ${count(p.lut)} LUT, ${p.dsp} DSP, ${p.bram36} RAMB36, bound by ${p.bound}`;
}

/** The series with their fastest engines, in the upper right corner, where no front goes. */
function legend({ series }: Exploration): Markup {
  const measured = series.some(({ points }) => points.some((p) => p.measured));
  const [left, top, row] = [PLOT.left + 340, PLOT.top + 28, 22];
  return html`<g>${series.map(({ label, points }, i) => {
    const fastest = points[points.length - 1];
    const text = `${label}: fastest ${significant(fastest.timeMs, 3)} ms, ${fastest.lanes}, bound by ${fastest.bound}`;
    return html`<circle cx="${left}" cy="${top + row * i - 5}" r="5" fill="${COLOURS[i % COLOURS.length]}"/><text x="${left + 14}" y="${top + row * i}">${text}</text>
`;
  })}${measured ? html`<path d="M${left} ${top + row * series.length - 12}l7 7l-7 7l-7 -7z" fill="none" stroke="#1f2937"/><text x="${left + 14}" y="${top + row * series.length}">counted by Yosys</text>` : undefined}</g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
