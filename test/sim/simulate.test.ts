import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelCache, contentHash } from '../../sim/cache.js';
import { runPool } from '../../sim/pool.js';
import { simulate, type SimulationJob } from '../../sim/simulate.js';
import { echoJob, FAULT } from './echo_job.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a malformed job', () => {
  const cases: [string, Partial<SimulationJob>, string][] = [
    ['data of the wrong length', { inputData: new Int32Array(5) }, 'inputData has 5 elements, but 3 frames of 16 beats of 4 elements are 192'],
    ['a width that no stream has', { input: { elementBits: 8, elementsPerBeat: 3, beatsPerFrame: 1 } }, 'input has a data width of 24 bits, must be 8, 16, 32 or 64'],
    ['a probability of one', { stallIn: 1 }, 'stallIn is a probability from 0 up to below 1, got 1'],
    ['no frames', { frames: 0 }, 'frames must be an integer from 1, got 0'],
    ['a file outside the run folder', { files: [{ path: '../x.mem', text: '' }] }, 'files must lie in the run folder, got ../x.mem'],
  ];
  it.each(cases)('with %s is refused by field and value', async (_, changes, message) => {
    await expect(simulate({ ...echoJob(), ...changes })).rejects.toThrow(`simulation of echo_top: ${message}`);
  });
});

describe('simulate', { timeout: 120_000 }, () => {
  it('passes on what Verilator says about Verilog that it cannot read', async () => {
    const job = echoJob();
    job.files = [...job.files, { path: 'broken.v', text: 'module broken (input a)\nendmodule\n' }];
    await expect(simulate(job, { engine: 'verilator' })).rejects.toThrow(/^echo_top \(Verilator [\d.]+\): %Error: broken\.v:2/);
  });

  it('ends at once when aborted in a run, and leaves no half-made entry in the cache', async () => {
    const job = echoJob({ fault: FAULT.hang, maxCycles: 1e12 });
    await simulate({ ...job, maxCycles: 100 }, { engine: 'verilator' });
    const started = performance.now();
    const signal = AbortSignal.timeout(300);
    await expect(simulate(job, { engine: 'verilator', signal })).rejects.toThrow(/aborted/);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('ends at once when aborted in a build, and the next build is whole', async () => {
    const job = echoJob();
    job.files = job.files.map((file) => (file.path === 'echo_top.v' ? { ...file, text: `// ${folder}\n${file.text}` } : file));
    const abort = new AbortController();
    const stopped = simulate(job, { engine: 'verilator', signal: abort.signal, onProgress: () => setTimeout(() => abort.abort(), 50) });
    await expect(stopped).rejects.toThrow(/aborted/);
    expect(await simulate(job, { engine: 'verilator' })).toMatchObject({ cached: false, mismatches: 0 });
  });

  it('aborts a run of the embedded engine, which keeps working afterwards', async () => {
    const job = echoJob({ fault: FAULT.hang, maxCycles: 1e12 });
    await simulate({ ...job, maxCycles: 100 }, { engine: 'embedded' });
    const signal = AbortSignal.timeout(500);
    await expect(simulate(job, { engine: 'embedded', signal })).rejects.toThrow(/aborted/);
    expect(await simulate({ ...job, maxCycles: 100 }, { engine: 'embedded' })).toMatchObject({ timedOut: true });
  });

  it('tells the progress of a long run', async () => {
    const seen: number[] = [];
    const signal = AbortSignal.timeout(2000);
    const onProgress = (progress: { cycles?: number }) => progress.cycles && seen.push(progress.cycles);
    await expect(simulate(echoJob({ fault: FAULT.hang, maxCycles: 1e12 }), { engine: 'verilator', signal, onProgress })).rejects.toThrow(/aborted/);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe('the pool', { timeout: 120_000 }, () => {
  it('returns outcomes in the order of the jobs, failed ones among them', async () => {
    const jobs = [echoJob({ seed: 1 }), { ...echoJob(), frames: 0 }, echoJob({ seed: 2 })];
    const ended: number[] = [];
    const outcomes = await runPool(jobs.length, (index) => jobs[index], { engine: 'verilator', onResult: (_, index) => ended.push(index) });
    expect(outcomes.map((outcome) => ('result' in outcome ? outcome.result.mismatches : outcome.error.message))).toEqual([
      0,
      'simulation of echo_top: frames must be an integer from 1, got 0',
      0,
    ]);
    expect(ended.sort()).toEqual([0, 1, 2]);
  });

  it('stops when aborted', async () => {
    const signal = AbortSignal.timeout(300);
    const running = runPool(50, () => echoJob({ fault: FAULT.hang, maxCycles: 1e12 }), { engine: 'verilator', signal });
    await expect(running).rejects.toThrow(/aborted/);
  });
});

describe('the cache', () => {
  it('hashes lists of texts so that no two different lists are equal', () => {
    expect(contentHash(['ab', 'c'])).not.toBe(contentHash(['a', 'bc']));
    expect(contentHash(['ab', 'c'])).toBe(contentHash(['ab', 'c']));
  });

  it('makes an entry once for concurrent calls, and not at all if making fails', async () => {
    const cache = new ModelCache(join(folder, 'once'));
    let made = 0;
    const make = async (stage: string) => {
      made++;
      writeFileSync(join(stage, 'x'), 'x');
    };
    const found = await Promise.all([cache.entry('a', make), cache.entry('a', make)]);
    expect([made, found.map((entry) => entry.cached)]).toEqual([1, [false, false]]);
    await expect(cache.entry('b', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(cache.dir)).toEqual(['a']);
  });

  it('removes the entries that were not used for longest, and stages left over by dead processes', async () => {
    const cache = new ModelCache(join(folder, 'prune'));
    const names = ['old', 'middle', 'new', 'stage-dead', 'stage-alive'];
    names.forEach((name, age) => {
      mkdirSync(join(cache.dir, name), { recursive: true });
      writeFileSync(join(cache.dir, name, 'x'), Buffer.alloc(1000));
      const time = Date.now() / 1000 - (name === 'stage-dead' ? 7200 : 10 * (5 - age));
      utimesSync(join(cache.dir, name), time, time);
    });
    await cache.prune('', 2500);
    expect(readdirSync(cache.dir).sort()).toEqual(['middle', 'new', 'stage-alive']);
  });
});
