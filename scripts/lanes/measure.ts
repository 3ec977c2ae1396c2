/** What a bare processing element costs by synthesis: lanes, adder tree, accumulator; weight codes are inputs, no buffers. */
import { ShiftloomError } from '../../generator/errors.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { planProcessingElement, type LaneKind, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { planProcessingElementPair, type ProcessingElementPairPlan } from '../../generator/plan/processing_element_pair.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import type { Resources } from '../../generator/synthesize/resources.js';
import { synthesizeDesign } from '../../generator/synthesize/synthesize.js';
import { standaloneProcessingElementView } from '../../generator/units/processing_element.js';
import { standaloneProcessingElementPairView } from '../../generator/units/processing_element_pair.js';

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

/** Two output channels in DSP48E1 with two weights packed in each; activations, weights and exponents come as the pair takes them. */
export interface PairBench {
  readonly name: string;
  readonly encoding: ScalarEncoding;
  readonly weightRange?: readonly [number, number];
}

export const PAIR_BENCHES: readonly PairBench[] = [
  { name: 'bpot-pair', encoding: { encoding: 'bpot', groupSize: 16, maxExponent: 3 } },
  { name: 'uniform4-pair', encoding: { encoding: 'uniform', bits: 4 } },
  { name: 'uniform8-pair', encoding: { encoding: 'uniform', bits: 8 }, weightRange: [-127, 127] },
  { name: 'uniform8-128-pair', encoding: { encoding: 'uniform', bits: 8 } },
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

/** The pair of a bench with packed weights, with 24-bit accumulators. */
export function pairBenchPlan({ encoding, weightRange }: PairBench, { inputs, activationBits }: LaneOptions): ProcessingElementPairPlan {
  return planProcessingElementPair({ encoding, icLanes: inputs, activationBits, activationSigned: false, accumulatorWidth: 24, weightRange });
}

/** Synthesizes processing elements side by side in one run, each kept apart, and counts each. */
export async function measureProcessingElements(plans: readonly BenchPlan[]): Promise<Resources[]> {
  const units = plans.map((plan, i) => unitOf(plan, `bench${i}`));
  const cells = instantiatedCells(units.map(({ text }) => text));
  const synthesis = await synthesizeDesign({
    files: [
      ...cells.map((name) => ({ path: `${name}.v`, text: cellText(name) })),
      ...units.map(({ module, text }) => ({ path: `${module}.v`, text })),
      { path: 'bench_top.v', text: benchTop(units) },
    ],
    top: 'bench_top',
    netlist: false,
  });
  return units.map(({ module }) => {
    const use = synthesis.modules.find(({ name }) => name === module);
    if (use === undefined) throw new ShiftloomError('tool', 'yosys', `${module} is missing from the statistics`);
    return use.own;
  });
}

type BenchPlan = ProcessingElementPlan | ProcessingElementPairPlan;

interface BenchUnit {
  readonly module: string;
  readonly text: string;
  /** Bits of each operand port. */
  readonly operands: Readonly<Record<string, number>>;
  readonly sumBits: number;
}

function unitOf(plan: BenchPlan, name: string): BenchUnit {
  const exponents = plan.exponentGroups * plan.exponentBits;
  if ('weightBits' in plan) {
    const act = plan.icLanes * plan.activationBits;
    const weights = plan.icLanes * plan.weightBits;
    return {
      module: `${name}_processing_element_pair`,
      text: render('rtl/processing_element_pair.v', standaloneProcessingElementPairView(name, plan)),
      operands: { act_i: act, low_i: weights, high_i: weights, ...(exponents > 0 ? { exponent_i: 2 * exponents } : {}) },
      sumBits: 2 * plan.accumulatorWidth,
    };
  }
  const selects = plan.icLanes * (plan.selection?.indexBits ?? 0);
  return {
    module: `${name}_processing_element`,
    text: render('rtl/processing_element.v', standaloneProcessingElementView(name, plan)),
    operands: {
      act_i: plan.channels * plan.activationBits, code_i: plan.icLanes * plan.codeBits,
      ...(exponents > 0 ? { exponent_i: exponents } : {}), ...(selects > 0 ? { select_i: selects } : {}),
    },
    sumBits: plan.accumulatorWidth,
  };
}

/** All units on the same operand bits, each with its own sum. */
function benchTop(units: readonly BenchUnit[]): string {
  const names = [...new Set(units.flatMap(({ operands }) => Object.keys(operands)))];
  const inputs = names.map((name) => `    input wire [${Math.max(...units.map(({ operands }) => operands[name] ?? 1)) - 1}:0] ${name}`);
  const sums = units.map(({ sumBits }, i) => `    output wire [${sumBits - 1}:0] sum${i}`);
  const instances = units.map(({ module, operands }, i) => {
    const ports = Object.entries(operands).map(([name, bits]) => `.${name}(${name}[${bits - 1}:0])`);
    return `    ${module} u_${i} (.clk(clk), ${ports.join(', ')}, .first_i({first, first}), .enable_i(enable), .sum_o(sum${i}));`;
  });
  return `module bench_top (
    input wire clk, first, enable,
${[...inputs, ...sums].join(',\n')}
);
${instances.join('\n')}
endmodule
`;
}
