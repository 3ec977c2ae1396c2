import type { Lanes } from './plan.js';

/** Whether the weights come a channel tile at a time, so that channel tiles are outermost within bands: streamed or rebuilt. */
export function isTiled({ weights }: Pick<Lanes, 'weights'>): boolean {
  return weights === 'streamed' || weights === 'rebuilt';
}
