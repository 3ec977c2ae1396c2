/**
 * The Pareto front of a layer's foldings in LUTs and cycles, within limits. Foldings are planned in the order of how well their bounds use a LUT,
 * and not at all if a planned one needs no more of both, give or take a percent.
 */
import type { Layer } from '../layer/layer.js';
import { bindingOf, type Binding } from './binding.js';
import type { LaneKind } from './codes.js';
import { estimateLayer } from './estimate.js';
import { visitFoldings, visitHybrids, withWeightMemory, type BoundedFolding, type Needs } from './foldings.js';
import { MOST_MACS, meetsLimits, type Limits } from './limits.js';
import type { Estimate, Lanes } from './plan.js';
import { planLayer } from './plan_layer.js';
import { RebuiltFoldings } from './rebuilt_foldings.js';

/** Foldings that are better than another by no more than this share in both respects may be left out. */
export const FRONT_TOLERANCE = 0.01;

export interface FrontPoint {
  readonly lanes: Lanes;
  readonly macsPerCycle: number;
  readonly estimate: Estimate;
  readonly utilization: number;
  readonly bound: Binding['binds'];
}

export interface FrontPart {
  readonly points: readonly FrontPoint[];
  /** Foldings that were compared, and of those that were planned. */
  readonly considered: number;
  readonly planned: number;
}

/** What is to be planned: some counts of input-channel lanes on one kind of lane. */
export interface FrontJob {
  readonly ics: readonly number[];
  readonly kind: LaneKind;
  readonly limits: Limits;
  /** `rebuilt`: weights from factors on chip; left out, stored there. */
  readonly weights?: 'rebuilt';
  /** LUTs and cycles of foldings that are known already; what they cover is left out. */
  readonly rivals: readonly Rival[];
}

export type Rival = Pick<Needs, 'lut' | 'cycles'>;

/** The front of the job's foldings, smallest first. */
export function frontOf(layer: Layer, job: FrontJob): FrontPart {
  const { limits, rivals, weights } = job;
  const open: BoundedFolding[] = [];
  let considered = 0;
  visitAll(layer, job, (folding) => {
    considered++;
    if (meetsLimits(layer, folding.lanes, folding.least, limits)) open.push(folding);
  });
  open.sort((a, b) => a.least.lut * a.least.cycles - b.least.lut * b.least.cycles);
  const known = new Front<Rival>();
  for (const rival of rivals) known.add(rival);
  const front = new Front<Estimated>();
  const covered = (needs: Needs) => known.covers(needs) || front.covers(needs);
  let planned = 0;
  for (const folding of open) {
    if (covered(folding.least)) continue;
    const least = weights === 'rebuilt' ? folding.least : withWeightMemory(layer, folding);
    if (covered(least) || !meetsLimits(layer, folding.lanes, least, limits)) continue;
    const estimate = estimateLayer(planLayer(layer, folding.lanes, Infinity));
    planned++;
    if (meetsLimits(layer, folding.lanes, estimate, limits)) front.add({ ...estimate, lanes: folding.lanes });
  }
  return { points: front.points.map((point) => described(layer, point, limits)), considered, planned };
}

function visitAll(layer: Layer, { ics, kind, limits, weights }: FrontJob, visit: (folding: BoundedFolding) => void): void {
  const most = { lut: limits.maxLut ?? Infinity, dsp: limits.maxDsp ?? Infinity, macs: limits.maxMacs ?? MOST_MACS };
  const rebuilt = weights === 'rebuilt' ? new RebuiltFoldings(layer, kind) : undefined;
  for (const ic of ics) {
    if (rebuilt) {
      rebuilt.visit(ic, most, limits.maxBram, visit);
      continue;
    }
    visitFoldings(layer, ic, kind, 'resident', most, visit);
    // As in the search: output channels run in pairs on DSP blocks where the LUTs are not enough for all.
    if (kind === 'lut' && Number.isFinite(most.dsp)) visitHybrids(layer, ic, 'resident', most, visit);
  }
}

/** The common front of several. */
export function mergeFronts(parts: readonly FrontPart[]): FrontPart {
  const front = new Front<Needs & { readonly point: FrontPoint }>();
  for (const { points } of parts) for (const point of points) front.add({ ...point.estimate, point });
  const sum = (key: 'considered' | 'planned') => parts.reduce((total, part) => total + part[key], 0);
  return { points: front.points.map(({ point }) => point), considered: sum('considered'), planned: sum('planned') };
}

type Estimated = Estimate & { readonly lanes: Lanes };

function described(layer: Layer, { lanes, ...estimate }: Estimated, limits: Limits): FrontPoint {
  const plan = planLayer(layer, lanes);
  const utilization = plan.macs / (estimate.cycles * plan.peakMacsPerCycle);
  return { lanes, macsPerCycle: plan.peakMacsPerCycle, estimate, utilization, bound: bindingOf(plan, estimate, limits).binds };
}

/** Points of which none needs at least as much of both as another: LUTs ascend, cycles descend. */
class Front<T extends Rival> {
  readonly points: T[] = [];

  /** True if a point needs no more LUTs and cycles, give or take the tolerance. */
  covers({ lut, cycles }: Rival): boolean {
    const last = this.upTo(lut * (1 + FRONT_TOLERANCE));
    return last > 0 && this.points[last - 1].cycles <= cycles * (1 + FRONT_TOLERANCE);
  }

  add(point: T): void {
    const { points } = this;
    const at = this.upTo(point.lut);
    if (at > 0 && points[at - 1].cycles <= point.cycles) return;
    const first = at > 0 && points[at - 1].lut === point.lut ? at - 1 : at;
    let end = first;
    while (end < points.length && points[end].cycles >= point.cycles) end++;
    points.splice(first, end - first, point);
  }

  /** Number of points with at most `lut` LUTs. */
  private upTo(lut: number): number {
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.points[middle].lut <= lut) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
