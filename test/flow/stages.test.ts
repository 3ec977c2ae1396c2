import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../generator/report/report_schema.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { writeLayer } from '../../generator/layer/write.js';
import { TINY, cli, temporaryFolder } from '../cli/cli.js';

describe('stage by stage on the tiny layer, in Verilator', () => {
  const out = join(temporaryFolder(), 'tiny');
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli([...args, '--json']);
    return { code, stderr, value: JSON.parse(stdout) };
  };

  it('generate, simulate, synthesize and report give what run gives in one go', async () => {
    expect((await cli(['generate', TINY, '--out', out, '--lanes', 'oc=2,ic=2'])).code).toBe(0);
    const early = await cli(['report', out]);
    expect(early).toEqual({ code: 2, stdout: '', stderr: `shiftloom: ${out}: has no simulation.json. Run first: shiftloom simulate LAYER.layer.json --out DIR\n` });
    const simulated = await json('simulate', TINY, '--out', out, '--engine', 'verilator', '--frames', '3', '--seed', '5');
    // 6 x 6 x 4 outputs of the clean frame and of three with pauses.
    expect(simulated.value).toMatchObject({ passed: true, engine: 'verilator', outputs: 4 * 144, mismatches: 0, protocolErrors: [], oracle: { compared: 3 * 144, mismatches: 0 } });
    const synthesized = await json('synthesize', out);
    expect(synthesized.value.resources.dsp).toBe(0);
    expect((await cli(['report', out])).code).toBe(0);
    const staged = reportSchema.parse(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
    const again = await json('run', TINY, '--out', out, '--lanes', 'oc=2,ic=2', '--engine', 'verilator', '--frames', '3', '--seed', '5');
    expect(again.code).toBe(0);
    const times = { seconds: null };
    expect({ ...again.value, ...times }).toEqual({ ...staged, ...times });
  });

  it('the report has every key that is read by machine', () => {
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const keys = 'layer encoding macs cycles peakMacsPerCycle utilization outputs mismatches oracleMismatches storedBits denseBits weightSqnrDb outputSqnrDb resources lutPerMac laneLutPerMac estimate seconds'.split(' ');
    for (const key of keys) expect(report, key).toHaveProperty(key);
    expect(Object.keys(report.resources)).toEqual(expect.arrayContaining(['lut', 'ff', 'carry4', 'dsp', 'bram36']));
    expect(Object.keys(report.seconds).sort()).toEqual(['generate', 'simulate', 'synthesize']);
    expect(report.utilization).toBeCloseTo(report.macs / (report.cycles * report.peakMacsPerCycle), 12);
    expect(report.estimate.cycles).toBe(report.cycles);
    expect([report.estimate.dsp, report.estimate.bram36]).toEqual([report.resources.dsp, report.resources.bram36]);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('tiny');
    expect(readFileSync(join(out, 'RESULTS.md'), 'utf8')).toMatch(/^# tiny\n/);
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it('a design that was tampered with is found out: code 1, and the first wrong output is named', async () => {
    const memory = join(out, 'mem', 'parameter_memory_s0_c0.mem');
    const text = readFileSync(memory, 'utf8');
    writeFileSync(memory, text.replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16)));
    const { code, stdout } = await cli(['simulate', TINY, '--out', out, '--engine', 'verilator']);
    expect(stdout).toMatch(/^tiny in Verilator [\d.]+: WRONG\n/);
    expect(stdout).toMatch(/first wrong +frame 0, element \d+: -?\d+, expected -?\d+/);
    expect(code).toBe(1);
  });

  it('a design of another layer is refused before anything is simulated', async () => {
    const folder = temporaryFolder();
    const layer = randomLayer(3);
    const other = join(folder, 'other.layer.json');
    await writeLayer(other, layer.description, layer.tensors);
    const { code, stderr } = await cli(['simulate', other, '--out', out]);
    expect(stderr).toMatch(/^shiftloom: .*tiny: was generated from layer [0-9a-f]{8}, the layer given is [0-9a-f]{8}\. Generate it again, or give the layer it was made from\n$/);
    expect(code).toBe(2);
  });
});

describe('without Verilator', () => {
  it('run falls back to the embedded engine, says so, and counts the same cycles', async () => {
    const folder = temporaryFolder();
    const layer = randomLayer(12, { maxMacs: 20_000 });
    const file = join(folder, 'random.layer.json');
    await writeLayer(file, layer.description, layer.tensors);
    const options = ['--lanes', 'oc=2,ic=2', '--seed', '9'];
    const embedded = await cli(['run', file, '--out', join(folder, 'a'), ...options, '--json'], { env: { PATH: '' } });
    const verilator = await cli(['run', file, '--out', join(folder, 'b'), ...options, '--json']);
    expect([embedded.code, verilator.code]).toEqual([0, 0]);
    const [a, b] = [embedded, verilator].map(({ stdout }) => JSON.parse(stdout));
    expect([a.simulation.engine, b.simulation.engine]).toEqual(['embedded', 'verilator']);
    expect(a.simulation.note).toContain('apt-get install verilator');
    for (const key of ['cycles', 'outputs', 'mismatches', 'resources']) expect(a[key]).toEqual(b[key]);
    expect(a.simulation.stalledCycles).toBe(b.simulation.stalledCycles);
    expect(a.simulation.source).toBe('random');
  });

  it('doctor says what is missing, what it is for and what to type, and that the demo can run', async () => {
    const { code, stdout } = await cli(['doctor'], { env: { PATH: '' } });
    expect(stdout).toMatch(/^absent +Verilator +used for simulation, 6 to 12 times faster than the embedded engine\n +Install it with: sudo apt-get install verilator$/m);
    expect(stdout).toMatch(/^The demo can run, on the embedded engine, which is slower\.$/m);
    expect(code).toBe(0);
    const found = JSON.parse((await cli(['doctor', '--json'])).stdout);
    expect(found).toMatchObject({ demo: true, engine: 'verilator' });
  });
});
