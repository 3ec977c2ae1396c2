import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { exploreLayers, spread } from '../../generator/flow/explore.js';
import { exploreInputs } from '../../generator/flow/explore_inputs.js';
import { completeLanes, parseLanes } from '../../generator/flow/lanes.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { frontOf } from '../../generator/plan/front.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import { icCounts } from '../../generator/plan/foldings.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { findLanes } from '../../generator/plan/search.js';
import { explorationCsv, type Exploration } from '../../generator/report/exploration.js';
import { explorationSvg } from '../../generator/report/exploration_svg.js';
import { factoredLayer } from '../support/factored_layer.js';

const TINY = join('examples', 'tiny', 'tiny.layer.json');
const PROGRAM = join('dist', 'generator', 'cli', 'main.js');
const folder = () => mkdtempSync(join(tmpdir(), 'shiftloom-explore-'));
const layer = randomLayer(31, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 300_000 });

/** LUTs and cycles of every folding that fits. */
function everyPoint(of: Layer, maxLut: number): { lut: number; cycles: number }[] {
  const counts = (most: number) => Array.from({ length: most }, (_, i) => i + 1);
  const { groupOutChannels, groupInChannels, outWidth } = of.geometry;
  return counts(groupOutChannels)
    .flatMap((oc) => counts(groupInChannels).flatMap((ic) => counts(Math.min(32, outWidth)).map((pixel) => ({ oc, ic, pixel, kind: 'lut' as const }))))
    .map((lanes) => estimateLayer(planLayer(of, lanes)))
    .filter(({ lut, bram36 }) => lut <= maxLut && bram36 <= 500);
}

describe('the front of a layer', () => {
  const maxLut = 20_000;
  const front = frontOf(layer, { ics: icCounts(layer), kind: 'lut', limits: { maxLut, maxDsp: 810, maxBram: 500 }, rivals: [] });

  it('is a front: more LUTs always buy time', () => {
    expect(front.points.length).toBeGreaterThan(5);
    front.points.slice(1).forEach(({ estimate }, i) => {
      expect(estimate.lut).toBeGreaterThan(front.points[i].estimate.lut);
      expect(estimate.cycles).toBeLessThan(front.points[i].estimate.cycles);
    });
  });

  it('leaves out no folding that is better by more than a percent, of all that there are', () => {
    const all = everyPoint(layer, maxLut);
    expect(front.considered).toBeGreaterThanOrEqual(all.length);
    for (const { lut, cycles } of all) {
      expect(front.points.some(({ estimate }) => estimate.lut <= 1.01 * lut && estimate.cycles <= 1.01 * cycles), `${lut} LUT, ${cycles} cycles`).toBe(true);
    }
  });

  it('planned in parts, each against the first, is the same as planned at once', async () => {
    const { exploration } = await exploreLayers([{ label: 'bpot', layer }], { limits: { maxLut, maxBram: 500 }, cacheDir: folder() });
    const [{ points, considered }] = exploration.series;
    expect(considered).toBe(front.considered);
    for (const { estimate } of front.points) {
      expect(points.some((p) => p.lut <= 1.01 * estimate.lut && p.cycles <= 1.01 * estimate.cycles)).toBe(true);
    }
  });
});

describe('a front with DSP blocks to spend', () => {
  it('goes on with output channels in pairs where the LUTs end', () => {
    const wide = randomLayer(55, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 400_000 });
    const part = (maxDsp: number) => frontOf(wide, { ics: icCounts(wide), kind: 'lut', limits: { maxLut: 3_500, maxDsp }, rivals: [] });
    const [lutOnly, both] = [part(1), part(40)];
    const fastest = ({ points }: typeof both) => points[points.length - 1];
    expect(fastest(lutOnly).lanes.dsp).toBeUndefined();
    expect(fastest(both).lanes.dsp).toBeGreaterThan(0);
    expect(fastest(both).estimate.cycles).toBeLessThan(fastest(lutOnly).estimate.cycles);
    expect(both.points.every(({ estimate }) => estimate.lut <= 3_500 && estimate.dsp <= 40)).toBe(true);
  });
});

