/**
 * A stack of square convolutions (with ReLU, and 2x2 max pooling where asked) and linear layers, forward and backward, several images at a time.
 */
import { BlockRun, blockFloats } from './block_run.js';
import { trainingMemory, type TrainingMemory } from './gemm.js';
import { RowRun, rowFloats } from './row_run.js';
import { activateSum, activateSumBack, addSkipSlopes } from './skip.js';
import { CLASSES, STACK, hasMapOrder, outSide, type StageShape } from './stage.js';
import { StageRun, activate, activateBack, stored, upTo, type Target } from './stage_run.js';

/** At least as many values as a stage takes in the memory. */
export function stageFloats(stage: StageShape): number {
  const rows = STACK * (stage.inSide + stage.pad) ** 2 + 2 * stage.kernel * (stage.inSide + stage.pad + 1) + 64;
  const maps = 2 * rows * (stored(stage.inChannels) + upTo(stage.outChannels, 8));
  if (hasMapOrder(stage)) return maps + rowFloats(stage);
  return maps + (stage.blocks ? blockFloats(stage.blocks) : 4 * (stage.kernel ** 2 * (stored(stage.inChannels) + 4) * upTo(stage.outChannels, 8)));
}

/** The stage in training, with its blocks if it has some. */
export function stageRun(stage: StageShape, memory: TrainingMemory): StageRun {
  if (hasMapOrder(stage)) return new RowRun(stage, memory);
  return stage.blocks ? new BlockRun(stage, stage.blocks, memory) : new StageRun(stage, memory);
}

export class StackedNet {
  private readonly runs: readonly StageRun[];
  /** Of each stage with a skip: the stage that reads what is added. */
  private readonly skips: readonly (number | undefined)[];

  /** @param inputUnit real value of a unit of the images; default: a pixel is a 255th */
  constructor(readonly stages: readonly StageShape[], private readonly inputUnit?: number) {
    const values = stages.reduce((sum, stage) => sum + stageFloats(stage), 0);
    const memory = trainingMemory(4 * values + 65536 * 4);
    this.runs = stages.map((stage) => stageRun(stage, memory));
    this.skips = stages.map(({ skip }) => (skip === undefined ? undefined : stages.findIndex(({ name }) => name === skip) + 1));
  }

  /** Weights (out, in, kernel, kernel), or those of its blocks, and biases (out) of a stage. */
  setWeights(stage: number, weight: Float32Array, bias: Float32Array): void {
    this.runs[stage].setWeights(weight, bias);
  }

  /** Moves a stage's summed gradients out. */
  takeSlopes(stage: number, weight: Float32Array, bias: Float32Array): void {
    this.runs[stage].takeSlopes(weight, bias);
  }

  /** Real value of one unit of each stage's unsigned 8-bit outputs, and of the signed 8-bit sums that a skip is added to, or undefined where they are not quantized. */
  setUnits(units: readonly (number | undefined)[], branchUnits: readonly (number | undefined)[] = []): void {
    this.runs.forEach((run, i) => {
      run.unit = run.shape.relu ? units[i] : undefined;
      run.branchUnit = branchUnits[i];
    });
  }

  /**
   * Up to `STACK` images through the network.
   * @param images (count, side, side, channels) bytes
   * @param logits (STACK, 10), written
   */
  forward(images: Uint8Array, members: ArrayLike<number>, logits: Float32Array): void {
    const last = this.runs[this.runs.length - 1];
    this.putImages(images, members);
    this.runs.forEach((run, i) => {
      run.multiply();
      const [next, skip] = [this.runs[i + 1], this.skips[i]];
      if (skip !== undefined) activateSum(run, next.x, mapOf(next), { map: this.runs[skip].x, layout: mapOf(this.runs[skip]) });
      else if (run !== last) activate(run, next.x, mapOf(next));
    });
    for (let n = 0; n < STACK; n++) for (let o = 0; o < CLASSES; o++) logits[n * CLASSES + o] = last.z[n * last.outputs + o] + last.bias[o];
  }

  private putImages(images: Uint8Array, members: ArrayLike<number>): void {
    const [{ x: map, shape: { inSide, inChannels } }] = this.runs;
    const { front, row, image } = mapOf(this.runs[0]);
    const channels = stored(inChannels);
    const unit = this.inputUnit;
    for (let n = 0, line = inSide * inChannels; n < members.length; n++) {
      for (let y = 0; y < inSide; y++) {
        const from = (members[n] * inSide + y) * line;
        const to = front + (n * image + y * row) * channels;
        for (let i = 0; i < line; i++) {
          const at = to + (channels === inChannels ? i : channels * Math.floor(i / inChannels) + (i % inChannels));
          map[at] = unit === undefined ? images[from + i] / 255 : images[from + i] * unit;
        }
      }
    }
  }

  /** Adds the gradients of the images that `forward` has just seen. @param slopes (STACK, 10): of the loss by the logits; zero for images that do not count */
  backward(slopes: Float32Array): void {
    const last = this.runs[this.runs.length - 1];
    for (let n = 0; n < STACK; n++) {
      for (let o = 0; o < CLASSES; o++) {
        last.dz[n * last.outputs + o] = slopes[n * CLASSES + o];
        last.biasSlope[o] += slopes[n * CLASSES + o];
      }
    }
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i];
      run.multiplyBack(i > 0);
      if (i === 0) return;
      this.skips.forEach((skip, of) => {
        if (skip === i) addSkipSlopes(this.runs[of], run.dx, mapOf(run));
      });
      if (this.skips[i - 1] !== undefined) activateSumBack(this.runs[i - 1], run.dx, mapOf(run));
      else activateBack(this.runs[i - 1], run.dx, mapOf(run));
    }
  }

  /** Sums with bias of a stage with a skip, before it is added, of the images that `forward` has just seen. */
  branchOf(stage: number): Float32Array {
    const { z, bias, outputs, row, image, shape } = this.runs[stage];
    const side = outSide(shape);
    return Float32Array.from({ length: STACK * side ** 2 * shape.outChannels }, (_, at) => {
      const o = at % shape.outChannels;
      const position = Math.floor(at / shape.outChannels);
      const [column, line, n] = [position % side, Math.floor(position / side) % side, Math.floor(position / side ** 2)];
      return z[(n * image + line * row + column) * outputs + o] + bias[o];
    });
  }

  /** What a stage has read of the images that `forward` has just seen: (STACK, side, side, channels). */
  inputsOf(stage: number): Float32Array {
    const { x, shape: { inSide, inChannels } } = this.runs[stage];
    const { front, row, image } = mapOf(this.runs[stage]);
    const channels = stored(inChannels);
    return Float32Array.from({ length: STACK * inSide ** 2 * inChannels }, (_, at) => {
      const position = Math.floor(at / inChannels);
      const [column, line, n] = [position % inSide, Math.floor(position / inSide) % inSide, Math.floor(position / inSide ** 2)];
      return x[front + (n * image + line * row + column) * channels + (at % inChannels)];
    });
  }
}

/** Where the map that a stage reads lies. */
function mapOf(run: StageRun): Target {
  if (run.shape.kind === 'convolution') return run;
  const side = run.shape.inSide;
  return { front: 0, row: side, image: side ** 2 };
}
