/**
 * One output channel by output error: scales around a starting one are tried with the sequential pass, the best are improved by coordinate descent with the
 * scale fitted to the integers in between, and the one of least error wins.
 */
import { descend, exactLoss, type ScaleFit } from './descent.js';
import type { ChannelChoice, ChannelWeights, GroupProblem } from './problem.js';
import { quantizeSequentially } from './sequential.js';

/** What a channel's scale may be. */
export interface ScaleLimits {
  /** Scale of least weight error, which the search starts from. */
  readonly start: number;
  readonly minimum: number;
  /** Scales are unit * 2^-k, k = 0..maxShift, if given; `start` is one of them. */
  readonly powersOf?: { readonly unit: number; readonly maxShift: number };
}

/** Ratios to the starting scale that are tried, in tenths of an octave; the second list around the best of the first. Four cost as much as three. */
const COARSE = [-3, -2, -1, 0, 0.7, 1.4, 2.2, 3.2].map((k) => 2 ** (k / 10));
const FINE = [-0.6, -0.3, 0.3, 0.6].map((k) => 2 ** (k / 10));
/** Choices that coordinate descent starts from. */
const DESCENTS = 2;
const ROUNDS = 12;

/** @throws never; a channel of zeros keeps its starting scale. */
export function quantizeChannel(problem: GroupProblem, channel: ChannelWeights, limits: ScaleLimits): ChannelChoice {
  const choices = tried(problem, channel, limits);
  const plain = roundEach(problem, channel, limits.start);
  if (plain.loss < Math.min(...choices.map((c) => c.loss))) choices.push(plain);
  choices.sort((a, b) => a.loss - b.loss || b.scale - a.scale);
  const rescale: ScaleFit = limits.powersOf
    ? ({ scale }) => scale
    : ({ scale }, wq, qq) => (wq > 0 && qq > 0 ? Math.max(limits.minimum, wq / qq) : scale);
  const best = choices.slice(0, DESCENTS);
  for (const choice of best) descend(problem, channel, choice, ROUNDS, rescale);
  return best.reduce((a, b) => (b.loss < a.loss ? b : a));
}

/** Every weight by itself, as without data; the sequential pass is not always better. */
function roundEach(problem: GroupProblem, { weights, zeros }: ChannelWeights, scale: number): ChannelChoice {
  const { n, starts, tables } = problem;
  const choice = { scale, integers: new Int32Array(n), sets: new Uint8Array(starts.length - 1), loss: 0 };
  for (let unit = 0; unit + 1 < starts.length; unit++) {
    let least = Infinity;
    for (let set = 0; set < tables.length; set++) {
      let error = 0;
      const rounded: number[] = [];
      for (let t = starts[unit]; t < starts[unit + 1]; t++) {
        const integer = zeros[t] === 0 ? tables[set].of(weights[t] / scale) : 0;
        rounded.push(integer);
        error += (weights[t] - scale * integer) ** 2;
      }
      if (error >= least) continue;
      least = error;
      choice.sets[unit] = set;
      choice.integers.set(rounded, starts[unit]);
    }
  }
  choice.loss = exactLoss(problem, weights, choice);
  return choice;
}

function tried(problem: GroupProblem, channel: ChannelWeights, { start, minimum, powersOf }: ScaleLimits): ChannelChoice[] {
  if (powersOf) {
    const { unit, maxShift } = powersOf;
    const shift = Math.round(Math.log2(unit / start));
    const shifts = [-1, 0, 1, 2].map((k) => shift + k).filter((k) => k >= 0 && k <= maxShift);
    return quantizeSequentially(problem, channel, shifts.map((k) => unit * 2 ** -k).filter((scale) => scale >= minimum));
  }
  const around = (center: number, ratios: readonly number[]) => [...new Set(ratios.map((ratio) => Math.max(minimum, center * ratio)))];
  const coarse = quantizeSequentially(problem, channel, around(start, COARSE));
  const best = coarse.reduce((a, b) => (b.loss < a.loss ? b : a));
  return [...coarse, ...quantizeSequentially(problem, channel, around(best.scale, FINE))];
}
