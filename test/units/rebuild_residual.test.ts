import { afterAll, describe, expect, it } from 'vitest';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { expandLayer } from '../../generator/expand/expand.js';
import { simulateLayer, simulationPassed } from '../../generator/flow/simulate.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import type { Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { lint } from '../../sim/lint.js';
import { runBench } from '../support/cell_bench.js';

/** Words of a round as the cell takes them: steps before each, and a shift with a sign, or none, for each lane and digit. */
interface Word {
  readonly gap: number;
  readonly powers: readonly (number | undefined)[];
}

interface Cell {
  readonly lanes: number;
  readonly digits: number;
  readonly gapBits: number;
  readonly words: readonly Word[];
}

const WIDTH = 12;
const CODE_BITS = 4; // shifts 0..6
const RUN = 400;
/** Steps: one a cycle, then with pauses, then bursts of four; a restart in the middle of each kind. */
const PATTERNS: Readonly<Record<string, (n: number, random: Random) => boolean>> = {
  'a step a cycle': () => true,
  'pauses between steps': (_, random) => random.chance(0.3),
  'bursts of four': (n) => n % 11 < 4,
};

/** @param share of words that follow at once; the others wait, up to the longest gap */
function randomCell(seed: number, { lanes, digits, gapBits, count, share }: Omit<Cell, 'words'> & { readonly count: number; readonly share: number }): Cell {
  const random = new Random(seed);
  const power = () => (random.chance(0.4) ? undefined : random.integer(0, 6) + (random.chance(0.5) ? 2 ** (CODE_BITS - 1) : 0));
  const words = Array.from({ length: count }, () => ({ gap: random.chance(share) ? 0 : random.integer(0, 2 ** gapBits - 1), powers: Array.from({ length: lanes * digits }, power) }));
  return { lanes, digits, gapBits, words };
}

const CELLS: readonly (readonly [string, Cell])[] = [
  ['a word for every step', randomCell(1, { lanes: 2, digits: 1, gapBits: 1, count: 37, share: 1 })],
  ['gaps of all lengths', randomCell(2, { lanes: 1, digits: 1, gapBits: 4, count: 21, share: 0.2 })],
  ['three digits, words in a row and far apart', randomCell(3, { lanes: 2, digits: 3, gapBits: 6, count: 40, share: 0.7 })],
  ['two words round and round', randomCell(4, { lanes: 1, digits: 2, gapBits: 2, count: 2, share: 0.5 })],
];

/** What is added to each lane in a step of a round. */
function additions({ lanes, digits, words }: Cell): number[][] {
  const value = (power: number | undefined) => (power === undefined ? 0 : (power >= 8 ? -1 : 1) * 2 ** (power % 8));
  return words.flatMap(({ gap, powers }) => [
    ...Array.from({ length: gap }, () => new Array<number>(lanes).fill(0)),
    Array.from({ length: lanes }, (_, lane) => powers.slice(lane * digits, (lane + 1) * digits).reduce<number>((sum, power) => sum + value(power), 0)),
  ]);
}

function wordText({ gap, powers }: Word, gapBits: number): string {
  return [...powers].reverse().map((power) => (power ?? 7).toString(2).padStart(CODE_BITS, '0')).join('') + gap.toString(2).padStart(gapBits, '0');
}

