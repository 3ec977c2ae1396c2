/** Figures of a layer that is stored as permuted blocks: what is kept, and what people read of it. */
import type { Outside } from '../../blocks/check_mask.js';
import { type BlockStructure, blockWeights } from '../../layer/blocks.js';

export interface BlockStats {
  readonly blocks: number;
  /** Fewest and most inputs of a block, and outputs. */
  readonly inputs: readonly [number, number];
  readonly outputs: readonly [number, number];
  /** Weights in blocks; with the biases, the parameters of the layer. */
  readonly weights: number;
  readonly parameters: number;
  /** Weights outside of the blocks that were not zero, and their share of the energy. */
  readonly dropped: Outside;
  /** Against 4-bit weights and 32-bit biases. */
  readonly ratio4: number;
}

export function blockStats(structure: BlockStructure, dropped: Outside, ratio4: number): BlockStats {
  const range = (sizes: Int32Array): [number, number] => [sizes.reduce((a, b) => Math.min(a, b)), sizes.reduce((a, b) => Math.max(a, b))];
  const weights = blockWeights(structure);
  return {
    blocks: structure.inputSizes.length,
    inputs: range(structure.inputSizes),
    outputs: range(structure.outputSizes),
    weights,
    parameters: weights + structure.outputOrder.length,
    dropped,
    ratio4,
  };
}

export function blockText({ blocks, inputs, outputs, weights, parameters, dropped }: BlockStats, values: string, dense: number): string[] {
  const range = ([least, most]: readonly [number, number]) => (least === most ? `${least}` : `${least}..${most}`);
  const energy = (100 * dropped.energy).toPrecision(2);
  return [
    `encoding          block_permuted: ${blocks} block${blocks === 1 ? '' : 's'} of ${range(outputs)} outputs x ${range(inputs)} inputs in ${values}`,
    `  parameters      ${parameters}, biases included; ${weights} of ${dense} weights, ${(dense / weights).toFixed(2)} times fewer`,
    ...(dropped.weights > 0 ? [`  dropped         ${dropped.weights} weights outside of the blocks with ${energy} % of the energy`] : []),
  ];
}
