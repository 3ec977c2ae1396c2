/** Stored bits against output SQNR, a curve for each way to store the weights. */
import { COLOURS, path, picture, polyline, text } from '../docs/svg.js';
import { SERIES, type CurvePoint, type Series } from './curve_rows.js';

const WIDTH = 980;
const HEIGHT = 560;
const PLOT = { left: 74, right: 940, top: 96, bottom: 470 } as const;
const SERIES_COLOURS: Readonly<Record<Series, string>> = { plain: '#111827', cp: '#1d4ed8', 'block cp': '#047857', 'cp + residual': '#b45309', 'low rank': '#7e22ce' };
const TICKS = [0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40];
const RADIUS = 4.5;

/** @param bits4 bits of the layer with 4-bit weights, what ratios are told against */
export function curvePlot(points: readonly CurvePoint[], bits4: number): string {
  const measured = points.filter((point) => point.outputSqnrDb !== null);
  const ratios = measured.map(({ ratio4 }) => ratio4);
  const [low, high] = [Math.min(0.8, ...ratios) / 1.08, Math.max(40, ...ratios) * 1.08];
  const top = 5 * Math.ceil(Math.max(10, ...measured.map(({ outputSqnrDb }) => outputSqnrDb!)) / 5);
  const x = (ratio: number) => PLOT.left + (Math.log(ratio / low) / Math.log(high / low)) * (PLOT.right - PLOT.left);
  const y = (db: number) => PLOT.bottom - (Math.max(0, db) / top) * (PLOT.bottom - PLOT.top);
  const shapes = [
    text(PLOT.left, 30, 'The demo layer (3x3, 256 to 512 channels): stored bits against the SQNR of its outputs', { size: 16, bold: true }),
    text(PLOT.left, 50, `times smaller than with 4-bit weights (${(bits4 / 1e6).toFixed(2)} Mbit with biases; 32-bit weights are 8 times more), everything stored counted`, { size: 12.5, colour: COLOURS.muted }),
    ...legend(),
  ];
  for (let db = 0; db <= top; db += 5) shapes.push(polyline([[PLOT.left, y(db)], [PLOT.right, y(db)]], { colour: COLOURS.faint, width: 1 }), text(PLOT.left - 8, y(db) + 4, `${db} dB`, { size: 12, anchor: 'end' }));
  for (const tick of TICKS.filter((value) => value >= low && value <= high)) {
    shapes.push(polyline([[x(tick), PLOT.top], [x(tick), PLOT.bottom]], { colour: COLOURS.faint, width: 1 }), text(x(tick), PLOT.bottom + 18, `${tick}x`, { size: 12, anchor: 'middle' }));
    shapes.push(text(x(tick), PLOT.bottom + 36, `${Math.round(bits4 / tick / 1000).toLocaleString('en')}`, { size: 11, anchor: 'middle', colour: COLOURS.muted }));
  }
  shapes.push(text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 58, 'times smaller than with 4-bit weights; below it stored bits in thousands', { size: 12, anchor: 'middle', colour: COLOURS.muted }));
  for (const series of SERIES) for (const calibrated of [false, true]) shapes.push(...curve(measured.filter((point) => point.series === series && point.calibrated === calibrated), series, calibrated, x, y));
  return picture(WIDTH, HEIGHT, 'Stored bits of the demo layer against the SQNR of its outputs', shapes);
}

function curve(points: readonly CurvePoint[], series: Series, calibrated: boolean, x: (ratio: number) => number, y: (db: number) => number): string[] {
  const colour = SERIES_COLOURS[series];
  const at = points.map((point) => ({ point, place: [x(point.ratio4), y(point.outputSqnrDb!)] as const })).sort((a, b) => a.place[0] - b.place[0]);
  const line = series === 'plain' || at.length < 2 ? [] : [polyline(at.map(({ place }) => place), { colour, width: 1.6, dashed: !calibrated })];
  // The lowest of points that lie together has its label below, so that it meets no other's.
  const isUnder = (px: number, py: number) => at.some(({ place }) => Math.abs(place[0] - px) < 24 && place[1] < py) && !at.some(({ place }) => Math.abs(place[0] - px) < 24 && place[1] > py);
  const labels = series !== 'plain' ? [] : at.map(({ point, place: [px, py] }) => text(px + 8, py + (isUnder(px, py) ? 14 : -6), point.label, { size: 11, halo: true }));
  return [...line, ...at.map(({ place: [px, py] }) => dot(px, py, colour, calibrated)), ...labels];
}

function dot(x: number, y: number, colour: string, filled: boolean): string {
  const d = `M${(x - RADIUS).toFixed(1)} ${y.toFixed(1)} a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0 a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`;
  return path(d, { colour, width: 1.8, fill: filled ? colour : COLOURS.paper });
}

function legend(): string[] {
  const shapes = SERIES.flatMap((series, i) => [dot(PLOT.left + 8 + 118 * i, 74, SERIES_COLOURS[series], true), text(PLOT.left + 18 + 118 * i, 78, series, { size: 12 })]);
  const left = PLOT.left + 8 + 118 * SERIES.length;
  return [...shapes, dot(left, 74, COLOURS.muted, true), text(left + 10, 78, 'calibrated', { size: 12 }), dot(left + 88, 74, COLOURS.muted, false), text(left + 98, 78, 'by weights alone', { size: 12 })];
}
