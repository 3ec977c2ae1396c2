/** Shape of a stage: a square convolution or a linear layer, with what follows it. */
import { blockRanges, blockWeights, type BlockStructure } from '../../generator/layer/blocks.js';

/** Images that go through together. */
export const STACK = 8;
export const CLASSES = 10;

export interface StageShape {
  readonly name: string;
  /** A `linear` stage reads the whole map: its `kernel` is the map's side. */
  readonly kind: 'convolution' | 'linear';
  readonly inChannels: number;
  readonly inSide: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly pad: number;
  /** 2x2 max pooling behind the ReLU; an odd last row and column is left out. */
  readonly pool: boolean;
  /** All but the last stage have one. */
  readonly relu: boolean;
  /** Name of an earlier stage whose outputs, behind its pooling, are added to this one's before the ReLU; both have the same side and channels. */
  readonly skip?: string;
  /**
   * Of a linear stage: the permuted block diagonal; weights are those of the blocks alone, in the order of a `block_permuted` layer's tensor. Inputs of a map
   * are counted by row, column, channel.
   */
  readonly blocks?: BlockStructure;
}

/** Side of the map that a stage gives, before and after pooling. */
export const outSide = ({ inSide, pad, kernel }: StageShape): number => inSide + 2 * pad - kernel + 1;
export const pooledSide = (stage: StageShape): number => (stage.pool ? Math.floor(outSide(stage) / 2) : outSide(stage));

export function weightCount({ outChannels, inChannels, kernel, blocks }: StageShape): number {
  return blocks ? blockWeights(blocks) : outChannels * inChannels * kernel ** 2;
}

/** Dense weights from which on the order (out, row, column, in) is worth it. */
const MANY_WEIGHTS = 2 ** 20;

/** Whether a linear stage's weights lie as (out, row, column, in), not (out, in, row, column): in the order of its map, so that a large matrix moves by rows. */
export const hasMapOrder = (stage: StageShape): boolean => stage.kind === 'linear' && !stage.blocks && weightCount(stage) >= MANY_WEIGHTS;

/** The weights of one output, in the order in which they are stored. */
export interface WeightRow {
  readonly output: number;
  readonly start: number;
  readonly length: number;
}

export function weightRows({ outChannels, inChannels, kernel, blocks }: StageShape): WeightRow[] {
  const length = inChannels * kernel ** 2;
  if (!blocks) return Array.from({ length: outChannels }, (_, output) => ({ output, start: output * length, length }));
  return blockRanges(blocks).flatMap(({ firstOutput, outputs, firstWeight, inputs }) =>
    Array.from({ length: outputs }, (_, n) => ({ output: blocks.outputOrder[firstOutput + n], start: firstWeight + n * inputs, length: inputs })),
  );
}
