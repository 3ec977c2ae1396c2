/** Permuters of many shapes in one simulator run, against the golden permuter. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SourceFile } from '../../sim/contract.js';
import { permutedFrames } from '../../generator/golden/permuter.js';
import { Random } from '../../generator/layer/random.js';
import { planPermuter, type Permutation, type PermuterPlan, type PermuterStreams } from '../../generator/plan/permuter.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import { permuterUnits } from '../../generator/units/permuter.js';

export interface PermuterCase {
  readonly name: string;
  readonly permutation: Permutation;
  readonly streams: PermuterStreams;
  readonly frames: number;
  /** Probability of a pause on each side in percent, and of a reset in the middle. */
  readonly stallIn: number;
  readonly stallOut: number;
  readonly reset: boolean;
  readonly gated?: boolean;
}

/** Of all positions of the output some take nothing, and some of the input go nowhere. */
export function randomPermutation(random: Random, inputs: number, outputs: number, density: number): Permutation {
  const sources = Array.from({ length: inputs }, (_, i) => i);
  for (let i = inputs - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [sources[i], sources[j]] = [sources[j], sources[i]];
  }
  return { inputs, outputs: Int32Array.from({ length: outputs }, () => (random.chance(density) ? (sources.pop() ?? -1) : -1)) };
}

/** A permuter's Verilog and memory files. */
export function permuterSources(name: string, plan: PermuterPlan, gated = false): SourceFile[] {
  const place = { unit: 'permuter', purpose: 'under test.', writeSelect: 6, readSelect: 7, gated };
  const { units, files } = permuterUnits({ name, node: { network: 'test', name }, options: '' }, plan, '00000000', place);
  return [...units.map(({ module, template, view }) => ({ path: `rtl/${module}.v`, text: render(template, view) })), ...files.map(([path, text]) => ({ path, text }))];
}

export function cellSources(units: readonly SourceFile[]): SourceFile[] {
  return instantiatedCells(units.filter(({ path }) => path.endsWith('.v')).map(({ text }) => text)).map((name) => ({ path: `rtl/${name}.v`, text: cellText(name) }));
}

export interface PermuterRun {
  readonly plan: PermuterPlan;
  /** Frames' elements as sent, and as they should leave. */
  readonly expected: readonly (number | undefined)[];
  readonly got: readonly number[];
  /** Beats with the wrong `tlast`. */
  readonly wrongLast: number;
  /** Cycles of the handshakes after the last reset. */
  readonly accepted: readonly number[];
  readonly sent: readonly number[];
}

