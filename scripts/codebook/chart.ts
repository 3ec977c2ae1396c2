/** Error of the outputs over LUTs of a lane, a line for each number of levels. */
import { COLOURS, box, path, picture, polyline, text } from '../docs/svg.js';
import type { CodebookRow } from './rows.js';

const WIDTH = 760;
const HEIGHT = 430;
const PLOT = { left: 60, right: 740, top: 50, bottom: 380 } as const;

const SERIES = [
  { levels: 8, title: '8 levels, 3 bits', colour: COLOURS.output },
  { levels: 16, title: '16 levels, 4 bits', colour: COLOURS.array },
  { levels: 32, title: '32 levels, 5 bits', colour: COLOURS.weight },
] as const;

/** Points are named by their digits or their encoding. */
export function codebookChart(rows: readonly CodebookRow[]): string {
  const right = Math.ceil((Math.max(...rows.map(({ lutPerMac }) => lutPerMac)) + 6) / 10) * 10;
  const low = Math.floor(Math.min(...rows.map(({ outputsDb }) => outputsDb)) / 5) * 5;
  const high = Math.ceil((Math.max(...rows.map(({ outputsDb }) => outputsDb)) + 0.5) / 5) * 5;
  const x = (lut: number) => PLOT.left + ((lut - 10) / (right - 10)) * (PLOT.right - PLOT.left);
  const y = (db: number) => PLOT.bottom - ((db - low) / (high - low)) * (PLOT.bottom - PLOT.top);
  const shapes: string[] = [];
  const spots: Spot[] = [];
  for (let lut = 10; lut <= right; lut += 10) {
    shapes.push(path(`M${x(lut)} ${PLOT.top} V${PLOT.bottom}`, { colour: COLOURS.faint, width: 1 }));
    shapes.push(text(x(lut), PLOT.bottom + 20, String(lut), { size: 12, colour: COLOURS.muted, anchor: 'middle' }));
  }
  for (let db = low; db <= high; db += 5) {
    shapes.push(path(`M${PLOT.left} ${y(db)} H${PLOT.right}`, { colour: COLOURS.faint, width: 1 }));
    shapes.push(text(PLOT.left - 8, y(db) + 4, String(db), { size: 12, colour: COLOURS.muted, anchor: 'end' }));
  }
  shapes.push(text(16, 26, 'outputs dB', { colour: COLOURS.muted }), text(PLOT.right, HEIGHT - 10, 'LUT per multiply-accumulate', { colour: COLOURS.muted, anchor: 'end' }));
  SERIES.forEach(({ levels, title, colour }, s) => {
    const own = rows.filter((row) => row.levels === levels).sort((a, b) => a.lutPerMac - b.lutPerMac);
    shapes.push(text(150 + s * 165, 26, title, { colour, bold: true }));
    shapes.push(polyline(own.map((row) => [x(row.lutPerMac), y(row.outputsDb)] as const), { colour, width: 2 }));
    spots.push(...own.map((row) => ({ x: x(row.lutPerMac), y: y(row.outputsDb), label: row.encoding.replace(/^.*?, /, ''), colour })));
  });
  shapes.push(text(150 + 3 * 165, 26, 'others', { colour: COLOURS.ink, bold: true }));
  const others = rows.filter(({ levels }) => levels === 0);
  spots.push(...others.map((row) => ({ x: x(row.lutPerMac), y: y(row.outputsDb), label: row.encoding.replace(/`/g, ''), colour: COLOURS.ink })));
  shapes.push(...labelled(spots));
  return picture(WIDTH, HEIGHT, 'Output error of codebooks over the LUTs of their lanes', shapes);
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly colour: string;
}

/** Points with their labels above, below, left or right, where the first place is that no label before has taken. */
function labelled(spots: readonly Spot[]): string[] {
  const taken: (readonly [number, number, number])[] = [];
  const dots = spots.map(({ x, y, colour }) => box(x - 4, y - 4, 8, 8, { fill: colour, colour, width: 1, radius: 4 }));
  const words = spots.map(({ x, y, label, colour }) => {
    const width = 6 * label.length;
    const places = [[x, y - 9], [x, y + 18], [x - 9 - width / 2, y + 4], [x + 9 + width / 2, y + 4]] as const;
    const free = ([px, py]: readonly [number, number]) =>
      taken.every(([tx, ty, tw]) => Math.abs(px - tx) > (width + tw) / 2 || Math.abs(py - ty) > 12) && spots.every((s) => Math.abs(px - s.x) > width / 2 + 5 || Math.abs(py - 4 - s.y) > 9);
    const [px, py] = places.find(free) ?? places[0];
    taken.push([px, py, width]);
    return text(px, py, label, { size: 11, anchor: 'middle', halo: true, colour });
  });
  return [...dots, ...words];
}
