/**
 * The codebook of a layer: common integer levels of few signed digits, and a scale for each output channel, of least squared error together.
 * For given scales the levels are optimal (grid_levels.ts); for given levels each scale follows from its channel alone. The two take turns
 * until neither gains, from several starts, because levels with digits are not the same at every size.
 */
import { type GridLevels, HalfBins, digitLevels } from './grid_levels.js';
import { optimalCodebook } from './optimal_codebook.js';
import { WeightedChannel } from './weighted_channel.js';

/** What is to be found. */
export interface CodebookSize {
  /** Most levels, 2 to 64. */
  readonly levels: number;
  /** Most signed powers of two in a level, 1 to 4. */
  readonly digits: number;
  /** Largest power of two, 0 to 14. */
  readonly maxShift: number;
}

export interface CodebookSearch extends CodebookSize {
  /** Weights of each output channel. */
  readonly channels: readonly Float64Array[];
  /** For each channel: what the squared error of each of its weights counts. Default: 1 each. */
  readonly importance?: readonly Float64Array[];
  /** Least scale of each channel. */
  readonly minimum: Float64Array;
  /** Hold scales to unit * 2^-k. */
  readonly powerOfTwoUnit?: number;
  /** One level is exactly zero. */
  readonly zero: boolean;
  readonly onProgress?: (fraction: number) => void;
}

export interface FoundCodebook extends GridLevels {
  /** Of each channel; that of a channel of zeros is 0. */
  readonly scales: Float64Array;
}

/** Sizes of the levels that are begun with: a power of two further, digits are the same again. */
const STARTS = 8;
const FIRST_ROUNDS = 3;
const KEPT = 2;
const MOST_ROUNDS = 40;
/** A round that gains less, relative to the error, is the last. */
const LEAST_GAIN = 1e-5;

/** Enough to tell how far levels reach. */
const MOST_START_WEIGHTS = 50_000;

/** Deterministic. Fewer levels than asked for if more do not help, two at least. */
export function searchCodebook(search: CodebookSearch): FoundCodebook {
  const candidates = digitLevels(search.digits, search.maxShift);
  const channels = search.channels.map((weights, o) => new WeightedChannel(weights, search.importance?.[o]));
  const turns = new Turns(search, channels, candidates);
  const span = startingSpan(search, channels);
  const starts = Array.from({ length: STARTS }, (_, i) => {
    const largest = candidates[candidates.length - 1] * 2 ** (-i / STARTS);
    search.onProgress?.((0.5 * i) / STARTS);
    return turns.from(channels.map(({ rms }) => (rms * span) / largest), FIRST_ROUNDS);
  });
  starts.sort((a, b) => a.error - b.error);
  const ends = starts.slice(0, KEPT).map((start, i) => {
    search.onProgress?.(0.5 + (0.5 * i) / KEPT);
    return turns.from(start.scales, MOST_ROUNDS);
  });
  return ends.reduce((best, end) => (end.error < best.error ? end : best));
}

/** Largest level of the best real codebook, in units of a channel's root mean square. */
function startingSpan({ levels: count, channels: weights, importance, zero }: CodebookSearch, channels: readonly WeightedChannel[]): number {
  const length = weights.reduce((sum, channel) => sum + channel.length, 0);
  const step = Math.max(1, Math.ceil(length / MOST_START_WEIGHTS));
  const values: number[] = [];
  const counts: number[] = [];
  weights.forEach((channel, o) => {
    const { rms } = channels[o];
    for (let i = o % step; rms > 0 && i < channel.length; i += step) {
      values.push(channel[i] / rms);
      counts.push(rms * rms * (importance ? importance[o][i] : 1));
    }
  });
  if (values.length === 0) return 1;
  const { levels } = optimalCodebook(values, count, { importance: counts, zero });
  return levels.reduce((most, level) => Math.max(most, Math.abs(level)), 0) || 1;
}

class Turns {
  private readonly low: number;
  private readonly high: number;

  constructor(
    private readonly search: CodebookSearch,
    private readonly channels: readonly WeightedChannel[],
    private readonly candidates: Int32Array,
  ) {
    this.low = candidates[0];
    this.high = candidates[candidates.length - 1];
  }

  /** At most `rounds` turns, each no worse than the one before. */
  from(scales: readonly number[] | Float64Array, rounds: number): FoundCodebook {
    let at = this.allowed(scales);
    let best: FoundCodebook = { ...this.levelsFor(at), scales: at };
    for (let round = 0; round < rounds; round++) {
      at = this.scalesFor(best);
      const next = { ...this.levelsFor(at), scales: at };
      const gain = best.error - next.error;
      if (gain > 0) best = next;
      if (!(gain > LEAST_GAIN * best.error)) break;
    }
    return best;
  }

  private levelsFor(scales: Float64Array): GridLevels {
    const { search, candidates } = this;
    const bins = new HalfBins(this.low, this.high);
    this.channels.forEach((channel, o) => {
      if (scales[o] > 0) bins.add(channel.weights, channel.importance, scales[o]);
    });
    return bins.bestLevels(candidates, Math.min(search.levels, candidates.length), search.zero);
  }

  private scalesFor({ levels, scales }: FoundCodebook): Float64Array {
    const { minimum, powerOfTwoUnit } = this.search;
    return scales.map((scale, o) => {
      if (scale === 0) return 0;
      if (powerOfTwoUnit === undefined) return this.channels[o].bestScaleNear(levels, scale, minimum[o]);
      return this.channels[o].bestOf(levels, [scale, scale / 2, scale * 2].filter((s) => s === scale || (s >= minimum[o] && s <= powerOfTwoUnit)));
    });
  }

  /** Scales that requantization allows; 0 for channels of zeros, which have no say. */
  private allowed(scales: readonly number[] | Float64Array): Float64Array {
    const { minimum, powerOfTwoUnit: unit } = this.search;
    return Float64Array.from(scales, (scale, o) => {
      if (scale === 0) return 0;
      if (unit === undefined) return Math.max(scale, minimum[o]);
      const shift = Math.min(Math.round(Math.log2(unit / scale)), Math.floor(Math.log2(unit / minimum[o])));
      return unit * 2 ** -Math.max(0, shift);
    });
  }
}
