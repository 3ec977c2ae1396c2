/** Pixel tiles that take turns on a weight word, so that it is held for several steps (`hold` of the lanes; docs/architecture.md). */
import { ShiftloomError } from '../errors.js';
import type { Lanes } from './plan.js';

/** Most pixel tiles that take turns: as many sums fit a shift register LUT. */
export const MOST_TURNS = 32;

/** Steps for which a weight word is held. */
export function turnsOf({ hold }: Pick<Lanes, 'hold'>): number {
  return hold ?? 1;
}

/** Output pixels of a row that a tile of the loop nest covers: all turns of all pixel lanes. */
export function tilePixels(lanes: Pick<Lanes, 'pixel' | 'hold'>): number {
  return lanes.pixel * turnsOf(lanes);
}

/**
 * Idle cycles behind a tile so that the requantizers keep up. Where a turn has fewer sums than there are turns, the next tile's would come into the
 * queues before the last turn's have left them.
 * @param elements sums of a turn that a requantizer takes; @param words steps of a turn
 */
export function tileGap(lanes: Pick<Lanes, 'hold'>, elements: number, words: number): number {
  const turns = turnsOf(lanes);
  return Math.max(0, turns * (elements - words) + Math.max(0, turns - elements));
}

/** @throws ShiftloomError('usage') for turns that an engine cannot take */
export function checkHold(lanes: Pick<Lanes, 'hold' | 'blocks'>): void {
  const { hold, blocks } = lanes;
  if (hold === undefined) return;
  if (!Number.isInteger(hold) || hold < 1 || hold > MOST_TURNS) throw new ShiftloomError('usage', `lanes hold=${hold}`, `must be a whole number from 1 to ${MOST_TURNS}`);
  if (hold > 1 && blocks !== undefined) {
    throw new ShiftloomError('usage', `lanes hold=${hold}`, 'a block-permuted layer has one pixel, whose weights are used once', 'Leave hold out');
  }
}
