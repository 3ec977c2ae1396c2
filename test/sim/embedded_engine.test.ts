import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { splitDesign } from '../../sim/cxxrtl_source.js';
import { simulate, type SimulationJob, type SimulationResult } from '../../sim/simulate.js';
import { echoJob, FAULT } from './echo_job.js';

/** What both engines must agree in: everything but names, times and what was cached. */
function comparable(result: SimulationResult): Partial<SimulationResult> {
  const { engine: _engine, engineVersion: _version, seconds: _seconds, cached: _cached, ...rest } = result;
  return rest;
}

async function both(job: SimulationJob): Promise<[SimulationResult, SimulationResult]> {
  return [await simulate(job, { engine: 'verilator' }), await simulate(job, { engine: 'embedded' })];
}

describe('both engines', { timeout: 600_000 }, () => {
  it('give the same outputs, cycles, counters and timeline under stalls, resets, restarts and loads', async () => {
    const loaded = Array.from({ length: 64 }, (_, i) => i * i - 900);
    const jobs = [
      echoJob(),
      echoJob({ seed: 2, stallIn: 0, stallOut: 0.6 }),
      echoJob({ seed: 3, resetMidFrame: true, loaded }),
      echoJob({ seed: 4, restart: true, stallIn: 0.8 }),
      echoJob({ seed: 5, stallIn: 0, stallOut: 0, frames: 50 }),
      echoJob({ seed: 6, lastFault: 'early' }),
    ];
    for (const job of jobs) {
      const [reference, embedded] = await both(job);
      expect(comparable(embedded), `seed ${job.seed}`).toEqual(comparable(reference));
      expect(embedded).toMatchObject({ engine: 'embedded', mismatches: 0, protocolErrors: [] });
    }
  });

  it('report the same mistakes of a wrong accelerator', async () => {
    const [reference, embedded] = await both(echoJob({ fault: FAULT.unstable }));
    expect(embedded.protocolErrors.length).toBeGreaterThan(0);
    expect(comparable(embedded)).toEqual(comparable(reference));
  });
});

describe('the embedded engine', { timeout: 600_000 }, () => {
  it('needs no new model for other memory contents, and uses them', async () => {
    await simulate(echoJob(), { engine: 'embedded' });
    const started = performance.now();
    const result = await simulate(echoJob({ offsets: new Array<number>(64).fill(Math.floor(started) % 1000) }), { engine: 'embedded' });
    expect(result).toMatchObject({ mismatches: 0, protocolErrors: [] });
    expect(result.seconds.build).toBeLessThan(60);
  });

  it('does not block the caller while it builds and runs', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    // A text that no run had before, so that Yosys and clang work; many frames, so that the model does.
    const job = echoJob({ fault: FAULT.unstable, frames: 2000, maxCycles: 1e7 });
    job.files = job.files.map((file) => (file.path === 'echo_top.v' ? { ...file, text: `${file.text}// ${Date.now()}\n` } : file));
    await simulate(job, { engine: 'embedded' });
    clearInterval(timer);
    expect(longest).toBeLessThan(1000);
  });

  it('refuses waves and names the engine that writes them', async () => {
    const job = echoJob({ trace: { file: 'never_written.fst' } });
    await expect(simulate(job, { engine: 'embedded' })).rejects.toThrow(
      'echo_top: the embedded engine writes no waves. Use Verilator for them: sudo apt-get install verilator',
    );
  });

  it('passes on what Yosys says about Verilog that it cannot read', async () => {
    const job = echoJob();
    job.files = [...job.files, { path: 'broken.v', text: 'module broken (input a)\nendmodule\n' }];
    await expect(simulate(job, { engine: 'embedded' })).rejects.toThrow(/^echo_top \(Yosys\): broken\.v:2: ERROR: syntax error/);
  });
});

describe('splitting what write_cxxrtl wrote', () => {
  it('moves memory contents into words and leaves the offset in the source', () => {
    const text = [
      'void p_dut::reset() {',
      '\t// \\src: a.v:1.2-3.4',
      '\tstatic const value<16> mem_init_1[2] {',
      '\t\tvalue<16>{0x0001u}, value<16>{0xffffu},',
      '\t};',
      '\tstatic const value<40> mem_init_2[1] {',
      '\t\tvalue<40>{0x89abcdefu,0x12u},',
      '\t};',
      '\tstd::copy(std::begin(mem_init_2), std::end(mem_init_2), &memory_p_m.data[0]);',
      '}',
    ].join('\n');
    const { source, init } = splitDesign(text);
    expect([...new Uint32Array(init.buffer)]).toEqual([1, 0xffff, 0x89abcdef, 0x12]);
    expect(source).toContain('static const InitialWords<16> mem_init_1 = initial_memory<16>(0u, 2u);');
    expect(source).toContain('static const InitialWords<40> mem_init_2 = initial_memory<40>(2u, 1u);');
    expect(source).not.toContain('\\src');
  });

  it('refuses an initializer with fewer words than declared', () => {
    const text = 'static const value<8> mem_init_1[2] {\n\tvalue<8>{0x01u},\n};';
    expect(() => splitDesign(text)).toThrow('mem_init_1 has 1 words, 2 were declared');
  });
});
