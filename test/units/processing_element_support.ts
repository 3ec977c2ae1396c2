/** Processing elements of many configurations in one simulator run, against a dot product in plain integers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integerRange } from '../../generator/layer/layer.js';
import { representableValues } from '../../generator/layer/representable.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { encodeWeight, negativeCorrection } from '../../generator/plan/codes.js';
import { planProcessingElement, type ProcessingElementOptions, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import { standaloneProcessingElementView } from '../../generator/units/processing_element.js';

export const YOSYS_XILINX_CELLS = new URL('../../node_modules/@yowasp/yosys/gen/share/xilinx/cells_sim.v', import.meta.url).pathname;

export interface TestCase {
  readonly name: string;
  readonly plan: ProcessingElementPlan;
  /** Every weight with every activation in turn, the same in all lanes, instead of corners and random operands. */
  readonly isExhaustive?: boolean;
}

export function testCase(index: number, options: ProcessingElementOptions): TestCase {
  return { name: `case${index}`, plan: planProcessingElement(options) };
}

/** Deterministic integers 0..limit-1. */
export function generatorOf(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** All Verilog that the cases need, one text. */
export function verilogOf(cases: readonly TestCase[]): string {
  const units = cases.map(({ name, plan }) => render('rtl/processing_element.v', standaloneProcessingElementView(name, plan)));
  return [...instantiatedCells(units).map(cellText), ...units].join('\n');
}

interface Stimulus {
  /** One hexadecimal word per cycle: {enable, first, exponents, codes, activations}. */
  readonly words: string[];
  readonly width: number;
  /** Sum after each cycle's update; undefined until the first sum has started. */
  readonly sums: (bigint | undefined)[];
}

/** Icarus's time grows with the square of the lanes. */
function cyclesOf({ plan, isExhaustive }: TestCase): number {
  if (isExhaustive) return valuesOf(plan.encoding, 0).length * 2 ** plan.activationBits;
  return plan.icLanes < 16 ? 40 : plan.icLanes < 64 ? 16 : 8;
}

/** Corner operands first (every weight and activation at an end of its range), then random ones; sums of one to a few steps. */
function stimulusOf(test: TestCase, random: (limit: number) => number): Stimulus {
  const { plan } = test;
  const steps = Array.from({ length: cyclesOf(test) }, (_, cycle) => operandsOf(test, cycle, random));
  const modulus = 1n << BigInt(plan.accumulatorWidth);
  const words: string[] = [];
  const sums: (bigint | undefined)[] = [];
  let sum: bigint | undefined;
  for (let cycle = 0; cycle < steps.length + plan.latency; cycle++) {
    const arrived = steps[cycle - plan.latency];
    const isFirst = arrived !== undefined && (cycle === plan.latency || random(4) === 0);
    const isEnabled = arrived !== undefined && (isFirst || random(5) > 0);
    if (isEnabled) sum = ((isFirst ? 0n : (sum ?? 0n)) + arrived.sum + modulus * 2n ** 64n) % modulus;
    sums.push(sum);
    const operands = (steps[cycle] ?? steps[0]).word;
    const control = BigInt(isEnabled ? 2 : 0) + BigInt(isFirst ? 1 : 0);
    words.push(((control << BigInt(operandBits(plan))) | operands).toString(16));
  }
  return { words, width: operandBits(plan) + 2, sums };
}

function operandBits({ icLanes, channels, activationBits, codeBits, selection, exponentGroups, exponentBits }: ProcessingElementPlan): number {
  return channels * activationBits + icLanes * (codeBits + (selection?.indexBits ?? 0)) + exponentGroups * exponentBits;
}

function operandsOf(test: TestCase, cycle: number, random: (limit: number) => number): { word: bigint; sum: bigint } {
  const { encoding, lane, icLanes, channels, activationBits, codeBits, exponentBits, exponentGroups, groupLanes, selection } = test.plan;
  const maxExponent = exponentBits > 0 && encoding.encoding === 'bpot' ? encoding.maxExponent : 0;
  const isCorner = cycle < 4 && !test.isExhaustive;
  const exponents = Array.from({ length: exponentGroups }, () => (isCorner ? maxExponent : random(maxExponent + 1)));
  let word = 0n;
  let sum = 0n;
  const inputs = Array.from({ length: channels }, () => operandOf(test, cycle, 0, random).x);
  inputs.forEach((x, c) => (word |= BigInt.asUintN(activationBits, BigInt(x)) << BigInt(c * activationBits)));
  const codeBase = channels * activationBits;
  const exponentBase = codeBase + icLanes * codeBits;
  const selectBase = exponentBase + exponentGroups * exponentBits;
  for (let i = 0; i < icLanes; i++) {
    const exponent = exponents[Math.floor(i / groupLanes)] ?? 0;
    const { value } = operandOf(test, cycle, exponent, random);
    const index = selection ? random(selection.choices) : 0;
    // Lane j of the n lanes of a block has the channels from j on.
    const x = inputs[selection ? Math.floor(i / selection.n) * selection.m + (i % selection.n) + index : i];
    const code = encodeWeight(encoding, value, exponent) as number;
    sum += BigInt(value * x - negativeCorrection(encoding, lane, value, exponent));
    word |= BigInt(code) << BigInt(codeBase + i * codeBits);
    if (selection) word |= BigInt(index) << BigInt(selectBase + i * selection.indexBits);
  }
  exponents.forEach((e, g) => (word |= BigInt(e) << BigInt(exponentBase + g * exponentBits)));
  return { word, sum };
}

function operandOf({ plan, isExhaustive }: TestCase, cycle: number, exponent: number, random: (limit: number) => number): { x: number; value: number } {
  const [low, high] = integerRange(plan.activationBits, plan.activationSigned);
  const count = high - low + 1;
  const values = valuesOf(plan.encoding, exponent);
  if (isExhaustive) return { x: low + (cycle % count), value: values[Math.floor(cycle / count)] };
  if (cycle < 4) return { x: cycle % 2 === 0 ? low : high, value: cycle < 2 ? values[0] : values[values.length - 1] };
  return { x: low + random(count), value: values[random(values.length)] };
}

const valueLists = new Map<string, readonly number[]>();

function valuesOf(encoding: ScalarEncoding, exponent: number): readonly number[] {
  const key = JSON.stringify([encoding, exponent]);
  let values = valueLists.get(key);
  if (!values) {
    values = [...representableValues(encoding, exponent)].sort((a, b) => a - b);
    valueLists.set(key, values);
  }
  return values;
}

/** Simulates all cases with Icarus and returns one line for each wrong sum. */
export function wrongSums(cases: readonly TestCase[], primitives: 0 | 1, seed: number): string[] {
  const random = generatorOf(seed);
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-pe-'));
  try {
    const stimuli = cases.map((c) => stimulusOf(c, random));
    cases.forEach(({ name }, i) => writeFileSync(join(folder, `${name}.hex`), `${stimuli[i].words.join('\n')}\n`));
    writeFileSync(join(folder, 'units.v'), verilogOf(cases));
    writeFileSync(join(folder, 'bench.v'), benchText(cases, stimuli, primitives));
    const sources = ['units.v', 'bench.v', ...(primitives === 1 ? [YOSYS_XILINX_CELLS] : [])];
    const options = primitives === 1 ? ['-g2012'] : ['-g2005', '-Wall'];
    execFileSync('iverilog', [...options, '-s', 'bench', '-o', 'bench.vvp', ...sources], { cwd: folder, stdio: 'pipe' });
    const output = execFileSync('vvp', ['-n', 'bench.vvp'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
    return compare(cases, stimuli, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(cases: readonly TestCase[], stimuli: readonly Stimulus[], output: string): string[] {
  const wrong: string[] = [];
  let compared = 0;
  for (const line of output.split('\n')) {
    const [index, cycle, text] = line.split(' ');
    if (text === undefined) continue;
    const expected = stimuli[Number(index)].sums[Number(cycle)];
    if (expected === undefined) continue;
    compared++;
    const { encoding, icLanes, activationBits, activationSigned, lane, selection } = cases[Number(index)].plan;
    const what = `${JSON.stringify(encoding)} ${lane} lanes ${icLanes} ${selection ? `of ${selection.n}:${selection.m} ` : ''}${activationSigned ? 's' : 'u'}${activationBits}`;
    if (text !== expected.toString(16)) wrong.push(`${what}, cycle ${cycle}: ${text}, not ${expected.toString(16)}`);
  }
  const steps = cases.reduce((sum, test) => sum + cyclesOf(test), 0);
  if (compared !== steps) wrong.push(`${compared} sums compared of ${steps}`);
  return wrong;
}

function benchText(cases: readonly TestCase[], stimuli: readonly Stimulus[], primitives: 0 | 1): string {
  const last = Math.max(...stimuli.map((s) => s.words.length));
  const instances = cases.map(({ name, plan }, i) => {
    const { width, words } = stimuli[i];
    const act = plan.channels * plan.activationBits;
    const code = plan.icLanes * plan.codeBits;
    const exponent = plan.exponentGroups * plan.exponentBits;
    const select = plan.icLanes * (plan.selection?.indexBits ?? 0);
    return `
    reg [${width - 1}:0] memory${i} [0:${words.length - 1}];
    wire [${width - 1}:0] word${i} = memory${i}[(cycle < ${words.length}) ? cycle : 0];
    wire [${plan.accumulatorWidth - 1}:0] sum${i};
    ${name}_processing_element #(.XC7_PRIMITIVES(${primitives})) u_${i} (
        .clk(clk), .act_i(word${i}[${act - 1}:0]), .code_i(word${i}[${act + code - 1}:${act}]),
        ${exponent > 0 ? `.exponent_i(word${i}[${act + code + exponent - 1}:${act + code}]),` : ''}
        ${select > 0 ? `.select_i(word${i}[${act + code + exponent + select - 1}:${act + code + exponent}]),` : ''}
        .first_i({2{word${i}[${width - 2}]}}), .enable_i(word${i}[${width - 1}]), .sum_o(sum${i})
    );
    initial $readmemh("${name}.hex", memory${i});
    always @(negedge clk) if (cycle > 0 && cycle <= ${words.length}) $display("${i} %0d %0h", cycle - 1, sum${i});`;
  });
  return `module bench;
    reg clk = 1'b0;
    integer cycle = 0;
    always #5 clk = ~clk;
    always @(posedge clk) cycle <= cycle + 1;
    initial #${10 * (last + 3)} $finish;
${instances.join('\n')}
endmodule
`;
}
