import type { RebuildLanes } from './factor_reconstruction.js';
import type { Lanes } from './plan.js';

/** A folding as `--lanes` takes it: `oc=4,ic=64,pixel=1,kind=lut`, and what else is set. */
export function lanesText(lanes: Lanes): string {
  const spelled = (value: unknown) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : typeof value === 'object' ? rebuildText(value as RebuildLanes) : String(value));
  return Object.entries(lanes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${spelled(value)}`)
    .join(',');
}

/** `16x4x4`: ranks, output channels, input channels. */
export function rebuildText({ ranks, outputs, inputs }: RebuildLanes): string {
  return `${ranks}x${outputs}x${inputs}`;
}
