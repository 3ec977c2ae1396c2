import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ShiftloomError } from '../../generator/errors.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';

const COUNTER = 'module counter(input clk, output reg [3:0] q); always @(posedge clk) q <= q + 4\'d1; endmodule\n';

afterAll(closeYosysWorkers);

describe('runYosys, built-in', () => {
  it('hands back the named outputs as text and reports the steps marked in the script', async () => {
    const steps: string[] = [];
    const result = await runYosys({
      script: ['#@ read', 'read_verilog rtl/counter.v', 'proc', '#@ write', 'write_json out.json', 'tee -q -o stat.txt stat'],
      files: { 'rtl/counter.v': COUNTER },
      outputs: ['out.json'],
      onProgress: (step) => steps.push(step),
    });
    expect(Object.keys(result.files)).toEqual(['out.json']);
    expect(Object.keys(JSON.parse(result.files['out.json']).modules)).toEqual(['counter']);
    expect(steps).toEqual(['read', 'write']);
  });

  it('hands back every new file and no input file when no outputs are named', async () => {
    const result = await runYosys({ script: 'read_verilog counter.v\nwrite_verilog -noattr back.v', files: { 'counter.v': COUNTER } });
    expect(Object.keys(result.files)).toEqual(['back.v']);
    expect(result.files['back.v']).toContain('module counter');
  });

  it('fails with the error text of Yosys itself', async () => {
    const run = runYosys({ script: 'read_verilog bad.v', files: { 'bad.v': 'module bad(input a\nendmodule\n' } });
    await expect(run).rejects.toThrow(/^yosys: Yosys ended with code 1: bad\.v:2: ERROR: syntax error/);
    await expect(run).rejects.toMatchObject({ code: 'tool', exitCode: 2 });
  });

  it('names an output that the script did not write', async () => {
    const run = runYosys({ script: 'read_verilog c.v', files: { 'c.v': COUNTER }, outputs: ['missing.json'] });
    await expect(run).rejects.toThrow('yosys: the script did not write "missing.json"');
  });

  it('refuses paths that leave the in-memory folder', async () => {
    const run = runYosys({ script: 'help', files: { '../c.v': COUNTER } });
    await expect(run).rejects.toThrow('yosys: file path "../c.v" cannot be given to Yosys. Use a relative path without spaces, "." or ".."');
  });

  it('stops at once on abort and the next run works', async () => {
    const controller = new AbortController();
    const run = runYosys({
      script: ['read_verilog c.v', '#@ mapping', 'synth_xilinx -family xc7 -top counter'],
      files: { 'c.v': COUNTER },
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stopped by the test')),
    });
    await expect(run).rejects.toThrow('stopped by the test');
    const next = await runYosys({ script: 'read_verilog c.v\nproc\nwrite_json o.json', files: { 'c.v': COUNTER } });
    expect(next.files['o.json']).toContain('"counter"');
  });
});

describe('runYosys, native by choice', () => {
  it('runs the named program with the same arguments over the same files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shiftloom-test-'));
    try {
      const program = join(folder, 'yosys');
      await writeFile(program, '#!/bin/sh\necho "args: $*"; cp rtl/c.v out.v; grep -q fail shiftloom_run.ys && { echo "ERROR: asked to fail" >&2; exit 3; }; exit 0\n');
      await chmod(program, 0o755);
      const engine = { kind: 'native', path: program } as const;
      const result = await runYosys({ script: 'pass', files: { 'rtl/c.v': COUNTER }, outputs: ['out.v'], engine });
      expect(result).toEqual({ files: { 'out.v': COUNTER }, log: 'args: -Q -q -s shiftloom_run.ys\n' });
      const failing = runYosys({ script: 'fail', files: { 'rtl/c.v': COUNTER }, engine });
      await expect(failing).rejects.toThrow(`${program}: Yosys ended with code 3: ERROR: asked to fail`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says so when the named program is not there', async () => {
    const run = runYosys({ script: 'help', files: {}, engine: { kind: 'native', path: './no_such_yosys' } });
    await expect(run).rejects.toThrow(ShiftloomError);
    await expect(run).rejects.toThrow(/no_such_yosys: cannot be started: .*ENOENT/);
  });
});
