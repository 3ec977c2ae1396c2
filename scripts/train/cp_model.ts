/**
 * A layer of quantized factors in training. The forward weights are the ones the hardware rebuilds: factors rounded to powers of two, exact integer sums, recoded to
 * the lanes' encoding (docs/number_formats.md), times a gain per output channel, which the requantization multiplier takes up. Gradients go straight through both roundings.
 */
import { trainedValues, type LayerModel, type Trained } from './layer_models.js';

/** Encoding of the rebuilt weights: that of the lanes. */
export type LaneEncoding =
  | { readonly encoding: 'pot'; readonly maxShift: number }
  | { readonly encoding: 'csd'; readonly digits: 1 | 2; readonly maxShift: number }
  | { readonly encoding: 'uniform'; readonly bits: number };

export interface CpShape {
  readonly outChannels: number;
  readonly inChannels: number;
  /** Kernel positions. */
  readonly taps: number;
  readonly rank: number;
}

/** Real factors: output (rank, out), input (rank, in), kernel (rank, taps); the weight is `gain[o] * sum of products`. */
export interface RealFactors {
  readonly output: Float64Array;
  readonly input: Float64Array;
  readonly kernel: Float64Array;
  /** (out) */
  readonly gain: Float64Array;
}

/** What is stored of a trained layer. */
export interface IntegerFactors {
  readonly output: Int32Array;
  readonly input: Int32Array;
  readonly kernel: Int32Array;
  /** (out) */
  readonly recodeShift: Int32Array;
  /** (out): real value of one unit of the recoded weights. */
  readonly scale: Float64Array;
}

/** Largest shift of a factor; a factor of 1.0 in training is `2^FACTOR_SHIFT` of the integers. */
export const FACTOR_SHIFT = 6;
const ONE = 2 ** FACTOR_SHIFT;
/** Factors have values of about 1 and steps of up to a half between them, so they may move faster than weights. */
const FACTOR_PACE = 3;
/** Trained values are kept within this, so that none drifts where rounding hides it. */
const RANGE = 1.25;

/** The nearest of 0, +-1, +-2 .. +-2^FACTOR_SHIFT, halves upwards in size. */
export function nearestPower(value: number): number {
  const size = Math.abs(value);
  if (size < 0.5) return 0;
  const exponent = size < 1 ? 0 : 31 - Math.clz32(size);
  const up = size >= 1.5 * 2 ** exponent ? 1 : 0;
  return Math.sign(value) * 2 ** Math.min(FACTOR_SHIFT, exponent + up);
}

/** Exponent of the power of two nearest to `size`, ties up; `size` is an integer from 1 on, below 2^31. */
function nearestExponent(size: number): number {
  const exponent = 31 - Math.clz32(size);
  return exponent + (exponent > 0 ? (size >> (exponent - 1)) & 1 : 0);
}

/** The smallest shift with which the largest sum of a channel is not clamped. */
export function recodeShiftFor(largest: number, lanes: LaneEncoding): number {
  if (largest === 0) return 0;
  if (lanes.encoding === 'pot') return Math.max(0, nearestExponent(largest) - lanes.maxShift);
  const most = lanes.encoding === 'csd' ? 2 ** lanes.maxShift : 2 ** (lanes.bits - 1) - 1;
  let shift = 0;
  while (Math.floor(largest / 2 ** shift + 0.5) > most) shift++;
  return shift;
}

/** An integer sum below 2^31 in size as a weight of the lanes. */
export function recode(sum: number, shift: number, lanes: LaneEncoding): number {
  const size = Math.abs(sum);
  const sign = sum < 0 ? -1 : 1;
  if (lanes.encoding === 'pot') {
    if (size === 0 || 2 * size < 2 ** shift) return 0;
    return sign * 2 ** Math.min(Math.max(nearestExponent(size) - shift, 0), lanes.maxShift);
  }
  const rounded = Math.floor(size / 2 ** shift + 0.5);
  if (lanes.encoding === 'uniform') return sign * Math.min(rounded, 2 ** (lanes.bits - 1) - 1);
  return sign * highestDigits(Math.min(rounded, 2 ** lanes.maxShift), lanes.digits);
}

/** The highest digits of the non-adjacent form, as a number. Below them, the rest of the form is less than half of the last place but may be of either sign. */
function highestDigits(value: number, digits: number): number {
  let [left, sum] = [value, 0];
  for (let n = 0; n < digits && left !== 0; n++) {
    // The form's highest digit is 2^k where 3 * |left| lies in 2^(k+1) .. 2^(k+2).
    const digit = Math.sign(left) * 2 ** (31 - Math.clz32(3 * Math.abs(left)) - 1);
    sum += digit;
    left -= digit;
  }
  return sum;
}

export class CpModel implements LayerModel {
  private readonly output: Trained;
  private readonly input: Trained;
  private readonly kernel: Trained;
  private readonly gainFactor: Trained;
  /** (out): gains at the start, which `gainFactor` multiplies. */
  private readonly gain: Float64Array;
  private readonly rounded: { output: Float64Array; input: Float64Array; kernel: Float64Array };
  /** (rank, in, taps): products of input and kernel factors. */
  private readonly products: Float64Array;
  private readonly current: Float32Array;

  constructor(readonly shape: CpShape, readonly lanes: LaneEncoding, start: RealFactors) {
    const { output, input, kernel, gain } = balanced(shape, start);
    [this.output, this.input, this.kernel] = [output, input, kernel].map((values) => trainedValues(Float32Array.from(values), FACTOR_PACE));
    this.gain = gain;
    this.gainFactor = trainedValues(new Float32Array(gain.length).fill(1));
    this.rounded = { output: new Float64Array(output.length), input: new Float64Array(input.length), kernel: new Float64Array(kernel.length) };
    this.products = new Float64Array(shape.rank * shape.inChannels * shape.taps);
    this.current = new Float32Array(shape.outChannels * shape.inChannels * shape.taps);
  }