/** Each sum is its step's number since the bench began; a line has the step and the sums that came of it. */
function bench(cell: Cell, steps: readonly boolean[], restartAt: number): string {
  const { lanes, digits, gapBits, words } = cell;
  const wide = lanes * WIDTH;
  const bits = gapBits + lanes * digits * CODE_BITS;
  const addressBits = Math.ceil(Math.log2(words.length));
  return `module bench; reg clk = 0; reg [31:0] n = 0, step_number = 0; always #1 clk = ~clk; initial #${2 * (steps.length + digits + 6)} $finish;
  reg [${bits - 1}:0] memory [0:${words.length - 1}]; reg [${bits - 1}:0] read_q, word_q;
  initial begin ${words.map((word, i) => `memory[${i}] = ${bits}'b${wordText(word, gapBits)};`).join(' ')} end
  wire [${steps.length + digits + 9}:0] pattern = { {${digits + 10}{1'b0}}, ${steps.length}'b${[...steps].reverse().map(Number).join('')} };
  wire [${addressBits - 1}:0] address; wire [${wide - 1}:0] out; reg [${wide - 1}:0] sums = 0;
  wire rst = n < 3 || n == ${restartAt}; wire step = pattern[n];
  nn_rebuild_residual #(.LANES(${lanes}), .DIGITS(${digits}), .CODE_WIDTH(${CODE_BITS}), .GAP_WIDTH(${gapBits}), .WORDS(${words.length}), .ADDRESS_WIDTH(${addressBits}), .WIDTH(${WIDTH}), .XC7_PRIMITIVES(0))
    u (.clk(clk), .rst(rst), .enable_i(1'b1), .address_o(address), .word_i(word_q), .step_i(step), .sums_i(sums), .sums_o(out));
  reg [${digits}:0] valid_q = 0; reg [${(digits + 1) * 32 - 1}:0] number_q = 0;
  always @(posedge clk) begin
    n <= n + 1; read_q <= memory[address]; word_q <= read_q;
    if (step) begin sums <= {${lanes}{step_number[${WIDTH - 1}:0]}}; step_number <= step_number + 1; end
    valid_q <= {valid_q, step}; number_q <= {number_q, step_number};
    if (valid_q[${digits}]) $display("%0d${' %0d'.repeat(lanes)}", number_q[${digits * 32} +: 32]${Array.from({ length: lanes }, (_, l) => `, $signed(out[${l * WIDTH} +: ${WIDTH}])`).join('')});
  end
endmodule
`;
}

describe('nn_rebuild_residual', () => {
  it.each(CELLS.flatMap(([what, cell], i) => Object.keys(PATTERNS).map((pattern) => [what, pattern, cell, i] as const)))('adds each word to the sums of its step: %s, %s', (_, pattern, cell, seed) => {
    const random = new Random(100 + seed);
    const restartAt = RUN / 2;
    // Eight cycles from reset to the first step, as the cell asks for.
    const steps = Array.from({ length: RUN }, (_, n) => (n >= 12 && n < restartAt - 3 - cell.digits) || n >= restartAt + 9 ? PATTERNS[pattern](n, random) : false);
    const before = steps.slice(0, restartAt).filter(Boolean).length;
    const round = additions(cell);
    const want = steps.filter(Boolean).map((_, n) => [n, ...round[(n < before ? n : n - before) % round.length].map((extra) => wrapped(n + extra))].join(' '));
    expect(runBench(['nn_rebuild_residual'], bench(cell, steps, restartAt)).filter((line) => line !== '')).toEqual(want);
  });
});

function wrapped(value: number): number {
  const size = 2 ** WIDTH;
  return ((((value + size / 2) % size) + size) % size) - size / 2;
}

const SMALL = { maxMacs: 12_000, kinds: ['conv2d' as const] };
type Engine = readonly [what: string, seed: number, residual: (positions: number, random: Random) => number[][], lanes: Omit<Lanes, 'kind' | 'weights' | 'pixel'>];

/** A layer of factors with these residual entries. */
function corrected(seed: number, maxShift: number, entries: Engine[2]): Layer {
  const layer = randomCpLayer(seed, { ...SMALL, residual: false });
  const { weights, tensors } = layer.factors!;
  const residual = Int32Array.from(entries(layer.tensors.weight.length, new Random(seed)).flat());
  const factors = { ...tensors, residual };
  const stored = { description: { ...layer.description, weights: { ...weights, residual: { maxShift } } }, geometry: layer.geometry, tensors: { factors, bias: layer.tensors.bias, multiplier: layer.tensors.multiplier, shift: layer.tensors.shift } };
  return expandLayer(stored, layer.description.name);
}

const MAX_SHIFT = 9;
const any = (position: number, random: Random) => [position, random.chance(0.5) ? 1 : -1, random.integer(0, MAX_SHIFT)];
const some = (share: number, most = 1) => (positions: number, random: Random) =>
  Array.from({ length: positions }, (_, position) => (random.chance(share) ? Array.from({ length: random.integer(1, most) }, () => any(position, random)) : [])).flat();

const ENGINES: Engine[] = [
  ['bpot, few entries', 48, some(0.02), { oc: 2, ic: 4, rebuild: { ranks: 3, outputs: 1, inputs: 4 } }],
  ['csd, up to three on nearly every weight', 30, some(0.95, 3), { oc: 4, ic: 2 }],
  ['pot, sums that leave one a cycle, an entry on all', 4, some(1), { oc: 4, ic: 6, rebuild: { ranks: 8, outputs: 1, inputs: 6 } }],
  ['apot, first and last weight', 14, (positions, random) => [any(0, random), any(positions - 1, random)], { oc: 2, ic: 2 }],
  ['uniform, the first weight alone', 7, (_, random) => [any(0, random)], { oc: 2, ic: 2, rebuild: { ranks: 1, outputs: 1, inputs: 2 } }],
];

const designOf = ([, seed, entries, lanes]: Engine) => generateLayer(corrected(seed, MAX_SHIFT, entries), { pixel: 1, kind: 'lut', weights: 'rebuilt', ...lanes });
const BENCH = { frames: 2, stallIn: 0.2, stallOut: 0.3, resetMidFrame: true, restart: true, effort: 'quick', engine: 'verilator' } as const;

afterAll(closeYosysWorkers);

describe('an engine that rebuilds its weights with a residual', () => {
  it.each(ENGINES)('computes frames back to back with pauses, loaded over AXI4-Lite, after a reset in the middle, and again: %s', async (...one) => {
    const generated = designOf(one);
    const result = await simulateLayer(generated, BENCH);
    expect(simulationPassed(result)).toBe(true);
    const { cycles, registers: { waitWeight } } = result;
    const model = cycleModel(generated.plan);
    expect({ cycles, waitWeight }).toEqual({ cycles: model.cycles, waitWeight: model.waitWeight });
    expect(generated.loads.map(({ select }) => select)).toContain(10);
  }, 120_000);

  it('runs another residual, of as many entries at other weights, when its memories are loaded with that', async () => {
    const [, seed, , lanes] = ENGINES[0];
    const spread = (first: number) => (positions: number, random: Random) => Array.from({ length: 12 }, (_, n) => any(first + Math.floor((n * (positions - 4)) / 12), random));
    const [one, other] = [0, 3].map((first) => generateLayer(corrected(seed, MAX_SHIFT, spread(first)), { pixel: 1, kind: 'lut', weights: 'rebuilt', ...lanes }));
    expect(other.loads.find(({ select }) => select === 10)!.words).not.toEqual(one.loads.find(({ select }) => select === 10)!.words);
    expect(other.plan.reconstruction).toEqual(one.plan.reconstruction);
    const memories = new Map([...one.files].map(([path, text]) => [path, path.endsWith('.mem') ? other.files.get(path)! : text]));
    const mixed: Generated = { ...one, plan: { ...one.plan, layer: other.plan.layer, core: other.plan.core }, loads: other.loads, files: memories };
    expect(simulationPassed(await simulateLayer(mixed, BENCH))).toBe(true);
  }, 120_000);

  it('is clean in three lint tools', async () => {
    for (const one of [ENGINES[0], ENGINES[1]]) {
      const { files, verilog, top } = designOf(one);
      const sources = [...verilog, ...[...files.keys()].filter((path) => path.endsWith('.mem'))].map((path) => ({ path, text: files.get(path)! }));
      const found = await lint(sources, top, { tools: ['verilator', 'iverilog', 'yosys'] });
      expect(found.flatMap(({ tool, messages }) => messages.map((message) => `${tool}: ${message}`))).toEqual([]);
    }
  }, 120_000);
});
