import { describe, expect, it } from 'vitest';
import { randomNetwork } from '../../../generator/network/random.js';
import { balanceLayer } from '../../../generator/plan/network/balance.js';
import { StageBuilder } from '../../../generator/plan/network/build_stages.js';
import { exactDepths, networkGraph } from '../../../generator/plan/network/network_depths.js';
import { planNetwork } from '../../../generator/plan/network/plan_network.js';
import { planNodes } from '../../../generator/plan/network/plan_nodes.js';
import { play } from '../../../generator/plan/network/token_game.js';

/** A random network with its layers folded for a frame in at most 420 cycles. */
function stagesOf(seed: number) {
  const network = randomNetwork(seed);
  const lanes = new Map(network.nodes.flatMap((node) => (node.op === 'layer' ? [[node.name, balanceLayer(node.layer, 420)] as const] : [])));
  return { network, lanes, builder: new StageBuilder(network, planNodes(network, lanes)) };
}

/** The game with a depth for the longer waiting input of each addition. */
function cyclesBetween(builder: StageBuilder, depths: ReadonlyMap<string, number>): number {
  const graph = networkGraph(builder);
  const capacities = new Map(graph.edges.flatMap(({ capacity, name }, index) => (capacity === undefined ? [[index, depths.get(name) ?? 3] as const] : [])));
  return play(graph, 6, capacities).cycles - play(graph, 5, capacities).cycles;
}

describe('FIFOs of a network', () => {
  it.each([8, 9, 13])('are as deep as the full rate needs, not a frame: random network %i', (seed) => {
    const { network, lanes, builder } = stagesOf(seed);
    const depths = exactDepths(builder);
    const plan = planNetwork(network, lanes);
    expect([...depths.keys()]).toEqual(plan.stages.filter(({ kind }) => kind === 'fifo').map(({ name }) => name));
    // No slower than the slowest unit; with a quarter of the places it is, or it stops.
    expect(cyclesBetween(builder, depths)).toBe(plan.cyclesPerFrame);
    const halved = new Map([...depths].map(([name, depth]) => [name, depth / 4]));
    expect(cyclesBetween(builder, halved)).not.toBe(plan.cyclesPerFrame);
  });

  it('are absent where nothing meets again', () => {
    expect([...exactDepths(stagesOf(4).builder)]).toEqual([]);
  });
});
