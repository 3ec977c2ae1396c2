/** Where the blocks of a block-permuted matrix lie: in the orders, in the flat weights, and in the dense matrix. */
import { groupCount } from './representable.js';
import type { BlockTensors } from './layer.js';

/** Inputs and outputs of each block, and which of them: what all uses of the structure share, whatever its values are. */
export type BlockStructure = Pick<BlockTensors, 'inputOrder' | 'outputOrder' | 'inputSizes' | 'outputSizes'>;

/** One block: first position in the orders, sizes, and where its row-major weights (and group exponents) begin in the flat tensors. */
export interface BlockRange {
  readonly firstInput: number;
  readonly inputs: number;
  readonly firstOutput: number;
  readonly outputs: number;
  readonly firstWeight: number;
  readonly firstExponent: number;
}

/**
 * The blocks in order.
 * @param groupSize of `bpot` values: weights of a block's row that share an exponent; `firstExponent` is of no use without
 */
export function blockRanges({ inputSizes, outputSizes }: Pick<BlockStructure, 'inputSizes' | 'outputSizes'>, groupSize = 1): BlockRange[] {
  const ranges: BlockRange[] = [];
  let next = { firstInput: 0, firstOutput: 0, firstWeight: 0, firstExponent: 0 };
  for (let b = 0; b < inputSizes.length; b++) {
    const inputs = inputSizes[b];
    const outputs = outputSizes[b];
    ranges.push({ ...next, inputs, outputs });
    next = {
      firstInput: next.firstInput + inputs,
      firstOutput: next.firstOutput + outputs,
      firstWeight: next.firstWeight + inputs * outputs,
      firstExponent: next.firstExponent + outputs * groupCount(inputs, groupSize),
    };
  }
  return ranges;
}

/** Bits of both orders and all sizes, each an index as wide as it must be. */
export function structureBits({ inputOrder, outputOrder, inputSizes }: BlockStructure): number {
  const indexBits = (count: number) => Math.ceil(Math.log2(count));
  return (inputOrder.length + inputSizes.length) * indexBits(inputOrder.length) + (outputOrder.length + inputSizes.length) * indexBits(outputOrder.length);
}

/** Weights that lie in blocks, the sum of inputs times outputs. */
export function blockWeights({ inputSizes, outputSizes }: Pick<BlockStructure, 'inputSizes' | 'outputSizes'>): number {
  return inputSizes.reduce((sum, inputs, b) => sum + inputs * outputSizes[b], 0);
}

/**
 * For each weight in blocks, block after block, row-major: its row-major position in the dense (out, in) matrix.
 * @returns (n) positions, n as `blockWeights`
 */
export function densePositions(structure: BlockStructure): Int32Array {
  const { inputOrder, outputOrder } = structure;
  const positions = new Int32Array(blockWeights(structure));
  for (const { firstInput, inputs, firstOutput, outputs, firstWeight } of blockRanges(structure)) {
    for (let o = 0; o < outputs; o++) {
      const row = outputOrder[firstOutput + o] * inputOrder.length;
      for (let i = 0; i < inputs; i++) positions[firstWeight + o * inputs + i] = row + inputOrder[firstInput + i];
    }
  }
  return positions;
}

/**
 * The values of a dense (out, in) matrix that lie in blocks, in the order of the flat `weight` tensor. What lies outside is left out.
 * @returns (n), n as `blockWeights`, of the array type given
 */
export function gatherBlocks<T extends Int32Array | Float32Array | Float64Array | Uint8Array>(structure: BlockStructure, dense: T): T {
  const positions = densePositions(structure);
  const values = dense.slice(0, positions.length) as T;
  for (let i = 0; i < positions.length; i++) values[i] = dense[positions[i]];
  return values;
}
