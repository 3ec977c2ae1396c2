/** Folding from limits: enumerates sensible lanes, plans each, and takes the best by the estimator. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from './estimate.js';
import type { LaneKind } from './codes.js';
import type { Estimate, Lanes } from './plan.js';
import { planLayer } from './plan_layer.js';

export interface Limits {
  /** Most LUTs, DSP48E1 and RAMB36 of the whole engine; undefined: no limit (block RAM: the XC7Z035's 500). */
  readonly maxLut?: number;
  readonly maxDsp?: number;
  readonly maxBram?: number;
  /** Most clock cycles of one frame. */
  readonly latencyCycles?: number;
  /** Most multiply-accumulates per cycle; 256 if no other limit is given. */
  readonly maxMacs?: number;
  readonly kind?: LaneKind;
}

export interface Candidate {
  readonly lanes: Lanes;
  readonly estimate: Estimate;
}

export interface Found extends Candidate {
  /** Number of foldings that were planned. */
  readonly considered: number;
}

const DEFAULT_MACS = 256;
const MAX_BRAM = 500;
const MOST_LANES = 4096;

/** Powers of two and divisors of `channels`, up to the smallest power of two that holds them all and up to `most`. */
function laneCounts(channels: number, most: number): number[] {
  const counts = new Set<number>();
  for (let n = 1; n <= most; n *= 2) {
    counts.add(n);
    if (n >= channels) break;
  }
  for (let n = 1; n <= Math.min(channels, most); n++) if (channels % n === 0) counts.add(n);
  return [...counts].filter((n) => n <= most).sort((a, b) => a - b);
}

/** Pixel lanes that fill an output row well: every count up to 8, then those with at most an eighth of the lanes idle. */
function pixelCounts(width: number): number[] {
  const counts: number[] = [];
  for (let n = 1; n <= Math.min(width, 32); n++) {
    if (n <= 8 || width / (Math.ceil(width / n) * n) >= 0.875) counts.push(n);
  }
  return counts;
}

/**
 * With a latency: the smallest engine that meets it. Otherwise: the fastest engine within the limits, the smallest of equals.
 * @throws ShiftloomError 'resource' if no folding meets the limits; the message names the nearest
 */
export function findLanes(layer: Layer, limits: Limits = {}): Found {
  const g = layer.geometry;
  const open = limits.maxLut === undefined && limits.maxDsp === undefined && limits.latencyCycles === undefined;
  const mostMacs = limits.maxMacs ?? (open ? DEFAULT_MACS : MOST_LANES);
  const kind = limits.kind ?? (layer.description.weights.encoding === 'uniform' && (limits.maxDsp ?? 1) > 0 ? 'dsp' : 'lut');
  const fitting: Candidate[] = [];
  const all: Candidate[] = [];
  for (const ic of laneCounts(g.groupInChannels, 64)) {
    for (const oc of laneCounts(g.groupOutChannels, 128)) {
      for (const pixel of pixelCounts(g.outWidth)) {
        if (ic * oc * pixel > mostMacs || (open && ic * oc * pixel * 4 < idealMacs(g, mostMacs))) continue;
        const candidate = tried(layer, { oc, ic, pixel, kind });
        all.push(candidate);
        if (meets(candidate.estimate, limits)) fitting.push(candidate);
      }
    }
  }
  if (fitting.length === 0) throw nothingFits(layer, limits, all);
  const bySize = limits.latencyCycles !== undefined;
  const best = fitting.reduce((a, b) => (better(b.estimate, a.estimate, bySize) ? b : a));
  return { ...best, considered: all.length };
}

/** What the channels and pixels of the layer allow at most, so that tiny layers are not searched for lanes they cannot fill. */
function idealMacs(g: Layer['geometry'], most: number): number {
  return Math.min(most, Math.min(64, g.groupInChannels) * Math.min(128, g.groupOutChannels) * Math.min(32, g.outWidth));
}

function tried(layer: Layer, lanes: Lanes): Candidate {
  return { lanes, estimate: estimateLayer(planLayer(layer, lanes)) };
}

function meets(e: Estimate, limits: Limits): boolean {
  return (
    e.lut <= (limits.maxLut ?? Infinity) &&
    e.dsp <= (limits.maxDsp ?? Infinity) &&
    e.bram36 <= (limits.maxBram ?? MAX_BRAM) &&
    e.cycles <= (limits.latencyCycles ?? Infinity)
  );
}

function better(a: Estimate, b: Estimate, bySize: boolean): boolean {
  const size = (e: Estimate) => e.lut + 191 * e.dsp + 172 * e.bram36; // in LUTs, by the XC7Z035's proportions
  const keys = bySize ? [size(a) - size(b), a.cycles - b.cycles] : [a.cycles - b.cycles, size(a) - size(b)];
  // Within 2 % in time the smaller engine is the better one.
  if (!bySize && Math.abs(keys[0]) <= 0.02 * Math.min(a.cycles, b.cycles)) return keys[1] < 0;
  return keys[0] !== 0 ? keys[0] < 0 : keys[1] < 0;
}

function nothingFits(layer: Layer, limits: Limits, all: readonly Candidate[]): ShiftloomError {
  const names = { maxLut: 'LUTs', maxDsp: 'DSP blocks', maxBram: 'block RAMs', latencyCycles: 'cycles' } as const;
  const asked = Object.entries(names)
    .filter(([key]) => limits[key as keyof typeof names] !== undefined)
    .map(([key, name]) => `at most ${limits[key as keyof typeof names]} ${name}`)
    .join(', ');
  if (all.length === 0) return new ShiftloomError('resource', layer.description.name, `no folding has at most ${limits.maxMacs} MACs per cycle`, 'Raise the limit');
  const least = (key: 'lut' | 'dsp' | 'bram36' | 'cycles') => Math.round(Math.min(...all.map((c) => c.estimate[key])));
  return new ShiftloomError(
    'resource',
    layer.description.name,
    `none of ${all.length} foldings meets ${asked || `at most ${MAX_BRAM} block RAMs`}; the least that any needs is ${least('lut')} LUTs, ${least('dsp')} DSP blocks, ` +
      `${least('bram36')} block RAMs, ${least('cycles')} cycles`,
    'Relax a limit, or give --lanes by hand',
  );
}
