/** A network's metrics against its bits per weight, plain and calibrated, as SVG. */
import { COLOURS, box, path, picture, polyline, text } from '../docs/svg.js';
import type { MetricInfo } from './network.js';
import { type Result, plainMetrics } from './rows.js';

const PANEL = { width: 440, height: 310, left: 64, right: 20, top: 56, bottom: 48 };
const LEGEND_HEIGHT = 46;
const BITS = { low: 2.5, high: 10.5, ticks: [3, 4, 5, 6, 7, 8, 9, 10] };
/** Encodings of as many bits are drawn side by side, this far apart. */
const DODGE = 13;
const RADIUS = 5;

/** By encoding; plain points are rings, calibrated ones are filled. */
const ENCODING_COLOURS: Readonly<Record<string, string>> = {
  int8: '#4b5563', int4: '#111827', pot: '#b45309', apot: '#047857', bpot: '#1d4ed8', 'csd-2': '#7e22ce', 'codebook-16': '#be123c',
};

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** One panel for each metric, with float activations. */
export function resultsPlot(title: string, metrics: readonly MetricInfo[], results: readonly Result[]): string {
  const width = metrics.length * PANEL.width + 10;
  const shapes = metrics.flatMap((metric, i) => panel(i * PANEL.width, metric, plainMetrics(results, metric.name)));
  const encodings = Object.keys(ENCODING_COLOURS).filter((name) => results.some(({ encoding }) => encoding === name));
  return picture(width, PANEL.height + LEGEND_HEIGHT, title, [...shapes, ...legend(encodings, width)]);
}

function panel(left: number, metric: MetricInfo, results: readonly Result[]): string[] {
  const floatValue = results[0]?.floatValue ?? 0;
  const scale = niceScale([floatValue, ...results.map(({ value }) => value)]);
  const [x0, x1] = [left + PANEL.left, left + PANEL.width - PANEL.right];
  const [y0, y1] = [PANEL.height - PANEL.bottom, PANEL.top];
  const x = (bits: number) => x0 + ((bits - BITS.low) / (BITS.high - BITS.low)) * (x1 - x0);
  const y = (value: number) => y0 - ((value - scale.low) / (scale.high - scale.low)) * (y0 - y1);
  const shapes = [text(x0, 22, `${metric.name}${metric.unit ? `, ${metric.unit}` : ''}`, { bold: true }), text(x0, 39, `${metric.better} is better`, { size: 12, colour: COLOURS.muted })];
  for (let value = scale.low; value <= scale.high + scale.step / 2; value += scale.step) {
    shapes.push(polyline([[x0, y(value)], [x1, y(value)]], { colour: COLOURS.faint, width: 1 }), text(x0 - 8, y(value) + 4, tick(value, scale.step), { size: 12, anchor: 'end' }));
  }
  for (const bits of BITS.ticks) shapes.push(text(x(bits), y0 + 18, String(bits), { size: 12, anchor: 'middle' }));
  shapes.push(text((x0 + x1) / 2, y0 + 36, 'bits per weight', { size: 12, anchor: 'middle', colour: COLOURS.muted }));
  shapes.push(polyline([[x0, y(floatValue)], [x1, y(floatValue)]], { colour: COLOURS.muted, dashed: true }));
  shapes.push(text(x(6), y(floatValue) + (y(floatValue) < y1 + 20 ? 14 : -6), 'float', { size: 12, anchor: 'middle', colour: COLOURS.muted, halo: true }));
  return [...shapes, ...points(results, x, y)];
}

/** A line from each encoding's plain point to its calibrated one. */
function points(results: readonly Result[], x: (bits: number) => number, y: (value: number) => number): string[] {
  const encodings = Object.keys(ENCODING_COLOURS).filter((name) => results.some(({ encoding }) => encoding === name));
  return encodings.flatMap((encoding) => {
    const colour = ENCODING_COLOURS[encoding];
    const own = results.filter((result) => result.encoding === encoding);
    const beside = encodings.filter((other) => Math.abs(bitsOf(results, other) - bitsOf(results, encoding)) < 0.3);
    const at = x(bitsOf(results, encoding)) + (beside.indexOf(encoding) - (beside.length - 1) / 2) * DODGE;
    const line = own.length > 1 ? [polyline(own.map(({ value }) => [at, y(value)] as const), { colour, width: 1.5 })] : [];
    return [...line, ...own.map(({ value, calibrated }) => dot(at, y(value), colour, calibrated))];
  });
}

function bitsOf(results: readonly Result[], encoding: string): number {
  return results.find((result) => result.encoding === encoding)!.bitsPerWeight;
}

function dot(x: number, y: number, colour: string, filled: boolean): string {
  const d = `M${(x - RADIUS).toFixed(1)} ${y.toFixed(1)} a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0 a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`;
  return path(d, { colour, width: 2, fill: filled ? colour : COLOURS.paper });
}

function legend(encodings: readonly string[], width: number): string[] {
  const top = PANEL.height + 6;
  const shapes = [box(10, top - 4, width - 20, LEGEND_HEIGHT - 8, { colour: COLOURS.faint, width: 1 })];
  const step = Math.min(84, (width - 40) / (encodings.length + 1));
  const [upper, lower] = [top + 10, top + 26];
  encodings.forEach((name, i) => shapes.push(dot(24 + i * step, upper, ENCODING_COLOURS[name], true), text(33 + i * step, upper + 4, name, { size: 11 })));
  shapes.push(dot(24, lower, COLOURS.muted, false), text(33, lower + 4, 'plain', { size: 11 }), dot(24 + step, lower, COLOURS.muted, true), text(33 + step, lower + 4, 'calibrated', { size: 11 }));
  shapes.push(text(width - 20, lower + 4, 'equal bits side by side', { size: 11, anchor: 'end', colour: COLOURS.muted }));
  return shapes;
}

/** Round ticks around all values. */
function niceScale(values: readonly number[]): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const raw = Math.max(most - least, 1e-3) / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((candidate) => candidate >= raw)!;
  return { low: Math.floor(least / step) * step, high: Math.ceil(most / step) * step, step };
}

function tick(value: number, step: number): string {
  return value.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}
