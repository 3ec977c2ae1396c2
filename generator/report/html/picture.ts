/** The engine as a picture with this design's numbers, drawn twice: along the data flow for wide screens, downwards for narrow ones. */
import { bits, count, plural } from '../format.js';
import type { Report } from '../report_schema.js';
import { html, type Markup } from './markup.js';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Most squares drawn in a row and in a column of the array; more are told by the numbers. */
const MOST_COLUMNS = 16;
const MOST_ROWS = 4;
const CELL = 14;

export function picture(report: Report): Markup {
  return html`<div class="picture">
${wide(report)}
${tall(report)}
</div>`;
}

/** What is written into each box, without its place. */
function texts({ design: d, formats, lanes, encoding, resources }: Report) {
  const stream = ({ elements, elementBits }: typeof d.input) => `${elements} × ${elementBits} bit`;
  return {
    from: { title: 'DMA', lines: ['from memory'] },
    writer: { title: 'Input writer', lines: [stream(d.input), `${count(d.input.beatsPerFrame)} beats`, 'a frame'] },
    ring: { title: 'Input ring', lines: [plural(d.ring.rows, 'row'), `${count(d.ring.words)} × ${d.ring.wordBits} bit`, plural(d.ring.banks, 'bank')] },
    weights: {
      title: 'Weight memory',
      lines: [`${count(d.weightMemory.depth)} × ${count(d.weightMemory.width)} bit of ${encoding}`, `${count(d.weightMemory.bram36)} RAMB36`],
    },
    array: {
      title: 'Array of processing elements',
      lines: [`${lanes.oc} channels × ${plural(lanes.pixel, 'pixel')}`, `each ${lanes.ic} ${lanes.kind === 'dsp' ? 'DSP lanes' : 'lanes'}, tree,`, `${formats.accumulatorBits}-bit accumulator`],
    },
    parameters: { title: 'Parameters', lines: ['bias, scale, shift', `${count(d.parameterMemory.depth)} × ${d.parameterMemory.width} bit`] },
    requantizer: {
      title: 'Requantizer',
      lines: [plural(d.requantizer.lanes, 'lane'), d.requantizer.multiplierBits > 0 ? `${d.requantizer.multiplierBits}-bit multiplier` : 'shift only', `${d.requantizer.latency} cycles`],
    },
    output: { title: 'Output buffer', lines: [plural(d.outputBuffer.slots, 'slot'), bits(d.outputBuffer.bits), stream(d.output)] },
    to: { title: 'DMA', lines: ['to memory'] },
    sequencer: {
      title: 'Sequencer',
      lines: [`${plural(d.sequencer.steps, 'step')} a tile, ${plural(d.sequencer.tiles, 'channel tile')},`, `${plural(d.sequencer.rowTiles, 'pixel tile')} a row`],
    },
    control: { title: 'Control registers', lines: ['AXI4-Lite, interrupt, counters', resources ? `${count(resources.lut)} LUT in all` : 'start, status, loading'] },
  };
}

function wide(report: Report): Markup {
  const t = texts(report);
  const at = (x: number, y: number, w: number, h: number, text: { title: string; lines: readonly string[] }): Box => ({ x, y, w, h, ...text });
  const main = 226;
  const row = (x: number, w: number, h: number, text: { title: string; lines: readonly string[] }) => at(x, main - h / 2, w, h, text);
  const boxes = {
    from: row(0, 92, 62, t.from),
    writer: row(138, 122, 96, t.writer),
    ring: row(306, 132, 96, t.ring),
    array: row(484, 254, 196, t.array),
    requantizer: row(784, 130, 96, t.requantizer),
    output: row(960, 122, 96, t.output),
    to: row(1128, 92, 62, t.to),
    weights: at(484, 6, 254, 74, t.weights),
    parameters: at(784, 6, 130, 74, t.parameters),
    sequencer: at(306, 372, 432, 72, t.sequencer),
    control: at(0, 372, 260, 72, t.control),
  };
  const chain = [boxes.from, boxes.writer, boxes.ring, boxes.array, boxes.requantizer, boxes.output, boxes.to];
  const { design: d, formats, lanes } = report;
  const inBits = d.input.elements * d.input.elementBits;
  const outBits = d.output.elements * d.output.elementBits;
  const labels = [inBits, inBits, d.ring.wordBits * d.ring.banks, d.requantizer.lanes * formats.accumulatorBits, d.requantizer.lanes * formats.output.bits, outBits];
  return html`<svg class="wide" viewBox="-1 0 1222 450" role="img" aria-label="${description(report)}">
${chain.slice(1).map((box, i) => edge(right(chain[i]), left(box), `${labels[i]} b`))}
${edge(bottom(boxes.weights), top(boxes.array), `${count(lanes.oc * lanes.ic)} weights a cycle`, 'beside')}
${edge(bottom(boxes.parameters), top(boxes.requantizer))}
${edge([boxes.ring.x + 66, 372], bottom(boxes.ring), '', 'dash')}
${edge([boxes.array.x + 127, 372], bottom(boxes.array), '', 'dash')}
${edge([260, 408], [306, 408], '', 'dash')}
${Object.entries(boxes).map(([name, box]) => drawBox(box, name === 'array' ? arrayCells(report, box) : undefined))}
</svg>`;
}

