/** The packed DSP48E1 slice, proven equal to its behavioural twin by Yosys at full width, and a whole engine simulated with Yosys' models. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { cellText } from '../../generator/render/engine.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';
import { generateLayer } from '../../generator/generate.js';
import { simulate } from '../../sim/simulate.js';
import { engineJob } from '../support/engine.js';
import { YOSYS_XILINX_CELLS } from '../units/processing_element_support.js';

interface Slice {
  readonly first: 0 | 1;
  readonly act: number;
  readonly signed: 0 | 1;
  readonly weight: number;
  readonly field: number;
}

/** Yosys' models of primitives, out of its library of hundreds. */
function models(...names: string[]): string {
  const library = readFileSync(YOSYS_XILINX_CELLS, 'utf8');
  return names.map((name) => new RegExp(`^module ${name}\\b[^]*?^endmodule`, 'm').exec(library)![0]).join('\n');
}

function wrapper(name: string, { first, act, signed, weight, field }: Slice, primitives: 0 | 1): string {
  return `module ${name}(input wire clk, input wire [${act - 1}:0] act_i, input wire [${weight - 1}:0] low_i, high_i,
    input wire [47:0] cascade_i, output wire [47:0] sum_o, cascade_o);
  nn_dsp_pair #(
    .FIRST(${first}), .ACT_WIDTH(${act}), .ACT_SIGNED(${signed}), .WEIGHT_WIDTH(${weight}), .FIELD(${field}), .XC7_PRIMITIVES(${primitives})
  ) u (
    .clk(clk), .act_i(act_i), .low_i(low_i), .high_i(high_i), .cascade_i(cascade_i), .sum_o(sum_o), .cascade_o(cascade_o)
  );
endmodule
`;
}

/**
 * From any state of both, after six cycles of any inputs both outputs are the same. The longest way has five registers and none leads back, so
 * that is all there is to show. Merging registers with the same input first lets the solver see one multiplication, not two.
 */
function prove(gold: Slice, gate: Slice): Promise<unknown> {
  return runYosys({
    script: [
      'read_verilog models.v cell.v wrappers.v', 'hierarchy -top every', 'proc', 'flatten gold gate', 'delete every', 'setattr -unset init', 'opt_clean',
      'miter -equiv -flatten -make_outputs gold gate both', 'hierarchy -top both', 'opt', 'simplemap t:$dff', 'opt', 'opt_merge', 'opt',
      'sat -verify -seq 7 -prove-skip 6 -prove trigger 0 both',
    ],
    files: {
      'models.v': models('DSP48E1'),
      'cell.v': cellText('nn_dsp_pair'),
      'wrappers.v': `${wrapper('gold', gold, 0)}${wrapper('gate', gate, 1)}module every; gold u_gold (); gate u_gate (); endmodule\n`,
    },
    outputs: [],
  });
}

afterAll(closeYosysWorkers);

const SLICES: readonly Slice[] = [
  { first: 1, act: 8, signed: 0, weight: 4, field: 21 },
  { first: 0, act: 8, signed: 1, weight: 8, field: 17 },
  { first: 0, act: 17, signed: 0, weight: 8, field: 16 },
];

describe('nn_dsp_pair', () => {
  it.each(SLICES)('is equal to its behavioural twin: proven for %o', async (slice) => {
    await expect(prove(slice, slice)).resolves.toBeDefined();
  }, 120_000);

  it('is told apart where it differs: the proof fails for another field', async () => {
    await expect(prove({ ...SLICES[0], field: 20 }, SLICES[0])).rejects.toThrow('proof did fail');
  }, 120_000);
});

describe('a whole engine with instances', () => {
  it('gives the golden outputs with LUT lanes and pairs of DSP48E1, as Yosys models the primitives', async () => {
    const layer = randomLayer(110, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 60_000 });
    const input = randomInput(layer, 1, 3);
    const generated = generateLayer(layer, { oc: 4, ic: 8, pixel: 1, kind: 'lut', dsp: 2 });
    const job = engineJob(generated, layer, 1, input, { parameters: { XC7_PRIMITIVES: 1 } });
    const text = models('LUT2', 'LUT3', 'LUT6_2', 'CARRY4', 'FDRE', 'DSP48E1');
    const result = await simulate({ ...job, files: [{ path: 'rtl/models.v', text }, ...job.files] });
    expect([result.mismatches, result.cycles]).toEqual([0, generated.estimate.cycles]);
  }, 120_000);
});
