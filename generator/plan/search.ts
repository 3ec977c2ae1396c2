/**
 * Folding from limits. All lane counts are looked at, not only powers of two; foldings are planned in the order of their bounds, and none that
 * could still win is left out: what is found is the best by the estimator (branch and bound, docs/planning.md).
 */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from './estimate.js';
import { icCounts, laneKinds, visitFoldings, visitHybrids, withWeightMemory, type BoundedFolding, type Needs } from './foldings.js';
import { BLOCK_RAMS, DEFAULT_MACS, MAX_BRAM, MOST_MACS, TIME_TOLERANCE, barsOf, meetsLimits, sizeOf, type Bar, type Limits } from './limits.js';
import { excessOf, nothingFits } from './nothing_fits.js';
import type { Estimate, Lanes, WeightsPlace } from './plan.js';
import { BAND_SHARE, planLayer } from './plan_layer.js';
import { isRebuildable } from './rebuilt_foldings.js';
import { RebuiltSearch } from './search_rebuilt.js';

export interface Candidate {
  readonly lanes: Lanes;
  readonly estimate: Estimate;
}

export interface Found extends Candidate {
  /** Number of foldings that were compared, most of them by their bounds alone. */
  readonly considered: number;
  /** Number of foldings that were planned. */
  readonly planned: number;
}

/**
 * With a latency: the smallest engine that meets it. Otherwise: the fastest engine within the limits, or one within 2 % of it that is smaller.
 * @throws ShiftloomError 'resource' if no folding meets the limits; the message names the nearest and what it exceeds
 */
export function findLanes(layer: Layer, limits: Limits = {}): Found {
  const { weights } = limits;
  const first = searchOf(layer, limits, weights ?? 'resident');
  const best = first.best();
  if (best) return { ...best, considered: first.considered, planned: first.planned };
  if (weights !== undefined || !first.lacksBlockRam()) throw first.nothingFits();
  // Weights that do not fit can be rebuilt from factors, or streamed in.
  const others = [...(isRebuildable(layer) ? ['rebuilt' as const] : []), 'streamed' as const].map((place) => searchOf(layer, limits, place));
  const candidates = others.flatMap((search) => search.best() ?? []);
  if (candidates.length === 0) throw first.nothingFits();
  const sum = (key: 'considered' | 'planned') => [first, ...others].reduce((total, search) => total + search[key], 0);
  return { ...nearestToMemory(candidates), considered: sum('considered'), planned: sum('planned') };
}

/** Cycles of rebuilt weights as a multiple of those of streamed ones, up to which they are taken because nothing outside has to send them. */
const REBUILT_MOST_CYCLES = 2;

/** @param candidates rebuilt before streamed */
function nearestToMemory(candidates: readonly Candidate[]): Candidate {
  const [first, second] = candidates;
  return second && first.estimate.cycles > REBUILT_MOST_CYCLES * second.estimate.cycles ? second : first;
}

function searchOf(layer: Layer, limits: Limits, weights: WeightsPlace): Search | RebuiltSearch {
  return weights === 'rebuilt' ? new RebuiltSearch(layer, limits) : new Search(layer, limits, weights);
}

class Search {
  readonly foldings: BoundedFolding[] = [];
  private readonly tried = new Map<BoundedFolding, Candidate | undefined>();
  private readonly bars: readonly Bar[];

  constructor(private readonly layer: Layer, private readonly limits: Limits, private readonly weights: WeightsPlace = 'resident') {
    this.bars = barsOf(limits);
    this.collect(limits.maxLut ?? Infinity, limits.maxDsp ?? Infinity);
  }

  best(): Candidate | undefined {
    return this.limits.latencyCycles !== undefined ? this.smallest(this.foldings) : this.fastest();
  }

  /** Whether some folding may meet all limits but that of block RAM. */
  lacksBlockRam(): boolean {
    const others = this.bars.filter(({ words }) => words !== BLOCK_RAMS);
    return this.foldings.some(({ least }) => others.every(({ of, limit }) => of(least) <= limit));
  }

  get considered(): number {
    return this.foldings.length;
  }

  get planned(): number {
    return this.tried.size;
  }

  private collect(lut: number, dsp: number): void {
    const { limits, layer } = this;
    const open = limits.maxLut === undefined && limits.maxDsp === undefined && limits.latencyCycles === undefined;
    const macs = limits.maxMacs ?? (open ? DEFAULT_MACS : MOST_MACS);
    const kinds = laneKinds(layer); // the customary one first
    this.foldings.length = 0;
    for (const kind of limits.kind ? [limits.kind] : open ? kinds.slice(0, 1) : kinds) {
      for (const ic of icCounts(layer)) {
        const keep = (folding: BoundedFolding) => this.foldings.push(folding);
        visitFoldings(layer, ic, kind, this.weights, { lut, dsp, macs }, keep);
        if (kind === 'lut' && Number.isFinite(dsp)) visitHybrids(layer, ic, this.weights, { lut, dsp, macs }, keep);
      }
    }
  }

