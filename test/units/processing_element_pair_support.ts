/** Processing element pairs of many configurations in one simulator run, against two dot products in plain integers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integerRange } from '../../generator/layer/layer.js';
import {
  planProcessingElementPair, skewOf, weightRange, type ProcessingElementPairOptions, type ProcessingElementPairPlan,
} from '../../generator/plan/processing_element_pair.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import { standaloneProcessingElementPairView } from '../../generator/units/processing_element_pair.js';
import { YOSYS_XILINX_CELLS } from './processing_element_support.js';

export interface PairCase {
  readonly name: string;
  readonly plan: ProcessingElementPairPlan;
}

export function pairCase(index: number, options: ProcessingElementPairOptions): PairCase {
  return { name: `pair${index}`, plan: planProcessingElementPair(options) };
}

const STEPS = 36;

/** What reaches a pair in one step: activations, both channels' weights and exponents; where lanes select, those of both pixels, one channel's, and the selections. */
interface Step {
  readonly act: readonly number[];
  readonly select: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly exponents: readonly (readonly number[])[];
}

/** Corners first: in each of the first eight steps all activations, all low and all high weights at one end of their range. */
function stepOf(plan: ProcessingElementPairPlan, index: number, random: (limit: number) => number): Step {
  const acts = integerRange(plan.activationBits, plan.activationSigned);
  const weights = plan.weightRange ?? weightRange(plan.encoding);
  const maxExponent = plan.exponentBits > 0 && plan.encoding.encoding === 'bpot' ? plan.encoding.maxExponent : 0;
  const isCorner = index < 8;
  const draw = ([low, high]: readonly [number, number], bit: number) =>
    isCorner ? ((index >> bit) & 1 ? high : low) : random(4) === 0 ? (random(2) ? high : low) : low + random(high - low + 1);
  const lanes = (bit: number, range: readonly [number, number]) => Array.from({ length: plan.icLanes }, () => draw(range, bit));
  const { selection } = plan;
  if (selection) {
    const pixel = (bit: number) => Array.from({ length: plan.channels }, () => draw(acts, bit));
    return {
      act: [...pixel(0), ...pixel(2)],
      select: Array.from({ length: plan.icLanes }, () => random(selection.choices)),
      weights: [lanes(1, weights)],
      exponents: [Array.from({ length: plan.exponentGroups }, () => (isCorner ? maxExponent : random(maxExponent + 1)))],
    };
  }
  return {
    act: lanes(0, acts),
    select: [],
    weights: [lanes(1, weights), lanes(2, weights)],
    exponents: [0, 1].map(() => Array.from({ length: plan.exponentGroups }, () => (isCorner ? maxExponent : random(maxExponent + 1)))),
  };
}

function sumsOf(plan: ProcessingElementPairPlan, { act, select, weights, exponents }: Step): bigint[] {
  const { selection, channels, groupLanes } = plan;
  if (selection) {
    const { n, m } = selection;
    return [0, 1].map((pixel) =>
      weights[0].reduce((sum, w, lane) => {
        const x = act[pixel * channels + Math.floor(lane / n) * m + (lane % n) + select[lane]];
        return sum + BigInt(x * w * 2 ** (exponents[0][Math.floor(lane / groupLanes)] ?? 0));
      }, 0n),
    );
  }
  return [0, 1].map((channel) =>
    act.reduce((sum, x, lane) => sum + BigInt(x * weights[channel][lane] * 2 ** (exponents[channel][Math.floor(lane / plan.groupLanes)] ?? 0)), 0n),
  );
}

interface Stimulus {
  /** {enable, first, selections, high exponents, low exponents, high weights, low weights, activations}, each operand in the cycle of its slice. */
  readonly words: string[];
  readonly width: number;
  readonly sums: (readonly bigint[] | undefined)[];
}

function stimulusOf({ plan }: PairCase, random: (limit: number) => number): Stimulus {
  const { icLanes, activationBits, weightBits, exponentBits, exponentGroups, exponentDelay, latency, accumulatorWidth } = plan;
  const steps = Array.from({ length: STEPS }, (_, i) => stepOf(plan, i, random));
  const at = (cycle: number) => steps[Math.max(0, Math.min(STEPS - 1, cycle))];
  const words: string[] = [];
  const sums: (readonly bigint[] | undefined)[] = [];
  let sum: bigint[] | undefined;
  let width = 0;
  for (let cycle = 0; cycle < STEPS + latency; cycle++) {
    let word = 0n;
    width = 0;
    const put = (value: number, bits: number) => {
      word |= BigInt.asUintN(bits, BigInt(value)) << BigInt(width);
      width += bits;
    };
    const skew = (lane: number) => at(cycle - skewOf(plan, lane));
    const { selection, channels } = plan;
    const owners = selection ? [0] : [0, 1];
    // Channel c comes with the lanes of its block.
    const laneOf = (channel: number) => (selection ? Math.floor(channel / selection.m) * selection.n : channel);
    for (let c = 0; c < (selection ? 2 : 1) * channels; c++) put(skew(laneOf(c % channels)).act[c], activationBits);
    for (const channel of owners) for (let lane = 0; lane < icLanes; lane++) put(skew(lane).weights[channel][lane], weightBits);
    for (let lane = 0; selection && lane < icLanes; lane++) put(skew(lane).select[lane], selection.indexBits);
    for (const channel of owners) for (let g = 0; g < exponentGroups; g++) put(at(cycle - exponentDelay).exponents[channel][g], exponentBits);
    const arrived = cycle >= latency ? steps[cycle - latency] : undefined;
    const isFirst = arrived !== undefined && (cycle === latency || cycle - latency < 9 || random(4) === 0);
    const isEnabled = arrived !== undefined && (isFirst || random(5) > 0);
    put(isFirst ? 1 : 0, 1);
    put(isEnabled ? 1 : 0, 1);
    if (arrived && isEnabled) {
      const before = isFirst ? undefined : sum;
      sum = sumsOf(plan, arrived).map((value, channel) => BigInt.asUintN(accumulatorWidth, value + (before?.[channel] ?? 0n)));
    }
    words.push(word.toString(16));
    sums.push(sum);
  }
  return { words, width, sums };
}

