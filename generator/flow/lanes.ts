/** Folding from the command line's text, or a default. */
import { ShiftloomError, nearestName } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import type { LaneKind } from '../plan/codes.js';
import type { Lanes } from '../plan/plan.js';
import { findLanes } from '../plan/search.js';

const LANE_KEYS = ['oc', 'ic', 'pixel', 'kind'] as const;
type LaneKey = (typeof LANE_KEYS)[number];
const EXAMPLE = 'Write it as oc=16,ic=16,pixel=1';

/** Lanes as given; what was left out is undefined. */
export type GivenLanes = { -readonly [K in LaneKey]?: Lanes[K] };

/** Lane kind when none is given: `uniform` weights are the DSP baseline, all others need no multiplier. */
export function defaultLaneKind(layer: Layer): LaneKind {
  return layer.description.weights.encoding === 'uniform' ? 'dsp' : 'lut';
}

/**
 * `oc=16,ic=16,pixel=1[,kind=dsp|lut]` in any order. Ranges are the plan's business.
 * @throws ShiftloomError('usage')
 */
export function parseLanes(text: string): GivenLanes {
  const lanes: GivenLanes = {};
  for (const part of text.split(',')) {
    const [name, value, ...rest] = part.split('=').map((piece) => piece.trim());
    if (value === undefined || value === '' || rest.length > 0) throw usage(`'${part}' is not KEY=VALUE`, EXAMPLE);
    const key = keyOf(name);
    if (lanes[key] !== undefined) throw usage(`${key} is given twice`, '');
    if (key === 'kind') lanes.kind = kindOf(value);
    else lanes[key] = countOf(key, value);
  }
  return lanes;
}

/** Fills what was left out: one lane, and the layer's default kind. */
export function completeLanes(layer: Layer, given: GivenLanes): Lanes {
  return { oc: given.oc ?? 1, ic: given.ic ?? 1, pixel: given.pixel ?? 1, kind: given.kind ?? defaultLaneKind(layer) };
}

/** Folding by hand, or the limits to find one from; with neither, 256 multiply-accumulates per cycle. */
export interface FoldingRequest {
  readonly lanes?: string;
  readonly maxLut?: number;
  readonly maxDsp?: number;
  readonly latencyCycles?: number;
}

export interface Folding {
  readonly lanes: Lanes;
  /** Number of foldings that were compared; absent if the lanes were given. */
  readonly considered?: number;
}

/** @throws ShiftloomError 'usage' for wrong or contradicting options, 'resource' if no folding meets the limits */
export function chooseLanes(layer: Layer, request: FoldingRequest): Folding {
  const { lanes, ...limits } = request;
  const limited = (['maxLut', 'maxDsp', 'latencyCycles'] as const).find((key) => limits[key] !== undefined);
  if (lanes === undefined) {
    const found = findLanes(layer, limits);
    return { lanes: found.lanes, considered: found.considered };
  }
  if (limited) {
    const option = { maxLut: '--max-lut', maxDsp: '--max-dsp', latencyCycles: '--latency' }[limited];
    throw usage(`cannot be given together with ${option}`, 'Give the folding by hand, or limits to find it from');
  }
  return { lanes: completeLanes(layer, parseLanes(lanes)) };
}

function keyOf(name: string): LaneKey {
  const key = LANE_KEYS.find((known) => known === name);
  if (key) return key;
  const near = nearestName(name, LANE_KEYS);
  throw usage(`'${name}' is not a lane key`, near ? `Did you mean '${near}'?` : `Keys: ${LANE_KEYS.join(', ')}`);
}

function kindOf(value: string): LaneKind {
  if (value === 'dsp' || value === 'lut') return value;
  throw usage(`kind=${value} is not a kind of lane`, 'Kinds: dsp, lut');
}

function countOf(key: LaneKey, value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw usage(`${key}=${value} is not a whole number`, EXAMPLE);
}

function usage(message: string, wayOut: string): ShiftloomError {
  return new ShiftloomError('usage', '--lanes', message, wayOut);
}
