/** The engine as a picture with this design's numbers, drawn twice: along the data flow for wide screens, downwards for narrow ones. */
import { bits, count, plural } from '../format.js';
import type { Report } from '../report_schema.js';
import { bottom, down, drawBox, edge, left, right, top, type Box, type BoxText } from './diagram.js';
import { elementDiagram } from './element_diagram.js';
import { html, type Markup } from './markup.js';

export function picture(report: Report): Markup {
  return html`<div class="picture">
${wide(report)}
${tall(report)}
</div>`;
}

/** What is written into each box, without its place. Colours are those of the LUT map. */
function texts({ design: d, lanes, encoding }: Report) {
  const stream = ({ elements, elementBits }: typeof d.input) => `${elements} × ${elementBits} bit`;
  return {
    from: { title: 'DMA', lines: ['from memory'] },
    writer: { title: 'Input writer', lines: [stream(d.input), `${count(d.input.beatsPerFrame)} beats`, 'a frame'], colour: 's2' },
    ring: { title: 'Input ring', lines: [plural(d.ring.rows, 'row'), `${count(d.ring.words)} × ${d.ring.wordBits} bit`, plural(d.ring.banks, 'bank')], colour: 's2' },
    weights: {
      title: d.streamed ? 'Weight halves' : 'Weight memory',
      lines: [`${count(d.weightMemory.depth)} × ${count(d.weightMemory.width)} bit of ${encoding}`, `${count(d.weightMemory.bram36)} RAMB36`],
      colour: 's3',
    },
    source: { title: lanes.weights === 'rebuilt' ? 'Rebuilding' : 'Weight stream', lines: [`${originOf(lanes)},`, 'a channel tile ahead'], colour: 's3' },
    array: { title: 'Array', lines: [`${plural(lanes.oc, 'channel')} × ${plural(lanes.pixel, 'pixel')}, in each:`], colour: 's1' },
    parameters: { title: 'Parameters', lines: ['bias, scale, shift', `${count(d.parameterMemory.depth)} × ${d.parameterMemory.width} bit`], colour: 's3' },
    requantizer: {
      title: 'Requantizer',
      lines: [plural(d.requantizer.lanes, 'lane'), d.requantizer.multiplierBits > 0 ? `${d.requantizer.multiplierBits}-bit multiplier` : 'shift only', `${d.requantizer.latency} cycles`],
      colour: 's4',
    },
    output: { title: 'Output buffer', lines: [plural(d.outputBuffer.slots, 'slot'), bits(d.outputBuffer.bits), stream(d.output)], colour: 's4' },
    to: { title: 'DMA', lines: ['to memory'] },
    sequencer: {
      title: 'Sequencer',
      lines: [`${plural(d.sequencer.steps, 'step')} a tile`, `${plural(d.sequencer.tiles, 'channel tile')}, ${plural(d.sequencer.rowTiles, 'pixel tile')} a row`],
      colour: 's6',
    },
    control: { title: 'Control registers', lines: ['AXI4-Lite, interrupt,', 'cycle counters'], colour: 's6' },
  } satisfies Record<string, BoxText>;
}

/** Where weights come from that are not stored in the engine. */
function originOf({ weights }: Report['lanes']): string {
  return weights === 'rebuilt' ? 'weights from factors' : 'from memory';
}

/** Bits on each way of the data, short enough to stand above an arrow. */
function widths({ design: d, formats, lanes }: Report) {
  const width = (n: number) => `${count(n)} ${n < 1000 ? 'bit' : 'b'}`;
  return {
    input: width(d.input.elements * d.input.elementBits),
    ring: width(d.ring.wordBits * d.ring.banks),
    weights: `${count(lanes.oc * lanes.ic)} weights ${(lanes.hold ?? 1) > 1 ? `in ${lanes.hold} cycles` : 'a cycle'}`,
    sums: width(d.requantizer.lanes * formats.accumulatorBits),
    results: width(d.requantizer.lanes * formats.output.bits),
    output: width(d.output.elements * d.output.elementBits),
  };
}

