import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { sharedModulesConfig } from '../../sim/shared_modules.js';

const MODULE = `(* keep_hierarchy = "yes" *)
module element #(
    parameter WIDTH = 4
) (
    input  wire             clk,
    // Operands
    input  wire [WIDTH-1:0] data_i, // lane 0 lowest
    output reg  [WIDTH-1:0] sum_o
);
    wire [3:0] inside;
endmodule
`;

describe('modules that Verilator compiles once for all instances', () => {
  it('are those whose hierarchy is kept, by all of their ports but the clock', () => {
    expect(sharedModulesConfig([{ path: 'element.v', text: MODULE }])).toBe(
      '`verilator_config\npublic_flat_rd -module "element" -var "data_i"\npublic_flat_rd -module "element" -var "sum_o"\n',
    );
  });

  it('are none where no hierarchy is kept', () => {
    expect(sharedModulesConfig([{ path: 'element.v', text: MODULE.replace(/^.*\n/, '') }])).toBeUndefined();
  });

  it('are the processing elements of an emitted engine', () => {
    const { files, verilog } = generateLayer(randomLayer(3, { encodings: ['bpot'] }), { oc: 2, ic: 2, pixel: 1, kind: 'lut' });
    const config = sharedModulesConfig(verilog.map((path) => ({ path, text: files.get(path)! })))!;
    const ports = [...config.matchAll(/-module "(\w+)" -var "(\w+)"/g)];
    expect(new Set(ports.map(([, module]) => module))).toEqual(new Set(['random_3_processing_element']));
    expect(ports.map(([, , port]) => port)).toEqual(expect.arrayContaining(['act_i', 'code_i', 'first_i', 'enable_i', 'sum_o']));
  });
});
