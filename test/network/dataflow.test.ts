import { describe, expect, it } from 'vitest';
import { networkSimulationPassed, simulateNetwork, simulateNetworkDesign } from '../../generator/flow/simulate_network.js';
import { generateNetwork } from '../../generator/generate_network.js';
import type { Network } from '../../generator/network/network.js';
import { randomNetwork, randomNetworkInput } from '../../generator/network/random.js';
import { balanceLayer } from '../../generator/plan/network/balance.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { lint } from '../../sim/lint.js';

function lanesOf(network: Network, cycles: number): Map<string, Lanes> {
  return new Map(network.nodes.flatMap((node) => (node.op === 'layer' ? [[node.name, balanceLayer(node.layer, cycles)] as const] : [])));
}

describe('a network as one dataflow accelerator', () => {
  it.each([
    [1, 'a chain with pooling, blocks behind blocks, and an argmax', 400],
    [10, 'two branches, blocks in front of a dense layer, and an argmax', 420],
  ])('gives what the golden network gives, with pauses, frames back to back and after a reset in mid-frame (random network %i: %s)', async (seed, _, cycles) => {
    const network = randomNetwork(seed);
    const design = generateNetwork(network, lanesOf(network, cycles));
    const simulation = await simulateNetworkDesign(network, design, { frames: 5, seed, stallIn: 0.3, stallOut: 0.3, effort: 'quick' });
    expect(simulation).toMatchObject({ mismatches: 0, timedOut: false, protocolErrors: [] });
    expect(networkSimulationPassed(simulation)).toBe(true);
    expect(simulation.outputs).toBe(18 * network.nodes[network.output].output.channels);
    expect(simulation.cyclesPerFrame).toBeLessThanOrEqual(simulation.plannedCyclesPerFrame);
    expect(simulation.cyclesPerFrame).toBeGreaterThan(0.99 * simulation.plannedCyclesPerFrame);
  }, 60_000);

  it('stops where the FIFO of the shorter branch is too small, which the planned depth is not', async () => {
    const network = randomNetwork(14);
    const small = generateNetwork(network, lanesOf(network, 420), { fifoDepths: new Map([['fifo_add3_b', 4]]) });
    const planned = generateNetwork(network, lanesOf(network, 420)).plan.stages.find(({ name }) => name === 'fifo_add3_b');
    expect(planned).toMatchObject({ kind: 'fifo' });
    const { timedOut, protocolErrors } = await simulateNetwork(network, small, randomNetworkInput(network, 4, 1), 4, { effort: 'quick' });
    expect(timedOut).toBe(true);
    expect(protocolErrors[0]).toContain('stopped at the limit of cycles');
  }, 60_000);

  it('is clean in all three tools', async () => {
    const network = randomNetwork(10);
    const { files, verilog, top } = generateNetwork(network, lanesOf(network, 420));
    const memories = [...files.keys()].filter((path) => path.endsWith('.mem'));
    const sources = [...verilog, ...memories].map((path) => ({ path, text: files.get(path)! }));
    for (const result of await lint(sources, top, { tools: ['verilator', 'iverilog', 'yosys'] })) expect(result).toMatchObject({ clean: true });
  }, 60_000);

  it('permutes once between two layers in blocks, and not at all in front of a dense layer', () => {
    const permuters = (seed: number) => {
      const network = randomNetwork(seed);
      const { stages } = generateNetwork(network, lanesOf(network, 420)).plan;
      return stages.flatMap((stage) => (stage.kind === 'layer' ? [`${stage.plan.inputPermuter ? 'in' : ''}-${stage.plan.outputPermuter ? 'out' : ''}`] : []));
    };
    expect(permuters(1)).toEqual(['-', '-', 'in-', 'in-out']);
    expect(permuters(10).slice(-2)).toEqual(['in-', '-']);
  });
});
