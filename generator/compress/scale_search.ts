/**
 * The scale of one output channel: the one of least squared error between weights and their quantized values.
 * The error over the scale has many local minima. A grid over the whole useful range finds the valleys, a finer one around the
 * best of them the narrow ones of encodings with many levels; in the best valleys, each scale is replaced by the
 * least-squares one for its integers until that no longer helps.
 */
import type { ChannelFitter, Fit, Quantizer } from './quantizer.js';

const LEAST_STEPS = 32;
/** Weights or levels looked at for one octave of the grid; small channels get a finer grid for it. */
const WORK_PER_OCTAVE = 100_000;
const VALLEYS = 4;
const MAX_ROUNDS = 20;
const FINEST_SCAN = 32;

export interface ScaleChoice {
  readonly scale: number;
  /** Sum of squared errors at that scale. */
  readonly error: number;
}

/**
 * Scale of least error at or above `minimum`; `fallback` for a channel of zeros, which any scale fits.
 * @param channel weights in the quantizer's order
 */
export function findScale(quantizer: Quantizer, channel: Float64Array, minimum: number, fallback: number): ScaleChoice {
  const range = usefulRange(quantizer, channel);
  if (!range) return { scale: Math.max(minimum, fallback), error: 0 };
  const low = Math.max(range.low, minimum);
  const search: Search = { fitter: quantizer.fitter(channel), squares: sumOfSquares(channel), minimum };
  const steps = stepsPerOctave(quantizer.levelCount, channel.length);
  const count = Math.max(1, Math.ceil(Math.log2(range.high / low) * steps));
  const candidates = scanScales(search, low, steps, count);
  candidates.push(...scanFinely(search, quantizer.levelCount, steps, leastError(candidates).scale));
  candidates.sort((a, b) => a.error - b.error || a.scale - b.scale);
  let best = candidates[0];
  for (const start of candidates.slice(0, VALLEYS)) {
    const refined = descend(search, start);
    if (refined.error < best.error) best = refined;
  }
  return best;
}

/**
 * Of the scales unit * 2^-k with k = 0..maxShift and at or above `minimum`, the one of least error.
 * @returns undefined if none is at or above `minimum`.
 */
export function findPowerOfTwoScale(
  quantizer: Quantizer,
  channel: Float64Array,
  unit: number,
  maxShift: number,
  minimum: number,
): (ScaleChoice & { shift: number }) | undefined {
  const squares = sumOfSquares(channel);
  const fitter = quantizer.fitter(channel);
  let best: (ScaleChoice & { shift: number }) | undefined;
  for (let shift = 0; shift <= maxShift; shift++) {
    const scale = unit * 2 ** -shift;
    if (scale < minimum) break;
    const { wq, qq } = fitter.measure(scale);
    const error = squares - 2 * scale * wq + scale * scale * qq;
    // Of equal ones the largest scale: it needs the narrowest accumulator.
    if (!best || error < best.error) best = { scale, error, shift };
  }
  return best;
}

/**
 * From the scale at which only the outliers are not clipped to that at which the largest magnitudes lie unused. A larger scale
 * wastes levels, except in a codebook whose levels leave gaps.
 */
function usefulRange(quantizer: Quantizer, channel: Float64Array): { low: number; high: number } | undefined {
  let largest = 0;
  for (const w of channel) largest = Math.max(largest, Math.abs(w));
  if (largest === 0) return undefined;
  const rms = Math.sqrt(sumOfSquares(channel) / channel.length);
  const span = quantizer.encoding.encoding === 'codebook' ? quantizer.finest : quantizer.reach;
  return { low: rms / (2 * quantizer.reach), high: (2 * largest) / span };
}

interface Search {
  readonly fitter: ChannelFitter;
  readonly squares: number;
  readonly minimum: number;
}

function scanScales(search: Search, low: number, stepsPerOctave: number, count: number): ScaleChoice[] {
  const fits = search.fitter.scan(low, stepsPerOctave, count);
  return fits.map((fit, i) => fitted(search, fit, low * 2 ** (i / stepsPerOctave)));
}

/** Valleys are about 1 / levels wide: two steps for each, as far as the work allows. */
function stepsPerOctave(levelCount: number, weights: number): number {
  return Math.max(LEAST_STEPS, Math.min(2 * levelCount, Math.floor(WORK_PER_OCTAVE / weights)));
}

/** Where the grid is coarser than the valleys: one finer scan, a coarse step to each side of the best scale so far. */
function scanFinely(search: Search, levelCount: number, coarse: number, around: number): ScaleChoice[] {
  const finer = Math.min(FINEST_SCAN, Math.floor((2 * levelCount) / coarse));
  if (finer < 2) return [];
  return scanScales(search, around * 2 ** (-1 / coarse), coarse * finer, 2 * finer + 1);
}

/** The least-squares scale for the integers at `scale`, and its error with those integers. */
function fitted({ squares, minimum }: Search, { wq, qq }: Fit, scale: number): ScaleChoice {
  const best = qq > 0 && wq > 0 ? Math.max(wq / qq, minimum) : scale;
  return { scale: best, error: squares - 2 * best * wq + best * best * qq };
}

function leastError(choices: readonly ScaleChoice[]): ScaleChoice {
  return choices.reduce((best, c) => (c.error < best.error ? c : best));
}

function descend(search: Search, start: ScaleChoice): ScaleChoice {
  let best = start;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = fitted(search, search.fitter.measure(best.scale), best.scale);
    if (!(next.error < best.error)) break;
    best = next;
  }
  return best;
}

function sumOfSquares(channel: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < channel.length; i++) sum += channel[i] * channel[i];
  return sum;
}
