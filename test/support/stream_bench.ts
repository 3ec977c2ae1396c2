/** Stream cells of many configurations in one simulator run: sources and sinks with random pauses, a reset in between, rules watched on every output. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText } from '../../generator/render/engine.js';

export interface Beat {
  readonly data: bigint;
  readonly last: boolean;
}

/** A stream port of a cell: `s_axis`, `m_axis_...` with TLAST, or the bare handshake `data_i, valid_i, ready_o` of a cell that knows words only. */
export interface StreamPort {
  readonly name: string;
  /** Bits of a beat without TLAST; of a bare word all. */
  readonly width: number;
}

export interface StreamCase {
  readonly cell: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** `pause` overrides `pauseIn` for one of several inputs. */
  readonly inputs: readonly (StreamPort & { readonly beats: readonly Beat[]; readonly pause?: number })[];
  readonly outputs: readonly (StreamPort & { readonly beats: readonly Beat[] })[];
  /** Share of cycles in which a source or a sink pauses, 0..1. */
  readonly pauseIn?: number;
  readonly pauseOut?: number;
  /** Cycle of a reset after which everything is sent again from the first beat. */
  readonly resetAt?: number;
  /** Another output of 32 bits whose value at the end is wanted. */
  readonly watch?: string;
  /** Cycles that are watched after the last beat, for beats too many. */
  readonly afterwards?: number;
}

export interface StreamRun {
  /** Beats at each output, of the time after the last reset. */
  readonly outputs: Beat[][];
  /** Cycle of the first and last handshake at each input and output, counted from the end of the last reset. */
  readonly inputCycles: (readonly [number, number])[];
  readonly outputCycles: (readonly [number, number])[];
  /** Offers that changed or went away before they were taken, and bits without a value. */
  readonly violations: string[];
  readonly finished: boolean;
  readonly watched?: number;
}

/** All cases together run no longer than this. */
const MAX_CYCLES = 40_000;

const AGENTS = `
module stream_source #(parameter ID = 0, PORT = 0, WIDTH = 8, BEATS = 1, PAUSE = 0, FILE = "")
  (input wire clk, rst, output wire [WIDTH-1:0] data, output wire last, output wire valid, input wire ready);
  reg [WIDTH:0] mem [0:BEATS-1]; integer at, seed, first, final; reg valid_q; integer now;
  initial begin $readmemh(FILE, mem); seed = ID * 64 + PORT + 1; end
  wire go = valid_q & (ready === 1'b1);
  assign valid = valid_q;
  assign {last, data} = valid_q ? mem[at] : {(WIDTH+1){1'bx}};
  always @(posedge clk) if (rst) begin at <= 0; valid_q <= 0; now <= 0; first <= -1; final <= -1; end else begin
    now <= now + 1;
    if (ready === 1'bx) $display("V %0d input %0d: ready has no value", ID, PORT);
    if (go) begin at <= at + 1; final <= now; if (first < 0) first <= now; end
    if (~valid_q | go) valid_q <= (at + go < BEATS) && ($unsigned($random(seed)) % 256 >= PAUSE);
  end
endmodule
module stream_sink #(parameter ID = 0, PORT = 0, WIDTH = 8, BEATS = 1, PAUSE = 0)
  (input wire clk, rst, input wire [WIDTH-1:0] data, input wire last, input wire valid, output wire ready, output wire done);
  integer count, seed, now; reg ready_q, stood; reg [WIDTH:0] before;
  initial begin seed = ID * 64 + PORT + 33; stood = 0; count = 0; end
  assign ready = ready_q; assign done = count >= BEATS;
  always @(posedge clk) if (rst) begin ready_q <= 0; stood <= 0; count <= 0; now <= 0; end else begin
    now <= now + 1;
    ready_q <= $unsigned($random(seed)) % 256 >= PAUSE;
    if (valid === 1'bx) $display("V %0d output %0d: valid has no value", ID, PORT);
    if (stood && (valid !== 1'b1 || {last, data} !== before)) $display("V %0d output %0d: an offer changed", ID, PORT);
    stood <= valid & ~ready_q; before <= {last, data};
    if (valid & ready_q) begin count <= count + 1; $display("O %0d %0d %h %b %0d", ID, PORT, data, last, now); end
  end
endmodule
`;

