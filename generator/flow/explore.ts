/** The Pareto front of a layer's foldings, planned in worker threads, with results kept by content; some points synthesized. */
import type { Layer } from '../layer/layer.js';
import { macsOf } from '../layer/layer.js';
import { generateLayer, layerHash } from '../generate.js';
import { icCounts, laneKinds } from '../plan/foldings.js';
import { mergeFronts, type FrontJob, type FrontPart, type FrontPoint } from '../plan/front.js';
import { lanesText } from '../plan/lanes_text.js';
import type { Limits } from '../plan/limits.js';
import type { WeightsPlace } from '../plan/plan.js';
import { RebuiltFoldings, isRebuildable } from '../plan/rebuilt_foldings.js';
import { addToOutput } from '../output/write.js';
import { fileSet } from '../output/file_set.js';
import { EXPLORATION_FORMAT, explorationCsv, type Exploration, type ExploredPoint, type ExploredSeries } from '../report/exploration.js';
import { explorationSvg } from '../report/exploration_svg.js';
import type { Part } from '../synthesize/parts.js';
import { DEFAULT_PART } from '../synthesize/parts.js';
import { GENERATOR_VERSION } from '../version.js';
import { inParallel } from '../../sim/process.js';
import { ShiftloomError } from '../errors.js';
import type { FlowContext } from './context.js';
import type { ExploreInput } from './explore_inputs.js';
import { planFronts } from './front_pool.js';
import { DEFAULT_CLOCK_MHZ, limitsOf, type FoldingRequest } from './lanes.js';
import { ResultCache, plannerVersion } from './result_cache.js';
import { synthesizeFlow } from './synthesize.js';

export interface ExploreOptions {
  /** Limits; the default part's if none is given. `lanes` has no meaning here. */
  readonly limits?: Omit<FoldingRequest, 'lanes'>;
  /** Points of each front to synthesize, spread over its sizes; default none. */
  readonly synthesize?: number;
  /** Folder of results; default the user's cache. */
  readonly cacheDir?: string;
}

/** How much of the work was done before. */
export interface ExploreWork {
  readonly parts: number;
  readonly cached: number;
}

/** A front is planned in so many parts; each is kept when it is done. */
const PARTS = 16;
/** Yosys takes up to 1.2 GB a run. */
const SYNTHESES_AT_A_TIME = 2;

/**
 * Explores layers of one shape, one or two series each (`uniform` weights on DSP blocks and in LUTs).
 * @throws ShiftloomError 'resource' if no folding of any layer meets the limits; rejects with the signal's reason when aborted
 */
export async function exploreLayers(inputs: readonly ExploreInput[], options: ExploreOptions = {}, context: FlowContext = {}): Promise<{ exploration: Exploration; work: ExploreWork }> {
  const { clock = DEFAULT_CLOCK_MHZ, target = DEFAULT_PART } = options.limits ?? {};
  const { part, limits } = limitsOf({ ...options.limits, target })!;
  const cache = new ResultCache(options.cacheDir);
  const work = { parts: 0, cached: 0 };
  const series: ExploredSeries[] = [];
  for (const input of inputs) {
    for (const form of formsOf(input, limits.weights)) {
      const front = await frontOfLayer(input.layer, form, limits, cache, work, context);
      if (front.points.length === 0) continue;
      const points = front.points.map((point) => explored(point, clock));
      const measured = await measuredPoints(input.layer, front.points, options.synthesize ?? 0, part, cache, context);
      series.push({
        label: form.label,
        kind: form.kind,
        layerHash: layerHash(input.layer),
        ...(input.weightSqnrDb === undefined ? {} : { weightSqnrDb: input.weightSqnrDb }),
        considered: front.considered,
        planned: front.planned,
        points: points.map((point, i) => ({ ...point, ...(measured.has(i) ? { measured: measured.get(i)! } : {}) })),
      });
    }
  }
  if (series.length === 0) throw nothingFits(inputs[0].layer, limits);
  const { description, geometry, blocks } = inputs[0].layer;
  const exploration = {
    format: EXPLORATION_FORMAT, version: 1, generator: GENERATOR_VERSION, layer: description.name, macs: blocks ? blocks.tensors.weight.length : macsOf(geometry), target: part.name, limits, clockMHz: clock, series,
  } as const;
  return { exploration, work };
}

/** Adds explore.svg, explore.csv and explore.json to a folder. */
export async function writeExploration(folder: string, exploration: Exploration): Promise<readonly string[]> {
  const files = fileSet([
    ['explore.svg', explorationSvg(exploration)],
    ['explore.csv', explorationCsv(exploration)],
    ['explore.json', `${JSON.stringify(exploration, null, 2)}\n`],
  ]);
  await addToOutput(folder, files);
  return [...files.keys()];
}

/** Engines of one kind: their lanes, and whether their weights are stored or rebuilt. */
interface Form extends Pick<FrontJob, 'kind' | 'weights'> {
  readonly label: string;
}

