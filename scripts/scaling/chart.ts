/** The scaling figure: four panels over multiply-accumulates per cycle, both axes logarithmic. */
import { COLOURS, box, path, picture, polyline, text } from '../docs/svg.js';
import type { ScalingRow } from './rows.js';

const PANEL = { width: 400, height: 260 } as const;
const PLOT = { left: 20, right: 40, top: 52, bottom: 64 } as const;

interface Series {
  readonly title: string;
  readonly colour: string;
  readonly of: (row: ScalingRow) => number;
  readonly label: (value: number) => string;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const times = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} x`;

const PANELS: readonly (readonly Series[])[] = [
  [
    { title: 'LUT', colour: COLOURS.array, of: ({ lut }) => lut, label: whole },
    { title: 'FF', colour: COLOURS.control, of: ({ ff }) => ff, label: whole },
  ],
  [{ title: 'block RAM (36 kbit)', colour: COLOURS.weight, of: ({ bram36 }) => bram36, label: (value) => value.toFixed(1) }],
  [{ title: 'cycles of the layer', colour: COLOURS.activation, of: ({ cycles }) => cycles, label: whole }],
  [
    { title: 'simulation, 64 = 1', colour: COLOURS.activation, of: ({ simulationRatio }) => simulationRatio, label: times },
    { title: 'synthesis, 64 = 1', colour: COLOURS.output, of: ({ synthesisRatio }) => synthesisRatio, label: times },
  ],
];

/** An SVG of LUT and FF, block RAM, cycles, and times as ratios to the run of 64 beside them. */
export function scalingChart(rows: readonly ScalingRow[]): string {
  const shapes = PANELS.flatMap((series, i) => panel(rows, series, 16 + (i % 2) * (PANEL.width + 16), 16 + Math.floor(i / 2) * (PANEL.height + 16)));
  return picture(2 * PANEL.width + 48, 2 * PANEL.height + 48, 'Scaling with multiply-accumulates per cycle', shapes);
}

function panel(rows: readonly ScalingRow[], series: readonly Series[], left: number, top: number): string[] {
  const values = series.flatMap(({ of }) => rows.map(of));
  const low = Math.log(Math.min(...values));
  const high = Math.max(Math.log(Math.max(...values)), low + 0.1);
  const lanes = rows.map(({ peakMacsPerCycle }) => Math.log(peakMacsPerCycle));
  const width = PANEL.width - PLOT.left - PLOT.right;
  const height = PANEL.height - PLOT.top - PLOT.bottom;
  const x = (i: number) => left + PLOT.left + 24 + ((lanes[i] - lanes[0]) / (lanes[lanes.length - 1] - lanes[0] || 1)) * (width - 24);
  const y = (value: number) => top + PLOT.top + height - ((Math.log(value) - low) / (high - low)) * height;
  const shapes = [box(left, top, PANEL.width, PANEL.height, { colour: COLOURS.faint, width: 1 })];
  rows.forEach(({ peakMacsPerCycle }, i) => {
    shapes.push(path(`M${Math.round(x(i))} ${top + PLOT.top} V${top + PLOT.top + height + 22}`, { colour: COLOURS.faint, width: 1 }));
    shapes.push(text(x(i), top + PANEL.height - 28, whole(peakMacsPerCycle), { size: 12, colour: COLOURS.muted, anchor: 'middle' }));
  });
  shapes.push(text(x(0) + (width - 24) / 2, top + PANEL.height - 9, 'multiply-accumulates per cycle', { size: 12, colour: COLOURS.muted, anchor: 'middle' }));
  let along = left + 16;
  for (const [s, { title, colour, of, label }] of series.entries()) {
    shapes.push(text(along, top + 22, title, { bold: true, colour }));
    along += 9 * title.length + 18;
    shapes.push(polyline(rows.map((row, i) => [x(i), y(of(row))] as const), { colour, width: 2 }));
    rows.forEach((row, i) => {
      // Of two points the upper one's figure stands above, the lower one's below, and of equal ones the first above.
      const isUpper = series.length === 1 || (s === 0 ? of(row) >= series[1].of(row) : of(row) > series[0].of(row));
      const [px, py] = [x(i), y(of(row))];
      shapes.push(box(px - 3, py - 3, 6, 6, { fill: colour, colour, width: 1, radius: 3 }));
      shapes.push(text(px, py + (isUpper ? -9 : 18), label(of(row)), { size: 12, anchor: 'middle', halo: true }));
    });
  }
  return shapes;
}
