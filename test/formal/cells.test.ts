/** Every cell that has 7-series instances, proven equal to its behavioural twin by Yosys for a grid of parameters. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText } from '../../generator/render/engine.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';
import { YOSYS_XILINX_CELLS } from '../units/processing_element_support.js';

type Parameters = Readonly<Record<string, number>>;

const both = (parameters: readonly Parameters[], name: string): Parameters[] =>
  parameters.flatMap((p) => [{ ...p, [name]: 0 }, { ...p, [name]: 1 }]);

const GRID: Readonly<Record<string, readonly Parameters[]>> = {
  nn_pass: [{ WIDTH: 3, DEPTH: 1 }, { WIDTH: 5, DEPTH: 2 }],
  nn_ternary_adder: [
    { A_WIDTH: 1, B_WIDTH: 1, C_WIDTH: 1, WIDTH: 3 },
    { A_WIDTH: 3, B_WIDTH: 5, C_WIDTH: 8, WIDTH: 10 },
    { A_WIDTH: 15, B_WIDTH: 15, C_WIDTH: 15, WIDTH: 17 },
    { A_WIDTH: 4, B_WIDTH: 4, C_WIDTH: 4, A_SHIFT: 0, B_SHIFT: 2, C_SHIFT: 4, WIDTH: 9 },
    { A_WIDTH: 4, B_WIDTH: 6, C_WIDTH: 4, A_SHIFT: 5, B_SHIFT: 0, C_SHIFT: 3, WIDTH: 9 },
  ],
  nn_adder: [
    { A_WIDTH: 1, B_WIDTH: 1, WIDTH: 2 },
    { A_WIDTH: 14, B_WIDTH: 15, WIDTH: 15 },
    { A_WIDTH: 4, B_WIDTH: 4, A_SHIFT: 3, WIDTH: 8 },
  ],
  nn_accumulator: [
    { ADDENDS: 1, A_WIDTH: 5, B_WIDTH: 1, WIDTH: 9 },
    { ADDENDS: 2, A_WIDTH: 20, B_WIDTH: 18, WIDTH: 24 },
    { ADDENDS: 2, A_WIDTH: 6, B_WIDTH: 3, B_SHIFT: 4, WIDTH: 11 },
    ...[2, 3, 5].map((TURNS) => ({ ADDENDS: 2, A_WIDTH: 6, B_WIDTH: 3, WIDTH: 8, TURNS })),
  ],
  nn_power_term: [[1, 1, 1], [1, 1, 2], [2, 2, 3], [4, 2, 5], [3, 3, 5], [4, 3, 6], [2, 4, 6]].map(([COEF_GROUPS, EXPONENT_WIDTH, GROUPS]) => ({ COEF_GROUPS, EXPONENT_WIDTH, GROUPS })),
  nn_power_pair: [[1, 1, 3], [2, 7, 9], [3, 10, 12], [5, 19, 21], [3, 8, 6]].map(([GROUPS, SIGN, WIDTH]) => ({ GROUPS, SIGN, WIDTH })),
  nn_power_add: [[2, 3], [4, 9], [5, 20], [6, 34]].map(([CODE_WIDTH, WIDTH]) => ({ CODE_WIDTH, WIDTH })),
  nn_select: [1, 2, 7, 8].map((WIDTH) => ({ WIDTH, CHOICES: 2, INDEX_WIDTH: 1 })),
  nn_shift_step: both(
    [
      { IN_WIDTH: 1, STEP: 1, OUT_WIDTH: 1 },
      { IN_WIDTH: 8, STEP: 8, OUT_WIDTH: 8 },
      { IN_WIDTH: 8, STEP: 1, OUT_WIDTH: 9 },
      { IN_WIDTH: 9, STEP: 2, OUT_WIDTH: 11 },
      ...[11, 12, 13, 14, 15].map((OUT_WIDTH) => ({ IN_WIDTH: 11, STEP: 4, OUT_WIDTH })),
      { IN_WIDTH: 15, STEP: 8, OUT_WIDTH: 22 },
    ],
    'IN_SIGNED',
  ),
  nn_shift_select: both(
    [3, 4, 8, 15].flatMap((IN_WIDTH) => [2, 3].map((more) => ({ IN_WIDTH, OUT_WIDTH: IN_WIDTH + more }))),
    'IN_SIGNED',
  ),
  nn_shift_three: [2, 3, 8].flatMap((IN_WIDTH) =>
    both([{ IN_WIDTH, IN_SIGNED: 0, WIDTH: IN_WIDTH + 3 }, { IN_WIDTH, IN_SIGNED: 1, WIDTH: IN_WIDTH + 2 }], 'ZERO_FIRST'),
  ),
  nn_lane_pot: [0, 2, 3, 6, 9].flatMap((MAX_SHIFT) => {
    const CODE_WIDTH = 1 + Math.ceil(Math.log2(MAX_SHIFT + 2));
    return [0, 1].map((ACT_SIGNED) => ({ ACT_WIDTH: 8, ACT_SIGNED, MAX_SHIFT, CODE_WIDTH, WIDTH: 9 + MAX_SHIFT - ACT_SIGNED }));
  }),
  nn_lane_bpot: [0, 1].map((ACT_SIGNED) => ({ ACT_WIDTH: 8, ACT_SIGNED, WIDTH: 11 - ACT_SIGNED })),
  nn_lane_apot: [1, 8, 16].flatMap((ACT_WIDTH) => [0, 1].map((ACT_SIGNED) => ({ ACT_WIDTH, ACT_SIGNED, WIDTH: ACT_WIDTH + 5 - ACT_SIGNED }))),
  nn_lane_uniform_lut: [0, 1].flatMap((MAX_SHIFT) =>
    [0, 1].map((ACT_SIGNED) => ({ ACT_WIDTH: 8, ACT_SIGNED, MAX_SHIFT, WIDTH: 9 + MAX_SHIFT - ACT_SIGNED })),
  ),
};

interface Port {
  readonly direction: 'input' | 'output';
  readonly name: string;
  readonly range: string;
}

function portsOf(cell: string): Port[] {
  const pattern = /^\s*(input|output)\s+(?:wire|reg)\s+(?:\[([^\]]+)\]\s+)?(\w+),?$/gm;
  return [...cellText(cell).matchAll(pattern)].map(([, direction, range, name]) => ({
    direction: direction as Port['direction'],
    name,
    range: range ?? '',
  }));
}

/** A module that holds one instance of the cell with all parameters set, and the cell's ports as its own. */
function wrapper(module: string, cell: string, parameters: Parameters): string {
  const ports = portsOf(cell);
  const evaluate = (range: string) => range.replace(/[A-Z_]+\d*/g, (name) => String(parameters[name]));
  const declarations = ports.map(({ direction, name, range }) => `${direction} wire ${range ? `[${evaluate(range)}] ` : ''}${name}`);
  const settings = Object.entries(parameters).map(([name, value]) => `.${name}(${value})`);
  return `(* keep_hierarchy *) module ${module} (${declarations.join(', ')});
    ${cell} #(${settings.join(', ')}) u (${ports.map(({ name }) => `.${name}(${name})`).join(', ')});
endmodule
`;
}

