/**
 * Timing diagrams from a few characters per clock cycle, in the manner of WaveDrom:
 *
 *   0 1   low, high          .   as before        x   anything
 *   =     a value, named by the next entry of `values`; a new `=` starts a new one
 *   p     clock, rising at the start of the cycle  |   a break in time
 *   blank nothing
 */
import { COLOURS, box, path, picture, polyline, text } from './svg.js';

export interface Signal {
  readonly name: string;
  readonly wave: string;
  readonly values?: readonly string[];
  readonly colour?: string;
  readonly fill?: string;
}

/** A title within the list of signals. */
export interface Heading {
  readonly heading: string;
}

/** A note under the waves, with a dashed line up to the start of its cycle. */
export interface Note {
  readonly cycle: number;
  readonly label: string;
  /** `start`: text to the right of the line; `end`: to its left. */
  readonly anchor?: 'start' | 'end';
}

export interface Timing {
  readonly title: string;
  readonly rows: readonly (Signal | Heading)[];
  readonly notes?: readonly Note[];
  /** Pixels of a cycle, default 44. */
  readonly cycleWidth?: number;
  /** Pixels of the column of names, default 170. */
  readonly nameWidth?: number;
  /** Number of the first cycle; no numbers if absent. */
  readonly firstCycle?: number;
}

const ROW = 34;
const HIGH = 7;
const LOW = 27;
const SLANT = 4;
const NOTE_LINE = { colour: COLOURS.output, width: 1.2, dashed: true };

/** The diagram as an SVG text. */
export function timingDiagram(timing: Timing): string {
  const { rows, notes = [], cycleWidth = 44, nameWidth = 170, firstCycle } = timing;
  const cycles = Math.max(...rows.map((row) => ('wave' in row ? row.wave.length : 0)));
  const left = nameWidth + 14;
  const top = firstCycle === undefined ? 16 : 34;
  const bottom = top + rows.length * ROW + 6;
  const at = (cycle: number) => left + cycle * cycleWidth;
  const shapes: string[] = [];
  for (let cycle = 0; cycle <= cycles; cycle++) {
    shapes.push(polyline([[at(cycle), top], [at(cycle), bottom]], { colour: COLOURS.faint, width: 1 }));
    if (firstCycle !== undefined && cycle < cycles) {
      shapes.push(text(at(cycle) + cycleWidth / 2, top - 10, String(firstCycle + cycle), { size: 11, colour: COLOURS.muted, anchor: 'middle' }));
    }
  }
  const noteBase = (index: number) => bottom + 18 + 18 * index;
  notes.forEach((note, index) => shapes.push(polyline([[at(note.cycle), top], [at(note.cycle), noteBase(index) + 3]], NOTE_LINE)));
  rows.forEach((row, index) => {
    const y = top + index * ROW;
    if ('heading' in row) shapes.push(text(12, y + 24, row.heading, { size: 12, bold: true, colour: COLOURS.muted }));
    else shapes.push(text(left - 14, y + 22, row.name, { size: 12.5, mono: true, anchor: 'end' }), ...waveShapes(row, at, y));
  });
  notes.forEach(({ cycle, label, anchor = 'start' }, index) => {
    const x = at(cycle) + (anchor === 'start' ? 6 : -6);
    shapes.push(text(x, noteBase(index), label, { size: 12, colour: COLOURS.output, anchor, halo: true }));
  });
  return picture(at(cycles) + 16, bottom + 14 + 18 * notes.length, timing.title, shapes);
}

/** Runs of equal state: character, first cycle, cycles. */
function runsOf(wave: string): { state: string; start: number; length: number }[] {
  const runs: { state: string; start: number; length: number }[] = [];
  [...wave].forEach((state, start) => {
    const last = runs.at(-1);
    if (last && (state === '.' || (state === last.state && state !== '='))) last.length++;
    else runs.push({ state, start, length: 1 });
  });
  return runs;
}

function waveShapes(signal: Signal, at: (cycle: number) => number, y: number): string[] {
  const { colour = COLOURS.activation, fill = COLOURS.activationFill } = signal;
  const shapes: string[] = [];
  const values = [...(signal.values ?? [])];
  let level: [number, number][] = [];
  const flush = () => {
    if (level.length > 1) shapes.push(polyline(level, { colour, width: 1.8 }));
    level = [];
  };
  for (const { state, start, length } of runsOf(signal.wave)) {
    const [from, to] = [at(start), at(start + length)];
    if (state === '0' || state === '1') {
      const height = y + (state === '1' ? HIGH : LOW);
      if (level.length === 0) level.push([from, height]);
      else level.push([from, level[level.length - 1][1]], [from + SLANT, height]);
      level.push([to, height]);
      continue;
    }
    if (state === 'p') {
      for (let cycle = start; cycle < start + length; cycle++) {
        const half = (at(cycle) + at(cycle + 1)) / 2;
        level.push([at(cycle), y + LOW], [at(cycle), y + HIGH], [half, y + HIGH], [half, y + LOW], [at(cycle + 1), y + LOW]);
      }
      continue;
    }
    flush();
    if (state === '=') shapes.push(...valueShapes(from, to, y, values.shift() ?? '', colour, fill));
    else if (state === 'x') shapes.push(box(from + 1, y + HIGH, to - from - 2, LOW - HIGH, { colour: COLOURS.line, fill: COLOURS.faint, width: 1, radius: 3 }));
    else if (state === '|') shapes.push(text((from + to) / 2, y + LOW - 5, '. . .', { anchor: 'middle', colour: COLOURS.muted, size: 13 }));
  }
  flush();
  return shapes;
}

function valueShapes(from: number, to: number, y: number, label: string, colour: string, fill: string): string[] {
  const middle = y + (HIGH + LOW) / 2;
  const hexagon: [number, number][] = [
    [from, middle], [from + SLANT, y + HIGH], [to - SLANT, y + HIGH], [to, middle], [to - SLANT, y + LOW], [from + SLANT, y + LOW],
  ];
  const outline = hexagon.map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${a} ${b}`).join(' ');
  return [path(`${outline} Z`, { colour, width: 1.5, fill }), text((from + to) / 2, middle + 4, label, { size: 11.5, anchor: 'middle', mono: true })];
}
