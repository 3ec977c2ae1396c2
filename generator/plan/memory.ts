/**
 * How a memory of given depth and width is cut into RAM primitives. Every array that is emitted is small enough that its primitive
 * is known beforehand, so that block RAM counts are exact (checked against Yosys in test/plan/memory.test.ts).
 */
import { unsignedWidth } from '../verilog/literal.js';

/** One emitted RAM array. */
export interface RamArray {
  readonly depth: number;
  readonly width: number;
  /** true: block RAM; false: LUT RAM. */
  readonly block: boolean;
}

/** LUT and FF price and block RAMs (in RAMB36, halves are RAMB18) of one array. */
export interface RamCost {
  readonly bram36: number;
  readonly lut: number;
  readonly ff: number;
}

/** Widest word of a RAMB36E1 at a depth: simple dual port with parity bits. */
const RAMB36_SHAPES = [
  { depth: 512, width: 72 },
  { depth: 1024, width: 36 },
  { depth: 2048, width: 18 },
  { depth: 4096, width: 9 },
  { depth: 8192, width: 4 },
  { depth: 16384, width: 2 },
  { depth: 32768, width: 1 },
] as const;

/**
 * Depth that a block RAM array is built with: a power of two of at least 512 words, so that it is one row of primitives.
 * (Yosys cuts other depths into rows with a multiplexer behind them.)
 */
export function blockDepth(depth: number): number {
  return Math.max(512, 2 ** Math.ceil(Math.log2(depth)));
}

/** RAMB36 equivalents (a RAMB18E1 is a half) of a block RAM array of `blockDepth` words built as one row of primitives. */
export function blockRamCount(depth: number, width: number): number {
  const words = blockDepth(depth);
  const widest36 = words <= 32768 ? (RAMB36_SHAPES.find((s) => s.depth >= words)?.width ?? 1) : 1;
  const widest18 = words <= 512 ? 36 : words <= 16384 ? (RAMB36_SHAPES.find((s) => s.depth >= 2 * words)?.width ?? 1) : 0;
  const rows = Math.ceil(words / 32768);
  const whole = rows * Math.ceil(width / widest36);
  return widest18 > 0 ? Math.min(whole, Math.ceil(width / widest18) / 2) : whole;
}

/** Fewest block RAMs of a cut into rows of shallower primitives with a multiplexer behind them. */
function bestRows(depth: number, width: number): { bram36: number; rows: number } {
  const words = blockDepth(depth);
  const cuts = RAMB36_SHAPES.map((s) => ({ rows: Math.max(1, words / s.depth), bram36: Math.max(1, words / s.depth) * Math.ceil(width / s.width) }));
  return cuts.reduce((best, cut) => (cut.bram36 < best.bram36 ? cut : best));
}

/** True if no cut into several rows needs fewer block RAMs, so that synthesis has no reason for one. */
function oneRowIsBest(depth: number, width: number): boolean {
  return blockRamCount(depth, width) <= bestRows(depth, width).bram36;
}

/** LUTs of a LUT RAM: RAM32M holds 32x6 and RAM64M 64x3 (simple dual port) in 4 LUTs; deeper ones add a read multiplexer. */
function distributedLuts(depth: number, width: number): number {
  if (depth <= 32) return Math.ceil(width / 6) * 4;
  const rows = Math.ceil(depth / 64);
  return rows * Math.ceil(width / 3) * 4 + (rows > 1 ? width * Math.ceil(rows / 4) + rows : 0);
}

export function ramCost(array: RamArray): RamCost {
  if (array.block) {
    const rows = bestRows(array.depth, array.width);
    const oneRow = blockRamCount(array.depth, array.width);
    // Synthesis cuts into rows only where that saves block RAMs.
    return rows.bram36 < oneRow ? { bram36: rows.bram36, lut: array.width * Math.ceil(rows.rows / 4) + 4, ff: rows.rows } : { bram36: oneRow, lut: 0, ff: 0 };
  }
  return { bram36: 0, lut: distributedLuts(array.depth, array.width), ff: array.width };
}

