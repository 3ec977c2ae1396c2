/** For how many steps an engine may hold its weights at no price in time. */
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from './estimate.js';
import { meetsLimits, type Limits } from './limits.js';
import type { Lanes } from './plan.js';
import { planLayer } from './plan_layer.js';
import { isTiled } from './tiled.js';

/** More save little: with 8 turns a weight already changes in every eighth step only. */
const MOST = 8;
/** Cycles that holding may take more: the last pixel tile of a frame leaves the drain later. */
const SLOWER = 1.01;

/**
 * The folding with weights held for as many steps, up to 8, as cost no time (at most 1 %, and not beyond a latency that is asked for) and no more
 * resources than the limits allow; the folding itself if none do, as for a layer of one pixel.
 */
export function holdFor(layer: Layer, lanes: Lanes, limits: Limits = {}): Lanes {
  if (lanes.blocks !== undefined || layer.blocks) return lanes;
  const tiles = Math.ceil(layer.geometry.outWidth / lanes.pixel);
  const { cycles } = estimateLayer(planLayer(layer, lanes, Infinity));
  for (let hold = Math.min(MOST, tiles); hold > 1; hold--) {
    if (Math.ceil(tiles / hold) * hold > tiles * SLOWER) continue; // the last ones would idle
    const held = { ...lanes, hold };
    const estimate = estimateLayer(planLayer(layer, held, isTiled(lanes) ? undefined : Infinity));
    if (estimate.cycles <= cycles * SLOWER && meetsLimits(layer, held, estimate, limits)) return held;
  }
  return lanes;
}
