/**
 * Weights of a shift-add encoding in training: each step rounds the trained values to the encoding's integers at a scale per output that is fixed at the start, times
 * a trained gain per output, which the requantization multiplier takes up. Gradients go straight through the rounding.
 */
import { trainedValues, type LayerModel, type Trained } from './layer_models.js';
import { weightRows, type StageShape, type WeightRow } from './stage.js';
import { exponentGroups, type ExponentGroups } from './weight_groups.js';

/** Encodings that can be trained, as in a layer description. */
export type TrainedEncoding =
  | { readonly encoding: 'pot'; readonly maxShift: number }
  | { readonly encoding: 'apot' }
  | { readonly encoding: 'bpot'; readonly groupSize: number; readonly maxExponent: number }
  | { readonly encoding: 'uniform'; readonly bits: number };

/** What is stored of trained weights. */
export interface IntegerWeights {
  readonly encoding: TrainedEncoding;
  /** In the order of the trained values. */
  readonly weight: Int32Array;
  /** `bpot` only, in the order of a layer file's tensor. */
  readonly exponent?: Int32Array;
  /** (out): real value of one unit. */
  readonly scale: Float64Array;
}

/** Scales that are tried at the start: steps of an octave around the one at which the largest weight is the largest integer. */
const SCALE_STEPS = 16;
const [LOWEST_STEP, HIGHEST_STEP] = [-24, 12];
/** Trained values are kept within this many times the largest integer, so that none drifts where rounding hides it. */
const RANGE = 1.25;

/** The largest integer of an encoding. */
export function largestInteger(encoding: TrainedEncoding): number {
  if (encoding.encoding === 'pot') return 2 ** encoding.maxShift;
  if (encoding.encoding === 'apot') return APOT[APOT.length - 1];
  return encoding.encoding === 'bpot' ? 4 * 2 ** encoding.maxExponent : 2 ** (encoding.bits - 1) - 1;
}

/** The nearest of 0, +-1, +-2 .. +-2^maxShift, halves upwards in size. */
export function nearestPot(value: number, maxShift: number): number {
  const size = Math.abs(value);
  if (size < 0.5) return 0;
  const exponent = size < 1 ? 0 : 31 - Math.clz32(size);
  const up = size >= 1.5 * (1 << exponent) ? 1 : 0;
  const nearest = 1 << Math.min(maxShift, exponent + up);
  return value < 0 ? -nearest : nearest;
}

const APOT = [0, 1, 2, 3, 4, 6, 8, 10];

/** The nearest of {0, +-1, +-2, +-3, +-4, +-6, +-8, +-10}, halves upwards in size. */
export function nearestApot(value: number): number {
  const size = Math.abs(value);
  let at = size < 4.5 ? Math.floor(size + 0.5) : 4;
  while (at + 1 < APOT.length && size >= (APOT[at] + APOT[at + 1]) / 2) at++;
  return value < 0 ? -APOT[at] : APOT[at];
}

/** The nearest of {0, 1, 2, 4} times a power of two to a size, halves upwards. */
function nearestMultiple(size: number, power: number): number {
  if (size < 1.5 * power) return size < 0.5 * power ? 0 : power;
  return size < 3 * power ? 2 * power : 4 * power;
}

export class QuantizedModel implements LayerModel {
  private readonly values: Trained;
  private readonly gain: Trained;
  private readonly rows: readonly WeightRow[];
  private readonly groups: ExponentGroups | undefined;
  /** (out): real value of one unit before the gain. */
  private readonly scale: Float64Array;
  /** Output of each weight. */
  private readonly output: Int32Array;
  /** Trained values in units, and what they are rounded to. */
  private readonly units: Float64Array;
  private readonly rounded: Int32Array;
  private readonly exponent: Int32Array | undefined;

  /** @param values float weights in the stage's order, which training starts from */
  constructor(stage: StageShape, readonly encoding: TrainedEncoding, values: Float32Array) {
    this.values = trainedValues(values.slice());
    this.gain = trainedValues(new Float32Array(stage.outChannels).fill(1));
    this.rows = weightRows(stage);
    this.output = new Int32Array(values.length);
    for (const { output, start, length } of this.rows) this.output.fill(output, start, start + length);
    this.groups = encoding.encoding === 'bpot' ? exponentGroups(stage, encoding.groupSize) : undefined;
    this.exponent = this.groups && new Int32Array(this.groups.starts.length - 1);
    this.units = new Float64Array(values.length);
    this.rounded = new Int32Array(values.length);
    this.scale = this.bestScales(stage.outChannels);
  }

