/** Picture of docs/deploy.md: the block design that `vivado/block_design.tcl` builds. */
import { COLOURS, arrow, box, picture, text, type LineStyle } from './svg.js';

interface Cell {
  readonly name: string;
  readonly ip: string;
  readonly at: readonly [number, number, number, number];
  readonly colour: string;
  readonly fill: string;
  readonly dashed?: boolean;
}

const CONTROL = { colour: COLOURS.control, width: 1.8 };
const DATA = { colour: COLOURS.activation, width: 3 };
const RESULT = { colour: COLOURS.output, width: 3 };
const WEIGHTS = { colour: COLOURS.weight, width: 3, dashed: true };
const WIRE = { colour: COLOURS.muted, width: 1.2 };

const CELLS: readonly Cell[] = [
  { name: 'ps7', ip: 'processing_system7', at: [20, 36, 170, 404], colour: COLOURS.control, fill: COLOURS.controlFill },
  { name: 'control', ip: 'axi_interconnect', at: [290, 76, 130, 58], colour: COLOURS.control, fill: COLOURS.controlFill },
  { name: 'data', ip: 'axi_interconnect', at: [290, 196, 130, 74], colour: COLOURS.activation, fill: COLOURS.activationFill },
  { name: 'weight_data', ip: 'axi_interconnect', at: [290, 310, 130, 46], colour: COLOURS.weight, fill: COLOURS.weightFill, dashed: true },
  { name: 'dma', ip: 'axi_dma', at: [560, 180, 130, 106], colour: COLOURS.activation, fill: COLOURS.activationFill },
  { name: 'weight_dma', ip: 'axi_dma', at: [560, 310, 130, 46], colour: COLOURS.weight, fill: COLOURS.weightFill, dashed: true },
  { name: 'engine', ip: 'shiftloom:layer:<name>', at: [850, 76, 160, 290], colour: COLOURS.array, fill: COLOURS.arrayFill },
  { name: 'reset', ip: 'proc_sys_reset', at: [290, 392, 130, 46], colour: COLOURS.muted, fill: COLOURS.paper },
];

interface Join {
  readonly points: readonly (readonly [number, number])[];
  readonly style: LineStyle;
  readonly from?: readonly [number, number, string];
  readonly to?: readonly [number, number, string];
}

/** Arrows go from master to slave, labels sit at the ends, in the free space beside the cell. */
const JOINS: readonly Join[] = [
  { points: [[190, 105], [290, 105]], style: CONTROL, from: [196, 98, 'M_AXI_GP0'] },
  { points: [[420, 95], [850, 95]], style: CONTROL, to: [844, 88, 's_axil'] },
  { points: [[420, 118], [476, 118], [476, 198], [560, 198]], style: CONTROL, to: [554, 191, 'S_AXI_LITE'] },
  { points: [[420, 128], [450, 128], [450, 322], [560, 322]], style: { ...CONTROL, dashed: true } },
  { points: [[690, 215], [850, 215]], style: DATA, from: [696, 208, 'M_AXIS_MM2S'], to: [844, 208, 's_axis'] },
  { points: [[850, 260], [690, 260]], style: RESULT, from: [844, 253, 'm_axis'], to: [696, 253, 'S_AXIS_S2MM'] },
  { points: [[560, 225], [420, 225]], style: DATA, from: [554, 218, 'M_AXI_MM2S'] },
  { points: [[560, 256], [420, 256]], style: RESULT, from: [554, 249, 'M_AXI_S2MM'] },
  { points: [[290, 233], [190, 233]], style: DATA, to: [196, 226, 'S_AXI_HP0'] },
  { points: [[690, 333], [850, 333]], style: WEIGHTS, from: [696, 351, 'M_AXIS_MM2S'], to: [844, 326, 's_axis_weight'] },
  { points: [[560, 340], [420, 340]], style: WEIGHTS },
  { points: [[290, 333], [190, 333]], style: WEIGHTS, to: [196, 326, 'S_AXI_HP1'] },
  { points: [[930, 76], [930, 50], [190, 50]], style: WIRE, from: [922, 44, 'interrupt'], to: [196, 44, 'IRQ_F2P'] },
  { points: [[190, 405], [290, 405]], style: WIRE, from: [196, 398, 'FCLK_CLK0'] },
  { points: [[190, 425], [290, 425]], style: WIRE, from: [196, 439, 'FCLK_RESET0_N'] },
];

const small = (x: number, y: number, content: string, anchor: 'start' | 'end' = 'start') =>
  text(x, y, content, { size: 10.5, mono: true, colour: COLOURS.muted, anchor, halo: true });

export function blockDesignImages(): Record<string, string> {
  const shapes = CELLS.flatMap(({ name, ip, at: [x, y, width, height], colour, fill, dashed }) => [
    box(x, y, width, height, { colour, fill, dashed }),
    text(x + width / 2, y + height / 2 - 2, name, { size: 14, bold: true, anchor: 'middle' }),
    text(x + width / 2, y + height / 2 + 15, ip, { size: 11, anchor: 'middle', colour: COLOURS.muted }),
  ]);
  for (const { points, style } of JOINS) shapes.push(arrow(points, style));
  for (const { from, to } of JOINS) {
    // A label beside the left end of a line starts there, one beside the right end ends there.
    for (const end of [from, to]) if (end) shapes.push(small(end[0], end[1], end[2], [196, 696].includes(end[0]) ? 'start' : 'end'));
  }
  shapes.push(text(105, 268, 'DDR', { size: 11, anchor: 'middle', colour: COLOURS.muted }));
  shapes.push(text(432, 409, 'FCLK_CLK0 clocks every cell; interconnect_aresetn resets the core of each interconnect,', { size: 11, colour: COLOURS.muted }));
  shapes.push(text(432, 425, 'peripheral_aresetn everything else. Dashed: only in engines with a stream of weights.', { size: 11, colour: COLOURS.muted }));
  return { 'block_design.svg': picture(1030, 456, 'Block design of a packaged engine', shapes) };
}