interface Pair {
  readonly cell: string;
  readonly gold: Parameters;
  readonly gate: Parameters;
}

/** Yosys' models of the primitives in use, out of its library of hundreds. */
function primitiveModels(): string {
  const library = readFileSync(YOSYS_XILINX_CELLS, 'utf8');
  return ['LUT2', 'LUT3', 'LUT6_2', 'CARRY4', 'FDRE']
    .map((name) => new RegExp(`^module ${name}\\b[^]*?^endmodule`, 'm').exec(library)?.[0])
    .join('\n');
}

/** Proves each pair equal, register by register; rejects with Yosys' words on the first that is not. */
function prove(pairs: readonly Pair[]): Promise<unknown> {
  const modules = pairs.map(({ cell, gold, gate }, i) => wrapper(`gold_${i}`, cell, gold) + wrapper(`gate_${i}`, cell, gate));
  const instances = pairs.map((_, i) => `gold_${i} u_gold_${i} (); gate_${i} u_gate_${i} ();`);
  const proofs = pairs.flatMap((_, i) => [
    `equiv_make gold_${i} gate_${i} equiv_${i}`,
    `select equiv_${i}`,
    'equiv_simple -seq 3',
    'equiv_status -assert',
    'select -clear',
    `delete equiv_${i} gold_${i} gate_${i}`,
  ]);
  return runYosys({
    script: ['read_verilog primitives.v cells.v wrappers.v', 'hierarchy -top every', 'proc', 'flatten', 'delete every', 'opt_clean', ...proofs],
    files: {
      'primitives.v': primitiveModels(),
      'cells.v': instantiatedCells(modules).map(cellText).join('\n'),
      'wrappers.v': `${modules.join('\n')}\nmodule every;\n${instances.join('\n')}\nendmodule\n`,
    },
    outputs: [],
  });
}

afterAll(closeYosysWorkers);

describe('cells with 7-series instances', () => {
  it('are equal to their behavioural twins: proven for each parameter set of the grid', async () => {
    const pairs = Object.entries(GRID).flatMap(([cell, sets]) =>
      sets.map((set) => ({ cell, gold: { ...set, XC7_PRIMITIVES: 0 }, gate: { ...set, XC7_PRIMITIVES: 1 } })),
    );
    await expect(prove(pairs)).resolves.toBeDefined();
  }, 120_000);

  it('are told apart where they differ: the proof fails for instances with another zero code', async () => {
    const [set] = GRID.nn_shift_three;
    const pair = {
      cell: 'nn_shift_three',
      gold: { ...set, ZERO_FIRST: 1, XC7_PRIMITIVES: 0 },
      gate: { ...set, ZERO_FIRST: 0, XC7_PRIMITIVES: 1 },
    };
    await expect(prove([pair])).rejects.toThrow(/Found \d+ unproven \$equiv cells/);
  }, 120_000);
});
