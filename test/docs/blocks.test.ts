import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly layer: string;
  readonly weights: string;
  readonly cycles: number;
  readonly cyclesBetweenFrames: number;
  readonly denseCyclesBetweenFrames?: number;
  readonly utilization: number;
  readonly lut: number;
  readonly bram36: number;
  readonly simulatedCycles?: number;
  readonly mismatches?: number;
}

describe('the page on block-permuted layers', () => {
  it('has the figures of AlexNet\'s layers that were measured', () => {
    const page = readFileSync('docs/blocks.md', 'utf8');
    const rows = JSON.parse(readFileSync('bench/results/alexnet.json', 'utf8')) as Row[];
    const resident = rows.filter(({ weights }) => weights === 'resident');
    expect(resident.map(({ layer }) => layer)).toEqual(['fc6', 'fc7', 'fc8']);
    const text = (value: number) => value.toLocaleString('en-US');
    for (const row of resident) {
      const line = page.split('\n').find((one) => one.startsWith(`| ${row.layer},`))!;
      for (const value of [row.cycles, row.cyclesBetweenFrames, row.denseCyclesBetweenFrames!, row.lut]) expect(line).toContain(` ${text(value)} `);
      expect(line).toContain(`${(100 * row.utilization).toFixed(1)} %`);
      expect(line).toContain(` ${row.bram36} (`);
    }
    for (const { weights, cycles } of rows) if (weights === 'streamed') expect(page).toContain(text(cycles));
    const fc8 = resident[2];
    expect([fc8.simulatedCycles, fc8.mismatches]).toEqual([fc8.cycles, 0]);
  });
});
