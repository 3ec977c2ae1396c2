/** How many terms: given, from a ratio of stored bits, or from an error. */
import { ShiftloomError } from '../../errors.js';
import type { FloatLayer } from '../../import/float_layer.js';
import type { CpChoice, CpShape } from './choice.js';
import type { BlockProblem } from './terms.js';

/** What an output channel stores beside its factors, at most: bias, requantization shift, recode shift. */
const BIAS_BITS = 32;
const SHIFT_BITS = 6;
export const RECODE_SHIFT_BITS = 5;
/** Shifts of residual entries are below this: for counting before they are known. */
const RESIDUAL_SHIFT_BITS = 5;
const MOST_TRIALS = 7;

/** Residual entries of the layer. */
export function residualCount(layer: FloatLayer, { residual = 0 }: CpChoice): number {
  return Math.round(residual * layer.weight.length);
}

/** Bits of a residual entry: position in the weight tensor, sign, shift. */
export function residualEntryBits(weights: number, maxShift: number): number {
  return Math.ceil(Math.log2(weights)) + 1 + Math.ceil(Math.log2(maxShift + 1));
}

/**
 * @param errorAt error of a quick decomposition of the first block, in shares of the cost of weights of zero
 * @throws ShiftloomError('usage') if no rank fits
 */
export function chooseRank(layer: FloatLayer, choice: CpChoice, shape: CpShape, request: { readonly multiplierBits: number }, errorAt: (rank: number) => number, problems: readonly BlockProblem[]): number {
  if (choice.rank !== undefined) return givenRank(layer, choice.rank, shape);
  if (choice.ratio !== undefined) return rankOfRatio(layer, choice, choice.ratio, shape, request.multiplierBits);
  if (problems.every(({ energy }) => energy === 0)) return 1;
  return rankOfError(layer, choice.sqnrDb!, shape, errorAt);
}

function givenRank({ name }: FloatLayer, rank: number, { mostRank, block }: CpShape): number {
  if (rank <= mostRank) return rank;
  const sides = [block.outputs, block.inputs, ...block.kernel].join('x');
  throw new ShiftloomError('usage', 'encoding.rank', `is ${rank}; a block of ${sides} weights of layer '${name}' is told exactly by ${mostRank}`, `Allowed: 1..${mostRank}`);
}

function below(ratio: number): string {
  return (Math.floor(100 * ratio) / 100).toFixed(2);
}

function rankOfRatio(layer: FloatLayer, choice: CpChoice, ratio: number, { bitsPerRank, mostRank }: CpShape, multiplierBits: number): number {
  const dense = 4 * layer.weight.length + BIAS_BITS * layer.outChannels;
  const entries = residualCount(layer, choice) * (Math.ceil(Math.log2(layer.weight.length)) + 1 + RESIDUAL_SHIFT_BITS);
  const side = layer.outChannels * (BIAS_BITS + multiplierBits + SHIFT_BITS + RECODE_SHIFT_BITS) + entries;
  const rank = Math.floor((dense / ratio - side) / bitsPerRank);
  if (rank < 1) {
    const most = dense / (side + bitsPerRank);
    throw new ShiftloomError('usage', 'encoding.ratio', `is ${ratio}; rank 1 makes layer '${layer.name}' ${below(most)} times smaller than 4-bit weights`, `Allowed: up to ${below(most)}`);
  }
  if (rank > mostRank) {
    const least = dense / (side + mostRank * bitsPerRank);
    throw new ShiftloomError('usage', 'encoding.ratio', `is ${ratio}, which is rank ${rank}; ${mostRank} is the largest that can help layer '${layer.name}'`, `Allowed: from ${(Math.ceil(100 * least) / 100).toFixed(2)}`);
  }
  return rank;
}

/** The decibels grow about evenly with the rank: regula falsi between the last rank that fell short and the first that did not. */
function rankOfError({ name }: FloatLayer, sqnrDb: number, { mostRank }: CpShape, errorAt: (rank: number) => number): number {
  const db = (rank: number) => -10 * Math.log10(Math.max(errorAt(rank), 1e-12));
  let low = { rank: 0, db: 0 };
  let high: { rank: number; db: number } | undefined;
  for (let trial = 0, rank = Math.min(mostRank, 16); trial < MOST_TRIALS || high === undefined; trial++) {
    const found = { rank, db: db(rank) };
    if (found.db >= sqnrDb) high = found;
    else if (rank === mostRank) {
      throw new ShiftloomError('usage', 'encoding.sqnrDb', `is ${sqnrDb}; layer '${name}' reaches ${found.db.toFixed(1)} dB at rank ${mostRank} with these factors`, 'Ask for less, or give factors more bits');
    } else low = found;
    if (high && high.rank - low.rank <= 1) break;
    const slope = (sqnrDb - low.db) / ((high ? high.db : found.db) - low.db || 1);
    const guess = high ? low.rank + Math.ceil(slope * (high.rank - low.rank)) : Math.ceil((rank * sqnrDb) / Math.max(found.db, sqnrDb / 3));
    rank = high ? Math.min(high.rank - 1, Math.max(low.rank + 1, guess)) : Math.min(mostRank, Math.max(rank + 1, guess));
  }
  return high!.rank;
}
