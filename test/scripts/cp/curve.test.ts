import { describe, expect, it } from 'vitest';
import { layerInputs } from '../../../generator/compress/layer_inputs.js';
import { gatherPatches, layerSums } from '../../../generator/compress/sums.js';
import { curvePoint, unfolded } from '../../../scripts/cp/curve_measure.js';
import { curvePage, type CpResults } from '../../../scripts/cp/curve_page.js';
import { curvePlot } from '../../../scripts/cp/curve_plot.js';
import { CURVE_ROWS, RATIOS, SERIES, type CurveRow } from '../../../scripts/cp/curve_rows.js';
import { executionPlot } from '../../../scripts/cp/execution_plot.js';
import type { ExecutionRow } from '../../../scripts/cp/execution_rows.js';
import { chosenCurveRows } from '../../../scripts/results_cp.js';
import { floatLayer } from '../../compress/layers.js';

const MAP = { channels: 12, height: 5, width: 6 };
const sample = { frames: 2, values: Int32Array.from({ length: 2 * 12 * 5 * 6 }, (_, i) => (37 * i) % 251) };
const LAYER = floatLayer(5, { input: MAP, outChannels: 16, sample });

const EXECUTION: ExecutionRow = {
  side: 8, rank: 152, cycles: { stored: 74451, rebuilt: 76854, direct: 11552 }, cyclesOneUnit: 900_000, reconstructionLut: 50_000, laneLut: 17_024,
  lut: { stored: 19_773, rebuilt: 69_047, direct: 31_644 }, bram36: { stored: 129, rebuilt: 67.5, direct: 29 }, wins: 'direct',
};

describe('points of the curve of factored weights', () => {
  it('reach from twice to forty times under 4 bits, in every way to store them, plain and calibrated', () => {
    expect([Math.min(...RATIOS), Math.max(...RATIOS)]).toEqual([2, 40]);
    for (const series of SERIES) for (const calibrated of [false, true]) expect(CURVE_ROWS.filter((row) => row.series === series && row.calibrated === calibrated).length).toBeGreaterThanOrEqual(6);
    expect(new Set(CURVE_ROWS.map((row) => JSON.stringify(row))).size).toBe(CURVE_ROWS.length);
  });

  it('are chosen by series and ratio', () => {
    const rows = [...chosenCurveRows({ series: 'cp,plain', ratios: '10' })];
    expect(rows.filter(({ series }) => series === 'cp').map(({ label }) => label)).toEqual(['10x', '10x']);
    expect(rows.filter(({ series }) => series === 'plain')).toHaveLength(12);
    expect(chosenCurveRows({ series: 'none' }).size).toBe(0);
    expect(() => chosenCurveRows({ series: 'tucker' })).toThrow("there is no series 'tucker'");
    expect(() => chosenCurveRows({ ratios: '11' })).toThrow('there is no ratio 11x');
  });

  it('count what is stored against 4-bit and 32-bit weights, and find that weights of a form are kept apart', () => {
    const row = (encoding: CurveRow['encoding'], rest: Partial<CurveRow> = {}): CurveRow => ({ series: 'cp', label: 'test', encoding, calibrated: false, ...rest });
    const int4 = curvePoint(LAYER, row({ encoding: 'uniform', bits: 4 }), () => {});
    const cp = curvePoint(LAYER, row({ encoding: 'cp', rank: 4, starts: 1, rounds: 3 }), () => {});
    const matrix = curvePoint(LAYER, row({ encoding: 'cp', rank: 4, starts: 1, rounds: 3, form: 'matrix' }, { unfolded: true }), () => {});
    const dense = 4 * LAYER.weight.length + 32 * LAYER.outChannels;
    expect(int4.ratio4 * int4.storedBits).toBeCloseTo(dense, 3);
    expect(int4.ratio32 * int4.storedBits).toBeCloseTo(8 * 4 * LAYER.weight.length + 32 * LAYER.outChannels, 3);
    expect([cp.rank, matrix.rank]).toEqual([4, 4]);
    // A rank has 16 + 12 + 9 factors of 3 bits, as a matrix 16 + 108.
    expect(matrix.storedBits - cp.storedBits).toBe(4 * 3 * (16 + 108 - (16 + 12 + 9)));
    expect(int4.outputSqnrDb!).toBeGreaterThan(cp.outputSqnrDb!);
  });

  it('the kernel as one matrix has the sums of the convolution', () => {
    const flat = unfolded(LAYER);
    const inputs = layerInputs(LAYER, 1);
    const sums = layerSums(LAYER, LAYER.weight, gatherPatches(LAYER, inputs, Infinity, 1));
    const flatSums = layerSums(flat, flat.weight, gatherPatches(flat, layerInputs(flat, 1), Infinity, 1));
    expect(flatSums.length).toBe(sums.length);
    expect(sums.every((sum, i) => Math.abs(sum - flatSums[i]) <= 1e-6 * (1 + Math.abs(sum)))).toBe(true);
  });
});

describe('page and pictures of factored weights', () => {
  const point = (series: (typeof SERIES)[number], ratio4: number, outputSqnrDb: number) => ({
    series, label: `${ratio4}x`, calibrated: false, storedBits: Math.round(4_734_976 / ratio4), ratio4, ratio32: 8 * ratio4, rank: 152, outputSqnrDb, weightSqnrDb: 3, measuredOn: 'sample', seconds: 1,
  });
  const results: CpResults = {
    layer: 'conv_demo', base: { bits4: 4_734_976, bits32: 37_765_120 }, points: [point('plain', 1, 19), point('cp', 10, 6), point('cp', 40, 3)], commit: 'abc', executions: [EXECUTION],
    networks: [{
      id: 'x', network: 'LeNet-5', dataset: 'MNIST', compressedLayers: ['conv2'], parametersDense: 2400, parametersStored: 240, floatAccuracy: 0.99, goldenAccuracy: 0.988, goldenSamples: 10_000,
      rtlAccuracy: 0.987, rtlSamples: 1000, mismatchedWords: 0,
    }],
  };

  it('tell the base of every ratio, the winner on each map, and accuracies with how many images', () => {
    const page = curvePage(results);
    expect(page).toContain('The base of the 4-bit ratios is 4,735 kbit.');
    expect(page).toContain('| cp | 152 | 473 | 10.0x | 80x | 6.0 | 3.0 |');
    expect(page).toContain('| 8x8 | 152 | 74,451 | 76,854 | 900,000 | 11,552 | 50,000 (294 %) |');
    expect(page).toContain('98.80 % of 10,000 | 98.70 % of 1,000 | 0 |');
  });

  it('are well-formed', () => {
    for (const svg of [curvePlot(results.points, results.base.bits4), executionPlot([EXECUTION, { ...EXECUTION, side: 28, reconstructionLut: 4_000 }])]) {
      expect([...svg.matchAll(/<text\b/g)].length).toBe([...svg.matchAll(/<\/text>/g)].length);
      expect(svg).not.toContain('NaN');
    }
  });
});
