import { describe, expect, it } from 'vitest';
import { chooseNetworkLanes } from '../../generator/flow/network_lanes.js';
import { randomNetwork } from '../../generator/network/random.js';
import { planNetwork } from '../../generator/plan/network/plan_network.js';

const network = randomNetwork(10);
const cyclesOf = (lanes: ReturnType<typeof chooseNetworkLanes>['lanes']) => planNetwork(network, lanes).cyclesPerFrame;

describe('foldings of a network', () => {
  it('keep up with the frame rate that is asked for, and with little more than that', () => {
    for (const cycles of [500, 1000, 4000]) {
      const { lanes, balancedTo } = chooseNetworkLanes(network, { fps: 200e6 / cycles });
      expect(balancedTo).toBe(cycles);
      expect(cyclesOf(lanes)).toBeLessThanOrEqual(cycles);
      expect(cyclesOf(lanes)).toBeGreaterThan(0.5 * cycles);
    }
  });

  it('take fewer LUTs for fewer frames', () => {
    const lut = (fps: number) => planNetwork(network, chooseNetworkLanes(network, { fps }).lanes).estimate.lut;
    expect(lut(50_000)).toBeLessThan(lut(400_000));
  });

  it('are as given for the nodes that are named; the others keep up with these', () => {
    const { lanes, balancedTo } = chooseNetworkLanes(network, { lanes: 'conv1:oc=1,ic=2;fc7:oc=2,ic=3' });
    expect(lanes.get('conv1')).toMatchObject({ oc: 1, ic: 2, pixel: 1 });
    expect(lanes.get('fc7')).toMatchObject({ oc: 2, ic: 3 });
    expect(lanes.size).toBe(6);
    expect(cyclesOf(lanes)).toBe(balancedTo);
  });

  it('are the fastest that fit a limit', () => {
    const { lanes } = chooseNetworkLanes(network, { maxLut: 6000 });
    const plan = planNetwork(network, lanes);
    expect(plan.estimate.lut).toBeLessThanOrEqual(6000);
    expect(plan.estimate.lut).toBeGreaterThan(4500);
  });

  it.each([
    [{ fps: 1e8 }, "conv0: no folding takes a frame every 2 cycles"],
    [{ lanes: 'conv9:oc=1' }, "--lanes: 'conv9' is not a layer of random_network_10. Did you mean 'conv0'?"],
    [{ lanes: 'oc=1' }, "--lanes: is 'oc=1'; a network's foldings are NODE:KEY=VALUE,..."],
    [{ maxLut: 500 }, 'random_network_10: takes'],
    [{ latencyCycles: 100 }, '--latency: is for one layer. Ask for a frame rate of the network: --fps 1000'],
  ])('that cannot be are refused: %j', (request, message) => {
    expect(() => chooseNetworkLanes(network, request)).toThrow(message);
  });

  it('with streamed weights are refused', () => {
    const { lanes } = chooseNetworkLanes(network, { lanes: 'conv1:oc=1,weights=streamed' });
    expect(() => planNetwork(network, lanes)).toThrow('lanes of conv1: weights are streamed, and a network has no weight stream. Take weights=resident, or weights=rebuilt for factors');
  });
});