describe('explore', () => {
  it('keeps each part and plans none twice', async () => {
    const cacheDir = folder();
    const inputs = await exploreInputs(TINY, undefined);
    const first = await exploreLayers(inputs, { cacheDir });
    const again = await exploreLayers(inputs, { cacheDir });
    expect(first.work.cached).toBe(0);
    expect(again.work).toEqual({ parts: first.work.parts, cached: first.work.parts });
    expect(again.exploration).toEqual(first.exploration);
    const other = await exploreLayers(inputs, { cacheDir, limits: { maxLut: 3000 } });
    expect(other.work.cached).toBe(0);
    expect(other.exploration.series[0].points.every(({ lut }) => lut <= 3000)).toBe(true);
  });

  it('tells engines that store weights and engines that rebuild them apart, where a layer of factors has both', async () => {
    const layer = factoredLayer({ side: 6, rank: 6, channels: [8, 8] });
    const limits = { maxLut: 6_000 };
    const cacheDir = folder();
    const { exploration } = await exploreLayers([{ label: 'pot', layer }], { limits, cacheDir });
    expect(exploration.series.map(({ label }) => label)).toEqual(['pot', 'pot rebuilt']);
    const [stored, rebuilt] = exploration.series;
    expect(stored.points.every(({ lanes }) => !lanes.includes('weights='))).toBe(true);
    expect(rebuilt.points.length).toBeGreaterThan(10);
    for (const { lanes, lut, cycles } of rebuilt.points) {
      expect(lanes).toMatch(/weights=rebuilt,rebuild=\d+x\d+x\d+,band=\d+$/);
      expect(lut).toBeLessThanOrEqual(limits.maxLut);
      const estimate = estimateLayer(planLayer(layer, completeLanes(layer, parseLanes(lanes))));
      expect([estimate.lut, estimate.cycles]).toEqual([lut, cycles]);
    }
    const only = async (weights: 'rebuilt' | 'resident') => (await exploreLayers([{ label: 'pot', layer }], { limits: { ...limits, weights }, cacheDir })).exploration.series;
    expect((await only('rebuilt')).map(({ label, points }) => [label, points.length])).toEqual([['pot rebuilt', rebuilt.points.length]]);
    expect((await only('resident')).map(({ label }) => label)).toEqual(['pot']);
    // Somewhat slower than the search finds on as many LUTs, at the most.
    const fastest = Math.min(...rebuilt.points.map(({ cycles }) => cycles));
    expect(fastest).toBeLessThanOrEqual(1.05 * findLanes(layer, { ...limits, weights: 'rebuilt' }).estimate.cycles);
  });

  it('refuses limits that nothing fits', async () => {
    const inputs = await exploreInputs(TINY, undefined);
    await expect(exploreLayers(inputs, { cacheDir: folder(), limits: { maxLut: 10 } })).rejects.toThrow(/tiny: no folding fits 10 LUTs, 810 DSP blocks and 450 block RAMs\. See: shiftloom generate/);
  });

  it('synthesizes points that are spread over the sizes, the largest among them', () => {
    expect(spread([0, 1, 2, 3, 4, 10], 2)).toEqual([0, 5]);
    expect(spread([0, 1, 2, 3, 4, 10], 3)).toEqual([0, 4, 5]);
    expect(spread([0, 1, 2], 1)).toEqual([2]);
    expect(spread([0, 1], 5)).toEqual([0, 1]);
    expect(spread([0, 1], 0)).toEqual([]);
  });
});

