/** What a bare processing element costs by synthesis: lanes, adder tree, accumulator; weight codes are inputs, no buffers. */
import { ShiftloomError } from '../../generator/errors.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { planProcessingElement, type LaneKind, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import type { Resources } from '../../generator/synthesize/resources.js';
import { synthesizeDesign } from '../../generator/synthesize/synthesize.js';
import { standaloneProcessingElementView } from '../../generator/units/processing_element.js';

export interface LaneBench {
  /** Name in the table and in the JSON. */
  readonly name: string;
  readonly encoding: ScalarEncoding;
  readonly lane: LaneKind;
}

/** Sixteen levels with the density of trained weights: close to zero, wide apart at the ends; 8 bits, none of them chosen for its digits. */
const CODEBOOK = [-110, -71, -46, -29, -17, -9, -3, 0, 3, 8, 15, 25, 39, 58, 83, 121];

export const LANE_BENCHES: readonly LaneBench[] = [
  { name: 'bpot', encoding: { encoding: 'bpot', groupSize: 16, maxExponent: 3 }, lane: 'lut' },
  { name: 'bpot-8', encoding: { encoding: 'bpot', groupSize: 8, maxExponent: 3 }, lane: 'lut' },
  { name: 'pot', encoding: { encoding: 'pot', maxShift: 6 }, lane: 'lut' },
  { name: 'apot', encoding: { encoding: 'apot' }, lane: 'lut' },
  { name: 'uniform4', encoding: { encoding: 'uniform', bits: 4 }, lane: 'lut' },
  { name: 'uniform8', encoding: { encoding: 'uniform', bits: 8 }, lane: 'lut' },
  { name: 'csd-2', encoding: { encoding: 'csd', digits: 2, maxShift: 7 }, lane: 'lut' },
  { name: 'csd-3', encoding: { encoding: 'csd', digits: 3, maxShift: 7 }, lane: 'lut' },
  { name: 'codebook-16', encoding: { encoding: 'codebook', levels: CODEBOOK }, lane: 'lut' },
  { name: 'uniform4-dsp', encoding: { encoding: 'uniform', bits: 4 }, lane: 'dsp' },
  { name: 'uniform8-dsp', encoding: { encoding: 'uniform', bits: 8 }, lane: 'dsp' },
];

export interface LaneOptions {
  /** Weights per cycle. */
  readonly inputs: number;
  /** Bits of an unsigned activation. */
  readonly activationBits: number;
}

/** The processing element of a bench, with a 24-bit accumulator. */
export function benchPlan({ encoding, lane }: LaneBench, { inputs, activationBits }: LaneOptions): ProcessingElementPlan {
  return planProcessingElement({ encoding, lane, icLanes: inputs, activationBits, activationSigned: false, accumulatorWidth: 24 });
}

/** Synthesizes processing elements side by side in one run, each kept apart, and counts each. */
export async function measureProcessingElements(plans: readonly ProcessingElementPlan[]): Promise<Resources[]> {
  const units = plans.map((plan, i) => ({
    path: `bench${i}_processing_element.v`,
    text: render('rtl/processing_element.v', standaloneProcessingElementView(`bench${i}`, plan)),
  }));
  const cells = instantiatedCells(units.map(({ text }) => text));
  const synthesis = await synthesizeDesign({
    files: [
      ...cells.map((name) => ({ path: `${name}.v`, text: cellText(name) })),
      ...units,
      { path: 'bench_top.v', text: benchTop(plans) },
    ],
    top: 'bench_top',
    netlist: false,
  });
  return plans.map((_, i) => {
    const use = synthesis.modules.find(({ name }) => name === `bench${i}_processing_element`);
    if (use === undefined) throw new ShiftloomError('tool', 'yosys', `processing element ${i} is missing from the statistics`);
    return use.own;
  });
}

/** All processing elements on the same operand bits, each with its own sum. */
function benchTop(plans: readonly ProcessingElementPlan[]): string {
  const actBits = (plan: ProcessingElementPlan) => plan.channels * plan.activationBits;
  const codeBits = (plan: ProcessingElementPlan) => plan.icLanes * plan.codeBits;
  const exponentBits = (plan: ProcessingElementPlan) => plan.exponentGroups * plan.exponentBits;
  const selectBits = (plan: ProcessingElementPlan) => plan.icLanes * (plan.selection?.indexBits ?? 0);
  const most = (bits: (plan: ProcessingElementPlan) => number) => Math.max(1, ...plans.map(bits));
  const sums = plans.map((plan, i) => `    output wire [${plan.accumulatorWidth - 1}:0] sum${i}`);
  const instances = plans.map((plan, i) => {
    const exponent = exponentBits(plan) > 0 ? `.exponent_i(exponent[${exponentBits(plan) - 1}:0]), ` : '';
    const select = selectBits(plan) > 0 ? `.select_i(select[${selectBits(plan) - 1}:0]), ` : '';
    return `    bench${i}_processing_element u_${i} (
        .clk(clk), .act_i(act[${actBits(plan) - 1}:0]), .code_i(code[${codeBits(plan) - 1}:0]), ${exponent}${select}
        .first_i(first), .enable_i(enable), .sum_o(sum${i})
    );`;
  });
  return `module bench_top (
    input wire clk, first, enable,
    input wire [${most(actBits) - 1}:0] act,
    input wire [${most(codeBits) - 1}:0] code,
    input wire [${most(exponentBits) - 1}:0] exponent,
    input wire [${most(selectBits) - 1}:0] select,
${sums.join(',\n')}
);
${instances.join('\n')}
endmodule
`;
}
