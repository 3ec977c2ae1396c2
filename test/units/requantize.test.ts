import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requantizeValues } from '../../generator/golden/requantize.js';
import { integerRange } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { REQUANTIZE_LATENCY } from '../../generator/plan/output.js';
import { cellText } from '../../generator/render/engine.js';

interface Case {
  readonly sum: number;
  readonly multiplier: number;
  readonly shiftMin: number;
  readonly shiftWidth: number;
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
  readonly low?: number;
}

/** Corners: no shift, shifts beyond the product's width, one-bit outputs, both signs, ReLU bounds, 16-bit outputs with a zero point. */
const CASES: readonly Case[] = [
  { sum: 24, multiplier: 16, shiftMin: 24, shiftWidth: 0, bits: 8, signed: false, zeroPoint: 0 },
  { sum: 24, multiplier: 16, shiftMin: 20, shiftWidth: 3, bits: 8, signed: true, zeroPoint: -3 },
  { sum: 2, multiplier: 8, shiftMin: 0, shiftWidth: 0, bits: 1, signed: false, zeroPoint: 0 },
  { sum: 12, multiplier: 0, shiftMin: 0, shiftWidth: 0, bits: 16, signed: true, zeroPoint: 100 },
  { sum: 12, multiplier: 0, shiftMin: 0, shiftWidth: 6, bits: 8, signed: true, zeroPoint: 0 },
  { sum: 10, multiplier: 17, shiftMin: 40, shiftWidth: 0, bits: 8, signed: true, zeroPoint: 5 },
  { sum: 38, multiplier: 17, shiftMin: 30, shiftWidth: 5, bits: 16, signed: false, zeroPoint: 32768, low: 32768 },
  { sum: 18, multiplier: 16, shiftMin: 22, shiftWidth: 0, bits: 9, signed: false, zeroPoint: 46 },
];
const VECTORS = 200;

const valuesOf = (c: Case): readonly [number, number] => [c.low ?? integerRange(c.bits, c.signed)[0], integerRange(c.bits, c.signed)[1]];

/** Biased sums, multipliers and shifts: the ends of each range first, then random ones. */
function stimulus(c: Case, random: Random): { sum: number; bias: number; multiplier: number; shift: number }[] {
  const half = 2 ** (c.sum - 1);
  const between = (low: number, high: number) => random.integer(low, high);
  return Array.from({ length: VECTORS }, (_, i) => {
    const biased = i < 2 ? (i === 0 ? -half : half - 1) : i % 2 ? between(-half, half - 1) : Math.max(-half, Math.min(half - 1, between(-600, 600)));
    const bias = between(-half, half - 1);
    return {
      sum: biased - bias, // may leave the width: sums are modulo 2^SUM_WIDTH
      bias,
      multiplier: c.multiplier === 0 ? 1 : i < 4 ? 2 ** c.multiplier - 1 : between(1, 2 ** c.multiplier - 1),
      shift: c.shiftMin + (c.shiftWidth === 0 ? 0 : i < 6 ? (i % 2) * (2 ** c.shiftWidth - 1) : between(0, 2 ** c.shiftWidth - 1)),
    };
  });
}

/** The cell with its bounds as parameters, or by ports. */
const CELLS = {
  nn_requantize: (low: number, high: number, { zeroPoint }: Case) => ({ parameters: `.LOW(${low}), .HIGH(${high}), .ZERO_POINT(${zeroPoint})`, ports: '' }),
  nn_requantize_bounds: (low: number, high: number, { zeroPoint, bits }: Case) => ({
    parameters: '.BOUND_BITS(18)', ports: `.low_i(${wrap(low - zeroPoint, 18)}), .high_i(${wrap(high - zeroPoint, 18)}), .zero_point_i(${wrap(zeroPoint, bits)}), `,
  }),
} as const;
type Cell = keyof typeof CELLS;

function wrap(value: number, width: number): string {
  return `${width}'h${BigInt.asUintN(width, BigInt(value)).toString(16)}`;
}

function bench(cell: Cell, cases: readonly { c: Case; vectors: ReturnType<typeof stimulus> }[]): string {
  const parts = cases.map(({ c, vectors }, i) => {
    const [low, high] = valuesOf(c);
    const { parameters, ports } = CELLS[cell](low, high, c);
    const [mw, sw] = [Math.max(1, c.multiplier), Math.max(1, c.shiftWidth)];
    const feed = vectors.map((v, n) => `    ${n}: {s${i}, b${i}, m${i}, h${i}} = {${wrap(v.sum, c.sum)}, ${wrap(v.bias, c.sum)}, ${wrap(v.multiplier, mw)}, ${wrap(v.shift - c.shiftMin, sw)}};`);
    return `reg [${c.sum - 1}:0] s${i}, b${i}; reg [${mw - 1}:0] m${i}; reg [${sw - 1}:0] h${i}; wire [${c.bits - 1}:0] y${i};
  ${cell} #(.SUM_WIDTH(${c.sum}), .MULTIPLIER_WIDTH(${c.multiplier}), .SHIFT_MIN(${c.shiftMin}), .SHIFT_WIDTH(${c.shiftWidth}), .OUT_BITS(${c.bits}),
    ${parameters}) u${i} (.clk(clk), ${ports}.sum_i(s${i}), .bias_i(b${i}), .multiplier_i(m${i}), .shift_i(h${i}), .out_o(y${i}));
  always @* case (n)
${feed.join('\n')}
    default: {s${i}, b${i}, m${i}, h${i}} = 0;
  endcase
  always @(posedge clk) if (n >= ${REQUANTIZE_LATENCY} && n < ${VECTORS + REQUANTIZE_LATENCY}) $display("${i} %0d %0d", n - ${REQUANTIZE_LATENCY}, ${c.signed ? `$signed(y${i})` : `y${i}`});`;
  });
  return `module bench; reg clk = 0; integer n = 0; always #1 clk = ~clk; always @(posedge clk) n <= n + 1; initial #${2 * (VECTORS + 20)} $finish;
  ${parts.join('\n  ')}
endmodule\n`;
}

describe.each(Object.keys(CELLS) as Cell[])('%s', (cell) => {
  it('gives the golden output for every width, shift and bound, one sum per cycle', () => {
    const random = new Random(11);
    const cases = CASES.map((c) => ({ c, vectors: stimulus(c, random) }));
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-requantize-'));
    try {
      writeFileSync(join(folder, 'bench.v'), `${cellText(cell)}${bench(cell, cases)}`);
      execFileSync('iverilog', ['-g2005', '-s', 'bench', '-o', join(folder, 'bench'), join(folder, 'bench.v')]);
      const lines = execFileSync('vvp', ['-n', join(folder, 'bench')], { encoding: 'utf8' }).split('\n');
      const got = cases.map(() => new Array<number>(VECTORS));
      for (const line of lines) {
        const match = /^(\d+) (\d+) (-?\d+)$/.exec(line.trim());
        if (match) got[Number(match[1])][Number(match[2])] = Number(match[3]);
      }
      cases.forEach(({ c, vectors }, i) => {
        const want = vectors.map(
          (v) =>
            requantizeValues(Float64Array.of(v.sum + v.bias), {
              multiplier: Int32Array.of(v.multiplier), shift: Int32Array.of(v.shift), zeroPoint: c.zeroPoint, bounds: valuesOf(c),
            })[0],
        );
        expect(got[i], JSON.stringify(c)).toEqual(want);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