/** Small memories go to LUT RAM: up to 64 words, if that costs fewer LUTs than half a block RAM stands for (172 on the XC7Z035). */
export function prefersBlock(depth: number, width: number): boolean {
  return depth > 64 || distributedLuts(depth, width) > 172 * Math.ceil(width / 36);
}

/** A memory that can be loaded in chunks of at most 32 bits and is read a whole word at a time. */
export interface LoadableMemoryPlan {
  readonly depth: number;
  readonly width: number;
  /** Bits written by one load access; the last chunk may be narrower. */
  readonly chunkWidth: number;
  readonly chunks: number;
  readonly addressWidth: number;
  /** One or two ranges of addresses, as built; the first has a power of two of words if there is a second. */
  readonly segments: readonly { readonly base: number; readonly depth: number; readonly block: boolean }[];
  readonly bram36: number;
  readonly lut: number;
  readonly ff: number;
}

/** LUTs that one block RAM is worth when memories are planned: 171,900 LUTs to 500 RAMB36 on the XC7Z035, less the price of routing. */
const LUTS_PER_BRAM = 172;

/** The cheapest cut into chunks and at most two segments, in LUTs with a block RAM charged at `LUTS_PER_BRAM`. */
export function planLoadableMemory(depth: number, width: number): LoadableMemoryPlan {
  let best = priced(depth, width, Math.min(32, width), segmentations(depth, width)[0]);
  let bestPrice = Infinity;
  for (let chunkWidth = Math.min(32, width); chunkWidth >= Math.min(8, width); chunkWidth--) {
    for (const segments of segmentations(depth, width)) {
      if (segments.some((segment) => segment.block && !oneRowIsBest(segment.depth, chunkWidth))) continue;
      const candidate = priced(depth, width, chunkWidth, segments);
      const price = candidate.lut + candidate.bram36 * LUTS_PER_BRAM + candidate.chunks * 0.5;
      if (price < bestPrice - 1e-9) {
        best = candidate;
        bestPrice = price;
      }
    }
  }
  return best;
}

function segmentations(depth: number, width: number): { base: number; depth: number; block: boolean }[][] {
  const sized = (base: number, words: number) => {
    const block = prefersBlock(words, Math.min(32, width));
    return { base, depth: block ? blockDepth(words) : words, block };
  };
  const whole = [sized(0, depth)];
  const low = 2 ** Math.floor(Math.log2(depth));
  const rest = depth - low;
  if (low < 512 || rest === 0) return [whole];
  return [whole, [sized(0, low), sized(low, rest)]];
}

function priced(depth: number, width: number, chunkWidth: number, segments: LoadableMemoryPlan['segments']): LoadableMemoryPlan {
  const chunks = Math.ceil(width / chunkWidth);
  let bram36 = 0;
  let lut = segments.length > 1 ? Math.ceil(width / 2) : 0; // the read multiplexer, one LUT6_2 for two bits
  let ff = width;
  const last = width - (chunks - 1) * chunkWidth;
  for (const { depth: words, block } of segments) {
    // All chunks but the last are alike: the search prices memories of hundreds of chunks thousands of times.
    const one = ramCost({ depth: words, width: chunkWidth, block });
    const end = ramCost({ depth: words, width: last, block });
    bram36 += (chunks - 1) * one.bram36 + end.bram36;
    lut += (chunks - 1) * one.lut + end.lut;
    ff += (chunks - 1) * one.ff + end.ff;
  }
  return Object.freeze({ depth, width, chunkWidth, chunks, addressWidth: unsignedWidth(depth - 1), segments, bram36, lut, ff });
}

/** Bits of a beat of the weight stream, and so of a part of a word that is written at a time. */
export const WEIGHT_BEAT_BITS = 64;

/** Two halves of `words` words each, the half in the highest address bit, written a part at a time: a beat of the weight stream, or what is rebuilt at once. */
export function planHalves(words: number, width: number, partWidth = WEIGHT_BEAT_BITS): LoadableMemoryPlan {
  const depth = 2 * 2 ** unsignedWidth(words - 1);
  const chunkWidth = Math.min(partWidth, width);
  const block = prefersBlock(depth, chunkWidth);
  return priced(depth, width, chunkWidth, [{ base: 0, depth: block ? blockDepth(depth) : depth, block }]);
}
