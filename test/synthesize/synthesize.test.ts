import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { resourcesOf } from '../../generator/synthesize/resources.js';
import { sourceName } from '../../generator/synthesize/statistics.js';
import { synthesizeDesign, type SynthesisResult } from '../../generator/synthesize/synthesize.js';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';

// Seconds on an idle machine, a multiple on a busy one.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
afterAll(closeYosysWorkers);

/** Yosys takes some seconds for each run, so the designs of this file stand side by side under one top, each a module of its own. */
const KEPT = `(* keep_hierarchy = "yes" *)
module counter #(parameter WIDTH = 8) (input clk, input rst, output reg [WIDTH-1:0] q);
  always @(posedge clk) if (rst) q <= {WIDTH{1'b0}}; else q <= q + 1'b1;
endmodule
(* keep_hierarchy = "yes" *)
module product(input clk, input signed [15:0] a, b, output reg signed [31:0] p);
  reg signed [15:0] a_q, b_q;
  always @(posedge clk) begin a_q <= a; b_q <= b; p <= a_q * b_q; end
endmodule
(* keep_hierarchy = "yes" *)
module memory(input clk, input we, input [9:0] wa, ra, input [35:0] d, output reg [35:0] q);
  (* ram_style = "block" *) reg [35:0] m [0:1023];
  always @(posedge clk) begin if (we) m[wa] <= d; q <= m[ra]; end
  initial $readmemh("mem/m.mem", m);
endmodule
(* keep_hierarchy = "yes" *)
module lookup(input clk, input [9:0] a, output reg [7:0] q);
  (* rom_style = "block" *) reg [35:0] m [0:1023];
  reg [35:0] word;
  always @(posedge clk) begin word <= m[a]; q <= word[7:0] ^ word[15:8]; end
  initial $readmemh("mem/m.mem", m);
endmodule
(* keep_hierarchy = "yes" *)
module primitives(input clk, input [4:0] a, b, output reg [4:0] s);
  wire [3:0] p, g, sum;
  genvar i;
  generate for (i = 0; i < 4; i = i + 1) begin : gen_bits
    LUT6_2 #(.INIT({32'h66666666, 32'h88888888})) u_lut (.O6(p[i]), .O5(g[i]), .I0(a[i]), .I1(b[i]), .I2(1'b0), .I3(1'b0), .I4(1'b0), .I5(1'b1));
  end endgenerate
  CARRY4 u_carry (.CO(), .O(sum), .CI(1'b0), .CYINIT(1'b0), .DI(g), .S(p));
  always @(posedge clk) s <= {a[4] ^ b[4], sum};
endmodule
(* keep_hierarchy = "yes" *)
module sum(input clk, input [8*16-1:0] x, output reg [11:0] q);
  integer i; reg [11:0] s;
  always @* begin s = 0; for (i = 0; i < 16; i = i + 1) s = s + x[8*i +: 8]; end
  always @(posedge clk) q <= s;
endmodule
(* keep_hierarchy = "yes" *)
module lane #(parameter W = 8) (input clk, input [W-1:0] x, input s, output reg [W-1:0] y);
  always @(posedge clk) y <= x ^ {W{s}};
endmodule
module glue(input clk, input [7:0] x, input s, output [7:0] y);
  lane #(.W(8)) u_lane (.clk(clk), .x(x & 8'h7f), .s(s), .y(y));
endmodule
module nn_ram #(parameter INIT_FILE = "") (input clk, input we, input [8:0] a, input [15:0] d, output reg [15:0] q);
  (* ram_style = "block" *) reg [15:0] m [0:511];
  initial if (INIT_FILE != "") $readmemh(INIT_FILE, m);
  always @(posedge clk) begin if (we) m[a] <= d; q <= m[a]; end
endmodule
module store(input clk, input we, input [8:0] a, input [31:0] d, output [31:0] q);
  nn_ram #(.INIT_FILE("mem/low.mem")) u_low (.clk(clk), .we(we), .a(a), .d(d[15:0]), .q(q[15:0]));
  nn_ram #(.INIT_FILE("mem/high.mem")) u_high (.clk(clk), .we(we), .a(a), .d(d[31:16]), .q(q[31:16]));
endmodule
module top #(parameter N = 2) (input clk, input rst, input we, input [127:0] x, output reg q);
  wire [8*N-1:0] y; wire [11:0] count, total; wire [31:0] p; wire [35:0] m; wire [4:0] s; wire [3:0] z; wire [7:0] t; wire [31:0] r;
  counter #(.WIDTH(12)) u_counter (.clk(clk), .rst(rst), .q(count));
  product u_product (.clk(clk), .a(x[15:0]), .b(x[31:16]), .p(p));
  memory u_memory (.clk(clk), .we(we), .wa(x[9:0]), .ra(x[19:10]), .d(x[63:28]), .q(m));
  primitives u_primitives (.clk(clk), .a(x[4:0]), .b(x[9:5]), .s(s));
  lookup u_lookup (.clk(clk), .a(x[20:11]), .q(t));
  store u_store (.clk(clk), .we(we), .a(x[8:0]), .d(x[40:9]), .q(r));
  sum u_sum (.clk(clk), .x(x), .q(total));
  genvar i;
  generate for (i = 0; i < N; i = i + 1) begin : gen_lane
    glue u_glue (.clk(clk), .x(x[8*i +: 8]), .s(rst), .y(y[8*i +: 8]));
  end endgenerate
  lane #(.W(4)) u_narrow (.clk(clk), .x(x[3:0]), .s(rst), .y(z));
  always @(posedge clk) q <= ^{y, z, t, r, count, total, p, m, s};
endmodule`;
const FILES = [
  { path: 'rtl/top.v', text: KEPT },
  { path: 'mem/m.mem', text: Array.from({ length: 1024 }, (_, i) => (i * 7919 % 65536).toString(16)).join('\n') },
];

