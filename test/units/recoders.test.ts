import { describe, expect, it } from 'vitest';
import { recodeGroup } from '../../generator/golden/recoding.js';
import type { CpEncoding } from '../../generator/layer/schema.js';
import { codeBits, encodeWeight } from '../../generator/plan/codes.js';
import { runBench } from '../support/cell_bench.js';

type Recode = Exclude<CpEncoding['recode'], { encoding: 'bpot' }>;

/** Bits of the sums, all of which are tried; bits of the shift, and the least shift. */
interface Width {
  readonly bits: number;
  readonly shiftWidth: number;
  readonly shiftMin: number;
}

const WIDTHS: readonly Width[] = [{ bits: 9, shiftWidth: 2, shiftMin: 0 }, { bits: 9, shiftWidth: 3, shiftMin: 2 }, { bits: 5, shiftWidth: 4, shiftMin: 1 }];
const RECODES: readonly Recode[] = [
  { encoding: 'pot', maxShift: 2 }, { encoding: 'pot', maxShift: 6 }, { encoding: 'apot' },
  ...[2, 4, 8].map((bits) => ({ encoding: 'uniform', bits }) as const),
  ...([[1, 3], [1, 7], [2, 2], [2, 7]] as const).map(([digits, maxShift]) => ({ encoding: 'csd', digits, maxShift }) as const),
];

/** The cell of an encoding, its parameters besides those of the sums, and its latency. */
function recoder(recode: Recode, { bits }: Width): { cell: string; parameters: string; latency: number } {
  const code = `.CODE_WIDTH(${codeBits(recode)})`;
  const rounded = (kind: number, size: number, digits: number, latency: number) => ({ cell: 'nn_recode_rounded', parameters: `.KIND(${kind}), .SIZE_BITS(${size}), .DIGITS(${digits}), ${code}`, latency });
  switch (recode.encoding) {
    case 'pot':
      return { cell: 'nn_recode_pot', parameters: `.LEAD_WIDTH(${Math.max(2, Math.ceil(Math.log2(bits)))}), .MAX_SHIFT(${recode.maxShift}), ${code}`, latency: 6 };
    case 'uniform':
      return rounded(0, recode.bits - 1, 1, 6);
    case 'apot':
      return rounded(1, 4, 1, 6);
    case 'csd':
      return rounded(2, recode.maxShift + 1, recode.digits, 8);
  }
}

const CASES = RECODES.flatMap((recode) => WIDTHS.map((width) => ({ recode, width, ...recoder(recode, width) })));

/** Every sum under every shift, one a cycle. */
function bench(): string {
  const parts = CASES.map(({ width: { bits, shiftWidth, shiftMin }, recode, cell, parameters, latency }, i) => {
    const all = 2 ** (bits + shiftWidth);
    return `  wire [${codeBits(recode) - 1}:0] y${i};
  ${cell} #(.WIDTH(${bits}), .SHIFT_MIN(${shiftMin}), .SHIFT_WIDTH(${shiftWidth}), ${parameters}) u${i} (.clk(clk), .sum_i(n[${bits - 1}:0]), .shift_i(n[${bits + shiftWidth - 1}:${bits}]), .code_o(y${i}));
  always @(posedge clk) if (n >= ${latency} && n < ${all + latency}) $display("${i} %0d %0d", n - ${latency}, y${i});`;
  });
  const cycles = Math.max(...WIDTHS.map(({ bits, shiftWidth }) => 2 ** (bits + shiftWidth))) + 16;
  return `module bench; reg clk = 0; reg [31:0] n = 0; always #1 clk = ~clk; always @(posedge clk) n <= n + 1; initial #${2 * cycles} $finish;\n${parts.join('\n')}\nendmodule\n`;
}

