import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { simulate, type SimulationJob, type SimulationOptions } from '../../sim/simulate.js';
import { echoJob, FAULT } from './echo_job.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (job: SimulationJob, options: SimulationOptions = {}) => simulate(job, { engine: 'verilator', ...options });

describe('a right accelerator on Verilator', { timeout: 300_000 }, () => {
  it.each([1, 2, 4] as const)('passes with %i elements per beat, so with data widths of 8 to 64 bits', async (elements) => {
    const job = echoJob({ elements });
    const result = await run(job);
    expect(result).toMatchObject({ mismatches: 0, outputs: 192, timedOut: false, interruptSeen: true, protocolErrors: [] });
    expect(result.outputData).toEqual(job.expected);
    expect(result.registers).toMatchObject({ framesDone: 3, status: 0 });
  });

  it('runs a frame in as many cycles as its beats and states take when nothing stalls', async () => {
    const result = await run(echoJob({ stallIn: 0, stallOut: 0, frames: 2 }));
    // Per frame 16 beats in, one read, 16 beats out; one cycle from start to the first input.
    expect(result.cycles).toBe(2 * (16 + 1 + 16) + 1);
    expect(result.registers.active).toBe(32);
  });

  it('gives the same cycles for the same seed and others for another seed', async () => {
    const [first, again, other] = [await run(echoJob({ seed: 5 })), await run(echoJob({ seed: 5 })), await run(echoJob({ seed: 6 }))];
    expect(again.cycles).toBe(first.cycles);
    expect(other.cycles).not.toBe(first.cycles);
  });

  it('passes after a reset in the middle of a frame, wherever the seed puts it', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const result = await run(echoJob({ seed, resetMidFrame: true }));
      expect(result, `seed ${seed}`).toMatchObject({ mismatches: 0, outputs: 192, protocolErrors: [] });
    }
  });

  it('gives the same outputs and cycles in a second run without reset', async () => {
    const once = await run(echoJob());
    const twice = await run(echoJob({ restart: true }));
    expect(twice).toMatchObject({ mismatches: 0, outputs: 384, cycles: once.cycles, protocolErrors: [] });
  });

  it('uses what was loaded over AXI4-Lite, also after a reset', async () => {
    const loaded = Array.from({ length: 64 }, (_, i) => 1000 - i * 31);
    const result = await run(echoJob({ loaded, resetMidFrame: true }));
    expect(result).toMatchObject({ mismatches: 0, protocolErrors: [] });
  });

  it('reads memory files at run time: other contents need no other model', async () => {
    await run(echoJob());
    const result = await run(echoJob({ offsets: new Array<number>(64).fill(7) }));
    expect(result).toMatchObject({ mismatches: 0, cached: true });
  });

  it('returns a timeline whose sums are the beats and the counters', async () => {
    const { timeline, registers } = await run(echoJob({ frames: 40 }));
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(timeline!.bucketCycles).toBe(64);
    expect(sum(timeline!.inputBeats)).toBe(40 * 16);
    expect(sum(timeline!.outputBeats)).toBe(40 * 16);
    expect([timeline!.active, timeline!.waitInput, timeline!.waitOutput].map(sum)).toEqual([registers.active, registers.waitInput, registers.waitOutput]);
  });

  it('folds the timeline of a long run into at most 256 buckets', async () => {
    const { timeline, cycles } = await run(echoJob({ frames: 1000, maxCycles: 1e6 }));
    expect(timeline!.inputBeats.length).toBeLessThanOrEqual(256);
    expect(timeline!.bucketCycles * timeline!.inputBeats.length).toBeGreaterThanOrEqual(cycles);
    expect(timeline!.inputBeats.reduce((a, b) => a + b, 0)).toBe(16000);
  });
});

describe('a model compiled quickly', { timeout: 300_000 }, () => {
  it('gives the same result as one compiled for speed', async () => {
    const { seconds: _, cached: __, ...fast } = await run(echoJob({ seed: 11 }));
    const quick = await run(echoJob({ seed: 11 }), { effort: 'quick' });
    expect(quick).toMatchObject(fast);
  });
});

