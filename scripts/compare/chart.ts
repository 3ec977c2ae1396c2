/** The comparison as a picture: time of the layer as large as the device holds, and area at equal multiply-accumulates per cycle. */
import { COLOURS, box, picture, text } from '../docs/svg.js';
import { COMMON_MHZ, LUT_OF_DSP, type CompareRow } from './rows.js';

const WIDTH = 900;
const LABELS = 130;
const BAR = 20;
const STEP = 30;
const RIGHT = 190;

interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly value: number; readonly fill: string; readonly line: string }[];
  readonly note: string;
}

/** Bars from one zero, to scale; returns shapes and the height that they take. */
function panel(top: number, title: string, bars: readonly Bar[]): { shapes: string[]; bottom: number } {
  const most = Math.max(...bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const scale = (WIDTH - LABELS - RIGHT - 24) / most;
  const shapes = [text(16, top + 14, title, { size: 15, bold: true })];
  bars.forEach(({ label, parts, note }, i) => {
    const y = top + 30 + i * STEP;
    shapes.push(text(LABELS, y + 15, label, { anchor: 'end' }));
    let x = LABELS + 10;
    for (const { value, fill, line } of parts) {
      const width = Math.max(1, value * scale);
      if (value > 0) shapes.push(box(x, y, width, BAR, { fill, colour: line, width: 1, radius: 2 }));
      if (value > 0) x += width;
    }
    shapes.push(text(x + 8, y + 15, note, { colour: COLOURS.muted }));
  });
  return { shapes, bottom: top + 30 + bars.length * STEP };
}

const lutPart = (value: number) => ({ value, fill: COLOURS.arrayFill, line: COLOURS.array });
const dspPart = (value: number) => ({ value, fill: COLOURS.outputFill, line: COLOURS.output });

/** An SVG of both modes; a mode without rows is left out. */
export function compareChart(rows: readonly CompareRow[]): string {
  const measured = rows.filter(({ source }) => source === 'measured');
  const device = measured.filter(({ mode, timeMs200 }) => mode === 'device' && timeMs200 !== null);
  const equal = measured.filter(({ mode, lut }) => mode === 'equal' && lut !== null);
  const shapes: string[] = [];
  let bottom = 10;
  if (device.length > 0) {
    const bars = device.map((row) => ({
      label: row.engine,
      parts: [{ value: row.timeMs200!, fill: COLOURS.activationFill, line: COLOURS.activation }],
      note: `${row.timeMs200!.toFixed(2)} ms, ${Math.round(row.macsPerCycle!)} MAC/cycle`,
    }));
    const drawn = panel(bottom, `Time of the layer at ${COMMON_MHZ} MHz, each engine as large as the XC7Z035 holds`, bars);
    shapes.push(...drawn.shapes);
    bottom = drawn.bottom + 16;
  }
  if (equal.length > 0) {
    const bars = equal.map((row) => ({
      label: row.engine,
      parts: [lutPart(row.lut!), dspPart(LUT_OF_DSP * row.dsp!)],
      note: `${row.lut!.toLocaleString('en')} LUT, ${row.dsp} DSP48E1`,
    }));
    const drawn = panel(bottom, `Area at about 256 MACs per cycle: LUTs (green), each DSP48E1 as ${LUT_OF_DSP} LUTs (orange)`, bars);
    shapes.push(...drawn.shapes);
    bottom = drawn.bottom + 10;
  }
  return picture(WIDTH, bottom, 'Comparison of engines on the conv4_1-shaped layer', shapes);
}
