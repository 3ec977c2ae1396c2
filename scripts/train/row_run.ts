/**
 * A large dense linear stage in training. Its weights lie output after output, so that both directions read memory that is next to what they have just read;
 * the maps are turned instead, which are small.
 */
import { GEMM_COLUMNS, type TrainingMemory } from './gemm.js';
import { STACK, type StageShape } from './stage.js';
import { StageRun, stored, upTo } from './stage_run.js';

/** Inputs of an output in memory, and values to the next output's: rows that lie a power of two apart would share the sets of the cache. */
function rowSizes({ inChannels, inSide }: StageShape): { readonly inputs: number; readonly stride: number } {
  const inputs = stored(inChannels) * inSide ** 2;
  return { inputs, stride: inputs % 256 === 0 ? inputs + GEMM_COLUMNS : inputs };
}

/** At least as many values as the rows take in the memory, beside the stage's maps. */
export function rowFloats(shape: StageShape): number {
  const { inputs, stride } = rowSizes(shape);
  const outputs = upTo(shape.outChannels, GEMM_COLUMNS);
  return 2 * outputs * stride + 2 * STACK * (inputs + outputs) + 6 * 16;
}

export class RowRun extends StageRun {
  private readonly stride: number;
  /** (out, in) */
  private readonly rowWeight: Float32Array;
  private readonly rowSlope: Float32Array;
  /** Maps turned: (place, image). */
  private readonly turnedMaps: { readonly x: Float32Array; readonly dx: Float32Array; readonly z: Float32Array; readonly dz: Float32Array };

  constructor(shape: StageShape, memory: TrainingMemory) {
    super(shape, memory, false);
    const { inputs, stride } = rowSizes(shape);
    this.stride = stride;
    [this.rowWeight, this.rowSlope] = [memory.floats(this.outputs * stride), memory.floats(this.outputs * stride)];
    const map = (size: number) => memory.floats(STACK * size);
    this.turnedMaps = { x: map(inputs), dx: map(inputs), z: map(this.outputs), dz: map(this.outputs) };
  }

  /** @param weight (out, row, column, in) */
  override setWeights(weight: Float32Array, bias: Float32Array): void {
    this.bias.set(bias);
    this.forEachRun((at, place, length) => this.rowWeight.set(weight.subarray(at, at + length), place));
  }

  override takeSlopes(weight: Float32Array, bias: Float32Array): void {
    this.forEachRun((at, place, length) => weight.set(this.rowSlope.subarray(place, place + length), at));
    for (let o = 0; o < bias.length; o++) bias[o] = this.biasSlope[o];
    this.rowSlope.fill(0);
    this.biasSlope.fill(0);
  }

  /** Weights that lie together: those of an output, or of one of its positions where channels are rounded up in memory. */
  private forEachRun(visit: (at: number, place: number, length: number) => void): void {
    const { outChannels, inChannels, inSide } = this.shape;
    const together = stored(inChannels) === inChannels ? 1 : inSide ** 2;
    const length = (inSide ** 2 * inChannels) / together;
    for (let o = 0, at = 0; o < outChannels; o++) for (let p = 0; p < together; p++, at += length) visit(at, o * this.stride + p * stored(inChannels), length);
  }

  override multiply(): void {
    const { x, z } = this.turnedMaps;
    turn(this.x, x, this.channels, true);
    z.fill(0);
    this.memory.gemm(this.rowWeight.byteOffset, x.byteOffset, z.byteOffset, this.outputs, STACK, this.channels, 4 * this.stride, 4, 4 * STACK, 4 * STACK);
    turn(this.z, z, this.outputs, false);
  }

  override multiplyBack(toInput: boolean): void {
    const { dx, dz } = this.turnedMaps;
    this.memory.gemm(this.dz.byteOffset, this.x.byteOffset, this.rowSlope.byteOffset, this.outputs, this.channels, STACK, 4, 4 * this.outputs, 4 * this.channels, 4 * this.stride);
    if (!toInput) return;
    turn(this.dz, dz, this.outputs, true);
    dx.fill(0);
    this.memory.gemm(this.rowWeight.byteOffset, dz.byteOffset, dx.byteOffset, this.channels, STACK, this.outputs, 4, 4 * this.stride, 4 * STACK, 4 * STACK);
    turn(this.dx, dx, this.channels, false);
  }
}

/** Between (image, place) and (place, image). */
function turn(map: Float32Array, turned: Float32Array, places: number, there: boolean): void {
  for (let n = 0; n < STACK; n++) {
    for (let p = 0; p < places; p++) {
      if (there) turned[p * STACK + n] = map[n * places + p];
      else map[n * places + p] = turned[p * STACK + n];
    }
  }
}