function wide(report: Report): Markup {
  const t = texts(report);
  const w = widths(report);
  const main = 228;
  const row = (x: number, width: number, height: number, text: BoxText): Box => ({ x, y: main - height / 2, w: width, h: height, ...text });
  const at = (x: number, y: number, width: number, height: number, text: BoxText): Box => ({ x, y, w: width, h: height, ...text });
  const boxes = {
    from: row(0, 106, 66, t.from),
    writer: row(152, 118, 104, t.writer),
    ring: row(324, 130, 104, t.ring),
    array: row(510, 262, 204, t.array),
    requantizer: row(828, 140, 104, t.requantizer),
    output: row(1022, 128, 104, t.output),
    to: row(1204, 92, 66, t.to),
    weights: at(510, 4, 262, 78, t.weights),
    ...(report.design.streamed ? { source: at(244, 4, 210, 78, t.source) } : {}),
    parameters: at(828, 4, 140, 78, t.parameters),
    sequencer: at(324, 378, 448, 78, t.sequencer),
    control: at(72, 378, 198, 78, t.control),
  };
  const chain = [boxes.from, boxes.writer, boxes.ring, boxes.array, boxes.requantizer, boxes.output, boxes.to];
  const labels = [w.input, w.input, w.ring, w.sums, w.results, w.output];
  return html`<svg class="wide" viewBox="-1 0 1298 460" role="img" aria-label="${description(report)}">
${chain.slice(1).map((box, i) => edge(right(chain[i]), left(box), labels[i]))}
${boxes.source ? edge(right(boxes.source), left(boxes.weights)) : undefined}
${edge(bottom(boxes.weights), top(boxes.array), w.weights, 'beside')}
${edge(bottom(boxes.parameters), top(boxes.requantizer))}
${edge([389, 378], bottom(boxes.ring), '', 'dash')}
${edge([641, 378], bottom(boxes.array), '', 'dash')}
${edge(right(boxes.control), left(boxes.sequencer), '', 'dash')}
${Object.values(boxes).map((box) => (box === boxes.array ? undefined : drawBox(box)))}
${elementDiagram(report, boxes.array)}
</svg>`;
}

function tall(report: Report): Markup {
  const t = texts(report);
  const w = widths(report);
  const [half, full] = [200, 430];
  const place = (x: number, y: number, width: number, height: number, text: BoxText): Box => ({ x, y, w: width, h: height, ...text });
  const second = full - half;
  const boxes = {
    from: place(0, 0, half, 62, t.from),
    writer: place(0, 104, half, 104, t.writer),
    ring: place(0, 250, half, 104, t.ring),
    weights: place(second, 250, half, 104, report.design.streamed ? { ...t.weights, lines: [...t.weights.lines, originOf(report.lanes)] } : t.weights),
    array: place(0, 400, full, 204, t.array),
    requantizer: place(0, 646, half, 104, t.requantizer),
    parameters: place(second, 646, half, 104, t.parameters),
    output: place(0, 792, half, 104, t.output),
    to: place(0, 938, half, 62, t.to),
    control: place(second, 0, half, 86, t.control),
    sequencer: place(second, 122, half, 86, { ...t.sequencer, lines: [`${plural(report.design.sequencer.steps, 'step')} a tile`, plural(report.design.sequencer.tiles, 'channel tile')] }),
  };
  const [x1, x2] = [half / 2, second + half / 2];
  return html`<svg class="tall" viewBox="-1 -1 432 1002" role="img" aria-label="${description(report)}">
${down(boxes.from, boxes.writer, x1, w.input)}${down(boxes.writer, boxes.ring, x1, w.input)}
${down(boxes.ring, boxes.array, x1, w.ring)}${down(boxes.weights, boxes.array, x2, w.weights.replace(' a cycle', ''))}
${down(boxes.array, boxes.requantizer, x1, w.sums)}${edge(left(boxes.parameters), right(boxes.requantizer))}
${down(boxes.requantizer, boxes.output, x1, w.results)}${down(boxes.output, boxes.to, x1, w.output)}
${down(boxes.control, boxes.sequencer, x2, '', 'dash')}
${Object.values(boxes).map((box) => (box === boxes.array ? undefined : drawBox(box)))}
${elementDiagram(report, boxes.array)}
</svg>`;
}

function description(report: Report): string {
  const t = texts(report);
  const flow = [t.writer, t.ring, t.array, t.requantizer, t.output].map(({ title, lines }) => `${title} (${lines.join(' ')})`);
  const source = report.design.streamed ? ` ${t.source.title} (${t.source.lines.join(' ')}) fills it.` : '';
  return `Data flow: DMA, ${flow.join(', ')}, DMA. ${t.weights.title} (${t.weights.lines.join(', ')}) feeds the array.${source}`;
}
