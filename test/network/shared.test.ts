import { describe, expect, it } from 'vitest';
import { randomNetwork, randomNetworkInput } from '../../generator/network/random.js';
import { sharedCycles } from '../../generator/plan/shared/shared_cycles.js';
import { lint } from '../../sim/lint.js';
import { simulate } from '../../sim/simulate.js';
import { generateShared } from '../../generator/generate_shared.js';
import { blankMemories, runShared, sharedJob } from '../support/shared_engine.js';

const FRAMES = 4;

describe('a network on one time-shared engine', () => {
  it.each([
    { seed: 2, oc: 8, ic: 4, options: { encodings: ['pot'] }, what: 'a chain with padding, pooling and an argmax' },
    { seed: 4, oc: 3, ic: 5, options: { encodings: ['pot'], argmax: false }, what: 'blocks that are read through the table, one requantizer' },
    { seed: 24, oc: 4, ic: 4, options: { shape: 'residual', encodings: ['bpot'], argmax: false }, what: 'two branches and blocks' },
    { seed: 56, oc: 4, ic: 8, options: { encodings: ['pot'] }, what: 'an input of one channel as windows, with padding beside it' },
    { seed: 33, oc: 1, ic: 1, options: {}, what: 'different encodings on a single lane' },
  ] as const)('gives what the golden network gives: $what (random network $seed)', async ({ seed, oc, ic, options }) => {
    const network = randomNetwork(seed, { ...options });
    const input = randomNetworkInput(network, FRAMES, seed);
    const { generated, result } = await runShared(network, { oc, ic }, FRAMES, input, {}, { effort: 'quick' });
    expect(result).toMatchObject({ mismatches: 0, timedOut: false, protocolErrors: [] });
    const { latency, period } = sharedCycles(generated.plan);
    expect(result.cycles).toBe(latency + (FRAMES - 1) * period);
    const job = sharedJob(generated, FRAMES, input, { stallIn: 0.3, stallOut: 0.3, resetMidFrame: true, restart: true, loads: [...generated.loads] });
    expect(await simulate(blankMemories(job), { effort: 'quick' })).toMatchObject({ mismatches: 0, timedOut: false, protocolErrors: [] });
  }, 60_000);

  it('is clean in all three tools, with shared_top and every cell that a network may need', async () => {
    const { plan, top, verilog, files } = generateShared(randomNetwork(24, { shape: 'residual', encodings: ['bpot'], argmax: false }), { oc: 4, ic: 4 });
    expect(plan.units).toMatchObject({ padding: true, pool: true, add: true, table: true });
    const sources = [...verilog, ...[...files.keys()].filter((path) => path.endsWith('.mem'))].map((path) => ({ path, text: files.get(path)! }));
    for (const result of await lint(sources, top, { tools: ['verilator', 'iverilog', 'yosys'] })) expect(result).toMatchObject({ clean: true });
  }, 60_000);
});
