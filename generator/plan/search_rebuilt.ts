/**
 * Folding from limits for weights that are rebuilt on chip. What a folding needs is told without planning it (`rebuilt_foldings.ts`); the most promising are planned,
 * so what is found is good, not proven best.
 */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from './estimate.js';
import { icCounts, laneKinds, type BoundedFolding, type Most, type Needs } from './foldings.js';
import { BLOCK_RAMS, DEFAULT_MACS, MAX_BRAM, MOST_MACS, TIME_TOLERANCE, barsOf, meetsLimits, sizeOf, type Bar, type Limits } from './limits.js';
import { excessOf, nothingFits } from './nothing_fits.js';
import type { Estimate, Lanes } from './plan.js';
import { BAND_SHARE, planLayer } from './plan_layer.js';
import { RebuiltFoldings } from './rebuilt_foldings.js';
import type { Candidate } from './search.js';

/** Foldings that are planned each time something is looked for: a few milliseconds each. */
const MOST_PLANNED = 250;
/** LUTs that the nearest folding to limits that none meets is looked for among. */
const LEAST_LUT = 20_000;
/** Of the LUTs that a unit may leave to an array with lanes in pairs. */
const PAIR_SHARES = [0.9, 1] as const;

type Key = (needs: Needs) => number;

export class RebuiltSearch {
  /** Number of foldings that were compared. */
  considered = 0;
  private known?: readonly BoundedFolding[];
  private readonly tried = new Map<string, Candidate | undefined>();
  private readonly bars: readonly Bar[];
  private readonly foldings: readonly RebuiltFoldings[];
  /** What planned foldings need of what was told of them, at the least: what is told is that much too high or low. */
  private scale = 1;

  /** @throws ShiftloomError 'usage' for a layer without factors */
  constructor(private readonly layer: Layer, private readonly limits: Limits) {
    this.bars = barsOf(limits);
    const kinds = limits.kind ? [limits.kind] : this.open ? laneKinds(layer).slice(0, 1) : laneKinds(layer);
    this.foldings = kinds.map((kind) => new RebuiltFoldings(layer, kind));
  }

  /** With a latency the smallest that meets it; else the fastest, or one that is as good as equally fast and smaller. */
  best(): Candidate | undefined {
    const { latencyCycles } = this.limits;
    if (latencyCycles !== undefined) return this.first(ascending(this.all, sizeOf), sizeOf, latencyCycles) ?? this.smallestInPairs(latencyCycles);
    const singly = this.first(ascending(this.all, cyclesOf), cyclesOf);
    if (!singly) return undefined;
    this.addPairs(singly.estimate);
    const fastest = this.first(ascending(this.all, cyclesOf), cyclesOf)!;
    const most = fastest.estimate.cycles * (1 + TIME_TOLERANCE);
    return this.first(ascending(this.all.filter(({ least }) => least.cycles <= most), sizeOf), sizeOf, most) ?? fastest;
  }

  /** Engines for a latency that need more LUTs than there are if no lane runs in pairs. */
  private smallestInPairs(latencyCycles: number): Candidate | undefined {
    const singly = this.first(ascending(this.all, cyclesOf), cyclesOf);
    if (!singly) return undefined;
    this.addPairs(singly.estimate);
    return this.first(ascending(this.all, sizeOf), sizeOf, latencyCycles);
  }

  /** Foldings in pairs for the LUTs that units leave: in an engine that uses the LUTs up, as many as its unit's share of them leaves, or somewhat less. */
  private addPairs({ lut, reconstructionLut = 0 }: Estimate): void {
    const { maxLut, maxDsp, maxBram } = this.limits;
    if (maxLut === undefined || maxDsp === undefined) return;
    const added: BoundedFolding[] = [];
    for (const share of PAIR_SHARES) {
      const most = { ...this.most(this.limits), lut: share * (1 - reconstructionLut / lut) * maxLut };
      for (const foldings of this.foldings) for (const ic of icCounts(this.layer)) foldings.visitPairs(ic, most, maxLut, maxBram, this.meeting(this.limits, added));
    }
    this.known = [...this.all, ...added];
  }

  get planned(): number {
    return this.tried.size;
  }

  /** Whether block RAM alone stands in the way. */
  lacksBlockRam(): boolean {
    const others = this.bars.filter(({ words }) => words !== BLOCK_RAMS);
    return this.collect({ ...this.limits, maxBram: Infinity }).some(({ least }) => others.every(({ of, limit }) => of(least) <= limit));
  }

