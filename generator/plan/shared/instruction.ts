/** Instructions of the time-shared engine: what its memory of the layer program holds, as numbers. */

/** Rounds of the six loops, outermost last. */
export interface LoopRounds {
  readonly words: number;
  readonly kernelColumns: number;
  readonly kernelRows: number;
  readonly tiles: number;
  readonly columns: number;
  readonly rows: number;
}

/** Words that the read address goes on by when a loop does; may be negative. */
export interface AddressSteps {
  readonly word: number;
  readonly kernelColumn: number;
  readonly kernelRow: number;
  readonly tile: number;
  readonly column: number;
  readonly row: number;
}

/** Where the kernel's corner begins and goes, and the map; positions outside of it read `value`. */
export interface Padding {
  readonly left: number;
  readonly top: number;
  readonly strideX: number;
  readonly strideY: number;
  readonly width: number;
  readonly height: number;
  readonly value: number;
}

/** Zero points as stored, and multipliers of both inputs of an addition. */
export interface AddTerms {
  readonly zeroPoints: readonly [number, number];
  readonly multipliers: readonly [number, number];
}

export interface Instruction {
  readonly op: 'receive' | 'layer' | 'max_pool' | 'add' | 'copy';
  /** Node that it works for; `input` for what is received. */
  readonly node: string;
  /** Writes to the output stream. */
  readonly sends: boolean;
  /** Goes on with the writing of the instruction before it, which is then chained. */
  readonly continues: boolean;
  readonly chained: boolean;
  /** Is the program's last one. */
  readonly ends: boolean;
  /** Writes where the table says, from `tableBase` on. */
  readonly scatters: boolean;
  /** Weights and parameters begin anew with each pixel. */
  readonly restarts: boolean;
  readonly rounds: LoopRounds;
  readonly readBase: number;
  readonly steps: AddressSteps;
  readonly padding?: Padding;
  /** Idle cycles behind a tile. */
  readonly gap: number;
  /** Vectors of a pixel's tiles: of all but the last, of the last. */
  readonly vectors: number;
  readonly lastVectors: number;
  readonly weightBase: number;
  readonly parameterBase: number;
  readonly writeBase: number;
  readonly tableBase: number;
  /** Output bounds less the zero point, and the zero point as stored. */
  readonly low: number;
  readonly high: number;
  readonly zeroPoint: number;
  readonly add?: AddTerms;
}

const ONE_ROUND: LoopRounds = { words: 1, kernelColumns: 1, kernelRows: 1, tiles: 1, columns: 1, rows: 1 };
const NO_STEPS: AddressSteps = { word: 0, kernelColumn: 0, kernelRow: 0, tile: 0, column: 0, row: 0 };

/** What most instructions do not have. */
export const PLAIN = {
  sends: false, continues: false, chained: false, ends: false, scatters: false, restarts: false, rounds: ONE_ROUND, readBase: 0, steps: NO_STEPS, gap: 0, vectors: 1, lastVectors: 1,
  weightBase: 0, parameterBase: 0, writeBase: 0, tableBase: 0, low: 0, high: 0, zeroPoint: 0,
} as const;

/** Steps of one tile, and of the whole instruction. */
export function tileSteps({ rounds: r }: Instruction): number {
  return r.words * r.kernelColumns * r.kernelRows;
}

export function tileCount({ rounds: r }: Instruction): number {
  return r.tiles * r.columns * r.rows;
}

/** Idle cycles that a tile of `steps` steps needs so that its vectors leave before the next one's come. */
export function gapFor(steps: number, tiles: number, vectors: number, lastVectors: number): number {
  return Math.max(0, (tiles > 1 ? vectors : lastVectors) - steps);
}

/** Windows that slide over a map; `words` are read at each kernel position, or word by word of the pixel if `wordwise`. */
export interface WindowWalk {
  readonly width: number;
  readonly pixelWords: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Address steps of a convolution: all words of a window for each tile. */
export function convolutionSteps(w: WindowWalk): AddressSteps {
  const row = w.width * w.pixelWords;
  const span = (w.kernelHeight - 1) * row + w.kernelWidth * w.pixelWords - 1;
  return {
    word: 1,
    kernelColumn: 1,
    kernelRow: row - w.kernelWidth * w.pixelWords + 1,
    tile: -span,
    column: w.strideWidth * w.pixelWords - span,
    row: w.strideHeight * row - (w.outWidth - 1) * w.strideWidth * w.pixelWords - span,
  };
}

/** Address steps of a pooling: a tile is one word of the channels, over the window. */
export function poolingSteps(w: WindowWalk): AddressSteps {
  const row = w.width * w.pixelWords;
  const span = (w.kernelHeight - 1) * row + (w.kernelWidth - 1) * w.pixelWords;
  const back = span + w.pixelWords - 1;
  return {
    word: 0,
    kernelColumn: w.pixelWords,
    kernelRow: row - (w.kernelWidth - 1) * w.pixelWords,
    tile: 1 - span,
    column: w.strideWidth * w.pixelWords - back,
    row: w.strideHeight * row - (w.outWidth - 1) * w.strideWidth * w.pixelWords - back,
  };
}

/** First word of the first window. */
export function firstWord(region: number, w: WindowWalk): number {
  return region - (w.padTop * w.width + w.padLeft) * w.pixelWords;
}
