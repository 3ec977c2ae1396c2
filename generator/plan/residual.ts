/**
 * Residual entries as the unit that rebuilds weights reads them: words in the order in which finished sums leave, each with the steps to let pass before it
 * (docs/units/rebuild_residual.md).
 */
import { potBits } from './codes.js';
import { putField, type MemoryWords } from './contents.js';
import type { RebuildLanes } from './factor_reconstruction.js';
import type { LayerPlan } from './plan.js';

export interface ResidualPlan {
  /** Powers that a sum may get: most entries of one weight. */
  readonly digits: number;
  /** Bits of a power's code, as a `pot` code of the residual's maxShift. */
  readonly codeBits: number;
  readonly gapBits: number;
  /** Steps of a round over all weights: `lanes.outputs` sums each. */
  readonly steps: number;
  /** Words of a round, and of the memory: two rounds of a layer with one step. */
  readonly roundWords: number;
  readonly words: number;
}

type Sizes = Pick<LayerPlan, 'layer' | 'lanes' | 'sequencer' | 'ring'>;

/** Words are rounded up to this many, so that residuals of about as many entries have as many words. */
const WORD_UNIT = 16;

/** Undefined for a layer without residual entries. */
export function planResidual(plan: Sizes, lanes: Pick<RebuildLanes, 'outputs'>): ResidualPlan | undefined {
  const { weights, tensors } = plan.layer.factors!;
  if (!weights.residual || !tensors.residual || tensors.residual.length === 0) return undefined;
  const { starts, digits } = stepsOf(entriesOf(plan, lanes.outputs, tensors.residual));
  const steps = stepCount(plan, lanes.outputs);
  // Four times the mean gap: fillers are few, whatever the gaps are at most a quarter more words.
  const gapBits = Math.max(1, Math.min(Math.ceil(Math.log2(steps)), Math.ceil(Math.log2(4 * (steps / starts.length - 1) + 1))));
  const roundWords = Math.min(steps, WORD_UNIT * Math.ceil(gapsOf(starts, steps, gapBits).length / WORD_UNIT));
  return { digits, codeBits: potBits(weights.residual.maxShift), gapBits, steps, roundWords, words: Math.max(2, roundWords) };
}

/** Bits of a word: the gap, then each output lane's digits. */
export function residualWordBits({ gapBits, digits, codeBits }: ResidualPlan, { outputs }: Pick<RebuildLanes, 'outputs'>): number {
  return gapBits + outputs * digits * codeBits;
}

/** Word: steps before it, output lane, digit. */
export function putResidual(plan: Sizes, residual: ResidualPlan, { outputs }: Pick<RebuildLanes, 'outputs'>, words: MemoryWords): void {
  const { digits, codeBits, gapBits, roundWords } = residual;
  const tensor = plan.layer.factors!.tensors.residual!;
  const entries = entriesOf(plan, outputs, tensor);
  const gaps = stretched(gapsOf(stepsOf(entries).starts, residual.steps, gapBits), roundWords);
  const none = 2 ** (codeBits - 1) - 1;
  for (let word = 0, step = -1, next = 0; word < words.depth; word++) {
    if (word === roundWords) step = -1, next = 0;
    const gap = gaps[word % roundWords];
    step += gap + 1;
    putField(words, word, 0, gapBits, gap);
    const codes = new Array<number>(outputs * digits).fill(none);
    for (let entry; next < entries.count && (entry = entries.at(next)).step === step; next++) {
      const free = codes.indexOf(none, entry.lane * digits);
      codes[free] = tensor[3 * entry.index + 2] + (tensor[3 * entry.index + 1] < 0 ? none + 1 : 0);
    }
    codes.forEach((code, place) => putField(words, word, gapBits + place * codeBits, codeBits, code));
  }
}

/** Sums leave in the order of output part, kernel position, input channel; those of channels that are only there to fill lanes too. */
function stepCount({ layer, lanes, sequencer, ring }: Sizes, outputs: number): number {
  return layer.geometry.groups * sequencer.tiles * (lanes.oc / outputs) * sequencer.kernel.length * ring.groupWords * lanes.ic;
}

/** An entry in the order of the sums: its number in the tensor, its step, its output lane. */
interface Entry {
  readonly index: number;
  readonly step: number;
  readonly lane: number;
}

/** Entries (n, 3) of position, sign, shift, by step, lane and place in the tensor. A layer may have hundreds of thousands, and foldings are planned by the dozen. */
function entriesOf({ layer, lanes, sequencer, ring }: Sizes, outputs: number, residual: Int32Array): { readonly count: number; at(n: number): Entry } {
  const { groupInChannels, groupOutChannels } = layer.geometry;
  const taps = sequencer.kernel.length;
  const row = ring.groupWords * lanes.ic;
  const count = residual.length / 3;
  const keys = Float64Array.from({ length: count }, (_, index) => {
    const position = residual[3 * index];
    const i = Math.floor(position / taps) % groupInChannels;
    const o = Math.floor(position / (taps * groupInChannels));
    const place = Math.floor(o / groupOutChannels) * sequencer.tiles * lanes.oc + (o % groupOutChannels);
    const step = (Math.floor(place / outputs) * taps + (position % taps)) * row + i;
    return (step * outputs + (place % outputs)) * count + index;
  }).sort();
  const at = (n: number): Entry => {
    const sum = Math.floor(keys[n] / count);
    return { index: keys[n] % count, step: Math.floor(sum / outputs), lane: sum % outputs };
  };
  return { count, at };
}

/** Steps that have entries, ascending, and the most entries of one lane in a step. */
function stepsOf({ count, at }: ReturnType<typeof entriesOf>): { readonly starts: readonly number[]; readonly digits: number } {
  const starts: number[] = [];
  let digits = 0;
  for (let n = 0, run = 0, before = -1; n < count; n++) {
    const { step, lane } = at(n);
    run = step === starts.at(-1) && lane === before ? run + 1 : 1;
    if (step !== starts.at(-1)) starts.push(step);
    before = lane;
    digits = Math.max(digits, run);
  }
  return { starts, digits };
}

/** The gap of each word; words without entries where a gap is longer than its field, and up to the last step of a round. */
function gapsOf(starts: readonly number[], steps: number, gapBits: number): number[] {
  const most = 2 ** gapBits - 1;
  const gaps: number[] = [];
  let before = -1;
  for (const start of starts.at(-1) === steps - 1 ? starts : [...starts, steps - 1]) {
    for (; start - before - 1 > most; before += most + 1) gaps.push(most);
    gaps.push(start - before - 1);
    before = start;
  }
  return gaps;
}

/** As many words as asked for: steps of gaps become words without entries, from the last word on. */
function stretched(gaps: readonly number[], words: number): number[] {
  let missing = words - gaps.length;
  const reversed: number[] = [];
  for (const gap of [...gaps].reverse()) {
    const fillers = Math.min(missing, gap);
    missing -= fillers;
    reversed.push(gap - fillers, ...new Array<number>(fillers).fill(0));
  }
  return reversed.reverse();
}
