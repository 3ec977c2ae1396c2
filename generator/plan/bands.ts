/**
 * Bands of output rows for streamed weights: the input rows of a band stay in the ring while all channel tiles go over it, and the weights are
 * sent once for each band. As few bands as the block RAM allows, unless more of them are faster: room for the next band's rows lets them come in early.
 */
import { ShiftloomError } from '../errors.js';
import type { Geometry } from '../layer/layer.js';
import { ramCost } from './memory.js';
import type { LayerPlan, RingPlan } from './plan.js';
import { ringOf } from './ring.js';

export interface Bands {
  /** Rows of the input ring. */
  readonly rows: number;
  readonly bands: number;
  readonly bandRows: number;
}

/** The input writer looks a row ahead. */
const LEAST_ROWS = 2;
/** Bands within this share of the shortest time are as good. */
const TIME_TOLERANCE = 0.01;
/** The same for weights that are rebuilt: for each band once more, by a unit that must be as much faster. */
const REBUILT_TOLERANCE = 0.05;

/**
 * @param plan all but the ring's rows and what follows from them
 * @param passBeats beats of all weights, sent for each band
 * @param room block RAMs left for the ring
 * @throws ShiftloomError 'resource' if the window of one output row does not fit
 */
export function planBands(plan: LayerPlan, passBeats: number, room: number): Bands {
  const { geometry: g } = plan.core;
  const needed = Math.max(LEAST_ROWS, Math.min(plan.sequencer.span, g.inHeight));
  const rings = ringSizes(g, plan.ring, needed).filter((ring) => ringRams(plan, ring) <= room);
  if (rings.length === 0) {
    throw new ShiftloomError(
      'resource', plan.name, `the ${needed} input rows under one output row take ${ringRams(plan, ringOf(plan.ring, needed))} block RAMs, ${Math.max(0, room)} are left`,
      'Take fewer lanes',
    );
  }
  const { band } = plan.lanes;
  if (band !== undefined) return givenBands(plan, rings, Math.min(band, g.outHeight));
  const choices = rings.flatMap((ring) => bandCounts(plan, ring.rows).map((bandRows) => choiceOf(plan, ring.rows, bandRows, passBeats)));
  const least = Math.min(...choices.map(({ cycles }) => cycles));
  const tolerance = plan.lanes.weights === 'rebuilt' ? REBUILT_TOLERANCE : TIME_TOLERANCE;
  // Of equally fast ones those that need the weights least often, then the smallest ring.
  const { rows, bands, bandRows } = choices.filter(({ cycles }) => cycles <= least * (1 + tolerance)).reduce((a, b) => (b.bands < a.bands ? b : a));
  return { rows, bands, bandRows };
}

/** Bands of so many rows in the smallest ring that holds one. */
function givenBands(plan: LayerPlan, rings: readonly RingPlan[], bandRows: number): Bands {
  const { outHeight } = plan.core.geometry;
  const ring = rings.find(({ rows }) => mostRows(plan, rows) >= bandRows);
  if (ring) return { rows: ring.rows, bands: Math.ceil(outHeight / bandRows), bandRows };
  const most = mostRows(plan, rings[rings.length - 1].rows);
  throw new ShiftloomError('resource', plan.name, `bands of ${bandRows} output rows do not fit the block RAM; ${most} do`, `Give band=${most}, or leave it out`);
}

/** Output rows whose input rows a ring of so many rows holds. */
function mostRows(plan: LayerPlan, rows: number): number {
  const { geometry: g } = plan.core;
  if (rows >= g.inHeight) return g.outHeight;
  return Math.max(1, Math.min(g.outHeight, Math.floor((rows - plan.sequencer.span) / g.strideHeight) + 1));
}

function ringRams({ lanes }: LayerPlan, ring: RingPlan): number {
  return lanes.pixel * ring.columns * ramCost({ depth: ring.depth, width: ring.columnBits, block: ring.block }).bram36;
}

/** Rings from the least to one of two frames, as many rows as a RAM of each depth holds. */
function ringSizes(g: Geometry, form: RingPlan, needed: number): RingPlan[] {
  const sizes = new Set([needed]);
  for (let depth = 16; ; depth *= 2) {
    const rows = Math.min(2 * g.inHeight, Math.floor(depth / form.rowWords));
    if (rows > needed) sizes.add(rows);
    if (rows >= 2 * g.inHeight) break;
  }
  return [...sizes].sort((a, b) => a - b).map((rows) => ringOf(form, rows));
}

/** Rows of equal bands (but for the last) that fit a ring: from as many as it holds to a quarter of that. */
function bandCounts(plan: LayerPlan, rows: number): number[] {
  const { outHeight } = plan.core.geometry;
  const fewest = Math.ceil(outHeight / mostRows(plan, rows));
  const counts = Array.from({ length: Math.min(outHeight, 4 * fewest) - fewest + 1 }, (_, i) => Math.ceil(outHeight / (fewest + i)));
  return [...new Set(counts)];
}

function choiceOf(plan: LayerPlan, rows: number, bandRows: number, passBeats: number): Bands & { readonly cycles: number } {
  const bands = Math.ceil(plan.core.geometry.outHeight / bandRows);
  return { rows, bands, bandRows, cycles: bands * bandTime(plan, rows, bandRows, passBeats) + startTime(plan, bandRows) };
}

/** The first band's rows come while its first tile is computed, which takes less time. */
function startTime({ sequencer: s, coreInput: input, core: { geometry: g } }: LayerPlan, bandRows: number): number {
  const rows = Math.min(g.inHeight, (bandRows - 1) * g.strideHeight + s.span - g.padTop);
  return Math.max(0, rows * g.inWidth * input.beatsPerPixel - bandRows * s.rowTiles * (s.steps + s.gap));
}

/** About how long a band takes: the slowest of array and streams, and the input rows that come neither before nor beside it. */
function bandTime(plan: LayerPlan, rows: number, bandRows: number, passBeats: number): number {
  const { sequencer: s, coreInput: input, coreOutput: output } = plan;
  const { geometry: g } = plan.core;
  const pass = bandRows * s.rowTiles * (s.steps + s.gap); // one channel tile
  const compute = g.groups * s.tiles * pass;
  const outputBeats = bandRows * g.outWidth * output.beatsPerPixel;
  const rowBeats = g.inWidth * input.beatsPerPixel;
  const early = Math.max(0, rows - (bandRows - 1) * g.strideHeight - s.span);
  // Rows go with the last tile of a band, and the next band's first tile follows them as they come.
  const late = Math.max(0, bandRows * g.strideHeight - early) * rowBeats - 2 * pass;
  return Math.max(compute, passBeats, outputBeats, bandRows * g.strideHeight * rowBeats) + Math.max(0, late);
}