function tall(report: Report): Markup {
  const t = texts(report);
  const [half, gap, full] = [205, 20, 430];
  const at = (x: number, y: number, w: number, h: number, text: { title: string; lines: readonly string[] }): Box => ({ x, y, w, h, ...text });
  const boxes = {
    from: at(0, 0, half, 58, t.from),
    writer: at(0, 96, half, 94, t.writer),
    ring: at(0, 228, half, 94, t.ring),
    weights: at(half + gap, 228, half, 94, t.weights),
    array: at(0, 362, full, 190, t.array),
    requantizer: at(0, 592, half, 94, t.requantizer),
    parameters: at(half + gap, 592, half, 94, t.parameters),
    output: at(0, 724, half, 94, t.output),
    to: at(0, 856, half, 58, t.to),
    control: at(half + gap, 0, half, 94, { ...t.control, lines: ['AXI4-Lite, interrupt,', 'counters'] }),
    sequencer: at(half + gap, 114, half, 94, { ...t.sequencer, lines: [`${count(report.design.sequencer.steps)} steps a tile`, `${plural(report.design.sequencer.tiles, 'channel tile')}`, `${plural(report.design.sequencer.rowTiles, 'pixel tile')} a row`] }),
  };
  const inBits = report.design.input.elements * report.design.input.elementBits;
  const outBits = report.design.output.elements * report.design.output.elementBits;
  const x = half / 2;
  const down = (from: Box, to: Box, label = '', at = x) => edge([at, from.y + from.h], [at, to.y], label, 'beside');
  return html`<svg class="tall" viewBox="-1 -1 432 916" role="img" aria-label="${description(report)}">
${down(boxes.from, boxes.writer, `${inBits} bit`)}
${down(boxes.writer, boxes.ring)}
${down(boxes.ring, boxes.array, `${report.design.ring.wordBits * report.design.ring.banks} bit`)}
${down(boxes.weights, boxes.array, `${count(report.lanes.oc * report.lanes.ic)} weights`, half + gap + x)}
${down(boxes.array, boxes.requantizer)}
${edge(left(boxes.parameters), right(boxes.requantizer))}
${down(boxes.requantizer, boxes.output)}
${down(boxes.output, boxes.to, `${outBits} bit`)}
${Object.entries(boxes).map(([name, box]) => drawBox(box, name === 'array' ? arrayCells(report, box) : undefined))}
</svg>`;
}

function description(report: Report): string {
  const t = texts(report);
  const flow = [t.writer, t.ring, t.array, t.requantizer, t.output].map(({ title, lines }) => `${title} (${lines.join(' ')})`);
  return `Data flow: DMA, ${flow.join(', ')}, DMA. ${t.weights.title} (${t.weights.lines.join(', ')}) feeds the array.`;
}

type Point = readonly [number, number];
const left = (b: Box): Point => [b.x, b.y + b.h / 2];
const right = (b: Box): Point => [b.x + b.w, b.y + b.h / 2];
const top = (b: Box): Point => [b.x + b.w / 2, b.y];
const bottom = (b: Box): Point => [b.x + b.w / 2, b.y + b.h];

/** An arrow; its label stands above it, or beside it if it goes up or down. */
function edge([x1, y1]: Point, [x2, y2]: Point, label = '', style: 'beside' | 'dash' | '' = ''): Markup {
  const [dx, dy] = [Math.sign(x2 - x1), Math.sign(y2 - y1)];
  const tip = `M${x2 - 2 * dx} ${y2 - 2 * dy}l${-8 * dx - 4.5 * dy} ${-8 * dy - 4.5 * dx}l${9 * dy} ${9 * dx}z`;
  const text =
    label === '' ? '' : style === 'beside'
      ? html`<text class="w" x="${(x1 + x2) / 2 + 9}" y="${(y1 + y2) / 2 + 3}">${label}</text>`
      : html`<text class="w" x="${(x1 + x2) / 2 - 2}" y="${y1 - 8}" text-anchor="middle">${label}</text>`;
  return html`<path class="edge${style === 'dash' ? ' dash' : ''}" d="M${x1} ${y1}L${x2 - 6 * dx} ${y2 - 6 * dy}"/><path class="head" d="${tip}"/>${text}`;
}

function drawBox({ x, y, w, h, title, lines }: Box, inside?: { markup: Markup; height: number }): Markup {
  const extra = inside ? inside.height + 10 : 0;
  const first = y + (h - (19 + 17 * lines.length + extra)) / 2 + 14;
  const middle = x + w / 2;
  return html`<rect class="box" x="${x}" y="${y}" width="${w}" height="${h}" rx="9"/>
<text class="t" x="${middle}" y="${first}" text-anchor="middle">${title}</text>${inside?.markup}${lines.map(
    (line, i) => html`<text class="d" x="${middle}" y="${first + 19 + extra + 17 * i}" text-anchor="middle">${line}</text>`,
  )}`;
}

/** One square for each processing element: output channels across, pixels down. */
function arrayCells({ lanes }: Report, box: Box): { markup: Markup; height: number } {
  const columns = Math.min(lanes.oc, MOST_COLUMNS);
  const rows = Math.min(lanes.pixel, MOST_ROWS);
  const cut = columns < lanes.oc || rows < lanes.pixel;
  const [w, h] = [columns * CELL, rows * CELL + (cut ? 14 : 0)];
  const x = box.x + (box.w - w) / 2;
  const y = box.y + (box.h - (19 + 17 * 3 + h + 10)) / 2 + 26;
  const squares = Array.from({ length: rows * columns }, (_, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    return html`<rect class="cell" x="${x + column * CELL + 1.5}" y="${y + row * CELL + 1.5}" width="11" height="11" rx="2"/>`;
  });
  const more = cut ? html`<text class="d" x="${box.x + box.w / 2}" y="${y + rows * CELL + 10}" text-anchor="middle">… ${count(lanes.oc * lanes.pixel)} in all</text>` : undefined;
  return { markup: html`${squares}${more}`, height: h };
}