describe('nn_recode_pot and nn_recode_rounded', () => {
  it('give the code of the golden weight for every sum under every shift', () => {
    const got = CASES.map(() => new Map<number, number>());
    for (const line of runBench(['nn_recode_pot', 'nn_recode_rounded'], bench())) {
      const [index, at, code] = line.split(' ').map(Number);
      if (code !== undefined) got[index].set(at, code);
    }
    CASES.forEach(({ recode, width: { bits, shiftWidth, shiftMin } }, i) => {
      const wrong: string[] = [];
      for (let at = 0; at < 2 ** (bits + shiftWidth); at++) {
        const low = at % 2 ** bits;
        const sum = low < 2 ** (bits - 1) ? low : low - 2 ** bits;
        const shift = shiftMin + Math.floor(at / 2 ** bits);
        const want = encodeWeight(recode, recodeGroup(recode, [sum], shift).weights[0]);
        if (got[i].get(at) !== want) wrong.push(`${sum} >> ${shift}: ${got[i].get(at)} instead of ${want}`);
      }
      expect(wrong.slice(0, 5), `${JSON.stringify(recode)} from ${bits} bits`).toEqual([]);
    });
  });
});

describe('nn_factor_value and nn_factor_product', () => {
  const FACTORS = [
    { kind: 0, code: 4, value: 5, encoding: { encoding: 'uniform', bits: 4 } },
    { kind: 1, code: 3, value: 4, encoding: { encoding: 'pot', maxShift: 2 } },
    { kind: 2, code: 4, value: 5, encoding: { encoding: 'apot' } },
  ] as const;
  const values = { uniform: Array.from({ length: 16 }, (_, i) => i - 8), pot: [-4, -2, -1, 0, 1, 2, 4], apot: [-10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10] };

  it.each([[3, 10], [5, 10], [3, 8], [5, 8]])('multiply what the codes of any two kinds of factors stand for, in %i cycles, to %i bits', (latency, width) => {
    const pairs = FACTORS.flatMap((a) => FACTORS.map((b) => ({ a, b })));
    const parts = pairs.map(({ a, b }, i) => `  wire [${a.value - 1}:0] a${i}; wire [${b.value - 1}:0] b${i}; wire [${width - 1}:0] p${i};
  nn_factor_value #(.KIND(${a.kind}), .CODE_WIDTH(${a.code}), .WIDTH(${a.value})) ua${i} (.code_i(n[${a.code - 1}:0]), .value_o(a${i}));
  nn_factor_value #(.KIND(${b.kind}), .CODE_WIDTH(${b.code}), .WIDTH(${b.value})) ub${i} (.code_i(n[${4 + b.code - 1}:4]), .value_o(b${i}));
  nn_factor_product #(.A_WIDTH(${a.value}), .B_WIDTH(${b.value}), .WIDTH(${width}), .LATENCY(${latency})) up${i} (.clk(clk), .a_i(a${i}), .b_i(b${i}), .product_o(p${i}));
  always @(posedge clk) if (n >= ${latency} && n < ${256 + latency}) $display("${i} %0d %0d", n - ${latency}, $signed(p${i}));`);
    const top = `module bench; reg clk = 0; reg [31:0] n = 0; always #1 clk = ~clk; always @(posedge clk) n <= n + 1; initial #600 $finish;\n${parts.join('\n')}\nendmodule\n`;
    const got = pairs.map(() => new Map<number, number>());
    for (const line of runBench(['nn_factor_value', 'nn_factor_product'], top)) {
      const [index, at, product] = line.split(' ').map(Number);
      if (product !== undefined) got[index].set(at, product);
    }
    pairs.forEach(({ a, b }, i) => {
      for (const x of values[a.encoding.encoding]) {
        for (const y of values[b.encoding.encoding]) {
          const at = encodeWeight(a.encoding, x)! + 16 * encodeWeight(b.encoding, y)!;
          expect(got[i].get(at), `${a.encoding.encoding} ${x} times ${b.encoding.encoding} ${y}`).toBe(x * y || 0);
        }
      }
    });
  });
});