describe('synthesizeDesign counts', () => {
  let result: SynthesisResult;
  const steps: string[] = [];
  const own = (name: string) => result.modules.find((module) => module.name === name)!.own;
  beforeAll(async () => {
    result = await synthesizeDesign({ files: FILES, top: 'top', parameters: { N: 3 }, part: 'xc7z010', onProgress: (step) => steps.push(step) });
  });

  it('a counter: one flip-flop for each bit and a carry chain', () => {
    expect(own('counter')).toMatchObject({ ff: 12, carry4: 3, dsp: 0, bram36: 0, latch: 0 });
  });

  it('a registered 16x16 product as one DSP48E1 with its registers inside', () => {
    expect(own('product')).toMatchObject({ dsp: 1, lut: 0, ff: 0 });
  });

  it('a 36-kbit memory as one block RAM, its contents read from the memory file', () => {
    expect(own('memory')).toMatchObject({ ramb36: 1, ramb18: 0, bram36: 1, lut: 0 });
  });

  it('a table with its contents, which decide what it costs', () => {
    expect(own('lookup').bram36).toBe(0.5);
  });

  it('LUT6_2 and CARRY4 instances as they stand', () => {
    expect(own('primitives').lutBySize).toMatchObject({ LUT6_2: 4, LUT2: 1 });
    expect(own('primitives')).toMatchObject({ lut: 5, carry4: 1, ff: 5 });
  });

  it('kept modules by instance, also below one that is flattened, and each set of parameters by itself', () => {
    const lanes = result.modules.filter(({ name }) => name === 'lane');
    expect(lanes.map(({ parameters, instances, own: { ff } }) => [parameters, instances, ff])).toEqual([[{ W: 8 }, 3, 8], [{ W: 4 }, 1, 4]]);
    expect(result.modules.map(({ name }) => name)).not.toContain('glue');
  });

  it('the parts to the whole', () => {
    for (const key of ['lut', 'ff', 'dsp', 'bram36', 'carry4'] as const) {
      expect(result.modules.reduce((sum, module) => sum + module.instances * module.own[key], 0), key).toBe(result.resources[key]);
    }
    expect(result.modules.reduce((sum, { lutShare }) => sum + lutShare, 0)).toBeCloseTo(1, 12);
    expect(result.share).toEqual({ lut: result.resources.lut / 17600, ff: result.resources.ff / 35200, dsp: 1 / 80, bram36: 2.5 / 60 });
  });

  it('RAM cells once for all that differ only in their first contents, and with the unit that holds them', () => {
    expect(result.modules.filter(({ name }) => name === 'nn_ram').map(({ instances, own: { ramb18 } }) => [instances, ramb18])).toEqual([[2, 1]]);
    expect(result.units.find(({ name }) => name === 'store')!.resources.ramb18).toBe(2);
    expect(result.units.map(({ name }) => name)).not.toContain('nn_ram');
  });

  it('modules that were flattened by the names that are left of them', () => {
    const unit = (name: string) => result.units.find((use) => use.name === name)!;
    expect(unit('counter')).toMatchObject({ within: 'counter', instances: 1, exact: true });
    expect(unit('lane')).toMatchObject({ instances: 4, exact: true, resources: { ff: 28 } });
    expect(unit('glue')).toMatchObject({ within: 'top', instances: 3, exact: false });
    expect(result.units.reduce((sum, { resources }) => sum + resources.lut, 0)).toBe(result.resources.lut);
  });

  it('with the version of Yosys, the steps reported on the way, and nothing to warn of', () => {
    expect(result).toMatchObject({ yosysVersion: '0.55', engine: 'wasm', mapper: 'abc', maccmap: 'merge', warnings: [] });
    expect(steps).toEqual(['reading', 'optimizing', 'mapping multiplications', 'mapping sums', 'mapping memories', 'mapping to cells', 'mapping to LUTs', 'counting', 'estimating the clock']);
  });

  it('by the other mapper, with chains of their own for each addition and a further module kept', async () => {
    const other = await synthesizeDesign({ files: FILES, top: 'top', mapper: 'abc9', maccmap: 'unmap', keep: ['glue'], netlist: false });
    const module = (name: string) => other.modules.find((use) => use.name === name)!;
    expect(module('primitives').own).toMatchObject({ lut: 5, carry4: 1, ff: 5 });
    expect(module('glue').instances).toBe(2);
    expect(module('sum').own.carry4).toBeGreaterThan(5 * own('sum').carry4);
    expect(module('sum').own.lut).toBeLessThan(0.9 * own('sum').lut);
    expect(other.timing).toBeUndefined();
    expect(other.units).toEqual([]);
  });
});

