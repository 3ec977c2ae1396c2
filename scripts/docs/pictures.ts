/** Pictures of README.md and docs/architecture.md: the engine's data flow, the stages of the program, the input ring. */
import { COLOURS, arrow, box, picture, text } from './svg.js';

type Point = readonly [number, number];

const FLOW = { colour: COLOURS.activation, width: 3 };
const RESULT = { colour: COLOURS.output, width: 3 };
const CODES = { colour: COLOURS.weight, width: 3 };
const CONTROL = { colour: COLOURS.control, width: 1.5 };
const CREDIT = { colour: COLOURS.control, width: 1.5, dashed: true };

/** A box with a title and lines of small text in the middle. */
function block(x: number, y: number, width: number, height: number, colour: string, fill: string, lines: readonly string[]): string[] {
  const first = y + height / 2 + 5 - ((lines.length - 1) * 16) / 2;
  return [
    box(x, y, width, height, { colour, fill }),
    ...lines.map((line, index) =>
      text(x + width / 2, first + index * 16, line, { size: index === 0 ? 13 : 11.5, bold: index === 0, anchor: 'middle', colour: index === 0 ? COLOURS.ink : COLOURS.muted }),
    ),
  ];
}

const label = (x: number, y: number, content: string, colour: string = COLOURS.muted, anchor: 'start' | 'middle' | 'end' = 'middle') =>
  text(x, y, content, { size: 11.5, colour, anchor });

