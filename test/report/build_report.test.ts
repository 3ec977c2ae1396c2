import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { buildReport, type SimulationFigures } from '../../generator/report/build_report.js';
import { renderReportHtml } from '../../generator/report/report_html.js';
import { renderReportMarkdown } from '../../generator/report/report_markdown.js';
import { storedSize } from '../../generator/report/stored_bits.js';
import type { Layer } from '../../generator/layer/layer.js';
import { simulationFigures, synthesisFigures } from './results.js';

const layer = randomLayer(7, { encodings: ['bpot'], kinds: ['conv2d'] });
const generated = generateLayer(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' });
const { plan, estimate } = generated;

const simulation = (change: Partial<SimulationFigures> = {}) => simulationFigures(generated, change);
const synthesis = () => synthesisFigures(generated);

describe('buildReport', () => {
  const seconds = { generate: 0.1, simulate: 1, synthesize: 3 };

  it('works utilization, LUTs per MAC and the errors of the estimate out from what was measured', () => {
    const report = buildReport({ plan, estimate, simulation: simulation({ cycles: 2 * estimate.cycles }), synthesis: synthesis(), seconds });
    expect(report.utilization).toBeCloseTo(plan.macs / (2 * estimate.cycles * plan.peakMacsPerCycle), 12);
    expect(report.lutPerMac).toBe(1000 / 4);
    expect(report.laneLutPerMac).toBe(200 / 4);
    expect(report.estimate.errorPercent.cycles).toBe(-50);
    expect(report.estimate.errorPercent.lut).toBeCloseTo((100 * (estimate.lut - 1000)) / 1000, 12);
    expect(report.estimate.errorPercent.dsp).toBe(0);
    expect(report.part.name).toBe('xc7z020');
    expect(report.tools).toMatchObject({ simulator: 'verilator 5.006', yosys: '0.55 (wasm)' });
    expect(report.warnings).toEqual(['a warning']);
  });

  it('leaves null what was not run, in the data and in both pages', () => {
    const report = buildReport({ plan, estimate, seconds: { generate: 0.1 } });
    for (const key of ['cycles', 'utilization', 'bitExact', 'outputs', 'mismatches', 'oracleMismatches', 'resources', 'share', 'lutPerMac', 'laneLutPerMac', 'units', 'clock', 'simulation', 'oracle'] as const) {
      expect(report[key], key).toBeNull();
    }
    expect(report.seconds).toEqual({ generate: 0.1, simulate: null, synthesize: null });
    expect(renderReportHtml(report)).toContain('Not simulated');
    expect(renderReportMarkdown(report)).toContain('Not simulated');
  });

  it.each([
    ['a wrong output', { mismatches: 1 }],
    ['an accumulator that ONNX Runtime has otherwise', { oracle: { compared: 300, mismatches: 1, requantizedCompared: 0, requantizedDiffer: 0 } }],
    ['a run that did not end', { timedOut: true }],
    ['a broken rule of the protocol', { protocolErrors: ['s_axis_tready fell'] }],
    ['a run that compared nothing', { outputs: 0 }],
  ])('calls a design not bit-exact for %s', (_, change) => {
    expect(buildReport({ plan, estimate, simulation: simulation(), seconds }).bitExact).toBe(true);
    expect(buildReport({ plan, estimate, simulation: simulation(change), seconds }).bitExact).toBe(false);
  });

  it('says null, not 0, for an oracle that could not be asked', () => {
    const oracle = { compared: 0, mismatches: 0, requantizedCompared: 0, requantizedDiffer: 0, skipped: '16-bit activations' };
    const report = buildReport({ plan, estimate, simulation: simulation({ oracle }), seconds });
    expect(report.oracleMismatches).toBeNull();
    expect(renderReportMarkdown(report)).toContain('ONNX Runtime was not compared: 16-bit activations.');
  });
});

describe('storedSize', () => {
  const small = (encoding: Layer['description']['weights'], extra: Partial<Layer['tensors']> = {}): Layer => ({
    ...layer,
    description: { ...layer.description, weights: encoding, requantize: { form: 'multiplier', bits: 16 } },
    tensors: { weight: Int32Array.of(1, 0, -2, 4), bias: Int32Array.of(-5, 100), multiplier: Int32Array.of(3, 4), shift: Int32Array.of(9, 9), ...extra },
  });

  it('counts codes, group exponents, biases as wide as the widest, multipliers, and one shift if all are the same', () => {
    const size = storedSize(small({ encoding: 'bpot', groupSize: 2, maxExponent: 3 }, { exponent: Int32Array.of(0, 1) }));
    expect(size).toEqual({ weights: 4, storedBits: 4 * 3 + 2 * 2 + 2 * 8 + 2 * 16 + 6, denseBits: 32 * 6, dense8Bits: 8 * 4 + 32 * 2, density: 0.75 });
  });

  it('counts a shift for each channel if they differ, the levels of a codebook, and no multiplier in the power-of-two form', () => {
    const base = small({ encoding: 'codebook', levels: [-2, 0, 1, 4] }, { shift: Int32Array.of(9, 10) });
    const size = storedSize({ ...base, description: { ...base.description, requantize: { form: 'power_of_two' } } });
    expect(size.storedBits).toBe(4 * 2 + 4 * 4 + 2 * 8 + 2 * 6);
  });
});