/** Simulates all cases with Icarus and returns one line for each wrong sum. */
export function wrongPairSums(cases: readonly PairCase[], primitives: 0 | 1, random: (limit: number) => number): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-pair-'));
  try {
    const stimuli = cases.map((c) => stimulusOf(c, random));
    cases.forEach(({ name }, i) => writeFileSync(join(folder, `${name}.hex`), `${stimuli[i].words.join('\n')}\n`));
    const units = cases.map(({ name, plan }) => render('rtl/processing_element_pair.v', standaloneProcessingElementPairView(name, plan)));
    writeFileSync(join(folder, 'units.v'), [...instantiatedCells(units).map(cellText), ...units].join('\n'));
    writeFileSync(join(folder, 'bench.v'), benchText(cases, stimuli, primitives));
    const sources = ['units.v', 'bench.v', ...(primitives === 1 ? [YOSYS_XILINX_CELLS] : [])];
    const options = primitives === 1 ? ['-g2012'] : ['-g2005', '-Wall'];
    execFileSync('iverilog', [...options, '-s', 'bench', '-o', 'bench.vvp', ...sources], { cwd: folder, stdio: 'pipe' });
    return compare(cases, stimuli, execFileSync('vvp', ['-n', 'bench.vvp'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(cases: readonly PairCase[], stimuli: readonly Stimulus[], output: string): string[] {
  const wrong: string[] = [];
  let compared = 0;
  for (const line of output.split('\n')) {
    const [index, cycle, high, low] = line.split(' ');
    if (low === undefined) continue;
    const expected = stimuli[Number(index)].sums[Number(cycle)];
    if (expected === undefined) continue;
    compared++;
    const { encoding, icLanes, activationBits, activationSigned, selection } = cases[Number(index)].plan;
    const want = expected.map((value) => value.toString(16));
    if (low !== want[0] || high !== want[1]) {
      const what = `${JSON.stringify(encoding)} lanes ${icLanes} ${selection ? `of ${selection.n}:${selection.m} ` : ''}${activationSigned ? 's' : 'u'}${activationBits}`;
      wrong.push(`${what}, cycle ${cycle}: ${low} ${high}, not ${want.join(' ')}`);
    }
  }
  if (compared !== cases.length * STEPS) wrong.push(`${compared} sums compared of ${cases.length * STEPS}`);
  return wrong;
}

function benchText(cases: readonly PairCase[], stimuli: readonly Stimulus[], primitives: 0 | 1): string {
  const last = Math.max(...stimuli.map(({ words }) => words.length));
  const instances = cases.map(({ name, plan }, i) => {
    const { width, words } = stimuli[i];
    let low = 0;
    const slice = (bits: number) => `word${i}[${(low += bits) - 1}:${low - bits}]`;
    const { selection } = plan;
    const weights = plan.icLanes * plan.weightBits;
    const exponents = (selection ? 1 : 2) * plan.exponentGroups * plan.exponentBits;
    const acts = (selection ? 2 : 1) * plan.channels * plan.activationBits;
    const w = plan.accumulatorWidth;
    return `
    reg [${width - 1}:0] memory${i} [0:${words.length - 1}];
    wire [${width - 1}:0] word${i} = memory${i}[(cycle < ${words.length}) ? cycle : 0];
    wire [${2 * w - 1}:0] sum${i};
    ${name}_processing_element_pair #(.XC7_PRIMITIVES(${primitives})) u_${i} (
        .clk(clk), .act_i(${slice(acts)}),
        ${selection ? `.weight_i(${slice(weights)}), .select_i(${slice(plan.icLanes * selection.indexBits)}),` : `.low_i(${slice(weights)}), .high_i(${slice(weights)}),`}
        ${exponents > 0 ? `.exponent_i(${slice(exponents)}),` : ''}
        .first_i({4{word${i}[${width - 2}]}}), .enable_i(word${i}[${width - 1}]), .sum_o(sum${i})
    );
    initial $readmemh("${name}.hex", memory${i});
    always @(negedge clk) if (cycle > 0 && cycle <= ${words.length}) $display("${i} %0d %0h %0h", cycle - 1, sum${i}[${2 * w - 1}:${w}], sum${i}[${w - 1}:0]);`;
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