  get trained(): readonly Trained[] {
    return [this.values, this.gain];
  }

  weights(out: Float32Array): void {
    this.round(this.scale);
    for (let i = 0; i < out.length; i++) out[i] = this.rounded[i] * this.scale[this.output[i]] * this.gain.values[this.output[i]];
  }

  slopes(weight: Float32Array): void {
    this.gain.slopes.fill(0);
    const most = RANGE * largestInteger(this.encoding);
    for (let i = 0; i < weight.length; i++) {
      const o = this.output[i];
      this.gain.slopes[o] += weight[i] * this.rounded[i] * this.scale[o];
      // Beyond the range only the way back is open.
      const outside = Math.abs(this.units[i]) > most && weight[i] * this.units[i] < 0;
      this.values.slopes[i] = outside ? 0 : weight[i] * this.gain.values[o];
    }
  }

  /** What is stored. */
  integers(): IntegerWeights {
    this.round(this.scale);
    return {
      encoding: this.encoding,
      weight: this.rounded.slice(),
      ...(this.exponent ? { exponent: this.exponent.slice() } : {}),
      scale: this.scale.map((scale, o) => scale * this.gain.values[o]),
    };
  }

  /** Rounds all trained values at these scales. */
  private round(scale: Float64Array): void {
    const { values: { values }, units, rounded, output, encoding } = this;
    for (let i = 0; i < values.length; i++) units[i] = values[i] / scale[output[i]];
    if (encoding.encoding === 'bpot') this.roundGroups(encoding.maxExponent);
    else if (encoding.encoding === 'pot') for (let i = 0; i < units.length; i++) rounded[i] = nearestPot(units[i], encoding.maxShift);
    else if (encoding.encoding === 'apot') for (let i = 0; i < units.length; i++) rounded[i] = nearestApot(units[i]);
    else {
      const most = largestInteger(encoding);
      for (let i = 0; i < units.length; i++) rounded[i] = Math.min(most, Math.max(-most, Math.round(units[i])));
    }
  }

  /** Each group takes the exponent of least squared error, of equal ones the smallest. */
  private roundGroups(maxExponent: number): void {
    const { units, rounded } = this;
    const { starts, members } = this.groups!;
    for (let group = 0; group + 1 < starts.length; group++) {
      let [best, least] = [0, Infinity];
      for (let exponent = 0; exponent <= maxExponent; exponent++) {
        const power = 1 << exponent;
        let error = 0;
        for (let m = starts[group]; m < starts[group + 1]; m++) {
          const size = Math.abs(units[members[m]]);
          const missed = size - nearestMultiple(size, power);
          error += missed * missed;
        }
        if (error < least) [best, least] = [exponent, error];
      }
      this.exponent![group] = best;
      for (let m = starts[group]; m < starts[group + 1]; m++) {
        const value = units[members[m]];
        rounded[members[m]] = value < 0 ? -nearestMultiple(-value, 1 << best) : nearestMultiple(value, 1 << best);
      }
    }
  }

  /** Per output the scale of least squared error. */
  private bestScales(outChannels: number): Float64Array {
    const { values: { values }, rows, output, rounded } = this;
    const widest = new Float64Array(outChannels).fill(1);
    const most = largestInteger(this.encoding);
    for (const { output: o, start, length } of rows) {
      const largest = values.subarray(start, start + length).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      if (largest > 0) widest[o] = largest / most;
    }
    const best = widest.slice();
    const least = new Float64Array(outChannels).fill(Infinity);
    for (let step = LOWEST_STEP; step <= HIGHEST_STEP; step++) {
      const scale = widest.map((s) => s * 2 ** (step / SCALE_STEPS));
      this.round(scale);
      const error = new Float64Array(outChannels);
      for (let i = 0; i < values.length; i++) error[output[i]] += (values[i] - rounded[i] * scale[output[i]]) ** 2;
      error.forEach((e, o) => {
        if (e < least[o]) [least[o], best[o]] = [e, scale[o]];
      });
    }
    return best;
  }
}
