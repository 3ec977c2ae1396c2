/** The error of a search without a result: it names the nearest folding and which limits that breaks. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import type { Needs } from './foldings.js';
import { lanesText } from './lanes_text.js';
import { barsOf, utilizationOf, type Bar, type Limits } from './limits.js';
import type { Estimate, Lanes } from './plan.js';

/** How far a folding is beyond the limits: the largest ratio to one of them. */
export function excessOf(bars: readonly Bar[], needs: Needs): number {
  return Math.max(0, ...bars.map(({ of, limit }) => of(needs) / Math.max(limit, 0.5)));
}

/** @param nearest undefined if there is none at all */
export function nothingFits(layer: Layer, limits: Limits, considered: number, nearest: { readonly lanes: Lanes; readonly estimate: Estimate } | undefined): ShiftloomError {
  const place = layer.description.name;
  if (!nearest) return new ShiftloomError('resource', place, `no folding has at most ${limits.maxMacs} MACs per cycle`, 'Raise the limit');
  const { lanes, estimate } = nearest;
  const bars = barsOf(limits);
  const share = utilizationOf(layer, lanes, estimate);
  const asked = bars.map(({ words, limit }) => `${number(limit)} ${words}`).join(', ') + (limits.minUtilization ? ` at ${percent(limits.minUtilization)} of peak` : '');
  const broken = bars.filter(({ of, limit }) => of(estimate) > limit).map(({ words, of, limit }) => `takes ${number(of(estimate))} ${words} instead of ${number(limit)}`);
  const breaks = broken.length > 0 ? broken.join(' and ') : `works at ${percent(share)} of its peak`;
  return new ShiftloomError(
    'resource',
    place,
    `no folding has at most ${asked} (${number(considered)} considered); the nearest, ${lanesText(lanes)}, ${breaks}`,
    'Relax that limit, or give --lanes by hand',
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function number(value: number): string {
  return (Math.round(10 * value) / 10).toLocaleString('en-US');
}
