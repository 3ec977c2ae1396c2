/**
 * Lanes that select their inputs, for layers with N:M structure (docs/number_formats.md, "Selection"): each block of m channels is
 * covered by n lanes, so that a step takes m / n times as many channels as there are lanes.
 */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import type { Lanes } from './plan.js';

export interface Selection {
  /** At most n of m consecutive input channels have weights; n lanes take a block of m channels. */
  readonly n: number;
  readonly m: number;
  /** Channels that a lane chooses from: m - n + 1; lane j of a block has the channels j..j + m - n. */
  readonly choices: number;
  /** Bits of a lane's selection: its channel less the first that it can have. */
  readonly indexBits: number;
}

/** What of a folding decides about selection; `pixel` only beside `dsp`. */
type FoldedLanes = Pick<Lanes, 'ic' | 'select' | 'dsp'> & Partial<Pick<Lanes, 'pixel'>>;

/** @param sparsity n below m */
export function selectionOf({ n, m }: { readonly n: number; readonly m: number }): Selection {
  const choices = m - n + 1;
  return { n, m, choices, indexBits: Math.ceil(Math.log2(choices)) };
}

/**
 * The selection that an engine has: that of the layer, unless `select` is off, or is left open and the lanes are not a multiple of n, or some run in
 * pairs and there is an odd number of pixels: where lanes select, a pair is two pixels, because two channels have no activation in common.
 * @throws ShiftloomError 'usage' if `select` is on and cannot be
 */
export function planSelection(layer: Layer, { ic, pixel = 2, select, dsp }: FoldedLanes): Selection | undefined {
  const { sparsity } = layer.description;
  if (select === false || (sparsity === undefined && select === undefined)) return undefined;
  if (sparsity === undefined) {
    throw new ShiftloomError('usage', 'lanes select=on', `layer '${layer.description.name}' declares no sparsity`, 'Compress it with --prune, or leave select out');
  }
  if (dsp && pixel % 2 !== 0) {
    if (select === undefined) return undefined;
    const message = `the dsp=${dsp} lanes work on two pixels each where lanes select, and pixel=${pixel} is odd`;
    throw new ShiftloomError('usage', 'lanes select=on', message, 'Take an even number of pixels, leave dsp out, or take select=off');
  }
  if (ic % sparsity.n === 0) return selectionOf(sparsity);
  if (select === undefined) return undefined;
  const message = `ic=${ic} lanes are not a multiple of the ${sparsity.n} that take ${sparsity.m} channels`;
  throw new ShiftloomError('usage', 'lanes select=on', message, `Take ic=${Math.ceil(ic / sparsity.n) * sparsity.n}, or leave select out`);
}

/** Input channels of one kernel position that a step covers. */
export function stepChannels(lanes: number, selection: Selection | undefined): number {
  return selection ? (lanes / selection.n) * selection.m : lanes;
}

/** First channel, within a step, that a lane can have. */
export function firstChannel(lane: number, selection: Selection | undefined): number {
  return selection ? Math.floor(lane / selection.n) * selection.m + (lane % selection.n) : lane;
}

/**
 * Channels of a block that its lanes take, ascending: those with a weight, filled up with the first ones without.
 * Ascending and n of them, so the j-th is one of j..j + m - n.
 * @returns undefined if more than n have a weight
 */
export function chooseChannels(hasWeight: (channel: number) => boolean, { n, m }: Selection): readonly number[] | undefined {
  const all = Array.from({ length: m }, (_, channel) => channel);
  const needed = all.filter(hasWeight);
  if (needed.length > n) return undefined;
  const fill = all.filter((channel) => !needed.includes(channel)).slice(0, n - needed.length);
  return [...needed, ...fill].sort((a, b) => a - b);
}