describe('a wrong accelerator on Verilator', { timeout: 300_000 }, () => {
  const faulty = (fault: number, changes: Partial<SimulationJob> = {}) => run(echoJob({ fault, ...changes }));

  it('is told by the first wrong element with its values', async () => {
    const result = await faulty(FAULT.wrongWord);
    const index = 3 * 4;
    const right = echoJob().expected[64 + index];
    expect(result.mismatches).toBe(1);
    expect(result.firstMismatch).toEqual({ frame: 1, index, expected: right, got: right ^ 1 });
  });

  it.each([
    ['dropped tlast', FAULT.noLast, /^m_axis_tlast is missing: at beat 15 of frame 0, a frame has 16 beats \(and 2 more\)$/],
    ['data that changes while waiting', FAULT.unstable, /^m_axis_tdata changed while waiting for ready: at output beat \d+: 0x[0-9a-f]+ became 0x[0-9a-f]+/],
    ['valid that falls', FAULT.dropValid, /^m_axis_tvalid fell without a handshake: at output beat \d+/],
    ['valid that waits for ready', FAULT.validWaits, /^m_axis_tvalid follows m_axis_tready: in the same cycle, at cycle \d+/],
    ['input taken before start', FAULT.earlyInput, /^input accepted while not running: s_axis beat 0 was taken before start or after done/],
    ['no interrupt', FAULT.noInterrupt, /^no interrupt: done of the last frame raised none in 64 cycles$/],
    ['a beat too many', FAULT.extraBeat, /^output while not running/],
    ['a wrong CYCLES register', FAULT.badCycles, /^CYCLES is wrong: the register says \d+, the bench counted \d+$/],
  ])('is told by %s', async (_, fault, message) => {
    const result = await faulty(fault);
    expect(result.protocolErrors).toContainEqual(expect.stringMatching(message));
  });

  it('is stopped when it hangs, with what was transferred and who waits', async () => {
    const result = await faulty(FAULT.hang, { maxCycles: 3000 });
    expect(result.timedOut).toBe(true);
    expect(result.outputs).toBe((16 + 5) * 4);
    expect(result.mismatches).toBe(3 * 64 - result.outputs);
    expect(result.protocolErrors[0]).toMatch(
      /^stopped at the limit of cycles: 3000 cycles after start 32 of 48 input beats and 21 of 48 output beats were transferred; s_axis tvalid=1 tready=0, m_axis tvalid=0 tready=[01]$/,
    );
  });

  it('is told by registers that do not answer, and its outputs count as missing', async () => {
    const result = await faulty(FAULT.mute);
    expect(result.protocolErrors).toEqual(['AXI4-Lite does not answer: read of register 0x00 got no answer in 1000 cycles']);
    expect(result).toMatchObject({ outputs: 0, mismatches: 192 });
  });

  it('is told by a register that has no value: by seed it starts as 0 or 1', async () => {
    const results = [];
    for (let seed = 0; seed < 8; seed++) results.push((await faulty(FAULT.unset, { seed })).mismatches);
    expect(new Set(results)).toEqual(new Set([0, 48])); // one element of each beat of three frames
  });

  it('is told by state that survives a reset', async () => {
    const results = [];
    for (let seed = 0; seed < 6; seed++) results.push(await faulty(FAULT.stale, { seed, resetMidFrame: true, maxCycles: 5000 }));
    expect(results.some((result) => result.mismatches > 0 || result.timedOut)).toBe(true);
  });

  it.each([['early', 1], ['missing', 2]] as const)('is not what a tlast that comes %s shows: STATUS reports %i', async (lastFault, status) => {
    const result = await run(echoJob({ lastFault }));
    expect(result).toMatchObject({ mismatches: 0, protocolErrors: [] });
    expect(result.registers.status & status).toBe(status);
  });
});

/** Names of an FST's signals as text: the block of type 6 is the hierarchy as an LZ4 block, behind two 64-bit lengths. */
function hierarchyOf(fst: Buffer): string {
  for (let at = 0; at < fst.length; at += 1 + Number(fst.readBigUInt64BE(at + 1))) {
    if (fst[at] === 6) return lz4(fst.subarray(at + 17, at + 1 + Number(fst.readBigUInt64BE(at + 1)))).toString('latin1');
  }
  return '';
}

/** LZ4 block: literals and matches in turn, both lengths continued by bytes of 255. */
function lz4(data: Buffer): Buffer {
  const out: number[] = [];
  let at = 0;
  const length = (short: number) => {
    let total = short;
    if (short === 15) while (total += data[at], data[at++] === 255);
    return total;
  };
  while (at < data.length) {
    const token = data[at++];
    const literals = length(token >> 4);
    out.push(...data.subarray(at, at + literals));
    at += literals;
    if (at >= data.length) break;
    const back = data.readUInt16LE(at);
    at += 2;
    for (let left = length(token & 15) + 4; left > 0; left--) out.push(out[out.length - back]);
  }
  return Buffer.from(out);
}

describe('waves', { timeout: 300_000 }, () => {
  it('are an FST of the asked window with a GTKWave save file beside it', async () => {
    const file = join(folder, 'waves', 'echo.fst');
    const plain = await run(echoJob());
    const traced = await run(echoJob({ trace: { file, from: 50, cycles: 100, depth: 1 } }));
    expect(traced).toMatchObject({ mismatches: 0, cycles: plain.cycles, harnessCycles: plain.harnessCycles });
    const names = hierarchyOf(readFileSync(file));
    expect(names).toContain('m_axis_tdata [63:0]');
    expect(names).not.toContain('beat_q');
    const save = readFileSync(join(folder, 'waves', 'echo.gtkw'), 'utf8');
    expect(save).toContain('[dumpfile] "echo.fst"');
    expect(save).toContain('TOP.echo_top.m_axis_tdata[63:0]');
  });
});

describe('the cache of models', { timeout: 300_000 }, () => {
  it('is used by the second run, and a change of a parameter or a source misses it', async () => {
    const salted = (changes: Partial<SimulationJob>, salt: string) => {
      const job = echoJob(changes);
      return { ...job, files: job.files.map((file) => (file.path === 'echo_top.v' ? { ...file, text: `// ${salt}\n${file.text}` } : file)) };
    };
    const salt = folder; // no earlier run of the tests had this text
    const first = await run(salted({}, salt));
    const second = await run(salted({ seed: 9 }, salt));
    const other = await run(salted({ parameters: { XC7_PRIMITIVES: 0, FAULT: FAULT.noLast } }, salt));
    const changed = await run(salted({}, `${salt} changed`));
    expect([first.cached, second.cached, other.cached, changed.cached]).toEqual([false, true, false, false]);
    expect(second.seconds.build).toBeLessThan(first.seconds.build / 5);
  });
});