  get trained(): readonly Trained[] {
    return [this.output, this.input, this.kernel, this.gainFactor];
  }

  weights(out: Float32Array): void {
    const per = out.length / this.shape.outChannels;
    for (const part of ['output', 'input', 'kernel'] as const) {
      const { values } = this[part];
      for (let i = 0; i < values.length; i++) {
        values[i] = Math.min(RANGE, Math.max(-RANGE, values[i]));
        this.rounded[part][i] = nearestPower(values[i] * ONE);
      }
    }
    this.multiplyInputs();
    const sums = new Float64Array(per);
    for (let o = 0; o < this.shape.outChannels; o++) {
      const shift = this.channel(o, sums);
      const unit = this.unit(o, shift);
      for (let i = 0; i < per; i++) out[o * per + i] = unit * recode(sums[i], shift, this.lanes);
    }
    this.current.set(out);
  }

  slopes(weight: Float32Array): void {
    const { outChannels, rank } = this.shape;
    const per = weight.length / outChannels;
    const products = new Float64Array(this.products.length);
    this.output.slopes.fill(0);
    for (let o = 0; o < outChannels; o++) {
      let slope = 0;
      for (let i = o * per; i < (o + 1) * per; i++) slope += weight[i] * this.current[i];
      this.gainFactor.slopes[o] = slope / this.gainFactor.values[o];
      const gain = this.gain[o] * this.gainFactor.values[o];
      for (let r = 0; r < rank; r++) {
        const scale = (gain * this.rounded.output[r * outChannels + o]) / ONE;
        let own = 0;
        for (let i = 0, w = o * per, p = r * per; i < per; i++, w++, p++) {
          own += weight[w] * this.products[p];
          products[p] += scale * weight[w];
        }
        this.output.slopes[r * outChannels + o] = (gain * own) / ONE ** 2;
      }
    }
    this.inputSlopes(products);
  }

  /** What is stored. */
  integers(): IntegerFactors {
    const out = new Float32Array(this.current.length);
    this.weights(out);
    const sums = new Float64Array(out.length / this.shape.outChannels);
    const recodeShift = Int32Array.from(this.gain, (_, o) => this.channel(o, sums));
    const { output, input, kernel } = this.rounded;
    return {
      output: Int32Array.from(output), input: Int32Array.from(input), kernel: Int32Array.from(kernel), recodeShift,
      scale: this.gain.map((_, o) => this.unit(o, recodeShift[o])),
    };
  }

  /** Real value of one unit of a channel's recoded weights. */
  private unit(o: number, shift: number): number {
    return (this.gain[o] * this.gainFactor.values[o] * 2 ** shift) / ONE ** 3;
  }

  private multiplyInputs(): void {
    const { inChannels, taps, rank } = this.shape;
    for (let r = 0, p = 0; r < rank; r++) {
      for (let i = 0; i < inChannels; i++) {
        const factor = this.rounded.input[r * inChannels + i];
        for (let t = 0; t < taps; t++, p++) this.products[p] = factor * this.rounded.kernel[r * taps + t];
      }
    }
  }

  /** Exact sums of an output channel; returns its recode shift. */
  private channel(o: number, sums: Float64Array): number {
    const { outChannels, rank } = this.shape;
    sums.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = this.rounded.output[r * outChannels + o];
      if (factor === 0) continue;
      for (let i = 0, p = r * sums.length; i < sums.length; i++, p++) sums[i] += factor * this.products[p];
    }
    let largest = 0;
    for (let i = 0; i < sums.length; i++) largest = Math.max(largest, Math.abs(sums[i]));
    return recodeShiftFor(largest, this.lanes);
  }

  /** @param products gradients of the products of input and kernel factors, in units where 1.0 is one */
  private inputSlopes(products: Float64Array): void {
    const { inChannels, taps, rank } = this.shape;
    this.kernel.slopes.fill(0);
    for (let r = 0, p = 0; r < rank; r++) {
      for (let i = 0; i < inChannels; i++) {
        let slope = 0;
        for (let t = 0; t < taps; t++, p++) {
          slope += products[p] * this.rounded.kernel[r * taps + t];
          this.kernel.slopes[r * taps + t] += (products[p] * this.rounded.input[r * inChannels + i]) / ONE;
        }
        this.input.slopes[r * inChannels + i] = slope / ONE;
      }
    }
  }
}

/** The same weights with every term's input and kernel factors up to 1 in size, and every channel's output factors. */
function balanced({ outChannels, inChannels, taps, rank }: CpShape, start: RealFactors): RealFactors {
  const [output, input, kernel, gain] = [start.output.slice(), start.input.slice(), start.kernel.slice(), start.gain.slice()];
  const largest = (values: Float64Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  for (let r = 0; r < rank; r++) {
    const [b, c] = [input.subarray(r * inChannels, (r + 1) * inChannels), kernel.subarray(r * taps, (r + 1) * taps)];
    const [sizeB, sizeC] = [largest(b), largest(c)];
    for (let i = 0; i < b.length; i++) b[i] /= sizeB;
    for (let i = 0; i < c.length; i++) c[i] /= sizeC;
    for (let o = 0; o < outChannels; o++) output[r * outChannels + o] *= sizeB * sizeC;
  }
  for (let o = 0; o < outChannels; o++) {
    let most = 0;
    for (let r = 0; r < rank; r++) most = Math.max(most, Math.abs(output[r * outChannels + o]));
    if (most === 0) continue;
    for (let r = 0; r < rank; r++) output[r * outChannels + o] /= most;
    gain[o] *= most;
  }
  return { output, input, kernel, gain };
}
