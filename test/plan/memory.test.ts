import { describe, expect, it } from 'vitest';
import { blockRamCount, planLoadableMemory, ramCost } from '../../generator/plan/memory.js';
import { cellText } from '../../generator/render/engine.js';
import { runYosys } from '../../generator/synthesize/yosys.js';

/** Depth, width and write lanes of arrays as the planner emits them, with the block RAMs (RAMB36 and halves) expected. */
const SHAPES = [
  { depth: 512, width: 27, lanes: 1, bram36: 0.5 },
  { depth: 512, width: 64, lanes: 8, bram36: 1 },
  { depth: 1024, width: 32, lanes: 1, bram36: 1 },
  { depth: 2048, width: 27, lanes: 1, bram36: 1.5 },
  { depth: 4096, width: 27, lanes: 1, bram36: 3 },
  { depth: 4096, width: 64, lanes: 1, bram36: 8 },
  { depth: 8192, width: 32, lanes: 1, bram36: 8 },
] as const;

describe('memory plan', () => {
  it('counts the block RAMs that Yosys maps, for every shape of array that is emitted', async () => {
    // One kept module for each shape, so that the counts come apart.
    const shapes = SHAPES.map(({ depth, width, lanes }, i) => {
      const address = Math.log2(depth);
      return `(* keep_hierarchy *) module shape${i}(input wire clk, input wire [${lanes - 1}:0] we, input wire [${address - 1}:0] a, input wire [${address - 1}:0] b,
  input wire [${width - 1}:0] d, output wire [${width - 1}:0] q);
  nn_ram #(.WIDTH(${width}), .DEPTH(${depth}), .ADDRESS_WIDTH(${address}), .WRITE_LANES(${lanes}), .BLOCK(1)) u_ram (
    .clk(clk), .write_enable_i(we), .write_address_i(a), .write_data_i(d), .read_enable_i(1'b1), .read_address_i(b), .read_data_o(q));
endmodule
`;
    });
    const instances = SHAPES.map(({ depth, width, lanes }, i) => {
      const address = Math.log2(depth) - 1;
      return `  shape${i} u_shape${i} (.clk(clk), .we(we[${lanes - 1}:0]), .a(a[${address}:0]), .b(b[${address}:0]), .d(d[${width - 1}:0]), .q(q${i}));\n`;
    });
    const outputs = SHAPES.map(({ width }, i) => `output wire [${width - 1}:0] q${i}`).join(', ');
    const top = `${shapes.join('')}module top(input wire clk, input wire [7:0] we, input wire [14:0] a, input wire [14:0] b, input wire [71:0] d, ${outputs});\n${instances.join('')}endmodule\n`;
    const { files } = await runYosys({
      script: ['read_verilog nn_ram.v top.v', 'synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -top top', 'tee -q -o stat.json stat -json'],
      files: { 'nn_ram.v': cellText('nn_ram'), 'top.v': top },
      outputs: ['stat.json'],
    });
    const text = files['stat.json'];
    const modules = JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text)).modules as Record<string, { num_cells_by_type: Record<string, number> }>;
    SHAPES.forEach(({ depth, width, bram36 }, i) => {
      const cells = modules[`\\shape${i}`].num_cells_by_type;
      expect((cells.RAMB36E1 ?? 0) + (cells.RAMB18E1 ?? 0) / 2, `Yosys, ${depth} x ${width}`).toBe(bram36);
      expect(ramCost({ depth, width, block: true }).bram36, `plan, ${depth} x ${width}`).toBe(bram36);
    });
  }, 120_000);

  it('splits a memory of 4,608 words at a power of two when that saves more block RAMs than its multiplexer costs', () => {
    const plan = planLoadableMemory(4608, 800);
    expect(plan.segments.map((s) => s.depth)).toEqual([4096, 512]);
    expect(plan.lut).toBe(400);
    expect(plan.bram36).toBeLessThan(blockRamCount(8192, 32) * (800 / 32));
  });

  it('keeps small memories in LUT RAM', () => {
    const plan = planLoadableMemory(9, 40);
    expect(plan.bram36).toBe(0);
    expect(plan.segments).toEqual([{ base: 0, depth: 9, block: false }]);
  });

  it('covers every bit of a word with chunks of at most 32 bits', () => {
    for (const [depth, width] of [[1, 1], [7, 33], [513, 97], [4608, 1024], [40000, 12]] as const) {
      const plan = planLoadableMemory(depth, width);
      expect(plan.chunkWidth).toBeLessThanOrEqual(32);
      expect(plan.chunks * plan.chunkWidth).toBeGreaterThanOrEqual(width);
      expect((plan.chunks - 1) * plan.chunkWidth).toBeLessThan(width);
      expect(plan.segments.reduce((sum, s) => sum + s.depth, 0)).toBeGreaterThanOrEqual(depth);
    }
  });
});
