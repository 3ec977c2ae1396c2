/** Cycles of stored, rebuilt and direct execution against the side of the map, and the LUTs of the unit that rebuilding needs. */
import { COLOURS, path, picture, polyline, text } from '../docs/svg.js';
import type { ExecutionRow } from './execution_rows.js';

const WIDTH = 980;
const HEIGHT = 486;
const PANELS = [{ left: 84, right: 560 }, { left: 660, right: 950 }] as const;
const [TOP, BOTTOM] = [84, 390];
const RANK = 152;
const LINES = [
  { label: 'stored', colour: '#111827', of: (row: ExecutionRow) => row.cycles.stored },
  { label: 'rebuilt, unit as large as it takes', colour: '#1d4ed8', of: (row: ExecutionRow) => row.cycles.rebuilt },
  { label: 'rebuilt, unit of the 28x28 map', colour: '#b45309', of: (row: ExecutionRow) => row.cyclesOneUnit },
  { label: 'factors run directly', colour: '#047857', of: (row: ExecutionRow) => row.cycles.direct },
] as const;
/** What the LUTs of a unit may be of those of the lanes. */
const ALLOWED = 0.3;

export function executionPlot(all: readonly ExecutionRow[]): string {
  const rows = all.filter(({ rank }) => rank === RANK).sort((a, b) => a.side - b.side);
  const shapes = [
    text(30, 30, `256 to 512 channels, 3x3, rank ${RANK}, 1,024 MAC/cycle: where rebuilding pays`, { size: 16, bold: true }),
    text(PANELS[0].left, 62, 'cycles of a frame', { size: 13, bold: true }),
    text(PANELS[1].left, 62, 'LUTs to rebuild, share of the lanes', { size: 13, bold: true }),
  ];
  const values = rows.flatMap((row) => LINES.map(({ of }) => of(row)));
  const cycles = axis(10 ** Math.floor(Math.log10(Math.min(...values))), 10 ** Math.ceil(Math.log10(Math.max(...values))), BOTTOM, TOP);
  const x = (panel: 0 | 1) => axis(3.4, 66, PANELS[panel].left, PANELS[panel].right);
  shapes.push(...frame(0, rows, x(0)), ...decades(cycles));
  LINES.forEach(({ label, colour, of }, i) => {
    const points = rows.map((row) => [x(0)(row.side), cycles(of(row))] as const);
    shapes.push(polyline(points, { colour, width: 2 }), ...points.map(([px, py]) => dot(px, py, colour)));
    const [lx, ly] = [30 + [0, 90, 340, 570][i], HEIGHT - 18];
    shapes.push(dot(lx + 6, ly - 4, colour), text(lx + 16, ly, label, { size: 12 }));
  });
  const shares = rows.map((row) => row.reconstructionLut / row.laneLut);
  const share = axis(Math.min(0.03, ...shares) / 1.2, Math.max(1, ...shares) * 1.3, BOTTOM, TOP);
  shapes.push(...frame(1, rows, x(1)));
  shapes.push(polyline([[PANELS[1].left, share(ALLOWED)], [PANELS[1].right, share(ALLOWED)]], { colour: COLOURS.muted, dashed: true }), text(PANELS[1].right, share(ALLOWED) - 6, 'limit: 30 %', { size: 12, anchor: 'end', colour: COLOURS.muted }));
  const points = rows.map((row, i) => [x(1)(row.side), share(shares[i])] as const);
  shapes.push(polyline(points, { colour: LINES[1].colour, width: 2 }), ...points.flatMap(([px, py], i) => [dot(px, py, LINES[1].colour), text(px + 8, py - 8, `${Math.round(100 * shares[i])} %`, { size: 12, halo: true })]));
  return picture(WIDTH, HEIGHT, 'Stored, rebuilt and direct execution against the size of the map', shapes);
}

/** A logarithmic axis. */
function axis(low: number, high: number, from: number, to: number): (value: number) => number {
  return (value) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
}

function frame(panel: 0 | 1, rows: readonly ExecutionRow[], x: (side: number) => number): string[] {
  const { left, right } = PANELS[panel];
  return [
    polyline([[left, TOP], [left, BOTTOM], [right, BOTTOM]], {}),
    ...rows.map(({ side }) => text(x(side), BOTTOM + 20, `${side}x${side}`, { size: 12, anchor: 'middle' })),
    text((left + right) / 2, BOTTOM + 40, 'map', { size: 12, anchor: 'middle', colour: COLOURS.muted }),
  ];
}

function decades(y: (value: number) => number): string[] {
  return [1e3, 1e4, 1e5, 1e6, 1e7].filter((value) => y(value) >= TOP - 1 && y(value) <= BOTTOM + 1).flatMap((value) => [
    polyline([[PANELS[0].left, y(value)], [PANELS[0].right, y(value)]], { colour: COLOURS.faint, width: 1 }),
    text(PANELS[0].left - 8, y(value) + 4, value.toLocaleString('en'), { size: 12, anchor: 'end' }),
  ]);
}

function dot(x: number, y: number, colour: string): string {
  return path(`M${(x - 4.5).toFixed(1)} ${y.toFixed(1)} a4.5 4.5 0 1 0 9 0 a4.5 4.5 0 1 0 -9 0`, { colour, width: 1.5, fill: colour });
}
