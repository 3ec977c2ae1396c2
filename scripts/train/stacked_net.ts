/**
 * A stack of square convolutions (with ReLU, and 2x2 max pooling where asked) and linear layers, forward and backward, several images at a time.
 */
import { BlockRun, blockFloats } from './block_run.js';
import { trainingMemory, type TrainingMemory } from './gemm.js';
import { CLASSES, STACK, type StageShape } from './stage.js';
import { StageRun, activate, activateBack, stored, upTo, type Target } from './stage_run.js';

/** At least as many values as a stage takes in the memory. */
export function stageFloats(stage: StageShape): number {
  const rows = STACK * (stage.inSide + stage.pad) ** 2 + 2 * stage.kernel * (stage.inSide + stage.pad + 1) + 64;
  const maps = 2 * rows * (stored(stage.inChannels) + upTo(stage.outChannels, 8));
  return maps + (stage.blocks ? blockFloats(stage.blocks) : 4 * (stage.kernel ** 2 * (stored(stage.inChannels) + 4) * upTo(stage.outChannels, 8)));
}

/** The stage in training, with its blocks if it has some. */
export function stageRun(stage: StageShape, memory: TrainingMemory): StageRun {
  return stage.blocks ? new BlockRun(stage, stage.blocks, memory) : new StageRun(stage, memory);
}

export class StackedNet {
  private readonly runs: readonly StageRun[];

  constructor(readonly stages: readonly StageShape[]) {
    const values = stages.reduce((sum, stage) => sum + stageFloats(stage), 0);
    const memory = trainingMemory(4 * values + 65536 * 4);
    this.runs = stages.map((stage) => stageRun(stage, memory));
  }

  /** Weights (out, in, kernel, kernel), or those of its blocks, and biases (out) of a stage. */
  setWeights(stage: number, weight: Float32Array, bias: Float32Array): void {
    this.runs[stage].setWeights(weight, bias);
  }

  /** Moves a stage's summed gradients out. */
  takeSlopes(stage: number, weight: Float32Array, bias: Float32Array): void {
    this.runs[stage].takeSlopes(weight, bias);
  }

  /** Real value of one unit of each stage's unsigned 8-bit outputs, or undefined where they are not quantized. */
  setUnits(units: readonly (number | undefined)[]): void {
    this.runs.forEach((run, i) => (run.unit = run.shape.relu ? units[i] : undefined));
  }

  /**
   * Up to `STACK` images through the network.
   * @param images (count, side, side) bytes; a pixel is a 255th
   * @param logits (STACK, 10), written
   */
  forward(images: Uint8Array, members: ArrayLike<number>, logits: Float32Array): void {
    const [first, last] = [this.runs[0], this.runs[this.runs.length - 1]];
    const side = first.shape.inSide;
    for (let n = 0; n < members.length; n++) {
      const from = members[n] * side ** 2;
      const { front, row, image } = mapOf(first);
      const to = front + n * image;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) first.x[to + y * row + x] = images[from + y * side + x] / 255;
    }
    this.runs.forEach((run, i) => {
      run.multiply();
      if (run !== last) activate(run, this.runs[i + 1].x, mapOf(this.runs[i + 1]));
    });
    for (let n = 0; n < STACK; n++) for (let o = 0; o < CLASSES; o++) logits[n * CLASSES + o] = last.z[n * last.outputs + o] + last.bias[o];
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
      this.runs[i].multiplyBack(i > 0);
      if (i > 0) activateBack(this.runs[i - 1], this.runs[i].dx, mapOf(this.runs[i]));
    }
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
