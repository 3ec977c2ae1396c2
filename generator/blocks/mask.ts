/**
 * Masks of permuted block-diagonal matrices for training: which weights a layer keeps from the start
 * (Supic et al., MPDCompress, arXiv 1805.12085, section 2: random permutations of the rows and columns of a block-diagonal mask).
 */
import { ShiftloomError } from '../errors.js';
import { type BlockStructure, densePositions } from '../layer/blocks.js';
import { Random } from '../layer/random.js';
import { equalSizes, shuffledIndices } from '../layer/random_blocks.js';

/** Inputs and outputs of each block; both lists have one entry for each block. */
export interface BlockSizes {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A structure with its mask. */
export interface BlockMask extends BlockStructure {
  /** (outputs, inputs), natural order, row-major: 1 where a block has a weight, 0 elsewhere. */
  readonly mask: Uint8Array;
}

/**
 * Random permutations of inputs and outputs, cut into blocks. Equal arguments give equal masks on every machine.
 * @param blocks how many, whose sizes then differ by at most one, or the sizes
 * @throws ShiftloomError('usage') for more blocks than inputs or outputs, and for sizes that do not sum to them
 */
export function blockMask(seed: number, inputs: number, outputs: number, blocks: number | BlockSizes): BlockMask {
  const sizes = typeof blocks === 'number' ? equalBlocks(inputs, outputs, blocks) : blocks;
  checkSizes(sizes, inputs, outputs);
  const random = new Random(seed);
  const structure: BlockStructure = {
    inputOrder: shuffledIndices(random, inputs),
    outputOrder: shuffledIndices(random, outputs),
    inputSizes: Int32Array.from(sizes.inputs),
    outputSizes: Int32Array.from(sizes.outputs),
  };
  return { ...structure, mask: maskOf(structure) };
}

/** The mask of a structure: (outputs, inputs), natural order, 1 where a block has a weight. */
export function maskOf(structure: BlockStructure): Uint8Array {
  const mask = new Uint8Array(structure.inputOrder.length * structure.outputOrder.length);
  for (const position of densePositions(structure)) mask[position] = 1;
  return mask;
}

function equalBlocks(inputs: number, outputs: number, blocks: number): BlockSizes {
  const most = Math.min(inputs, outputs);
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > most) {
    throw new ShiftloomError('usage', 'blocks', `is ${blocks}; allowed: whole numbers 1..${most}, for ${inputs} inputs and ${outputs} outputs`);
  }
  return { inputs: [...equalSizes(inputs, blocks)], outputs: [...equalSizes(outputs, blocks)] };
}

function checkSizes(sizes: BlockSizes, inputs: number, outputs: number): void {
  if (sizes.inputs.length !== sizes.outputs.length) {
    throw new ShiftloomError('usage', 'blocks', `has ${sizes.inputs.length} sizes of inputs and ${sizes.outputs.length} of outputs`, 'Give both for each block');
  }
  for (const [side, list, total] of [['inputs', sizes.inputs, inputs], ['outputs', sizes.outputs, outputs]] as const) {
    const wrong = list.findIndex((size) => !Number.isInteger(size) || size < 1);
    if (wrong >= 0) throw new ShiftloomError('usage', `blocks.${side}[${wrong}]`, `is ${list[wrong]}; allowed: whole numbers from 1`);
    const sum = list.reduce((a, b) => a + b, 0);
    if (sum !== total) throw new ShiftloomError('usage', `blocks.${side}`, `sum to ${sum}; the layer has ${total} ${side}`);
  }
}