/** Runs all cases in one Icarus process. */
export function runPermuters(cases: readonly PermuterCase[]): PermuterRun[] {
  const folder = mkdtempSync(join(tmpdir(), 'permuter-'));
  try {
    const plans = cases.map(({ permutation, streams }) => planPermuter(permutation, streams));
    const units = cases.flatMap((one, index) => permuterSources(`case${index}`, plans[index], one.gated));
    const sources = [...cellSources(units), ...units, ...cases.flatMap((one, index) => bench(one, index, plans[index]))];
    sources.push({ path: 'rtl/all.v', text: allBenches(cases.length) });
    for (const { path, text } of sources) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const verilog = sources.filter(({ path }) => path.endsWith('.v')).map(({ path }) => path);
    execFileSync('iverilog', ['-g2005', '-o', 'all.vvp', '-s', 'all', ...verilog], { cwd: folder });
    execFileSync('vvp', ['-n', 'all.vvp'], { cwd: folder, timeout: 60_000 });
    return cases.map((one, index) => readRun(one, index, plans[index], readFileSync(join(folder, `case${index}.log`), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inputOf({ permutation, streams, frames }: PermuterCase, index: number): number[] {
  const random = new Random(index + 100);
  return Array.from({ length: permutation.inputs * frames }, () => random.integer(0, 2 ** streams.elementBits - 1));
}

function bench(one: PermuterCase, index: number, plan: PermuterPlan): SourceFile[] {
  const { elementBits, inElements, outElements } = plan;
  const data = inputOf(one, index);
  const beats = data.length / inElements;
  const word = (beat: number) => data.slice(beat * inElements, (beat + 1) * inElements).reverse().map((value) => value.toString(16).padStart(elementBits / 4, '0')).join('');
  const stimulus = `${Array.from({ length: beats }, (_, beat) => word(beat)).join('\n')}\n`;
  const outBeats = plan.outBeats * one.frames;
  const text = `
module bench${index}(output reg done);
    reg clk, rst;
    reg [${inElements * elementBits - 1}:0] stimulus [0:${beats - 1}];
    reg valid, ready, was_reset;
    integer file, seed, cycle, next, left, reset_at;
    wire in_ready, out_valid, out_last, frame_done, early, missing;
    wire [${outElements * elementBits - 1}:0] out;
    case${index}_permuter dut (
        .clk(clk), .rst(rst), .s_axis_tdata(stimulus[next]), .s_axis_tvalid(valid), .s_axis_tready(in_ready), .s_axis_tlast(next % ${plan.inBeats} == ${plan.inBeats - 1}),
        .m_axis_tdata(out), .m_axis_tvalid(out_valid), .m_axis_tready(ready), .m_axis_tlast(out_last),
        .enable_i(1'b1), .frame_done_o(frame_done), .last_early_o(early), .last_missing_o(missing),
        .load_valid_i(1'b0), .load_restart_i(1'b0), .load_select_i(4'd0), .load_data_i(32'd0)
    );
    initial begin
        $readmemh("mem/stimulus${index}.hex", stimulus);
        file = $fopen("case${index}.log", "w");
        clk = 0; rst = 1; valid = 0; ready = 0; done = 0; was_reset = ${one.reset ? 0 : 1}; seed = ${index + 1}; cycle = 0; next = 0; left = ${outBeats};
        reset_at = 20 + $unsigned($random(seed)) % ${beats + outBeats};
    end
    always #5 clk = ~done & ~clk;
    always @(posedge clk) begin
        cycle <= cycle + 1;
        if (cycle == 3) rst <= 0;
        if (early | missing) $fdisplay(file, "bad last");
        if (cycle == reset_at && !was_reset) begin
            rst <= 1; was_reset <= 1; cycle <= 0; next <= 0; left <= ${outBeats}; valid <= 0;
            $fdisplay(file, "reset");
        end else if (!rst) begin
            if (valid && in_ready) $fdisplay(file, "i %0d", cycle);
            if (!valid || in_ready) begin
                next <= next + valid;
                valid <= (next + valid < ${beats}) && ($unsigned($random(seed)) % 100 >= ${one.stallIn});
            end
            if (out_valid && ready) begin
                $fdisplay(file, "o %0d %b %h", cycle, out_last, out);
                left <= left - 1;
                if (left == 1) begin
                    done <= 1;
                    $fclose(file);
                end
            end
            ready <= ($unsigned($random(seed)) % 100 >= ${one.stallOut});
        end
    end
endmodule
`;
  return [{ path: `rtl/bench${index}.v`, text }, { path: `mem/stimulus${index}.hex`, text: stimulus }];
}

function allBenches(count: number): string {
  const instances = Array.from({ length: count }, (_, i) => `    bench${i} u_${i} (done[${i}]);`);
  return `module all;\n    wire [${count - 1}:0] done;\n${instances.join('\n')}\n    initial begin\n        #20000000 $finish;\n    end\n    always @* if (&done) $finish;\nendmodule\n`;
}

function readRun(one: PermuterCase, index: number, plan: PermuterPlan, log: string): PermuterRun {
  const { elementBits, outElements, outBeats } = plan;
  const lines = log.slice(log.lastIndexOf('reset\n') < 0 ? 0 : log.lastIndexOf('reset\n') + 6).split('\n').filter(Boolean);
  if (lines.includes('bad last')) throw new Error('the permuter complains about tlast');
  const got: number[] = [];
  const sent: number[] = [];
  let wrongLast = 0;
  for (const line of lines.filter((text) => text.startsWith('o'))) {
    const [, cycle, last, hex] = line.split(' ');
    const digits = elementBits / 4;
    for (let e = 0; e < outElements; e++) got.push(parseInt(hex.slice(hex.length - (e + 1) * digits, hex.length - e * digits), 16));
    sent.push(Number(cycle));
    if ((sent.length % outBeats === 0) !== (last === '1')) wrongLast++;
  }
  const accepted = lines.filter((text) => text.startsWith('i')).map((line) => Number(line.split(' ')[1]));
  return { plan, expected: permutedFrames(inputOf(one, index), one.permutation.inputs, one.permutation.outputs), got, wrongLast, accepted, sent };
}
