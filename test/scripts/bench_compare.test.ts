import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { kept, type MeasuredEngine } from '../../scripts/bench/measure.js';
import { compareChart } from '../../scripts/compare/chart.js';
import { BASELINES, ENGINES } from '../../scripts/compare/engines.js';
import { compareMarkdown } from '../../scripts/compare/markdown.js';
import { comparePage } from '../../scripts/compare/page.js';
import { PUBLISHED, measuredRow, withRatios } from '../../scripts/compare/rows.js';

const generated = generateLayer(randomLayer(3, { encodings: ['bpot'] }), { oc: 2, ic: 2, pixel: 1, kind: 'lut' });

function engine(lut: number, dsp: number, cycles: number): MeasuredEngine {
  return {
    generated,
    simulation: { cycles, outputs: 100, mismatches: 0, passed: true, frame: 'sample', seconds: { golden: 0, oracle: 0, build: 0, run: 0, total: 0 } },
    synthesis: { lut, ff: 10, carry4: 1, dsp, bram36: 5, fmaxMhz: { pessimistic: 100, nominal: 160, optimistic: 200 }, seconds: 1 },
  };
}

const named = (name: string) => ENGINES.find((known) => known.name === name)!;
const rows = withRatios([
  measuredRow(named('int16'), 'equal', 'oc=2', null, engine(1000, 450, 2_000_000), 'abc'),
  measuredRow(named('int8'), 'equal', 'oc=2', null, engine(900, 90, 1_000_000), 'abc'),
  measuredRow(named('bpot'), 'equal', 'oc=2', null, engine(17_190, 0, 500_000), 'abc'),
]);

describe('rows of the comparison', () => {
  it('tell time at the own and at the common clock, and the share of the scarcest resource', () => {
    const [int16, , bpot] = rows;
    expect(int16).toMatchObject({ timeMs: 12.5, timeMs200: 10, share: { dsp: 0.5, most: 0.5 }, timeAreaMs: 5, source: 'measured', energyPerMacRelative: null });
    expect(bpot).toMatchObject({ share: { lut: 0.1, dsp: 0, most: 0.1 }, timeMs200: 2.5, timeAreaMs: 0.25, simulated: true, mismatches: 0 });
  });

  it('are set against every baseline of the same mode that was measured, and no figure is invented', () => {
    expect(rows[2].against).toEqual({
      int16: { dsp: 0, time: 0.25, timeOwnClock: 0.25, energy: null },
      int8: { dsp: 0, time: 0.5, timeOwnClock: 0.5, energy: null },
    });
    expect(Object.keys(rows[0].against)).toEqual(['int8']);
    expect(PUBLISHED).toMatchObject({ source: 'published', cycles: null, lut: null, energyPerMacRelative: null });
    expect(PUBLISHED.against['their baseline (not public)'].energy).toBeCloseTo((1 - 0.511) * (1 - 0.467), 3);
  });

  it('have each engine once, the baselines among them', () => {
    const names = ENGINES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...BASELINES]));
  });
});

describe('the written comparison', () => {
  const all = [...rows, PUBLISHED];
  const markdown = compareMarkdown(all, ['int4, device: does not fit'], 'abc');

  it('holds the figures as Markdown, with what was not measured', () => {
    expect(markdown).toContain('| bpot | int16 | -100.0 % | -75.0 % | -75.0 % | - | - |');
    expect(markdown).toContain('Their baseline is not public');
    expect(markdown).toContain('- int4, device: does not fit');
    expect(markdown).not.toMatch(/undefined|NaN/);
  });

  it('is a page with the same tables and a picture', () => {
    const page = comparePage(all, markdown);
    expect(page.match(/<table>/g)).toHaveLength((markdown.match(/^\| ---/gm) ?? []).length);
    expect(page).toContain('<svg xmlns');
    expect(page).not.toMatch(/undefined|NaN|&lt;svg/);
  });

  it('draws a bar for each engine', () => {
    const svg = compareChart(all);
    expect(svg.match(/>(int16|int8|bpot)</g)).toHaveLength(3);
    expect(svg).not.toMatch(/NaN/);
  });
});

describe('figures that were measured before', () => {
  it('are taken from the folder by their key and made only once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-kept-'));
    let made = 0;
    const make = async () => ({ made: ++made });
    expect(await kept(folder, 'count', 'a', make)).toEqual({ made: 1 });
    expect(await kept(folder, 'count', 'a', make)).toEqual({ made: 1 });
    expect(await kept(folder, 'count', 'b', make)).toEqual({ made: 2 });
    expect(readdirSync(folder).sort()).toEqual(['count-a.json', 'count-b.json']);
  });
});
