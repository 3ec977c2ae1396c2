/** Folding from the command line's text, or a default. */
import { ShiftloomError, nearestName } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import type { LaneKind } from '../plan/codes.js';
import type { Lanes, WeightsPlace } from '../plan/plan.js';
import { holdFor } from '../plan/hold.js';
import type { Limits } from '../plan/limits.js';
import { findLanes } from '../plan/search.js';
import { loadPart, type Part } from '../synthesize/parts.js';

const LANE_KEYS = ['oc', 'ic', 'pixel', 'kind', 'dsp', 'select', 'blocks', 'hold', 'weights', 'rebuild', 'band'] as const;
type LaneKey = (typeof LANE_KEYS)[number];
const EXAMPLE = 'Write it as oc=16,ic=16,pixel=1';

/** Lanes as given; what was left out is undefined. */
export type GivenLanes = { -readonly [K in LaneKey]?: Lanes[K] };

/** Lane kind when none is given: `uniform` weights are the DSP baseline, all others need no multiplier. */
export function defaultLaneKind(layer: Layer): LaneKind {
  return layer.description.weights.encoding === 'uniform' ? 'dsp' : 'lut';
}

/**
 * `oc=16,ic=16,pixel=1[,kind=dsp|lut][,dsp=4][,select=on|off][,blocks=2][,hold=4][,weights=resident|streamed|rebuilt][,rebuild=16x4x4][,band=4]` in any order. Ranges are the plan's business.
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
    else if (key === 'select') lanes.select = selectOf(value);
    else if (key === 'weights') lanes.weights = placeOf(value);
    else if (key === 'rebuild') lanes.rebuild = rebuildOf(value);
    else lanes[key] = countOf(key, value);
  }
  return lanes;
}

/** Fills what was left out: one lane, and the layer's default kind; beside lanes in pairs the others are in LUTs. */
export function completeLanes(layer: Layer, given: GivenLanes): Lanes {
  const { oc = 1, ic = 1, pixel = 1, dsp = 0, kind = dsp > 0 ? 'lut' : defaultLaneKind(layer), ...rest } = given;
  return { oc, ic, pixel, kind, ...(dsp > 0 ? { dsp } : {}), ...rest };
}

/** A count, or a share of what the part has. */
export type Amount = number | { readonly share: number };

/** Folding by hand, or the limits to find one from; with neither, 256 multiply-accumulates per cycle. */
export interface FoldingRequest {
  readonly lanes?: string;
  /** Steps for which weights are held, or `auto`: as many as cost no time. Not together with `hold` in the lanes. */
  readonly hold?: number | 'auto';
  /** Device whose shares are meant, in any case and with or without package and speed grade; default XC7Z035. */
  readonly target?: string;
  readonly maxLut?: Amount;
  readonly maxDsp?: Amount;
  readonly maxBram?: Amount;
  readonly latencyCycles?: number;
  /** Where the weights of the engine that is found are; left out, the search decides. */
  readonly weights?: WeightsPlace;
  /** Clock in MHz that cycles are told in time at; default 200. */
  readonly clock?: number;
}

export interface Folding {
  readonly lanes: Lanes;
  /** Number of foldings that were compared, and of those that were planned; absent if the lanes were given. */
  readonly considered?: number;
  readonly planned?: number;
  /** What the folding was found within; absent if nothing was asked. */
  readonly target?: { readonly part: Part; readonly limits: Limits };
  readonly clock: number;
}

/** Shares of the part that an engine may take if nothing else is said: room is left for routing, and for what stands beside the engine. */
export const DEFAULT_SHARES = { maxLut: 0.7, maxDsp: 0.9, maxBram: 0.9 } as const;
export const DEFAULT_CLOCK_MHZ = 200;

const OPTIONS = { maxLut: '--max-lut', maxDsp: '--max-dsp', maxBram: '--max-bram', latencyCycles: '--latency' } as const;
const LIMITS = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];