/** @throws ShiftloomError for weights that have no front, or cannot be rebuilt */
function formsOf({ label, layer }: ExploreInput, place: WeightsPlace | undefined): Form[] {
  if (place === 'streamed') throw new ShiftloomError('usage', '--weights', 'streamed weights have no front', 'See: shiftloom generate --weights streamed with limits, which finds one engine');
  const kinds = laneKinds(layer);
  if (place === 'rebuilt') for (const kind of kinds) new RebuiltFoldings(layer, kind); // says here, and not in a worker, why it cannot be
  return kinds.flatMap((kind) => {
    const stored = { label: kinds.length > 1 ? `${label} ${kind}` : label, kind };
    const rebuilt = { label: `${stored.label} rebuilt`, kind, weights: 'rebuilt' as const };
    return [...(place === 'rebuilt' ? [] : [stored]), ...(place !== 'resident' && isRebuildable(layer) ? [rebuilt] : [])];
  });
}

async function frontOfLayer(
  layer: Layer, { label, ...form }: Form, limits: Limits, cache: ResultCache, work: { parts: number; cached: number }, context: FlowContext,
): Promise<FrontPart> {
  const counts = icCounts(layer);
  const best = Math.min(PARTS, counts.length); // multiples of it waste least
  const rest = Array.from({ length: best - 1 }, (_, part) => counts.filter((ic) => ic % best === part + 1));
  const parts: FrontPart[] = [];
  const tell = () => context.onProgress?.({ stage: 'explore', message: `${label} on ${form.kind} lanes: ${parts.length} of ${best} parts` });
  const plan = async (jobs: readonly FrontJob[]) => {
    const keyOf = (job: FrontJob) => ['front', plannerVersion(), layerHash(layer), JSON.stringify(job)];
    const known = await Promise.all(jobs.map((job) => cache.known<FrontPart>(keyOf(job))));
    const missing = jobs.filter((_, i) => known[i] === undefined);
    parts.push(...known.filter((part) => part !== undefined));
    work.parts += jobs.length;
    work.cached += jobs.length - missing.length;
    tell();
    await planFronts(layer, missing, async (part, index) => {
      parts.push(part);
      await cache.keep(keyOf(missing[index]), part);
      tell();
    }, context);
  };
  await plan([{ ics: counts.filter((ic) => ic % best === 0), ...form, limits, rivals: [] }]);
  const rivals = parts[0].points.map(({ estimate: { lut, cycles } }) => ({ lut, cycles }));
  await plan(rest.map((ics) => ({ ics, ...form, limits, rivals })));
  return mergeFronts(parts);
}

function explored({ lanes, macsPerCycle, estimate, utilization, bound }: FrontPoint, clock: number): ExploredPoint {
  const { cycles, lut, ff, dsp, bram36 } = estimate;
  return { lanes: lanesText(lanes), macsPerCycle, cycles, timeMs: cycles / (1000 * clock), utilization, lut, ff, dsp, bram36, bound };
}

/** Counts of `wanted` points by their index in the front, the largest among them. */
async function measuredPoints(
  layer: Layer, points: readonly FrontPoint[], wanted: number, part: Part, cache: ResultCache, context: FlowContext,
): Promise<Map<number, NonNullable<ExploredPoint['measured']>>> {
  const chosen = spread(points.map(({ estimate }) => Math.log(estimate.lut)), wanted);
  const measured = new Map<number, NonNullable<ExploredPoint['measured']>>();
  await inParallel(chosen, SYNTHESES_AT_A_TIME, async (index) => {
    context.signal?.throwIfAborted();
    const { lanes } = points[index];
    context.onProgress?.({ stage: 'synthesize', message: `${measured.size} of ${chosen.length}: ${lanesText(lanes)}` });
    const design = generateLayer(layer, lanes);
    const key = ['synthesis', part.name, ...design.verilog.map((path) => design.files.get(path)!)];
    const value = await cache.result(key, async () => {
      const { resources, timing } = await synthesizeFlow(design, { part: part.name }, { signal: context.signal });
      return { lut: resources.lut, ff: resources.ff, dsp: resources.dsp, bram36: resources.bram36, clockMHz: timing?.fmaxMhz.nominal ?? null };
    });
    measured.set(index, value);
  });
  return measured;
}

/** Indices of `wanted` of ascending values, as evenly spaced as there are values; the last is among them. */
export function spread(values: readonly number[], wanted: number): number[] {
  const count = Math.min(wanted, values.length);
  const [low, high] = [values[0], values[values.length - 1]];
  const chosen = new Set<number>();
  for (let i = count - 1; i >= 0; i--) {
    const ideal = count === 1 ? high : low + ((high - low) * i) / (count - 1);
    const free = values.map((_, index) => index).filter((index) => !chosen.has(index));
    chosen.add(free.reduce((a, b) => (Math.abs(values[b] - ideal) < Math.abs(values[a] - ideal) ? b : a)));
  }
  return [...chosen].sort((a, b) => a - b);
}

function nothingFits({ description }: Layer, { maxLut, maxDsp, maxBram, latencyCycles }: Limits): ShiftloomError {
  const time = latencyCycles === undefined ? '' : ` in ${latencyCycles.toLocaleString('en-US')} cycles`;
  return new ShiftloomError(
    'resource', description.name, `no folding fits ${maxLut} LUTs, ${maxDsp} DSP blocks and ${maxBram} block RAMs${time}`, 'See: shiftloom generate with the same limits, which names the nearest',
  );
}