describe('synthesizeDesign refuses', () => {
  it('a design whose module is missing, in the words of Yosys', async () => {
    const run = synthesizeDesign({ files: [{ path: 'top.v', text: 'module top(input a); ghost u_ghost(.a(a)); endmodule' }], top: 'top' });
    await expect(run).rejects.toThrow(/ERROR: Module `\\ghost' referenced in module `\\top' in cell `\\u_ghost' is not part of the design/);
  });

  it('a list without Verilog', async () => {
    const run = synthesizeDesign({ files: [{ path: 'a.mem', text: '' }], top: 'top' });
    await expect(run).rejects.toThrow('synthesize: no Verilog file was given');
  });

  it('neither a design that is too large nor a latch, but says so', async () => {
    const text = `(* keep_hierarchy = "yes" *)
    module row(input clk, input [399:0] d, output reg [399:0] q);
      always @(posedge clk) q <= d;
    endmodule
    module wide(input e, clk, input [399:0] d, output q, output reg h);
      wire [400*101-1:0] y;
      assign y[399:0] = d;
      genvar i;
      generate for (i = 0; i < 100; i = i + 1) begin : gen_row
        row u_row (.clk(clk), .d(y[400*i +: 400]), .q(y[400*(i+1) +: 400]));
      end endgenerate
      assign q = y[400*100];
      always @* if (e) h = d[0];
    endmodule`;
    const { warnings } = await synthesizeDesign({ files: [{ path: 'wide.v', text }], top: 'wide', part: 'xc7z010', netlist: false });
    expect(warnings).toEqual(['does not fit the xc7z010: 40000 ff of 35200', '1 latches, which the engine should not have']);
  });
});

describe('resourcesOf', () => {
  it('counts RAM in LUTs by the LUTs it takes, shift registers as one, and no multiplexer, inverter or marker', () => {
    const cells = { RAM32M: 2, RAM64X1D: 1, SRL16E: 3, SRLC32E: 1, LUT6: 5, LUT6_2: 2, MUXF7: 4, INV: 9, $scopeinfo: 7, FDRE: 1, FDCE: 2, RAMB18E1: 3, RAMB36E1: 1 };
    expect(resourcesOf(cells)).toMatchObject({ lut: 8 + 2 + 4 + 7, lutRam: 10, srl: 4, ff: 3, muxf7: 4, inv: 9, bram36: 2.5 });
  });
});

describe('sourceName', () => {
  it('takes the parameters out of a Yosys module name', () => {
    expect(sourceName('$paramod\\nn_ram\\WIDTH=s32\'00000000000000000000000000001000')).toBe('nn_ram');
    expect(sourceName('$paramod$0a1b2c3d4e5f60718293a4b5c6d7e8f901234567\\nn_ram')).toBe('nn_ram');
    expect(sourceName('plain')).toBe('plain');
  });
});
