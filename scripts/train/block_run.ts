/**
 * A linear stage under a permuted block-diagonal mask in training (Supic et al. 2018, "MPDCompress", arXiv 1805.12085): inputs are gathered block after block, each
 * block is a small dense product, and its sums go to their places. Weights outside of the blocks do not exist, so that neither a forward pass nor an update can touch them.
 */
import type { BlockStructure } from '../../generator/layer/blocks.js';
import { GEMM_COLUMNS, type TrainingMemory } from './gemm.js';
import { STACK, type StageShape } from './stage.js';
import { StageRun, stored, upTo } from './stage_run.js';

/** A block in memory: where its inputs and outputs begin in the gathered maps, and its weights. Sizes are rounded up for the product, with zeros. */
interface Block {
  readonly input: number;
  readonly output: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: number;
}

/** Places of the blocks' inputs or outputs: in the gathered map, and in the stage's. */
interface Places {
  readonly packed: Int32Array;
  readonly natural: Int32Array;
}

const paddedSum = (sizes: Int32Array): number => sizes.reduce((sum, size) => sum + upTo(size, GEMM_COLUMNS), 0);

/** Where each of the blocks' inputs or outputs lies in the gathered map. */
function packedPlaces(sizes: Int32Array): Int32Array {
  const places: number[] = [];
  let first = 0;
  for (const size of sizes) {
    for (let i = 0; i < size; i++) places.push(first + i);
    first += upTo(size, GEMM_COLUMNS);
  }
  return Int32Array.from(places);
}

/** At least as many values as the blocks take in the memory, beside the stage's maps. */
export function blockFloats({ inputSizes, outputSizes }: BlockStructure): number {
  const weights = inputSizes.reduce((sum, size, b) => sum + upTo(size, GEMM_COLUMNS) * upTo(outputSizes[b], GEMM_COLUMNS), 0);
  return 3 * weights + 2 * STACK * (paddedSum(inputSizes) + paddedSum(outputSizes)) + 7 * 16;
}

export class BlockRun extends StageRun {
  private readonly list: readonly Block[];
  private readonly inputs: Places;
  private readonly outs: Places;
  /** Gathered maps (STACK, ...) and their gradients. */
  private readonly gathered: { readonly x: Float32Array; readonly dx: Float32Array; readonly z: Float32Array; readonly dz: Float32Array };
  private readonly packed: Float32Array;
  private readonly packedTurned: Float32Array;
  private readonly packedSlope: Float32Array;
  private readonly width: number;
  private readonly depth: number;

  constructor(shape: StageShape, blocks: BlockStructure, memory: TrainingMemory) {
    super(shape, memory);
    this.width = paddedSum(blocks.inputSizes);
    this.depth = paddedSum(blocks.outputSizes);
    const list: Block[] = [];
    let [input, output, weight] = [0, 0, 0];
    blocks.inputSizes.forEach((size, b) => {
      const block = { input, output, weight, inputs: upTo(size, GEMM_COLUMNS), outputs: upTo(blocks.outputSizes[b], GEMM_COLUMNS) };
      list.push(block);
      [input, output, weight] = [input + block.inputs, output + block.outputs, weight + block.inputs * block.outputs];
    });
    this.list = list;
    const column = (flat: number) => Math.floor(flat / shape.inChannels) * stored(shape.inChannels) + (flat % shape.inChannels);
    this.inputs = { packed: packedPlaces(blocks.inputSizes), natural: blocks.inputOrder.map(column) };
    this.outs = { packed: packedPlaces(blocks.outputSizes), natural: blocks.outputOrder };
    const map = (size: number) => memory.floats(STACK * size);
    this.gathered = { x: map(this.width), dx: map(this.width), z: map(this.depth), dz: map(this.depth) };
    [this.packed, this.packedTurned, this.packedSlope] = [memory.floats(weight), memory.floats(weight), memory.floats(weight)];
  }

  /** @param weight block after block (outputs of the block, inputs of the block) */
  override setWeights(weight: Float32Array, bias: Float32Array): void {
    this.bias.set(bias);
    this.forEachBlockWeight((at, inputMajor, outputMajor) => {
      this.packed[inputMajor] = weight[at];
      this.packedTurned[outputMajor] = weight[at];
    });
  }

  override takeSlopes(weight: Float32Array, bias: Float32Array): void {
    this.forEachBlockWeight((at, inputMajor) => (weight[at] = this.packedSlope[inputMajor]));
    for (let o = 0; o < bias.length; o++) bias[o] = this.biasSlope[o];
    this.packedSlope.fill(0);
    this.biasSlope.fill(0);
  }

  private forEachBlockWeight(visit: (at: number, inputMajor: number, outputMajor: number) => void): void {
    const { inputSizes, outputSizes } = this.shape.blocks!;
    let at = 0;
    this.list.forEach(({ inputs, outputs, weight }, b) => {
      for (let o = 0; o < outputSizes[b]; o++) for (let i = 0; i < inputSizes[b]; i++, at++) visit(at, weight + i * outputs + o, weight + o * inputs + i);
    });
  }

  override multiply(): void {
    const { x, z } = this.gathered;
    this.gather(this.x, this.channels, x, this.width, this.inputs);
    z.fill(0);
    for (const { input, output, inputs, outputs, weight } of this.list) {
      const [from, to, b] = [x.byteOffset + 4 * input, z.byteOffset + 4 * output, this.packed.byteOffset + 4 * weight];
      this.memory.gemm(from, b, to, STACK, outputs, inputs, 4 * this.width, 4, 4 * outputs, 4 * this.depth);
    }
    this.scatter(z, this.depth, this.z, this.outputs, this.outs);
  }

  override multiplyBack(toInput: boolean): void {
    const { x, dx, dz } = this.gathered;
    this.gather(this.dz, this.outputs, dz, this.depth, this.outs);
    for (const { input, output, inputs, outputs, weight } of this.list) {
      const [a, b, c] = [x.byteOffset + 4 * input, dz.byteOffset + 4 * output, this.packedSlope.byteOffset + 4 * weight];
      this.memory.gemm(a, b, c, inputs, outputs, STACK, 4, 4 * this.width, 4 * this.depth, 4 * outputs);
    }
    if (!toInput) return;
    dx.fill(0);
    for (const { input, output, inputs, outputs, weight } of this.list) {
      const [a, b, c] = [dz.byteOffset + 4 * output, this.packedTurned.byteOffset + 4 * weight, dx.byteOffset + 4 * input];
      this.memory.gemm(a, b, c, STACK, inputs, outputs, 4 * this.depth, 4, 4 * inputs, 4 * this.width);
    }
    this.scatter(dx, this.width, this.dx, this.channels, this.inputs);
  }

  private gather(from: Float32Array, fromRow: number, to: Float32Array, toRow: number, { packed, natural }: Places): void {
    for (let n = 0; n < STACK; n++) for (let i = 0; i < packed.length; i++) to[n * toRow + packed[i]] = from[n * fromRow + natural[i]];
  }

  private scatter(from: Float32Array, fromRow: number, to: Float32Array, toRow: number, { packed, natural }: Places): void {
    for (let n = 0; n < STACK; n++) for (let i = 0; i < packed.length; i++) to[n * toRow + natural[i]] = from[n * fromRow + packed[i]];
  }
}
