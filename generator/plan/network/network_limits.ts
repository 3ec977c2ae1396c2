/** What a whole network may need at most. */
import type { Limits } from '../limits.js';
import type { NetworkPlan } from './network_plan.js';

export type NetworkLimits = Pick<Limits, 'maxLut' | 'maxDsp' | 'maxBram'>;

export function meetsNetworkLimits({ estimate }: Pick<NetworkPlan, 'estimate'>, { maxLut = Infinity, maxDsp = Infinity, maxBram = Infinity }: NetworkLimits): boolean {
  return estimate.lut <= maxLut && estimate.dsp <= maxDsp && estimate.bram36 <= maxBram;
}