/** Data flow of an engine, from input stream to output stream. */
function dataflow(): string {
  const shapes: string[] = [];
  const put = (...parts: string[]) => shapes.push(...parts);
  const middle = 232;
  // Stream in, writer, ring
  put(text(16, middle - 12, 's_axis', { size: 12.5, mono: true, bold: true, colour: COLOURS.activation }));
  put(label(16, middle + 22, 'NHWC', COLOURS.muted, 'start'));
  put(arrow([[16, middle], [76, middle]], FLOW));
  put(...block(76, middle - 42, 92, 84, COLOURS.activation, COLOURS.activationFill, ['Input', 'writer: word,', 'bank, row']));
  put(arrow([[168, middle], [204, middle]], FLOW));
  put(box(204, 136, 128, 192, { colour: COLOURS.activation, fill: COLOURS.activationFill }));
  put(text(268, 156, 'Input ring', { size: 13, bold: true, anchor: 'middle' }));
  for (let bank = 0; bank < 4; bank++) {
    const x = 216 + bank * 27;
    for (let row = 0; row < 6; row++) put(box(x, 170 + row * 18, 23, 15, { colour: COLOURS.activation, width: 1, radius: 2, fill: row < 4 ? '#bfdbfe' : COLOURS.paper }));
  }
  put(label(268, 298, 'a bank for each'), label(268, 313, 'pixel lane'));
  put(arrow([[332, middle], [358, middle]], FLOW));
  put(...block(358, middle - 50, 60, 100, COLOURS.activation, COLOURS.activationFill, ['Rotate', 'and pad']));
  // Array
  put(box(446, 150, 232, 194, { colour: COLOURS.array, fill: '#f0fdf9' }));
  for (let pixel = 0; pixel < 3; pixel++) {
    const y = 176 + pixel * 48;
    put(arrow([[418, middle - 32 + pixel * 32], [432, middle - 32 + pixel * 32], [440, y + 17], [458, y + 17]], { ...FLOW, width: 2 }));
    for (let channel = 0; channel < 4; channel++) {
      const x = 460 + channel * 52;
      put(box(x, y, 44, 34, { colour: COLOURS.array, fill: COLOURS.arrayFill, width: 1.2, radius: 4 }));
      put(text(x + 22, y + 15, '\u03a3 w\u00b7x', { size: 11, anchor: 'middle' }), text(x + 22, y + 28, 'acc', { size: 10, anchor: 'middle', colour: COLOURS.muted }));
    }
  }
  put(label(562, 322, 'OC_LANES x PIXEL_LANES elements', COLOURS.array), label(562, 337, 'of IC_LANES shift-add lanes', COLOURS.array));
  // Weight memory above
  put(...block(470, 26, 184, 64, COLOURS.weight, COLOURS.weightFill, ['Weight memory', 'codes and group exponents']));
  for (let channel = 0; channel < 4; channel++) {
    const x = 482 + channel * 52;
    put(arrow([[562, 90], [562, 112], [x, 126], [x, 174]], { ...CODES, width: 2 }));
  }
  put(label(588, 108, 'a word a step', COLOURS.weight, 'start'));
  // Drain to stream out
  put(arrow([[678, middle], [708, middle]], RESULT));
  put(...block(708, middle - 42, 74, 84, COLOURS.output, COLOURS.outputFill, ['Drain', 'a few sums', 'a cycle']));
  put(arrow([[782, middle], [808, middle]], RESULT));
  put(...block(808, middle - 42, 96, 84, COLOURS.output, COLOURS.outputFill, ['Requantize', 'bias, scale,', 'round, clamp']));
  put(arrow([[904, middle], [930, middle]], RESULT));
  put(...block(930, middle - 42, 84, 84, COLOURS.output, COLOURS.outputFill, ['Output', 'slots: pixel', 'tiles']));
  put(arrow([[1014, middle], [1074, middle]], RESULT));
  put(text(1076, middle - 12, 'm_axis', { size: 12.5, mono: true, bold: true, colour: COLOURS.output, anchor: 'end' }));
  put(label(1076, middle + 22, 'NHWC', COLOURS.muted, 'end'));
  put(...block(776, 26, 160, 64, COLOURS.weight, COLOURS.weightFill, ['Parameter memory', 'bias, multiplier, shift']));
  put(arrow([[856, 90], [856, middle - 44]], CODES));
  // Control
  put(...block(204, 392, 474, 52, COLOURS.control, COLOURS.controlFill, ['Sequencer', 'output row, pixel tile, group, channel tile, kernel position, channel word']));
  put(arrow([[290, 392], [290, 330]], CONTROL), label(298, 368, 'addresses', COLOURS.control, 'start'));
  put(arrow([[240, 330], [240, 390]], CREDIT), label(232, 368, 'rows written', COLOURS.control, 'end'));
  put(arrow([[470, 392], [470, 346]], CONTROL), label(478, 374, 'first, enable', COLOURS.control, 'start'));
  put(arrow([[664, 392], [664, 364], [692, 364], [692, 58], [656, 58]], CONTROL), label(684, 378, 'weight address', COLOURS.control, 'start'));
  put(arrow([[972, middle + 42], [972, 410], [680, 410]], CREDIT), label(964, 402, 'slots sent', COLOURS.control, 'end'));
  put(...block(776, 428, 238, 52, COLOURS.control, COLOURS.controlFill, ['Control registers', 'start, counters, memory loading']));
  put(arrow([[776, 454], [696, 454], [696, 432], [680, 432]], CONTROL), label(692, 470, 'run', COLOURS.control, 'end'));
  put(arrow([[1074, 454], [1016, 454]], CONTROL), text(1076, 446, 's_axil', { size: 12.5, mono: true, bold: true, colour: COLOURS.control, anchor: 'end' }));
  put(label(1076, 474, 'AXI4-Lite', COLOURS.muted, 'end'));
  return picture(1092, 496, 'Data flow of an engine', shapes);
}

interface Stage {
  readonly title: string;
  readonly lines: readonly string[];
  readonly at: Point;
  readonly colour: string;
  readonly fill: string;
}

