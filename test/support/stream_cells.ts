/** The cells that stand between the engines of a network, for lint and for lists of cells. */
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText } from '../../generator/render/engine.js';

/** Each cell with parameters that show all of its forms. */
export const STREAM_CELLS: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>> = {
  nn_stream_register: [{ WIDTH: 1 }, { WIDTH: 65 }],
  nn_stream_fifo: [
    { WIDTH: 9, DEPTH: 2 }, { WIDTH: 9, DEPTH: 3 }, { WIDTH: 1, DEPTH: 33 }, { WIDTH: 65, DEPTH: 64 }, { WIDTH: 9, DEPTH: 4, BLOCK: 1 }, { WIDTH: 33, DEPTH: 1025, BLOCK: 1 },
  ],
  nn_stream_width: [[1, 1], [1, 2], [1, 8], [2, 4], [2, 1], [8, 1], [4, 2]].flatMap(([IN_ELEMENTS, OUT_ELEMENTS]) => [8, 16].map((ELEMENT_BITS) => ({ ELEMENT_BITS, IN_ELEMENTS, OUT_ELEMENTS }))),
  nn_stream_fork: [{ WIDTH: 9, BRANCHES: 2 }, { WIDTH: 65, BRANCHES: 3 }],
  nn_window_max: [
    {}, { INNER: 3, KERNEL: 3, SIGNED: 1, PAD_BEFORE: 1, PAD_AFTER: 1 }, { INNER: 520, KERNEL: 3, STRIDE: 1, PAD_BEFORE: 2, PAD_AFTER: 2, BLOCK: 1 }, { KERNEL: 1, STRIDE: 3 }, { LENGTH: 1, KERNEL: 1, STRIDE: 1 },
    { KERNEL: 4, STRIDE: 1, INNER: 2, ELEMENTS: 2, ELEMENT_BITS: 16 },
  ],
  nn_max_pool: [{}, { ELEMENTS: 8, CHANNEL_BEATS: 2, KERNEL_H: 3, KERNEL_W: 3, PAD_LEFT: 1, PAD_TOP: 1, PAD_RIGHT: 1, PAD_BOTTOM: 1 }, { ELEMENT_BITS: 16, SIGNED: 1, WIDTH: 300, STRIDE_W: 1, PAD_LEFT: 1, BLOCK: 1 }],
  nn_argmax: [{}, { ELEMENTS: 1, CLASSES: 1 }, { ELEMENTS: 8, CLASSES: 65536, SIGNED: 1 }, { ELEMENTS: 3, CLASSES: 9, ELEMENT_BITS: 16 }, { ELEMENTS: 1, CLASSES: 65536 }],
  nn_element_add: [
    {}, { ELEMENTS: 2, A_BITS: 16, A_SIGNED: 1, A_ZERO: -32768, A_MULTIPLIER: 65535, B_MULTIPLIER: 3, SHIFT: 31, ZERO_POINT: -5, LOW: -128, HIGH: 127 },
    { B_BITS: 16, B_SIGNED: 1, B_ZERO: 7, OUT_BITS: 16, B_MULTIPLIER: 65535, SHIFT: 7, LOW: -32768, HIGH: 32767 },
  ],
};

/** The cell with all that it needs, and a module `forms` that holds it once for each set of parameters, every port connected to one of its own. */
export function formsOf(cell: string): { path: string; text: string }[] {
  const text = cellText(cell);
  const defaults = Object.fromEntries([...text.matchAll(/^ +parameter (\w+) = (-?\d+),?$/gm)].map(([, name, value]) => [name, Number(value)]));
  const ports: string[] = [];
  const instances = STREAM_CELLS[cell].map((set, index) => {
    const values: Record<string, number> = { ...defaults, ...set };
    const connections = [...text.matchAll(/^ +(input|output) +(?:wire|reg) +(?:\[([^\]]+)\] +)?(\w+),?$/gm)].map(([, direction, range, name]) => {
      if (name === 'clk' || name === 'rst') return `.${name}(${name})`;
      const width = range === undefined ? '' : `[${range.replace(/[A-Z_]+/g, (parameter) => String(values[parameter]))}] `;
      ports.push(`${direction} wire ${width}${name}_${index}`);
      return `.${name}(${name}_${index})`;
    });
    return `    ${cell} #(${Object.entries(values).map(([name, value]) => `.${name}(${value})`).join(', ')}) u_${index} (${connections.join(', ')});`;
  });
  const forms = `\`default_nettype none\nmodule forms (input wire clk, input wire rst,\n    ${ports.join(',\n    ')}\n);\n${instances.join('\n')}\nendmodule\n\`default_nettype wire\n`;
  return [...instantiatedCells([text]), cell].map((name) => ({ path: `${name}.v`, text: cellText(name) })).concat({ path: 'forms.v', text: forms });
}
