/** The timing diagrams of docs/interfaces.md. Cycles are those of simulated engines; the pipeline's is `PIPELINE_EXAMPLE`. */
import { COLOURS } from './svg.js';
import { timingDiagram, type Signal, type Timing } from './timing.js';

const ACTIVATION = { colour: COLOURS.activation, fill: COLOURS.activationFill };
const WEIGHT = { colour: COLOURS.weight, fill: COLOURS.weightFill };
const ARRAY = { colour: COLOURS.array, fill: COLOURS.arrayFill };
const OUTPUT = { colour: COLOURS.output, fill: COLOURS.outputFill };
const CONTROL = { colour: COLOURS.control, fill: COLOURS.controlFill };

const clock = (name: string, cycles: number): Signal => ({ name, wave: 'p'.repeat(cycles), ...CONTROL });

const streams: Timing = {
  title: 'AXI4-Stream in and out with back-pressure',
  cycleWidth: 50,
  rows: [
    clock('aclk', 16),
    { heading: 'Input, rows of three beats' },
    { name: 's_axis_tvalid', wave: '01.......01...0.', ...ACTIVATION },
    { name: 's_axis_tready', wave: '1...0..1......0.', ...ACTIVATION },
    { name: 's_axis_tdata', wave: 'x====...=x====x.', values: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8'], ...ACTIVATION },
    { name: 's_axis_tlast', wave: '0............10.', ...ACTIVATION },
    { heading: 'Output' },
    { name: 'm_axis_tvalid', wave: '0..1.....0.1..0.', ...OUTPUT },
    { name: 'm_axis_tready', wave: '1...0..1....01..', ...OUTPUT },
    { name: 'm_axis_tdata', wave: 'x..==...=x.==.x.', values: ['y0', 'y1', 'y2', 'y3', 'y4'], ...OUTPUT },
    { name: 'm_axis_tlast', wave: '0...........1.0.', ...OUTPUT },
  ],
  notes: [
    { cycle: 4, label: 'a row is in, the ring has no room for another' },
    { cycle: 7, label: 'a row has been let go' },
    { cycle: 14, label: 'the run\'s last frame is in', anchor: 'end' },
  ],
};

const startToDone: Timing = {
  title: 'From start to done',
  cycleWidth: 46,
  nameWidth: 190,
  rows: [
    clock('aclk', 20),
    { heading: 'AXI4-Lite' },
    { name: 'awvalid, wvalid', wave: '010.......|0........', ...CONTROL },
    { name: 'awaddr, wdata', wave: 'x=x.......|x........', values: ['00,1'], ...CONTROL },
    { name: 'bvalid', wave: '0..10.....|0........', ...CONTROL },
    { heading: 'Streams' },
    { name: 's_axis_tvalid', wave: '1.........|x........', ...ACTIVATION },
    { name: 's_axis_tready', wave: '0....1....|0........', ...ACTIVATION },
    { name: 'm_axis_tvalid', wave: '0.........|01.0.....', ...OUTPUT },
    { name: 'm_axis_tlast', wave: '0.........|0.10.....', ...OUTPUT },
    { heading: 'Registers' },
    { name: 'CTRL idle, ready', wave: '1...0.....|0....1...', ...ARRAY },
    { name: 'CTRL done', wave: '0.........|0....1..0', ...ARRAY },
    { name: 'CYCLES', wave: '=.....====|=====....', values: ['of the last run', '0', '1', '2', '3', '91', '92', '93', '94', '95'], ...ARRAY },
    { name: 'interrupt', wave: '0.........|0....1...', ...ARRAY },
  ],
  notes: [
    { cycle: 3, label: 'in this cycle the write takes effect' },
    { cycle: 16, label: 'three cycles after the last output beat', anchor: 'end' },
    { cycle: 19, label: 'CTRL has been read', anchor: 'end' },
  ],
};

const loading: Timing = {
  title: 'Loading a word of three chunks over AXI4-Lite',
  cycleWidth: 50,
  nameWidth: 190,
  rows: [
    clock('aclk', 15),
    { heading: 'AXI4-Lite, bready high' },
    { name: 'awvalid, wvalid', wave: '01........0....', ...CONTROL },
    { name: 'awready, wready', wave: '1.0101010101...', ...CONTROL },
    { name: 'awaddr', wave: 'x==.=.=.=.x....', values: ['40', '44', '48', '48', '48'], ...CONTROL },
    { name: 'wdata', wave: 'x==.=.=.=.x....', values: ['0', '2', 'c0', 'c1', 'c2'], ...CONTROL },
    { name: 'bvalid', wave: '0..1010101010..', ...CONTROL },
    { heading: 'Weight memory' },
    { name: 'load_restart_i', wave: '0....10........', ...WEIGHT },
    { name: 'load_valid_i', wave: '0......101010..', ...WEIGHT },
    { name: 'next word, chunk', wave: 'x.....=.=.=.=..', values: ['2,0', '2,1', '2,2', '3,0'], ...WEIGHT },
    { name: 'RAM write', wave: '        = = =  ', values: ['2,0', '2,1', '2,2'], ...WEIGHT },
  ],
  notes: [
    { cycle: 3, label: 'LOAD_SELECT = 0: the weight memory' },
    { cycle: 5, label: 'LOAD_ADDRESS = 2: word 2, from chunk 0' },
    { cycle: 7, label: 'LOAD_DATA: chunks from the lowest bits up, then the next word' },
  ],
};

/**
 * The engine of the pipeline diagram: 4x5x8 map, 2x2 kernel, 8 outputs, `pot`, oc=4, ic=8, pixel=2. Four steps a tile, two tiles
 * a pixel tile, operands 3 cycles after the address, processing element 4 cycles, two requantizers.
 */
export const PIPELINE_EXAMPLE = { steps: 4, readLatency: 3, elementLatency: 4, requantizeLatency: 6 } as const;

function pipeline(): Timing {
  const { steps, readLatency, elementLatency, requantizeLatency } = PIPELINE_EXAMPLE;
  const cycles = 44;
  const tiles = ['px0-1 oc0-3', 'px0-1 oc4-7', 'px2-3 oc0-3', 'px2-3 oc4-7'];
  const busy = (name: string, first: number, style: object): Signal => {
    const wave = `${' '.repeat(first)}${`=${'.'.repeat(steps - 1)}`.repeat(tiles.length)}`;
    return { name, wave: wave.padEnd(cycles).slice(0, cycles), values: tiles, ...style };
  };
  const pulse = (name: string, at: readonly number[], style: object): Signal => ({
    name,
    wave: Array.from({ length: cycles }, (_, cycle) => (at.includes(cycle) ? '1' : '0')).join(''),
    ...style,
  });
  const address = 3;
  const operands = address + readLatency;
  const sum = operands + elementLatency;
  const capture = sum + steps;
  const vector = capture + 1;
  const result = vector + 2 + requantizeLatency;
  const pixelDone = result + 2 * steps - 1;
  return {
    title: 'A tile on its way through the engine',
    cycleWidth: 23,
    nameWidth: 205,
    firstCycle: 0,
    rows: [
      clock('clk', cycles),
      busy('step issued', 0, CONTROL),
      busy('read_address, step_o', address, ACTIVATION),
      busy('act, weight', operands, ACTIVATION),
      busy('accumulator adds', sum, ARRAY),
      pulse('capture', [0, 1, 2, 3].map((tile) => capture + tile * steps), ARRAY),
      busy('drain vector_o', vector, OUTPUT),
      busy('parameters there', vector + 2, OUTPUT),
      busy('requantized', result, OUTPUT),
      pulse('pixel_done', [pixelDone, pixelDone + 2 * steps], OUTPUT),
      pulse('m_axis_tvalid', [3, 4].flatMap((wait) => [pixelDone + wait, pixelDone + 2 * steps + wait]), OUTPUT),
    ],
    notes: [
      { cycle: address, label: 'address: 3' },
      { cycle: operands, label: `operands: ${readLatency} (2 with one pixel lane)` },
      { cycle: sum, label: `lanes and adder tree: ${elementLatency} here, by encoding and IC_LANES` },
      { cycle: capture, label: 'the tile\'s last sum stands: all sums to the drain' },
      { cycle: result, label: `parameters 2, requantizer ${requantizeLatency}` },
      { cycle: pixelDone + 3, label: 'slot complete 3 cycles ago: RAM, output register', anchor: 'end' },
    ],
  };
}

/** File name in docs/images to SVG text. */
export function timingImages(): Record<string, string> {
  return {
    'timing_streams.svg': timingDiagram(streams),
    'timing_start_done.svg': timingDiagram(startToDone),
    'timing_loading.svg': timingDiagram(loading),
    'timing_tile.svg': timingDiagram(pipeline()),
  };
}
