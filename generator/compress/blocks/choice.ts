/** Which blocks of a linear layer are kept: found in its weights, or given. */
import { type Outside, checkOutside } from '../../blocks/check_mask.js';
import { findBlocks } from '../../blocks/find.js';
import { ShiftloomError } from '../../errors.js';
import type { FloatLayer } from '../../import/float_layer.js';
import { type BlockStructure, densePositions } from '../../layer/blocks.js';

/** Permuted blocks, beside a scalar encoding of their values (docs/blocks.md). */
export interface BlockChoice {
  /** 'find': the connected components of the weights that are not zero. */
  readonly structure: 'find' | BlockStructure;
  /** With 'find': components are packed into so many blocks. Default: each is one. */
  readonly blocks?: number;
  /** Weights outside of the blocks must be below it, and are dropped. Default: 0, so that they must be zero. */
  readonly threshold?: number;
}

/** Blocks that are settled. */
export interface ChosenBlocks {
  readonly structure: BlockStructure;
  /** (outputs, inputs): the layer's weights, zero outside of the blocks. */
  readonly weight: Float32Array | Float64Array;
  /** Weights outside that were not zero. */
  readonly outside: Outside;
}

/** @throws ShiftloomError('usage' or 'input') if the layer cannot have blocks, has none, or has weights outside of them */
export function chooseBlocks(layer: FloatLayer, { structure: given, blocks, threshold = 0 }: BlockChoice): ChosenBlocks {
  const { kind, outChannels, input, name } = layer;
  if (kind !== 'linear') {
    throw new ShiftloomError('usage', 'blocks', `are for linear layers; layer '${name}' is a conv2d`, 'Leave them out, or import it as linear behind a flattened map');
  }
  const place = `layer '${name}' weight`;
  const structure = given === 'find' ? findBlocks(layer.weight, outChannels, input.channels, { threshold, blocks }, place).structure : given;
  if (structure.inputOrder.length !== input.channels || structure.outputOrder.length !== outChannels) {
    throw new ShiftloomError(
      'input', 'blocks', `have ${structure.outputOrder.length} outputs and ${structure.inputOrder.length} inputs; layer '${name}' has ${outChannels} and ${input.channels}`,
      'Give the mask of this layer, (outputs, inputs)',
    );
  }
  const outside = checkOutside(layer.weight, structure, threshold, place);
  const weight = new Float64Array(layer.weight.length);
  for (const position of densePositions(structure)) weight[position] = layer.weight[position];
  return { structure, weight, outside };
}