describe('the program', () => {
  const start = (args: readonly string[]) => {
    const child = spawn(process.execPath, [PROGRAM, 'explore', TINY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const words = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (words.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words.stderr += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, words, ended };
  };

  it('goes on where it was killed, says nothing in a pipe but the result, and leaves nothing half-written', async () => {
    const [cache, out] = [folder(), folder()];
    const args = ['--out', join(out, 'front'), '--cache', cache, '--json'];
    const cut = start(args);
    // The first part is kept before the others are begun.
    while (!readdirSync(cache).some((name) => !name.startsWith('stage-'))) await new Promise((resolve) => setTimeout(resolve, 2));
    cut.child.kill('SIGKILL');
    await cut.ended;
    expect(existsSync(join(out, 'front', 'explore.json'))).toBe(false);
    const rest = start(args);
    expect(await rest.ended).toBe(0);
    expect(rest.words.stderr).toBe('');
    const { work } = JSON.parse(rest.words.stdout) as { work: { parts: number; cached: number } };
    expect(work.cached).toBeGreaterThanOrEqual(1);
    const whole = start([...args.slice(0, 2), '--cache', folder(), '--json']);
    expect(await whole.ended).toBe(0);
    const series = (text: string) => (JSON.parse(text) as Exploration).series;
    expect(series(rest.words.stdout)).toEqual(series(whole.words.stdout));
    expect(readdirSync(join(out, 'front')).sort()).toEqual(['explore.csv', 'explore.json', 'explore.svg']);
  }, 60_000);

  it('ends by Ctrl-C with code 130 and no picture', async () => {
    const [cache, out] = [folder(), folder()];
    const run = start(['--out', join(out, 'front'), '--cache', cache, '--synthesize', '2']);
    while (!readdirSync(cache).some((name) => !name.startsWith('stage-'))) await new Promise((resolve) => setTimeout(resolve, 2));
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.words).toEqual({ stdout: '', stderr: '' });
    expect(readdirSync(out)).toEqual([]);
  }, 60_000);
});

describe('what is written', () => {
  const point = { macsPerCycle: 4, cycles: 2000, timeMs: 0.01, utilization: 0.9, ff: 9, dsp: 1, bram36: 2.5, bound: 'compute' } as const;
  const sample: Exploration = {
    format: 'shiftloom.exploration', version: 1, generator: '0', layer: 'a<b', macs: 8000, target: 'xc7z035', limits: { maxLut: 5000, maxDsp: 9, maxBram: 9 }, clockMHz: 200,
    series: [
      {
        label: 'bpot', kind: 'lut', layerHash: '0', considered: 10, planned: 3,
        points: [
          { ...point, lanes: 'oc=1,ic=2,pixel=2,kind=lut', lut: 400 },
          { ...point, lanes: 'oc=8,ic=2,pixel=2,kind=lut', cycles: 300, timeMs: 0.0015, lut: 3000, measured: { lut: 3100, ff: 8, dsp: 1, bram36: 2.5, clockMHz: 201 } },
        ],
      },
    ],
  };

  it('the table has a line for each point, with the counts beside the estimate', () => {
    const [head, ...lines] = explorationCsv(sample).trimEnd().split('\n');
    expect(head).toBe(
      'series,kind,oc,ic,pixel,lanes,macs_per_cycle,cycles,time_ms,utilization,lut,ff,dsp,bram36,bound,measured_lut,measured_ff,measured_dsp,measured_bram36,measured_clock_mhz',
    );
    expect(lines).toEqual([
      'bpot,lut,1,2,2,"oc=1,ic=2,pixel=2,kind=lut",4,2000,0.01,0.9,400,9,1,2.5,compute,,,,,',
      'bpot,lut,8,2,2,"oc=8,ic=2,pixel=2,kind=lut",4,300,0.0015,0.9,3000,9,1,2.5,compute,3100,8,1,2.5,201',
    ]);
  });

  it('the picture is well-formed, has every point where it belongs, the limit and what was counted', () => {
    const svg = explorationSvg(sample);
    expect(XMLValidator.validate(svg)).toBe(true);
    const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="2.6"[^>]*><title>([^<]*)/g)].map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text }));
    expect(circles.map(({ text }) => text)).toEqual([
      'bpot oc=1,ic=2,pixel=2,kind=lut: 0.0100 ms, 2,000 cycles, 90.0 % of peak, 400 LUT, 1 DSP, 2.5 RAMB36, bound by compute',
      'bpot oc=8,ic=2,pixel=2,kind=lut: 0.00150 ms, 300 cycles, 90.0 % of peak, 3,000 LUT, 1 DSP, 2.5 RAMB36, bound by compute',
    ]);
    expect(circles[1].x).toBeLessThan(circles[0].x);
    expect(circles[1].y).toBeLessThan(circles[0].y);
    expect(svg).toContain('limit on the XC7Z035: 5,000 LUTs');
    expect(svg).toContain('3,100 LUT by Yosys');
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg) as { svg: { title: string } };
    expect(parsed.svg.title).toContain('a&lt;b'.replace('&lt;', '<'));
  });
});
