/** Shape of a stage: a square convolution or a linear layer, with what follows it. */

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
}

/** Side of the map that a stage gives, before and after pooling. */
export const outSide = ({ inSide, pad, kernel }: StageShape): number => inSide + 2 * pad - kernel + 1;
export const pooledSide = (stage: StageShape): number => (stage.pool ? Math.floor(outSide(stage) / 2) : outSide(stage));
export const weightCount = ({ outChannels, inChannels, kernel }: StageShape): number => outChannels * inChannels * kernel ** 2;
