/** What an engine may need at most. */
import type { Layer } from '../layer/layer.js';
import { macsOf } from '../layer/layer.js';
import type { LaneKind } from './codes.js';
import type { Needs } from './foldings.js';
import type { Lanes, WeightsPlace } from './plan.js';
import { planSelection, stepChannels } from './selection.js';

export interface Limits {
  /** Most LUTs, DSP48E1 and RAMB36 of the whole engine; undefined: no limit (block RAM: the XC7Z035's 500). */
  readonly maxLut?: number;
  readonly maxDsp?: number;
  readonly maxBram?: number;
  /** Most clock cycles of one frame. */
  readonly latencyCycles?: number;
  /** Most multiply-accumulates per cycle; 256 if no other limit is given. */
  readonly maxMacs?: number;
  /** Least share of the peak that the array must reach over a frame, 0..1. */
  readonly minUtilization?: number;
  readonly kind?: LaneKind;
  /** Where the weights are; left out, on chip if they fit, else rebuilt from factors or streamed. */
  readonly weights?: WeightsPlace;
}

/** The XC7Z035's, if no limit is given. */
export const MAX_BRAM = 500;
/** Multiply-accumulates per cycle if nothing is asked. */
export const DEFAULT_MACS = 256;
/** Engines that are slower by no more than this share count as equally fast; the smallest of them is taken. */
export const TIME_TOLERANCE = 0.02;
/** What the limit of block RAM is called. */
export const BLOCK_RAMS = 'block RAMs';
/** More multiply-accumulates per cycle than the largest part can hold. */
export const MOST_MACS = 32_768;

/** A limit with the words and the value that it is held against. */
export interface Bar {
  readonly words: string;
  readonly limit: number;
  readonly of: (needs: Needs) => number;
}

/** Size in LUTs; the XC7Z035 has 191 of them to a DSP48E1, and a block RAM is charged as the memories' planner does. */
export function sizeOf(needs: Pick<Needs, 'lut' | 'dsp' | 'bram36'>): number {
  return needs.lut + 191 * needs.dsp + 172 * needs.bram36;
}

export function barsOf({ maxLut, maxDsp, maxBram, latencyCycles }: Limits): Bar[] {
  const all = [
    { words: 'LUTs', limit: maxLut, of: (needs: Needs) => needs.lut },
    { words: 'DSP blocks', limit: maxDsp, of: (needs: Needs) => needs.dsp },
    { words: BLOCK_RAMS, limit: maxBram ?? MAX_BRAM, of: (needs: Needs) => needs.bram36 },
    { words: 'cycles', limit: latencyCycles, of: (needs: Needs) => needs.cycles },
  ];
  return all.filter((bar): bar is Bar => bar.limit !== undefined);
}

/** True if the needs of a folding, or bounds on them, are within the limits. */
export function meetsLimits(layer: Layer, lanes: Lanes, needs: Needs, limits: Limits): boolean {
  const { maxLut = Infinity, maxDsp = Infinity, maxBram = MAX_BRAM, latencyCycles = Infinity, minUtilization } = limits;
  if (needs.lut > maxLut || needs.dsp > maxDsp || needs.bram36 > maxBram || needs.cycles > latencyCycles) return false;
  return minUtilization === undefined || utilizationOf(layer, lanes, needs) >= minUtilization;
}

/** Share of the peak that a frame is computed at; inputs that lanes leave out count as done. */
export function utilizationOf(layer: Layer, lanes: Lanes, { cycles }: Pick<Needs, 'cycles'>): number {
  const channels = stepChannels(lanes.ic, planSelection(layer, lanes));
  const macs = layer.blocks ? layer.blocks.tensors.weight.length : macsOf(layer.geometry);
  return macs / (cycles * lanes.oc * channels * lanes.pixel);
}
