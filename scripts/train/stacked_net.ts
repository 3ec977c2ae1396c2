/**
 * A stack of square convolutions (with ReLU, and 2x2 max pooling where asked) and linear layers, forward and backward, several images at a time.
 */
import { trainingMemory } from './gemm.js';
import { CLASSES, STACK, type StageShape } from './stage.js';
import { StageRun, activate, activateBack, stored, upTo, type Target } from './stage_run.js';

export class StackedNet {
  private readonly runs: readonly StageRun[];

  constructor(readonly stages: readonly StageShape[]) {
    const values = stages.reduce((sum, stage) => {
      const rows = STACK * (stage.inSide + stage.pad) ** 2 + 2 * stage.kernel * (stage.inSide + stage.pad + 1) + 64;
      return sum + 2 * rows * (stored(stage.inChannels) + upTo(stage.outChannels, 8)) + 4 * (stage.kernel ** 2 * (stored(stage.inChannels) + 4) * upTo(stage.outChannels, 8));
    }, 0);
    const memory = trainingMemory(4 * values + 65536 * 4);
    this.runs = stages.map((stage) => new StageRun(stage, memory));
  }

  /** Weights (out, in, kernel, kernel) and biases (out) of a stage. */
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
      const to = first.front + n * first.image;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) first.x[to + y * first.row + x] = images[from + y * side + x] / 255;
    }
    this.runs.forEach((run, i) => {
      run.multiply();
      if (run !== last) activate(run, this.runs[i + 1].x, this.targetOf(i));
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
      if (i > 0) activateBack(this.runs[i - 1], this.runs[i].dx, this.targetOf(i - 1));
    }
  }

  /** What a stage has read of the images that `forward` has just seen: (STACK, side, side, channels). */
  inputsOf(stage: number): Float32Array {
    const { x, shape: { inSide, inChannels } } = this.runs[stage];
    const { front, row, image } = stage === 0 ? this.runs[0] : this.targetOf(stage - 1);
    const channels = stored(inChannels);
    return Float32Array.from({ length: STACK * inSide ** 2 * inChannels }, (_, at) => {
      const position = Math.floor(at / inChannels);
      const [column, line, n] = [position % inSide, Math.floor(position / inSide) % inSide, Math.floor(position / inSide ** 2)];
      return x[front + (n * image + line * row + column) * channels + (at % inChannels)];
    });
  }

  private targetOf(stage: number): Target {
    const next = this.runs[stage + 1];
    if (next.shape.kind === 'convolution') return next;
    const side = next.shape.inSide;
    return { front: 0, row: side, image: side ** 2 };
  }
}
