import { describe, expect, it } from 'vitest';
import { lint } from '../../sim/lint.js';
import { echoFiles } from './echo_job.js';

const memory = { path: 'mem/offsets.mem', text: '0\n'.repeat(64) };
const single = (text: string) => [{ path: 'nn_small.v', text: `\`default_nettype none\n${text}\n\`default_nettype wire\n` }];

describe('lint', { timeout: 60_000 }, () => {
  it('finds a design clean in all three tools, with and without its 7-series primitives', async () => {
    const results = await lint([...echoFiles(), memory], 'echo_top', { tools: ['verilator', 'iverilog', 'yosys'] });
    expect(results).toEqual(['verilator', 'iverilog', 'yosys'].map((tool) => ({ tool, clean: true, messages: [] })));
  });

  it('takes a module without XC7_PRIMITIVES as it is', async () => {
    const files = single('module nn_small (input wire a_i, output wire b_o);\n    assign b_o = !a_i;\nendmodule');
    expect((await lint(files, 'nn_small')).every((result) => result.clean)).toBe(true);
  });

  it('returns what Verilator says about mixed widths', async () => {
    const files = single('module nn_small (input wire [3:0] a_i, output wire [7:0] b_o);\n    assign b_o = a_i;\nendmodule');
    const [result] = await lint(files, 'nn_small', { tools: ['verilator'] });
    expect(result.clean).toBe(false);
    expect(result.messages[0]).toMatch(/^%Warning-WIDTH\w*: nn_small\.v:3/);
  });

  it('returns what Icarus says about a port left open', async () => {
    const files = single('module nn_small (input wire a_i, output wire b_o);\n    nn_gone u_gone (.a_i(a_i), .b_o(b_o));\nendmodule');
    const [result] = await lint(files, 'nn_small', { tools: ['iverilog'] });
    expect(result.clean).toBe(false);
    expect(result.messages.join('\n')).toContain('nn_gone');
  });

  it('returns what Yosys finds: two drivers, and SystemVerilog in a Verilog file', async () => {
    const twice = single('module nn_small (input wire a_i, input wire b_i, output wire c_o);\n    assign c_o = a_i & b_i;\n    assign c_o = a_i | b_i;\nendmodule');
    const [drivers] = await lint(twice, 'nn_small', { tools: ['yosys'] });
    expect(drivers.messages.join('\n')).toMatch(/multiple conflicting drivers/);
    const modern = single('module nn_small (input wire a_i, output logic b_o);\n    always_comb b_o = a_i;\nendmodule');
    const [dialect] = await lint(modern, 'nn_small', { tools: ['yosys'] });
    expect(dialect.messages.join('\n')).toMatch(/ERROR: syntax error/);
  });

  it('finds a missing primitive although the behavioural twin is complete', async () => {
    const files = single(
      'module nn_small #(parameter XC7_PRIMITIVES = 1) (input wire a_i, output wire b_o);\n' +
        '    generate\n        if (XC7_PRIMITIVES != 0) begin : gen_xc7\n            LUT66_2 u_lut (.I0(a_i), .O6(b_o));\n' +
        '        end else begin : gen_behavioural\n            assign b_o = a_i;\n        end\n    endgenerate\nendmodule',
    );
    const results = await lint(files, 'nn_small', { tools: ['verilator', 'yosys'] });
    expect(results.map((result) => result.clean)).toEqual([true, false]);
    expect(results[1].messages.join('\n')).toContain('LUT66_2');
  });

  it('leaves out tools that are absent, but not one that is asked for', async () => {
    const env = { PATH: '' };
    const files = single('module nn_small (input wire a_i, output wire b_o);\n    assign b_o = a_i;\nendmodule');
    expect((await lint(files, 'nn_small', { env })).map((result) => result.tool)).toEqual(['yosys']);
    await expect(lint(files, 'nn_small', { env, tools: ['iverilog'] })).rejects.toThrow(
      'iverilog: not found on PATH or in the usual folders. Install it with: sudo apt-get install iverilog',
    );
  });
});
