/** Outside pictures of the hardware units, drawn from the port lists of their own Verilog. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { templatesFolder } from '../../generator/render/engine.js';
import { COLOURS, arrow, box, picture, polyline, text } from './svg.js';

/** Unit to its source under templates/; the page is docs/units/<unit>.md. */
export const UNIT_SOURCES: Readonly<Record<string, string>> = {
  top: 'rtl/top.v.hbs',
  sequencer: 'rtl/sequencer.v.hbs',
  sequencer_streamed: 'rtl/sequencer_streamed.v.hbs',
  address_generator: 'rtl/address_generator.v.hbs',
  loadable_memory: 'rtl/loadable_memory.v.hbs',
  weight_halves: 'rtl/weight_halves.v.hbs',
  weight_stream: 'cells/nn_weight_stream.v',
  network_top: 'rtl/network_top.v.hbs',
  stream_gate: 'cells/nn_stream_gate.v',
  stream_register: 'cells/nn_stream_register.v',
  stream_fifo: 'cells/nn_stream_fifo.v',
  stream_width: 'cells/nn_stream_width.v',
  stream_fork: 'cells/nn_stream_fork.v',
  window_max: 'cells/nn_window_max.v',
  max_pool: 'cells/nn_max_pool.v',
  argmax: 'cells/nn_argmax.v',
  element_add: 'cells/nn_element_add.v',
  shared_top: 'rtl/shared_top.v.hbs',
  program_control: 'cells/nn_program_control.v',
  program_loops: 'cells/nn_program_loops.v',
  map_receiver: 'cells/nn_map_receiver.v',
  map_writer: 'cells/nn_map_writer.v',
  result_stream: 'cells/nn_result_stream.v',
  permuter: 'rtl/permuter.v.hbs',
  factor_reconstruction: 'rtl/factor_reconstruction.v.hbs',
  rank_sum: 'rtl/rank_sum.v.hbs',
  rebuild_residual: 'cells/nn_rebuild_residual.v',
  control_registers: 'cells/nn_control_registers.v',
  input_writer: 'cells/nn_input_writer.v',
  activation_buffer: 'cells/nn_activation_buffer.v',
  drain: 'cells/nn_drain.v',
  requantize: 'cells/nn_requantize.v',
  output_buffer: 'cells/nn_output_buffer.v',
  tile_walk: 'cells/nn_tile_walk.v',
  ram: 'cells/nn_ram.v',
  delay: 'cells/nn_delay.v',
  counter: 'cells/nn_counter.v',
  pass: 'cells/nn_pass.v',
  select: 'cells/nn_select.v',
  wait: 'cells/nn_wait.v',
  sum_queue: 'cells/nn_sum_queue.v',
  sum_turns: 'cells/nn_sum_turns.v',
  pair_operands: 'rtl/pair_operands.v.hbs',
  processing_element_pair: 'rtl/processing_element_pair.v.hbs',
};

export interface Port {
  readonly name: string;
  readonly direction: 'input' | 'output';
  readonly isBus: boolean;
}

/** Ports under one comment of the port list. */
export interface PortGroup {
  readonly title: string;
  readonly ports: readonly Port[];
}

