/** Quantization to the nearest of a fixed list of integer levels: every encoding but `bpot`. */
import type { ScalarEncoding } from '../layer/schema.js';
import { NearestLevel } from './levels.js';
import type { ChannelFitter, Fit, Quantizer } from './quantizer.js';
import { lowerBound } from './sorted.js';

export class LevelQuantizer implements Quantizer {
  readonly reach: number;
  readonly finest: number;
  readonly hasZero: boolean;
  readonly levelCount: number;
  private readonly nearest: NearestLevel;

  /**
   * @param levels ascending integers, at least two
   * @param reach largest magnitude up to which the levels are as dense as they get; by default the last that both signs have
   */
  constructor(
    readonly encoding: ScalarEncoding,
    private readonly levels: Int32Array,
    reach?: number,
  ) {
    const low = levels[0];
    const high = levels[levels.length - 1];
    this.levelCount = levels.length;
    this.hasZero = levels.includes(0);
    this.reach = reach ?? (low < 0 && high > 0 ? Math.min(-low, high) : Math.max(Math.abs(low), Math.abs(high)));
    this.finest = levels.reduce((least, v) => (v === 0 ? least : Math.min(least, Math.abs(v))), Infinity);
    this.nearest = new NearestLevel(levels);
  }

  fitter(channel: Float64Array): ChannelFitter {
    // Finding each level's weights in the sorted channel, or looking up each weight's level: whichever has less to do.
    const sorting = this.levels.length * Math.log2(channel.length + 1) < 2 * channel.length;
    return sorting ? new SortedFitter(channel, this.levels) : new DirectFitter(channel, this);
  }

  quantize(channel: Float64Array, scale: number, into: Int32Array): void {
    const { table, offset } = this.nearest;
    const last = table.length - 1;
    const factor = 2 / scale;
    for (let i = 0; i < channel.length; i++) {
      const at = Math.floor(channel[i] * factor) + offset;
      into[i] = table[at < 0 ? 0 : at > last ? last : at];
    }
  }
}

abstract class LevelFitter implements ChannelFitter {
  abstract measure(scale: number): Fit;

  scan(low: number, stepsPerOctave: number, count: number): Fit[] {
    return Array.from({ length: count }, (_, i) => this.measure(low * 2 ** (i / stepsPerOctave)));
  }
}

/** Quantizes every weight. */
class DirectFitter extends LevelFitter {
  private readonly integers: Int32Array;

  constructor(
    private readonly channel: Float64Array,
    private readonly quantizer: LevelQuantizer,
  ) {
    super();
    this.integers = new Int32Array(channel.length);
  }

  measure(scale: number): Fit {
    const { channel, integers } = this;
    this.quantizer.quantize(channel, scale, integers);
    let wq = 0;
    let qq = 0;
    for (let i = 0; i < channel.length; i++) {
      wq += channel[i] * integers[i];
      qq += integers[i] * integers[i];
    }
    return { wq, qq };
  }
}

/** The weights of a level are a run of the sorted channel; its sum is a difference of two running sums. */
class SortedFitter extends LevelFitter {
  private readonly sorted: Float64Array;
  private readonly sums: Float64Array;

  constructor(
    channel: Float64Array,
    private readonly levels: Int32Array,
  ) {
    super();
    this.sorted = channel.slice().sort();
    this.sums = runningSums(this.sorted);
  }

  measure(scale: number): Fit {
    const { levels, sums, sorted } = this;
    let wq = 0;
    let qq = 0;
    let from = 0;
    for (let l = 0; l < levels.length; l++) {
      const q = levels[l];
      const to = l + 1 < levels.length ? lowerBound(sorted, ((q + levels[l + 1]) / 2) * scale, from) : sorted.length;
      wq += q * (sums[to] - sums[from]);
      qq += q * q * (to - from);
      from = to;
    }
    return { wq, qq };
  }
}

/** sums[i] = sum of the first i values. */
function runningSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i] + values[i];
  return sums;
}
