import { describe, expect, it } from 'vitest';
import { scalingChart } from '../../scripts/scaling/chart.js';
import { withTimeRatios, type ScalingFigures } from '../../scripts/scaling/rows.js';

const figures: ScalingFigures[] = [64, 256, 1024, 4096].map((macs) => ({
  lanes: `oc=${macs / 64},ic=64,pixel=1`, peakMacsPerCycle: macs, lut: 20 * macs, ff: 25 * macs, dsp: 1, bram36: 100, lutPerMac: 20, cycles: 2 ** 30 / macs,
  utilization: 1, outputs: 10, mismatches: 0, simulationSeconds: 10 + macs / 64, synthesisSeconds: macs / 32, commit: 'abc',
}));

describe('the scaling figure', () => {
  it('tells times as ratios to those of the smallest engine', () => {
    expect(withTimeRatios(figures).map(({ synthesisRatio }) => synthesisRatio)).toEqual([1, 4, 16, 64]);
    expect(withTimeRatios(figures).map(({ simulationRatio }) => simulationRatio)).toEqual([1, 1.273, 2.364, 6.727]);
  });

  it('has a figure at every point, with equal values drawn too', () => {
    const svg = scalingChart(withTimeRatios(figures));
    for (const label of ['81,920', '102,400', '262,144', '64 x', '4,096']) expect(svg).toContain(`>${label}<`);
    expect(svg.match(/>100\.0</g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
