/**
 * Block powers of two: {0, +-1, +-2, +-4} * 2^e with one exponent e for each group of input channels at a kernel position.
 * At a given scale every group takes the exponent with the least squared error, so that the search over scales chooses
 * scale and exponents jointly.
 */
import type { ScalarEncoding } from '../layer/schema.js';
import type { ChannelFitter, Fit, Quantizer } from './quantizer.js';

type BpotEncoding = Extract<ScalarEncoding, { encoding: 'bpot' }>;

/** A magnitude below half a unit is 0, below 1.5 units 1, below 3 units 2, and 4 above. */
const BORDERS = [0.5, 1.5, 3] as const;

export function bpotQuantizer(encoding: BpotEncoding, groupInChannels: number): Quantizer {
  return new BpotQuantizer(encoding, groupInChannels);
}

class BpotQuantizer implements Quantizer {
  readonly reach: number;
  readonly finest = 1;
  readonly levelCount = 7;
  readonly hasZero = true;

  constructor(
    readonly encoding: BpotEncoding,
    private readonly groupInChannels: number,
  ) {
    this.reach = 4 * 2 ** encoding.maxExponent;
  }

  fitter(channel: Float64Array): GroupFitter {
    return new GroupFitter(channel, this.groupInChannels, this.encoding);
  }

  quantize(channel: Float64Array, scale: number, into: Int32Array, exponents = new Int32Array(channel.length)): void {
    const fitter = this.fitter(channel);
    fitter.chooseExponents(scale, exponents);
    const { starts } = fitter;
    for (let group = 0; group + 1 < starts.length; group++) {
      const power = 2 ** exponents[group];
      const unit = scale * power;
      for (let i = starts[group]; i < starts[group + 1]; i++) {
        const w = Math.abs(channel[i]);
        const magnitude = w < BORDERS[0] * unit ? 0 : w < BORDERS[1] * unit ? 1 : w < BORDERS[2] * unit ? 2 : 4;
        into[i] = magnitude === 0 ? 0 : (channel[i] < 0 ? -magnitude : magnitude) * power;
      }
    }
  }
}

/** Sorted magnitudes and running sums of every group: a group's sums at a scale come from where three borders fall. */
class GroupFitter implements ChannelFitter {
  /** First weight of each group, and the end. */
  readonly starts: Int32Array;
  private readonly sorted: Float64Array;
  /** sums[i] - sums[start] = sum of the magnitudes of a group before i. */
  private readonly sums: Float64Array;
  private readonly exponentCount: number;

  constructor(channel: Float64Array, groupInChannels: number, encoding: BpotEncoding) {
    this.exponentCount = encoding.maxExponent + 1;
    this.starts = groupStarts(channel.length, groupInChannels, encoding.groupSize);
    this.sorted = channel.map(Math.abs);
    for (let g = 0; g + 1 < this.starts.length; g++) this.sorted.subarray(this.starts[g], this.starts[g + 1]).sort();
    this.sums = new Float64Array(channel.length + 1);
    for (let i = 0; i < channel.length; i++) this.sums[i + 1] = this.sums[i] + this.sorted[i];
  }

  measure(scale: number): Fit {
    return this.chooseExponents(scale);
  }

  /** The exponent of least error of each group, of equal ones the smallest; returns the sums of the channel. */
  chooseExponents(scale: number, exponents?: Int32Array): Fit {
    return this.scanGroups(scale, 1, 1, exponents)[0];
  }

  scan(low: number, stepsPerOctave: number, count: number): Fit[] {
    return this.scanGroups(low, stepsPerOctave, count);
  }

  /**
   * A group at scale s with exponent e is the group at scale s * 2^e with exponent 0: each group is measured once along the
   * units of all scales and exponents, on which its three borders only move up, and each scale then picks its exponents.
   */
  private scanGroups(low: number, stepsPerOctave: number, count: number, exponents?: Int32Array): Fit[] {
    const { starts, exponentCount } = this;
    const length = count + (exponentCount - 1) * stepsPerOctave;
    const units = Float64Array.from({ length }, (_, i) => low * 2 ** (i / stepsPerOctave));
    const line: Line = { wm: new Float64Array(length), mm: new Float64Array(length), error: new Float64Array(length) };
    const wq = new Float64Array(count);
    const qq = new Float64Array(count);
    for (let group = 0; group + 1 < starts.length; group++) {
      this.measureGroup(starts[group], starts[group + 1], units, line);
      const { wm, mm, error } = line;
      for (let i = 0; i < count; i++) {
        let best = 0;
        for (let e = 1; e < exponentCount; e++) {
          if (error[i + e * stepsPerOctave] < error[i + best * stepsPerOctave]) best = e;
        }
        const power = 1 << best;
        wq[i] += wm[i + best * stepsPerOctave] * power;
        qq[i] += mm[i + best * stepsPerOctave] * power * power;
        if (exponents) exponents[group] = best;
      }
    }
    return Array.from(wq, (sum, i) => ({ wq: sum, qq: qq[i] }));
  }

  /** Sums of magnitude * m and of m * m, and the error less the group's own square sum, at each of the ascending units. */
  private measureGroup(start: number, end: number, units: Float64Array, { wm, mm, error }: Line): void {
    const { sorted, sums } = this;
    const total = sums[end];
    let one = start;
    let two = start;
    let four = start;
    for (let i = 0; i < units.length; i++) {
      const unit = units[i];
      while (one < end && sorted[one] < BORDERS[0] * unit) one++;
      while (two < end && sorted[two] < BORDERS[1] * unit) two++;
      while (four < end && sorted[four] < BORDERS[2] * unit) four++;
      const w = sums[two] - sums[one] + 2 * (sums[four] - sums[two]) + 4 * (total - sums[four]);
      const m = two - one + 4 * (four - two) + 16 * (end - four);
      wm[i] = w;
      mm[i] = m;
      error[i] = unit * (unit * m - 2 * w);
    }
  }
}

interface Line {
  readonly wm: Float64Array;
  readonly mm: Float64Array;
  readonly error: Float64Array;
}

function groupStarts(length: number, groupInChannels: number, groupSize: number): Int32Array {
  const starts: number[] = [];
  for (let run = 0; run < length; run += groupInChannels) {
    for (let first = 0; first < groupInChannels; first += groupSize) starts.push(run + first);
  }
  return Int32Array.from([...starts, length]);
}