/**
 * Limits in counts: of the part's LUTs, DSP blocks and block RAMs those asked for, else 70 %, 90 % and 90 %. Undefined if nothing is asked.
 * @throws ShiftloomError 'input' for an unknown part
 */
export function limitsOf(request: FoldingRequest): { readonly part: Part; readonly limits: Limits } | undefined {
  if (request.target === undefined && LIMITS.every((key) => request[key] === undefined)) return undefined;
  const part = loadPart(request.target);
  const most = (key: keyof typeof DEFAULT_SHARES, has: number) => {
    const amount = request[key] ?? { share: DEFAULT_SHARES[key] };
    return typeof amount === 'number' ? amount : Math.floor(amount.share * has + 1e-6);
  };
  const { latencyCycles, weights } = request;
  const limits = { maxLut: most('maxLut', part.lut), maxDsp: most('maxDsp', part.dsp), maxBram: most('maxBram', part.bram36), ...(weights === undefined ? {} : { weights }) };
  return { part, limits: latencyCycles === undefined ? limits : { ...limits, latencyCycles } };
}

/** @throws ShiftloomError 'usage' for wrong or contradicting options, 'input' for an unknown part, 'resource' if no folding meets the limits */
export function chooseLanes(layer: Layer, request: FoldingRequest): Folding {
  const { lanes, weights, clock = DEFAULT_CLOCK_MHZ } = request;
  const target = limitsOf(request);
  const held = (found: Lanes) => withHold(layer, found, request.hold, target?.limits);
  if (lanes === undefined) {
    const found = foundLanes(layer, target?.limits ?? (weights === undefined ? undefined : { weights }));
    return { ...found, lanes: held(found.lanes), target, clock };
  }
  const limited = LIMITS.find((key) => request[key] !== undefined);
  if (limited) throw usage(`cannot be given together with ${OPTIONS[limited]}`, 'Give the folding by hand, or limits to find it from');
  if (weights !== undefined) throw usage('cannot be given together with --weights', `Write it as --lanes ${lanes},weights=${weights}`);
  return { lanes: held(completeLanes(layer, parseLanes(lanes))), target, clock };
}

function withHold(layer: Layer, lanes: Lanes, hold: FoldingRequest['hold'], limits: Limits | undefined): Lanes {
  if (hold === undefined) return lanes;
  if (lanes.hold !== undefined) throw usage('has hold, and --hold is given too', 'Give one of them');
  return hold === 'auto' ? holdFor(layer, lanes, limits) : { ...lanes, hold };
}

function foundLanes(layer: Layer, limits: Limits | undefined): Pick<Folding, 'lanes' | 'considered' | 'planned'> {
  const { lanes, considered, planned } = findLanes(layer, limits);
  return { lanes, considered, planned };
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

function selectOf(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on';
  throw usage(`select=${value} is neither on nor off`, 'Left out, lanes select where the layer declares a sparsity');
}

function placeOf(value: string): WeightsPlace {
  if (value === 'resident' || value === 'streamed' || value === 'rebuilt') return value;
  throw usage(`weights=${value} is no place for weights`, 'Places: resident, streamed, rebuilt');
}

function rebuildOf(value: string): NonNullable<Lanes['rebuild']> {
  const found = /^(\d{1,4})x(\d{1,4})x(\d{1,4})$/.exec(value);
  if (!found) throw usage(`rebuild=${value} is not RANKSxOUTPUTSxINPUTS`, 'Write it as rebuild=16x4x4');
  const [ranks, outputs, inputs] = found.slice(1).map(Number);
  return { ranks, outputs, inputs };
}

function countOf(key: LaneKey, value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw usage(`${key}=${value} is not a whole number`, EXAMPLE);
}

function usage(message: string, wayOut: string): ShiftloomError {
  return new ShiftloomError('usage', '--lanes', message, wayOut);
}