  /** The fastest that meets the limits, then the smallest of those that are as good as equally fast. */
  fastest(): Candidate | undefined {
    const byTime = this.within().sort((a, b) => a.least.cycles - b.least.cycles || sizeOf(a.least) - sizeOf(b.least));
    const fastest = this.first(byTime, ({ cycles }) => cycles);
    if (!fastest) return undefined;
    const most = fastest.estimate.cycles * (1 + TIME_TOLERANCE);
    return this.smallest(byTime.filter(({ least }) => least.cycles <= most), most);
  }

  /** The smallest of `foldings` that meets the limits and takes at most `cycles`; the faster of equals. */
  smallest(foldings: readonly BoundedFolding[], cycles = Infinity): Candidate | undefined {
    const bySize = this.within(foldings).sort((a, b) => sizeOf(a.least) - sizeOf(b.least) || a.least.cycles - b.least.cycles);
    return this.first(bySize, sizeOf, cycles);
  }

  private within(foldings: readonly BoundedFolding[] = this.foldings): BoundedFolding[] {
    return foldings.filter(({ lanes, least }) => this.meets(lanes, least));
  }

  private meets(lanes: Lanes, needs: Needs): boolean {
    return meetsLimits(this.layer, lanes, needs, this.limits);
  }

  /** The folding with the least `key` that meets the limits. `sorted` ascends by the key's bound, so that the rest cannot win once it is passed. */
  private first(sorted: readonly BoundedFolding[], key: (needs: Needs) => number, mostCycles = Infinity): Candidate | undefined {
    let best: Candidate | undefined;
    for (const folding of sorted) {
      if (best && key(folding.least) >= key(best.estimate)) break;
      const least = withWeightMemory(this.layer, folding);
      if (!this.meets(folding.lanes, least) || (best && key(least) >= key(best.estimate))) continue;
      const candidate = this.plan(folding);
      if (!candidate || !this.meets(folding.lanes, candidate.estimate) || candidate.estimate.cycles > mostCycles) continue;
      if (!best || key(candidate.estimate) < key(best.estimate)) best = candidate;
    }
    return best;
  }

  /** Undefined if the device has no room for the bands of streamed weights. */
  private plan(folding: BoundedFolding): Candidate | undefined {
    if (!this.tried.has(folding)) this.tried.set(folding, this.candidate(folding.lanes));
    return this.tried.get(folding);
  }

  private candidate(lanes: Lanes): Candidate | undefined {
    if (lanes.weights !== 'streamed') return { lanes, estimate: estimateLayer(planLayer(this.layer, lanes, Infinity)) };
    try {
      const most = this.limits.maxBram ?? MAX_BRAM;
      // The bands are part of what is found, so that the same engine is planned from the lanes alone.
      const { streamed } = planLayer(this.layer, lanes, most / BAND_SHARE);
      const banded = { ...lanes, band: streamed!.bandRows };
      return { lanes: banded, estimate: estimateLayer(planLayer(this.layer, banded)) };
    } catch (error) {
      if (error instanceof ShiftloomError && error.code === 'resource') return undefined;
      throw error;
    }
  }

  private excess(needs: Needs): number {
    return excessOf(this.bars, needs);
  }

  /** The error that names the nearest folding: the fastest within the resources if there is one, else that with the least excess. */
  nothingFits(): ShiftloomError {
    const considered = this.foldings.length;
    const { limits, layer } = this;
    if (limits.latencyCycles !== undefined) {
      const unhurried = new Search(layer, { ...limits, latencyCycles: undefined, maxMacs: limits.maxMacs ?? MOST_MACS });
      return nothingFits(layer, limits, considered, unhurried.fastest() ?? unhurried.leastExcess());
    }
    return nothingFits(layer, limits, considered, this.leastExcess());
  }

  private leastExcess(): Candidate | undefined {
    this.collect(Infinity, Infinity);
    const least = this.foldings.reduce((least, folding) => Math.min(least, this.excess(folding.least)), Infinity);
    const near = this.foldings
      .map((folding) => ({ folding, excess: this.excess(folding.least) }))
      .filter(({ excess }) => excess <= 1.25 * least)
      .sort((a, b) => a.excess - b.excess);
    let nearest: Candidate | undefined;
    for (const { folding, excess } of near) {
      if (nearest && excess >= this.excess(nearest.estimate)) break;
      const candidate = this.plan(folding);
      if (candidate && (!nearest || this.excess(candidate.estimate) < this.excess(nearest.estimate))) nearest = candidate;
    }
    return nearest;
  }
}
