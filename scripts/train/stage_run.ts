/**
 * One stage in training: matrix products over overlapping rows of its padded map, bias, pooling, ReLU and rounding, and the way back.
 *
 * A map lies in memory as (image, row, column, channel) with the padding that its reader wants as zeros: one gap between rows serves both as the
 * right edge of one and the left edge of the next, likewise between images. A row of a convolution's kernel is then one matrix product of overlapping rows of that
 * memory, with nothing gathered; sums at positions in the gaps are never looked at. A linear layer is a 1x1 convolution whose channels are the whole map.
 */
import { GEMM_COLUMNS, GEMM_ROWS, type TrainingMemory } from './gemm.js';
import { STACK, outSide, pooledSide, type StageShape } from './stage.js';

export const upTo = (value: number, multiple: number) => multiple * Math.ceil(value / multiple);
/** Channels in memory; an image's single one is not padded. */
export const stored = (channels: number) => (channels === 1 ? 1 : upTo(channels, GEMM_COLUMNS));

/** One stage with its maps, packed weights and gradients. */
export class StageRun {
  /** Positions of a row and of an image in memory. */
  readonly row: number;
  readonly image: number;
  readonly channels: number;
  readonly outputs: number;
  readonly x: Float32Array;
  readonly dx: Float32Array;
  readonly z: Float32Array;
  readonly dz: Float32Array;
  /** Values before the first position in `x` and `dz`. */
  readonly front: number;
  readonly slopeFront: number;
  readonly bias: Float32Array;
  readonly biasSlope: Float32Array;
  /** Which of the four positions won, 4 where no gradient passes. */
  readonly choice: Uint8Array;
  /** Real value of one unit of the stage's 8-bit outputs; undefined: not quantized. */
  unit: number | undefined;
  /** With a skip: real value of one unit of the signed 8-bit sums that it is added to; whether the winner was in their range; the gradient of what is added. */
  branchUnit: number | undefined;
  readonly inBranch: Uint8Array;
  readonly skipSlopes: Float32Array;
  private readonly taps: number;
  private readonly kernel: number;
  private readonly pad: number;
  private readonly rows: number;
  private readonly positions: number;
  private readonly weight: Float32Array;
  private readonly turned: Float32Array;
  private readonly slope: Float32Array;

  /** @param ownWeights false: a class that extends this one holds the weights and multiplies */
  constructor(readonly shape: StageShape, protected readonly memory: TrainingMemory, ownWeights = true) {
    const linear = shape.kind === 'linear';
    const side = linear ? 1 : shape.inSide;
    this.kernel = linear ? 1 : shape.kernel;
    this.pad = shape.pad;
    this.row = side + this.pad;
    this.image = this.row ** 2;
    this.channels = stored(shape.inChannels) * (linear ? shape.inSide ** 2 : 1);
    this.outputs = upTo(shape.outChannels, GEMM_COLUMNS);
    this.positions = STACK * this.image;
    this.rows = upTo(this.positions, GEMM_ROWS);
    this.taps = upTo(this.kernel * this.channels, GEMM_ROWS);
    const reach = (this.kernel - 1) * (this.row + 1);
    const margin = this.pad * (this.row + 1);
    this.front = margin * this.channels;
    this.slopeFront = reach * this.outputs;
    this.x = memory.floats((margin + this.rows + reach + GEMM_ROWS) * this.channels);
    this.dx = memory.floats(this.rows * this.channels);
    this.z = memory.floats(this.rows * this.outputs);
    this.dz = memory.floats((reach + this.rows + margin + GEMM_ROWS) * this.outputs);
    const packed = shape.blocks || !ownWeights ? 0 : this.kernel * this.taps * this.outputs;
    [this.weight, this.turned, this.slope] = [memory.floats(packed), memory.floats(packed), memory.floats(packed)];
    [this.bias, this.biasSlope] = [new Float32Array(this.outputs), new Float32Array(this.outputs)];
    this.choice = new Uint8Array(STACK * pooledSide(shape) ** 2 * this.outputs);
    this.inBranch = new Uint8Array(shape.skip === undefined ? 0 : this.choice.length);
    this.skipSlopes = new Float32Array(shape.skip === undefined ? 0 : STACK * outSide(shape) ** 2 * this.outputs);
  }

  /** @param weight (out, in, kernel, kernel) */
  setWeights(weight: Float32Array, bias: Float32Array): void {
    const { channels, outputs, taps, kernel } = this;
    this.bias.set(bias);
    const linear = this.shape.kind === 'linear';
    this.forEachWeight((at, ky, k, o) => {
      this.weight[(ky * taps + k) * outputs + o] = weight[at];
      const kx = Math.floor(k / channels);
      const turnedAt = linear ? o * channels + k : ((ky * kernel + kernel - 1 - kx) * outputs + o) * channels + (k % channels);
      this.turned[turnedAt] = weight[at];
    });
  }

  /** Moves the gradients out, as (out, in, kernel, kernel) and (out), and starts the next sum at zero. */
  takeSlopes(weight: Float32Array, bias: Float32Array): void {
    this.forEachWeight((at, ky, k, o) => (weight[at] = this.slope[(ky * this.taps + k) * this.outputs + o]));
    for (let o = 0; o < bias.length; o++) bias[o] = this.biasSlope[o];
    this.slope.fill(0);
    this.biasSlope.fill(0);
  }