/** The port list of the one module in a Verilog text or template. */
export function portGroups(verilog: string): PortGroup[] {
  const lines = verilog.split('\n');
  const module = lines.findIndex((line) => /^module /.test(line));
  const begin = /^module .* \($/.test(lines[module]) && !lines[module].includes('#(') ? module + 1 : lines.findIndex((line, i) => i > module && line.startsWith(') (')) + 1;
  const end = lines.findIndex((line, i) => i >= begin && line.startsWith(');'));
  const groups: { title: string; ports: Port[] }[] = [];
  for (const line of lines.slice(begin, end)) {
    const port = /^\s+(input|output)\s+(?:wire|reg)\s+(?:signed\s+)?(\[.*\])?\s*(\w+),?/.exec(line);
    const comment = /^\s+\/\/ (?!verilator)(.*)$/.exec(line);
    if (comment) groups.push({ title: comment[1].split(/[:;,(]/)[0].trim(), ports: [] });
    if (!port) continue;
    if (groups.length === 0) groups.push({ title: '', ports: [] });
    groups[groups.length - 1].ports.push({ direction: port[1] as 'input' | 'output', name: port[3], isBus: port[2] !== undefined });
  }
  return groups;
}

/** Module name as the picture shows it. */
function moduleName(verilog: string, unit: string): string {
  const name = /^module (\w+)/m.exec(verilog)?.[1];
  if (name) return name;
  return unit === 'loadable_memory' ? '<layer>_{weight,parameter}_memory' : `<layer>_${unit}`;
}

/** AXI signals are shown as one bus: prefix to its name, and whether we are the side that takes. */
const BUSES: readonly { prefix: string; label: string; takes: boolean }[] = [
  { prefix: 's_axis_weight_', label: 's_axis_weight  AXI4-Stream', takes: true },
  { prefix: 's_axis_', label: 's_axis  AXI4-Stream', takes: true },
  { prefix: 'm_axis_', label: 'm_axis  AXI4-Stream', takes: false },
  { prefix: 's_axil_', label: 's_axil  AXI4-Lite', takes: true },
];

interface Pin {
  readonly label: string;
  readonly input: boolean;
  readonly thick: boolean;
  readonly both: boolean;
}

function pinsOf(group: PortGroup): Pin[] {
  const pins: Pin[] = [];
  for (const port of group.ports) {
    const bus = BUSES.find(({ prefix }) => port.name.startsWith(prefix));
    const pin = bus
      ? { label: bus.label, input: bus.takes, thick: true, both: true }
      : { label: port.name, input: port.direction === 'input', thick: port.isBus, both: false };
    if (!pins.some(({ label }) => label === pin.label)) pins.push(pin);
  }
  return pins;
}

/** The picture of the top is that of a stand-alone layer; docs/units/top.md lists the ports inside a network. */
function standAlone(verilog: string): string {
  return verilog.replace(/\{\{#if isEmbedded\}\}[^]*?\{\{else\}\}/g, '');
}

const ROW = 22;
const LEFT = 60;
const BODY = 400;

/** A block with inputs on the left and outputs on the right, thick lines for buses. */
export function unitSymbol(unit: string, verilog: string): string {
  const shapes: string[] = [];
  let y = 62;
  for (const group of portGroups(standAlone(verilog))) {
    const pins = pinsOf(group);
    if (group.title) {
      shapes.push(text(LEFT + BODY / 2, y, group.title, { size: 11, colour: COLOURS.muted, anchor: 'middle' }));
      y += ROW;
    }
    const sides = [pins.filter((pin) => pin.input), pins.filter((pin) => !pin.input)];
    sides.forEach((side) => side.forEach((pin, index) => shapes.push(...pinShapes(pin, y + index * ROW))));
    y += Math.max(sides[0].length, sides[1].length) * ROW + 8;
  }
  const height = y - 4;
  const frame = [
    box(LEFT, 12, BODY, height - 12, { colour: COLOURS.array, fill: '#f0fdf9' }),
    text(LEFT + BODY / 2, 34, moduleName(verilog, unit), { size: 14, bold: true, mono: true, anchor: 'middle' }),
    polyline([[LEFT, 44], [LEFT + BODY, 44]], { colour: COLOURS.faint, width: 1 }),
  ];
  return picture(LEFT * 2 + BODY, height + 12, `Ports of ${unit}`, [...frame, ...shapes]);
}

function pinShapes({ label, input, thick, both }: Pin, y: number): string[] {
  const style = { colour: input ? COLOURS.activation : COLOURS.output, width: thick ? 3 : 1.5 };
  const right = LEFT + BODY;
  const name = text(input ? LEFT + 10 : right - 10, y + 4, label, { size: 12.5, mono: true, anchor: input ? 'start' : 'end' });
  const ends: [number, number][] = input ? [[14, y], [LEFT, y]] : [[right, y], [right + LEFT - 14, y]];
  const back = both ? arrow([ends[1], ends[0]], style) : '';
  return [arrow(ends, style) + back, name];
}

/** File name in docs/images to SVG text. */
export function symbolImages(): Record<string, string> {
  const images: Record<string, string> = {};
  for (const [unit, source] of Object.entries(UNIT_SOURCES)) {
    images[`unit_${unit}.svg`] = unitSymbol(unit, readFileSync(join(templatesFolder(), source), 'utf8'));
  }
  return images;
}
