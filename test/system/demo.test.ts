import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportSchema, type Report } from '../../generator/report/report_schema.js';
import { demoText, runDemo, type DemoResult } from '../../scripts/demo.js';
import { temporaryFolder } from '../cli/cli.js';

/** The whole demo, as `npm run demo` runs it, but into a folder of its own. */
describe('the demo layer, end to end', () => {
  const folder = temporaryFolder();
  const out = join(folder, 'demo');
  let demo: DemoResult;
  let report: Report;

  beforeAll(async () => {
    demo = await runDemo({ out, layers: join(folder, 'layers') });
    report = reportSchema.parse(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
  }, 600_000);

  it('is the trained 3x3 kernel with all its weights, bit-exact against golden model and ONNX Runtime', () => {
    expect(demo.compressed.stats.weights).toBe(1_179_648);
    expect(report).toMatchObject({ layer: 'conv_demo', encoding: 'bpot', macs: 75_497_472, peakMacsPerCycle: 256, mismatches: 0, oracleMismatches: 0, bitExact: true });
    // Three frames of 8 x 8 x 512: one without pauses, two with.
    expect(report.outputs).toBe(3 * 8 * 8 * 512);
    expect(report.simulation).toMatchObject({ source: 'sample', protocolErrors: [], timedOut: false });
  });

  it('uses the array at least 90 % of the time, at no more than 35 LUT per multiply-accumulate per cycle, without DSP in the array', () => {
    expect(report.utilization).toBeGreaterThan(0.9);
    expect(report.lutPerMac).toBeLessThan(35);
    expect(report.laneLutPerMac).toBeLessThan(20);
    const array = report.units?.filter(({ name }) => name.includes('processing_element')) ?? [];
    expect(array.length).toBeGreaterThan(0);
    expect(array.reduce((sum, { dsp }) => sum + dsp, 0)).toBe(0);
  });

  it('was estimated within 15 % of its LUTs, and exactly in DSP blocks, block RAM and cycles', () => {
    expect(Math.abs(report.estimate.errorPercent.lut!)).toBeLessThan(15);
    expect(report.estimate).toMatchObject({ dsp: report.resources!.dsp, bram36: report.resources!.bram36, cycles: report.cycles });
  });

  it('keeps the error of compression within what was measured for this kernel', () => {
    expect(report.weightSqnrDb).toBeGreaterThan(12.9);
    expect(report.outputSqnrDb).toBeGreaterThan(17);
    expect(report.denseBits / report.storedBits).toBeGreaterThan(10);
  });

  it('ends in one screen that says where the report is', () => {
    const text = demoText(demo, 'rtl-out/demo');
    expect(text.split('\n').length).toBeLessThanOrEqual(24);
    expect(text).toContain('rtl-out/demo/report.html');
    expect(text).toContain('256 multiply-accumulates per cycle');
    expect(text).not.toContain('WRONG');
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });

  it('on the embedded engine says why, and how to get the faster one', () => {
    const { simulation } = demo.run;
    const embedded = { ...demo, run: { ...demo.run, simulation: { ...simulation, engine: 'embedded' } } };
    expect(demoText(embedded, 'rtl-out/demo')).toMatch(/because Verilator was not found; .*apt-get install verilator$/);
  });
});
