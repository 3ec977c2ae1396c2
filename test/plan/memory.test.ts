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
    const instances = SHAPES.map(
      ({ depth, width, lanes }, i) => `
  (* keep *) nn_ram #(.WIDTH(${width}), .DEPTH(${depth}), .ADDRESS_WIDTH(${Math.log2(depth)}), .WRITE_LANES(${lanes}), .BLOCK(1)) u_ram${i} (
    .clk(clk), .write_enable_i(we[${lanes - 1}:0]), .write_address_i(a[${Math.log2(depth) - 1}:0]), .write_data_i(d[${width - 1}:0]),
    .read_enable_i(1'b1), .read_address_i(b[${Math.log2(depth) - 1}:0]), .read_data_o(q${i}));`,
    );
    const outputs = SHAPES.map(({ width }, i) => `output wire [${width - 1}:0] q${i}`).join(', ');
    const top = `module top(input wire clk, input wire [7:0] we, input wire [14:0] a, input wire [14:0] b, input wire [71:0] d, ${outputs});${instances.join('')}\nendmodule\n`;
    const { files } = await runYosys({
      script: ['read_verilog nn_ram.v top.v', 'hierarchy -top top', 'setattr -mod -set keep_hierarchy 1 *nn_ram*', 'synth_xilinx -family xc7 -noiopad -noclkbuf -top top', 'tee -q -o stat.json stat -json'],
      files: { 'nn_ram.v': cellText('nn_ram'), 'top.v': top },
      outputs: ['stat.json'],
    });
    const modules = JSON.parse(String(files['stat.json'])).modules as Record<string, { num_cells_by_type: Record<string, number> }>;
    for (const { depth, width, lanes, bram36 } of SHAPES) {
      // The parameter values stand in the derived module's name as binary constants.
      const binary = (value: number) => value.toString(2).padStart(32, '0');
      const name = Object.keys(modules).find((m) => m.includes(`WIDTH=s32'${binary(width)}`) && m.includes(`DEPTH=s32'${binary(depth)}`) && m.includes(`LANES=s32'${binary(lanes)}`));
      const cells = name ? modules[name].num_cells_by_type : Object.values(modules).map((m) => m.num_cells_by_type)[0];
      expect(name, `module of ${depth} x ${width}`).toBeDefined();
      expect((cells.RAMB36E1 ?? 0) + (cells.RAMB18E1 ?? 0) / 2, `${depth} x ${width}`).toBe(bram36);
      expect(ramCost({ depth, width, block: true }).bram36, `plan of ${depth} x ${width}`).toBe(bram36);
    }
  }, 120_000);

  it('splits a memory of 4,608 words at a power of two when that saves more block RAMs than its multiplexer costs', () => {
    const plan = planLoadableMemory(4608, 800);
    expect(plan.segments.map((s) => s.depth)).toEqual([4096, 512]);
    expect(plan.lut).toBe(800);
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
