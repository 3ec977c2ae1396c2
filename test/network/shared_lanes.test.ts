import { describe, expect, it } from 'vitest';
import { chooseSharedLanes } from '../../generator/flow/shared_design.js';
import { randomNetwork } from '../../generator/network/random.js';
import { planShared } from '../../generator/plan/shared/plan_shared.js';

const network = randomNetwork(5, { encodings: ['pot'] });

describe('the folding of a time-shared engine', () => {
  it('is 16 x 16, as given, or the smallest that keeps up with a frame rate', () => {
    expect(chooseSharedLanes(network, {})).toEqual({ oc: 16, ic: 16 });
    expect(chooseSharedLanes(network, { lanes: 'oc=8,ic=4' })).toEqual({ oc: 8, ic: 4 });
    const { cyclesPerFrame } = planShared(network, { oc: 4, ic: 8 });
    const lanes = chooseSharedLanes(network, { fps: Math.floor(200e6 / cyclesPerFrame) });
    expect(planShared(network, lanes).cyclesPerFrame).toBeLessThanOrEqual(cyclesPerFrame);
    expect(lanes.oc * lanes.ic).toBeLessThanOrEqual(32);
  });

  it('is refused with what is wrong and the way out', () => {
    const message = (lanes: string) => () => chooseSharedLanes(network, { lanes });
    expect(message('fc1:oc=4,ic=4')).toThrow('the time-shared form has one folding for all layers');
    expect(message('oc=4')).toThrow('both oc and ic are needed');
    expect(message('oc=4,ic=4,dsp=2')).toThrow('has dsp, which the time-shared form does not know');
    expect(() => chooseSharedLanes(network, { fps: 1e8 })).toThrow('asks for a frame every 2 cycles');
    expect(() => planShared(network, { oc: 0, ic: 4 })).toThrow('must be a whole number from 1 to 1024');
  });

  it('keeps the weights of all layers in one encoding, the cheapest that has them all', () => {
    expect(planShared(randomNetwork(22, { shape: 'residual', encodings: ['bpot'], argmax: false }), { oc: 6, ic: 2 }).encoding.encoding).toBe('bpot');
    expect(planShared(randomNetwork(30, { encodings: ['uniform', 'pot', 'apot', 'csd'] }), { oc: 6, ic: 2 }).encoding.encoding).toBe('csd');
  });

  it('names the node that one engine cannot run, and what to do', () => {
    const network = randomNetwork(5, { encodings: ['pot'] });
    const input = { ...network.input, bits: 12 };
    expect(() => planShared({ ...network, input }, { oc: 4, ic: 4 })).toThrow('has 12 bits; the map memory of the time-shared form holds 8');
    expect(() => planShared({ ...network, input }, { oc: 4, ic: 4 })).toThrow(expect.objectContaining({ place: 'network random_network_5, "input"', wayOut: expect.stringContaining('--form dataflow') }));
  });
});