  /** The error that names the nearest folding. */
  nothingFits(): ShiftloomError {
    const { layer, limits, considered } = this;
    const unhurried = limits.latencyCycles === undefined ? undefined : new RebuiltSearch(layer, { ...limits, latencyCycles: undefined, maxMacs: limits.maxMacs ?? MOST_MACS }).best();
    return nothingFits(layer, limits, considered, unhurried ?? this.nearest());
  }

  private get open(): boolean {
    const { maxLut, maxDsp, latencyCycles } = this.limits;
    return maxLut === undefined && maxDsp === undefined && latencyCycles === undefined;
  }

  /** The foldings that may meet the limits. */
  private get all(): readonly BoundedFolding[] {
    return (this.known ??= this.collect(this.limits));
  }

  private collect(limits: Limits): BoundedFolding[] {
    const found: BoundedFolding[] = [];
    for (const foldings of this.foldings) for (const ic of icCounts(this.layer)) foldings.visit(ic, this.most(limits), limits.maxBram, this.meeting(limits, found));
    return found;
  }

  private most({ maxLut = Infinity, maxDsp = Infinity, maxMacs = this.open ? DEFAULT_MACS : MOST_MACS }: Limits): Most {
    return { lut: maxLut, dsp: maxDsp, macs: maxMacs };
  }

  private meeting(limits: Limits, into: BoundedFolding[]): (folding: BoundedFolding) => void {
    return (folding) => {
      this.considered++;
      if (meetsLimits(this.layer, folding.lanes, folding.least, limits)) into.push(folding);
    };
  }

  /** The folding with the least `key` that meets the limits, of as many as are planned. */
  private first(sorted: readonly BoundedFolding[], key: Key, mostCycles = Infinity): Candidate | undefined {
    let best: Candidate | undefined;
    let planned = 0;
    for (const folding of sorted) {
      if (planned >= MOST_PLANNED || (best && key(folding.least) >= key(best.estimate))) break;
      if (folding.least.lut * this.scale > (this.limits.maxLut ?? Infinity)) continue;
      const candidate = this.plan(folding);
      planned++;
      if (!candidate || !meetsLimits(this.layer, candidate.lanes, candidate.estimate, this.limits) || candidate.estimate.cycles > mostCycles) continue;
      if (!best || key(candidate.estimate) < key(best.estimate)) best = candidate;
    }
    return best;
  }

  private plan({ lanes, least }: BoundedFolding): Candidate | undefined {
    const key = JSON.stringify(lanes);
    if (this.tried.has(key)) return this.tried.get(key);
    const candidate = this.candidate(lanes, this.limits.maxBram ?? MAX_BRAM);
    this.tried.set(key, candidate);
    if (candidate) this.scale = this.tried.size === 1 ? candidate.estimate.lut / least.lut : Math.min(this.scale, candidate.estimate.lut / least.lut);
    return candidate;
  }

  /** Undefined if the device has no room for the band. */
  private candidate(lanes: Lanes, maxBram: number): Candidate | undefined {
    try {
      return { lanes, estimate: estimateLayer(planLayer(this.layer, lanes, maxBram / BAND_SHARE)) };
    } catch (error) {
      if (error instanceof ShiftloomError && error.code === 'resource') return undefined;
      throw error;
    }
  }

  /** The folding that exceeds the limits least, of those on somewhat more LUTs. */
  private nearest(): Candidate | undefined {
    const { maxLut, maxMacs } = this.limits;
    const key = (needs: Needs) => excessOf(this.bars, needs);
    const wide = { maxLut: 2 * Math.max(maxLut ?? 0, LEAST_LUT), maxBram: Infinity, maxMacs };
    let nearest: Candidate | undefined;
    for (const folding of ascending(this.collect(wide), key).slice(0, MOST_PLANNED)) {
      if (nearest && key(folding.least) >= key(nearest.estimate)) break;
      const candidate = this.candidate(folding.lanes, Infinity);
      if (candidate && (!nearest || key(candidate.estimate) < key(nearest.estimate))) nearest = candidate;
    }
    return nearest;
  }
}

function cyclesOf({ cycles }: Needs): number {
  return cycles;
}

function ascending(foldings: readonly BoundedFolding[], key: Key): BoundedFolding[] {
  return [...foldings].sort((a, b) => key(a.least) - key(b.least) || sizeOf(a.least) - sizeOf(b.least));
}
