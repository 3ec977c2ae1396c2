/** The queue of finished sums: its shift registers in LUTs against registers, by Yosys. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { cellText } from '../../generator/render/engine.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';
import { YOSYS_XILINX_CELLS } from '../units/processing_element_support.js';

afterAll(closeYosysWorkers);

const model = (name: string) => new RegExp(`^module ${name}\\b[^]*?^endmodule`, 'm').exec(readFileSync(YOSYS_XILINX_CELLS, 'utf8'))![0];

/** Rejects if the two sorts of a queue can differ within `cycles` cycles from zeros, whatever comes. */
function proveSame(turns: number, otherTurns: number, cycles: number): Promise<unknown> {
  const one = (name: string, primitives: number, count: number) =>
    `module ${name} (input wire clk, shift, input wire [1:0] sum, output wire [1:0] out);
  nn_sum_queue #(.WIDTH(2), .TURNS(${count}), .XC7_PRIMITIVES(${primitives})) u (.clk(clk), .shift_i(shift), .sum_i(sum), .sum_o(out));
endmodule`;
  return runYosys({
    script: [
      'read_verilog primitives.v cell.v both.v', 'hierarchy', 'proc', 'flatten', 'opt_clean', 'memory_map', 'opt_clean', 'miter -equiv -flatten -make_assert gold gate both', 'hierarchy -top both',
      `sat -verify -prove-asserts -set-init-zero -seq ${cycles} both`,
    ],
    files: { 'primitives.v': `${model('SRL16E')}\n${model('SRLC32E')}\n`, 'cell.v': cellText('nn_sum_queue'), 'both.v': `${one('gold', 0, turns)}\n${one('gate', 1, otherTurns)}\n` },
    outputs: [],
  });
}

describe('nn_sum_queue', { timeout: 120_000 }, () => {
  it.each([3, 16, 17])('of %i sums gives the same from instances as from registers, whatever comes, until all sums have been through', async (turns) => {
    await expect(proveSame(turns, turns, turns + 4)).resolves.toBeDefined();
  });

  it('is told apart from one that is a sum shorter', async () => {
    await expect(proveSame(4, 3, 9)).rejects.toThrow(/proof did fail|failed/i);
  });
});
