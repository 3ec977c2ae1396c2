/** The order in which a channel's weights are decided, and what is decided together. */
import type { ScalarEncoding } from '../../layer/schema.js';

export interface DecisionOrder {
  /** (n): place in the quantizer's order (tap, input channel) of the weight that is decided at each step. */
  readonly places: Int32Array;
  /** First step of each unit of weights that share a choice (a `bpot` exponent), and the end; every weight by itself otherwise. */
  readonly starts: Int32Array;
  /** Group, in the order (tap, group), that each unit is. */
  readonly groups: Int32Array;
}

/**
 * Weights of the strongest inputs first, while all others can still make up for their errors; a group stays together and goes by the mean strength of
 * its inputs.
 * @param strength (n): variance of each weight's input
 */
export function decisionOrder(encoding: ScalarEncoding, groupInChannels: number, strength: ArrayLike<number>): DecisionOrder {
  const n = strength.length;
  const size = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const firsts: number[] = [];
  for (let run = 0; run < n; run += groupInChannels) {
    for (let at = 0; at < groupInChannels; at += size) firsts.push(run + at);
  }
  const units = firsts.map((first, group) => {
    const end = Math.min(first + size, first - (first % groupInChannels) + groupInChannels);
    const members = Array.from({ length: end - first }, (_, i) => first + i).sort((a, b) => strength[b] - strength[a] || a - b);
    return { group, members, mean: members.reduce((sum, i) => sum + strength[i], 0) / members.length };
  });
  units.sort((a, b) => b.mean - a.mean || a.group - b.group);
  const starts = [0];
  for (const { members } of units) starts.push(starts[starts.length - 1] + members.length);
  return {
    places: Int32Array.from(units.flatMap((u) => u.members)),
    starts: Int32Array.from(starts),
    groups: Int32Array.from(units, (u) => u.group),
  };
}