/** Stages of the program and what passes between them. */
function stages(): string {
  const control = { colour: COLOURS.control, fill: COLOURS.controlFill };
  const weight = { colour: COLOURS.weight, fill: COLOURS.weightFill };
  const array = { colour: COLOURS.array, fill: COLOURS.arrayFill };
  const output = { colour: COLOURS.output, fill: COLOURS.outputFill };
  const all: Stage[] = [
    { title: 'import', lines: ['npy, safetensors'], at: [24, 24], ...control },
    { title: 'compress', lines: ['pot, apot, bpot, csd, ...'], at: [204, 24], ...control },
    { title: '*.layer.json', lines: ['and its tensors'], at: [384, 24], ...weight },
    { title: 'plan', lines: ['every number'], at: [564, 24], ...array },
    { title: 'units', lines: ['plan to views'], at: [744, 24], ...array },
    { title: 'render', lines: ['views to text'], at: [744, 124], ...array },
    { title: 'output', lines: ['the only writer'], at: [564, 124], ...array },
    { title: 'rtl/*.v, mem/*.mem', lines: ['Verilog-2005'], at: [384, 124], ...weight },
    { title: 'golden', lines: ['integer-exact reference'], at: [24, 124], ...output },
    { title: 'simulate', lines: ['every output word'], at: [204, 224], ...output },
    { title: 'synthesize', lines: ['Yosys: LUT, BRAM, clock'], at: [384, 224], ...output },
    { title: 'report', lines: ['report.json, report.html'], at: [564, 224], ...output },
  ];
  const shapes = all.flatMap(({ title, lines, at: [x, y], colour, fill }) => block(x, y, 148, 56, colour, fill, [title, ...lines]));
  const joins: Point[][] = [
    [[172, 52], [204, 52]], [[352, 52], [384, 52]], [[532, 52], [564, 52]], [[712, 52], [744, 52]],
    [[818, 80], [818, 124]], [[744, 152], [712, 152]], [[564, 152], [532, 152]],
    [[458, 80], [458, 102], [98, 102], [98, 124]], // the description to the golden model
    [[98, 180], [98, 252], [204, 252]], // expected outputs
    [[384, 152], [278, 152], [278, 224]], [[458, 180], [458, 224]], // emitted files to both tools
    [[532, 252], [564, 252]], [[278, 280], [278, 298], [638, 298], [638, 280]], // results to the report
  ];
  shapes.push(...joins.map((points) => arrow(points, CONTROL)));
  return picture(916, 316, 'Stages of the program', shapes);
}

/** Which bank holds which input pixel, and what four pixel lanes read. */
function banks(): string {
  const shapes: string[] = [];
  const fills = ['#dbeafe', '#fef3c7', '#d1fae5', '#f3e8ff'];
  const drawRow = (y: number, stride: number, first: number) => {
    for (let x = 0; x < 20; x++) {
      const bank = Math.floor(x / stride) % 4;
      const read = x >= first && (x - first) % stride === 0 && (x - first) / stride < 4;
      shapes.push(box(150 + x * 34, y, 30, 30, { colour: read ? COLOURS.output : COLOURS.line, width: read ? 2.6 : 1, fill: fills[bank], radius: 3 }));
      shapes.push(text(165 + x * 34, y + 20, String(bank), { size: 12, mono: true, anchor: 'middle', bold: read }));
    }
    for (let lane = 0; lane < 4; lane++) {
      const x = 165 + (first + lane * stride) * 34;
      shapes.push(text(x, y + 46, `p${lane}`, { size: 11.5, anchor: 'middle', colour: COLOURS.output, bold: true }));
    }
  };
  for (let x = 0; x < 20; x++) shapes.push(text(165 + x * 34, 44, String(x), { size: 11, anchor: 'middle', colour: COLOURS.muted }));
  shapes.push(text(16, 44, 'input pixel x', { size: 12, colour: COLOURS.muted }));
  shapes.push(text(16, 74, 'stride 1', { size: 12.5, bold: true }), label(16, 92, 'rotate = 2', COLOURS.muted, 'start'));
  drawRow(54, 1, 6);
  shapes.push(text(16, 144, 'stride 2', { size: 12.5, bold: true }), label(16, 162, 'rotate = 1', COLOURS.muted, 'start'));
  drawRow(124, 2, 3);
  shapes.push(text(16, 214, 'stride 3', { size: 12.5, bold: true }), label(16, 232, 'rotate = 1', COLOURS.muted, 'start'));
  drawRow(194, 3, 5);
  shapes.push(text(16, 20, 'Banks of four pixel lanes: bank = floor(x / stride) mod 4. Pixel lane p reads bank (rotate + p) mod 4, so no two lanes meet.', { size: 12.5 }));
  return picture(848, 258, 'Banks of the input ring', shapes);
}

/** File name in docs/images to SVG text. */
export function pictureImages(): Record<string, string> {
  return { 'dataflow.svg': dataflow(), 'stages.svg': stages(), 'banks.svg': banks() };
}