  /** Places of each weight: in the file's order; kernel row, and place in it, in memory's. */
  private forEachWeight(visit: (at: number, ky: number, k: number, o: number) => void): void {
    const { outChannels, inChannels, kernel: side, kind } = this.shape;
    const perPosition = stored(inChannels);
    for (let o = 0, at = 0; o < outChannels; o++) {
      for (let i = 0; i < inChannels; i++) {
        for (let ky = 0; ky < side; ky++) {
          for (let kx = 0; kx < side; kx++, at++) {
            if (kind === 'linear') visit(at, 0, (ky * side + kx) * perPosition + i, o);
            else visit(at, ky, kx * perPosition + i, o);
          }
        }
      }
    }
  }

  /** Address of the first value that kernel row `ky` reads. */
  private source(ky: number): number {
    return this.x.byteOffset + 4 * (this.front + (ky * this.row - this.pad * (this.row + 1)) * this.channels);
  }

  multiply(): void {
    const { channels, outputs, taps, kernel, z, weight } = this;
    z.fill(0);
    for (let ky = 0; ky < kernel; ky++) {
      const b = weight.byteOffset + 4 * ky * taps * outputs;
      this.memory.gemm(this.source(ky), b, z.byteOffset, this.rows, outputs, kernel * channels, 4 * channels, 4, 4 * outputs, 4 * outputs);
    }
  }

  /** From `dz` to the weights' gradients and, if asked, `dx`. */
  multiplyBack(toInput: boolean): void {
    const { channels, outputs, taps, kernel, dz, dx, slopeFront, slope, turned, positions } = this;
    const first = dz.byteOffset + 4 * slopeFront;
    for (let ky = 0; ky < kernel; ky++) {
      const c = slope.byteOffset + 4 * ky * taps * outputs;
      this.memory.gemm(this.source(ky), first, c, taps, outputs, positions, 4, 4 * channels, 4 * outputs, 4 * outputs);
    }
    if (!toInput) return;
    dx.fill(0);
    for (let ky = 0; ky < kernel; ky++) {
      const a = first + 4 * outputs * (this.pad * (this.row + 1) - ky * this.row - (kernel - 1));
      const b = turned.byteOffset + 4 * ky * kernel * outputs * channels;
      this.memory.gemm(a, b, dx.byteOffset, this.rows, channels, kernel * outputs, 4 * outputs, 4, 4 * channels, 4 * channels);
    }
  }
}

/** Where a stage's outputs lie in the map of the next: values before the first, positions of a row and of an image. */
export interface Target {
  readonly front: number;
  readonly row: number;
  readonly image: number;
}

/** Bias, pooling, ReLU and rounding to 8 bits: from a stage's sums to the map of the next. */
export function activate(run: StageRun, next: Float32Array, to: Target): void {
  const { z, bias, outputs, row, image, choice, shape, unit } = run;
  const side = pooledSide(shape);
  const step = shape.pool ? 2 : 1;
  const below = row * outputs;
  const most = unit === undefined ? Infinity : 255.5 * unit;
  const perUnit = unit === undefined ? 0 : 1 / unit;
  for (let n = 0, k = 0; n < STACK; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const from = (n * image + step * (y * row + x)) * outputs;
        const at = to.front + (n * to.image + y * to.row + x) * outputs;
        for (let o = 0; o < outputs; o++, k++) {
          let best = z[from + o];
          let winner = 0;
          if (step === 2) {
            const right = z[from + outputs + o];
            const under = z[from + below + o];
            const corner = z[from + below + outputs + o];
            if (right > best) { best = right; winner = 1; }
            if (under > best) { best = under; winner = 2; }
            if (corner > best) { best = corner; winner = 3; }
          }
          best += bias[o];
          const passes = best > 0 && best < most;
          choice[k] = passes ? winner : 4;
          if (unit === undefined) next[at + o] = passes ? best : 0;
          else if (passes) next[at + o] = unit * Math.floor(best * perUnit + 0.5);
          else next[at + o] = best > 0 ? 255 * unit : 0;
        }
      }
    }
  }
}

/** The gradient goes straight through rounding, and where the ReLU, the range and the pooling let it. */
export function activateBack(run: StageRun, dx: Float32Array, to: Target): void {
  const { dz, slopeFront, outputs, row, image, choice, shape, biasSlope } = run;
  const side = pooledSide(shape);
  const step = shape.pool ? 2 : 1;
  if (shape.pool) dz.fill(0);
  for (let n = 0, k = 0; n < STACK; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const from = slopeFront + (n * image + step * (y * row + x)) * outputs;
        const at = (n * to.image + y * to.row + x) * outputs;
        for (let o = 0; o < outputs; o++, k++) {
          const winner = choice[k];
          const slope = winner < 4 ? dx[at + o] : 0;
          const position = winner < 4 ? (winner >> 1) * row + (winner & 1) : 0;
          dz[from + position * outputs + o] = slope;
          biasSlope[o] += slope;
        }
      }
    }
  }
}
