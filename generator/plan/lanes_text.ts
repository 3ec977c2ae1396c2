import type { Lanes } from './plan.js';

/** A folding as `--lanes` takes it: `oc=4,ic=64,pixel=1,kind=lut`, and what else is set. */
export function lanesText(lanes: Lanes): string {
  const spelled = (value: unknown) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));
  return Object.entries(lanes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${spelled(value)}`)
    .join(',');
}
