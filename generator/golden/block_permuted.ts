/** The matrix of a block-permuted layer (docs/number_formats.md, "Blocks"), written from that page. */
import type { BlockTensors } from '../layer/layer.js';

/**
 * The dense matrix of the blocks: row j of a block belongs to output `outputOrder[j]`, its columns to the inputs `inputOrder` of the same block;
 * zero elsewhere.
 * @returns (out, in), natural order
 */
export function denseWeights({ inputOrder, outputOrder, inputSizes, outputSizes, weight }: BlockTensors): Int32Array {
  const dense = new Int32Array(outputOrder.length * inputOrder.length);
  let [row, column, next] = [0, 0, 0];
  for (let block = 0; block < inputSizes.length; block++) {
    for (let j = row; j < row + outputSizes[block]; j++) {
      for (let i = column; i < column + inputSizes[block]; i++) dense[outputOrder[j] * inputOrder.length + inputOrder[i]] = weight[next++];
    }
    row += outputSizes[block];
    column += inputSizes[block];
  }
  return dense;
}
