/** The networks side by side: accuracy of float and golden on all test pictures, how many times fewer parameters, frames per second. */
import { COLOURS, box, path, picture, polyline, text } from '../docs/svg.js';
import type { NetworkRow } from './rows.js';

const WIDTH = 1180;
const ROW = 46;
const TOP = 96;
const PANELS = { accuracy: [330, 640], parameters: [700, 900], frames: [960, 1140] } as const;
const MARKS = [
  { label: 'float', colour: '#111827', radius: 6.5, filled: false, of: (r: NetworkRow) => r.floatAccuracy },
  { label: 'golden, the same as RTL in every simulated word', colour: '#1d4ed8', radius: 4.5, filled: true, of: (r: NetworkRow) => r.goldenAccuracy },
] as const;
const [PARAMETERS, FRAMES] = ['#0e7490', '#047857'];

export function networkPlot(rows: readonly NetworkRow[]): string {
  const height = TOP + rows.length * ROW + 76;
  const bottom = TOP + rows.length * ROW;
  const lowest = Math.floor(100 * Math.min(...rows.flatMap((r) => MARKS.map(({ of }) => of(r))))) / 100;
  const x = (share: number) => scaled(share, lowest, 1, PANELS.accuracy);
  const ratio = (r: NetworkRow) => r.parametersDense / r.parametersStored;
  const mostRatio = 1.15 * Math.max(...rows.map(ratio));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...rows.map((r) => r.fps200MHz))));
  const least = 10 ** Math.floor(Math.log10(Math.min(...rows.map((r) => r.fps200MHz))) - 0.2);
  const shapes = [
    text(30, 30, 'Whole networks, from pixels to a class', { size: 16, bold: true }),
    text(PANELS.accuracy[0], 66, 'right on the test pictures', { size: 13, bold: true }),
    text(PANELS.parameters[0], 66, 'times fewer parameters', { size: 13, bold: true }),
    text(PANELS.frames[0], 66, 'frames/s at 200 MHz', { size: 13, bold: true }),
    ...ticks(lowest).flatMap((share) => [polyline([[x(share), TOP - 14], [x(share), bottom]], { colour: '#e5e7eb' }), text(x(share), bottom + 18, `${Math.round(100 * share)} %`, { size: 12, anchor: 'middle', colour: COLOURS.muted })]),
  ];
  rows.forEach((r, i) => {
    const y = TOP + (i + 0.5) * ROW;
    shapes.push(
      polyline([[30, y + ROW / 2], [WIDTH - 30, y + ROW / 2]], { colour: '#f0f2f5' }),
      text(30, y - 1, r.network, { size: 13, bold: true }), text(30, y + 15, `${r.dataset}, ${r.mismatchedWords} wrong words in ${r.rtlSamples.toLocaleString('en')} pictures`, { size: 11.5, colour: COLOURS.muted }),
      ...MARKS.map(({ of, colour, radius, filled }) => dot(x(of(r)), y, radius, colour, filled)),
      bar(PANELS.parameters[0], y, scaled(ratio(r), 0, mostRatio, PANELS.parameters), PARAMETERS), text(scaled(ratio(r), 0, mostRatio, PANELS.parameters) + 6, y + 4, `${ratio(r).toFixed(1)}x`, { size: 12 }),
      bar(PANELS.frames[0], y, logarithmic(r.fps200MHz, least, most), FRAMES), text(logarithmic(r.fps200MHz, least, most) + 6, y + 4, r.fps200MHz.toLocaleString('en'), { size: 12 }),
    );
  });
  MARKS.forEach(({ label, colour, radius, filled }, i) => {
    const at = PANELS.accuracy[0] + 90 * i;
    shapes.push(dot(at + 6, bottom + 44, radius, colour, filled), text(at + 18, bottom + 48, label, { size: 12 }));
  });
  shapes.push(text(PANELS.frames[0], bottom + 48, 'logarithmic', { size: 12, colour: COLOURS.muted }));
  return picture(WIDTH, height, 'Accuracy, parameters and frames per second of whole networks', shapes);
}

function scaled(value: number, low: number, high: number, [from, to]: readonly [number, number]): number {
  return from + ((value - low) / (high - low)) * (to - from);
}

function logarithmic(value: number, low: number, high: number): number {
  const [from, to] = PANELS.frames;
  return from + (Math.log(value / low) / Math.log(high / low)) * (to - from - 40);
}

/** Marks of the accuracy axis: whole per cents, about five of them. */
function ticks(lowest: number): number[] {
  const span = Math.round(100 * (1 - lowest));
  const step = [1, 2, 5, 10, 20].find((s) => span / s <= 6) ?? 20;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => (100 - i * step) / 100);
}

function bar(from: number, y: number, to: number, colour: string): string {
  return box(from, y - 8, Math.max(2, to - from), 16, { fill: colour, colour, radius: 3 });
}

function dot(x: number, y: number, radius: number, colour: string, filled: boolean): string {
  return path(`M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`, { colour, fill: filled ? colour : 'none', width: 2 });
}