/** Runs all cases in one simulation; results in their order. */
export function runStreams(cases: readonly StreamCase[]): StreamRun[] {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-streams-'));
  try {
    const benches = cases.map((test, id) => benchOf(test, id, folder));
    const text = [...instantiatedCells(benches).map(cellText), AGENTS, ...benches, topOf(cases.length)].join('\n');
    writeFileSync(join(folder, 'bench.v'), text);
    execFileSync('iverilog', ['-g2005', '-s', 'bench', '-o', join(folder, 'bench'), join(folder, 'bench.v')]);
    const output = execFileSync('vvp', ['-n', join(folder, 'bench')], { encoding: 'utf8', maxBuffer: 1 << 28 });
    return readRuns(cases, output.split('\n'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchOf(test: StreamCase, id: number, folder: string): string {
  const { cell, parameters, inputs, outputs, resetAt = 0, watch, afterwards = 24 } = test;
  const [pauseIn, pauseOut] = [test.pauseIn, test.pauseOut].map((share = 0) => Math.round(share * 256));
  const connections = ['.clk(clk)', '.rst(rst)'];
  const agents: string[] = [];
  inputs.forEach(({ name, width, beats, pause }, port) => {
    const file = join(folder, `in_${id}_${port}.mem`);
    writeFileSync(file, beats.map(({ data, last }) => ((last ? 1n << BigInt(width) : 0n) | data).toString(16)).join('\n'));
    agents.push(`wire [${width - 1}:0] id${port}; wire il${port}, iv${port}, ir${port};
  stream_source #(.ID(${id}), .PORT(${port}), .WIDTH(${width}), .BEATS(${beats.length}), .PAUSE(${pause === undefined ? pauseIn : Math.round(pause * 256)}), .FILE("${file}")) u_in${port} (.clk(clk), .rst(rst), .data(id${port}), .last(il${port}), .valid(iv${port}), .ready(ir${port}));`);
    connections.push(...portConnections(name, 'i', port));
  });
  outputs.forEach(({ width, beats }, port) => {
    agents.push(`wire [${width - 1}:0] od${port}; wire ol${port}, ov${port}, or${port}, done${port};
  stream_sink #(.ID(${id}), .PORT(${port}), .WIDTH(${width}), .BEATS(${beats.length}), .PAUSE(${pauseOut})) u_out${port} (.clk(clk), .rst(rst), .data(od${port}), .last(ol${port}), .valid(ov${port}), .ready(or${port}), .done(done${port}));`);
  });
  connections.push(...outputConnections(outputs), ...(watch ? [`.${watch}(watched)`] : []));
  const bare = outputs.flatMap(({ name }, port) => (name === '' ? [`assign ol${port} = 1'b0;${port > 0 ? ` assign od${port} = od0;` : ''}`] : []));
  const values = Object.entries(parameters).map(([name, value]) => `.${name}(${value})`);
  return `module case_${id} (input wire clk, output wire done);
  integer cycle, after; reg rst; wire [31:0] watched; initial begin cycle = 0; after = 0; rst = 1; end
  ${agents.join('\n  ')}
  ${bare.join('\n  ')}
  wire all_done = ${outputs.map((_, port) => `done${port}`).join(' & ')};
  assign done = after >= ${afterwards};
  always @(posedge clk) begin
    cycle <= cycle + 1; rst <= cycle < 2 || (${resetAt} != 0 && cycle == ${resetAt});
    if (rst) $display("R ${id}");
    if (all_done && !rst && cycle > ${resetAt} + 2) after <= after + 1; else after <= 0;
    if (after == ${afterwards - 1}) $display("W ${id} %0d", watched);
    if (after == ${afterwards - 1}) $display("C ${id}${inputs.map((_, port) => ' %0d %0d').join('')}", ${inputs.map((_, port) => `u_in${port}.first, u_in${port}.final`).join(', ')});
  end
  ${cell} #(${values.join(', ')}) u_dut (${connections.join(', ')});
endmodule
`;
}

function portConnections(name: string, side: 'i' | 'o', port: number): string[] {
  const [data, last, valid, ready] = ['d', 'l', 'v', 'r'].map((signal) => `${side}${signal}${port}`);
  if (name !== '') return [`.${name}_tdata(${data})`, `.${name}_tlast(${last})`, `.${name}_tvalid(${valid})`, `.${name}_tready(${ready})`];
  return side === 'i' ? [`.data_i(${data})`, `.valid_i(${valid})`, `.ready_o(${ready})`] : [`.data_o(${data})`];
}

/** Bare outputs share the word and have a handshake each. */
function outputConnections(outputs: StreamCase['outputs']): string[] {
  if (outputs[0].name !== '') return outputs.flatMap(({ name }, port) => portConnections(name, 'o', port));
  const all = (signal: string) => `{${outputs.map((_, port) => `${signal}${port}`).reverse().join(', ')}}`;
  return ['.data_o(od0)', `.valid_o(${all('ov')})`, `.ready_i(${all('or')})`];
}

function topOf(count: number): string {
  const ids = Array.from({ length: count }, (_, id) => id);
  return `module bench; reg clk = 0; always #1 clk = ~clk; wire [${count - 1}:0] done; integer n = 0;
  always @(posedge clk) begin n <= n + 1; if (&done || n > ${MAX_CYCLES}) $finish; end
  ${ids.map((id) => `case_${id} u_${id} (.clk(clk), .done(done[${id}]));`).join('\n  ')}
endmodule\n`;
}

interface Collected {
  outputs: { beat: Beat; cycle: number }[][];
  inputCycles: [number, number][];
  violations: string[];
  finished: boolean;
  watched?: number;
}

function readRuns(cases: readonly StreamCase[], lines: readonly string[]): StreamRun[] {
  const runs = cases.map(({ outputs }): Collected => ({ outputs: outputs.map(() => []), inputCycles: [], violations: [], finished: false }));
  for (const line of lines) {
    const [kind, id, ...rest] = line.trim().split(' ');
    const run = runs[Number(id)];
    if (kind === 'R') for (const output of run.outputs) output.length = 0;
    if (kind === 'V') run.violations.push(rest.join(' '));
    if (kind === 'O') collectBeat(run, rest);
    if (kind === 'W') run.watched = Number(rest[0]);
    if (kind === 'C') {
      run.finished = true;
      run.inputCycles = rest.map(Number).reduce<[number, number][]>((pairs, value, i, all) => (i % 2 ? [...pairs, [all[i - 1], value]] : pairs), []);
    }
  }
  return runs.map(({ outputs, ...run }) => ({
    ...run,
    outputs: outputs.map((beats) => beats.map(({ beat }) => beat)),
    outputCycles: outputs.map((beats) => [beats[0]?.cycle ?? -1, beats.at(-1)?.cycle ?? -1] as const),
  }));
}

function collectBeat(run: Collected, [port, data, last, cycle]: readonly string[]): void {
  if (/x/.test(data + last)) run.violations.push(`output ${port}: bits without a value, ${data} ${last}`);
  else run.outputs[Number(port)].push({ beat: { data: BigInt(`0x${data}`), last: last === '1' }, cycle: Number(cycle) });
}

/** Elements (two's complement where negative) to beats, the first element lowest; TLAST at the end of every `frame` elements. */
export function beatsOf(values: ArrayLike<number>, elements: number, bits: number, frame: number): Beat[] {
  return Array.from({ length: values.length / elements }, (_, beat) => ({
    data: Array.from({ length: elements }, (_, i) => BigInt.asUintN(bits, BigInt(values[beat * elements + i])) << BigInt(i * bits)).reduce((a, b) => a | b, 0n),
    last: ((beat + 1) * elements) % frame === 0,
  }));
}
