/** The order in which a channel's weights are decided, and what is decided together. */

export interface DecisionOrder {
  /** (n): place in the quantizer's order (tap, input channel) of the weight that is decided at each step. */
  readonly places: Int32Array;
  /** First step of each unit of weights that share a level set (a `bpot` exponent), and the end; every weight by itself otherwise. */
  readonly starts: Int32Array;
  /** Group, in the order (tap, group), that each unit is. */
  readonly groups: Int32Array;
  /** First step of each block of m input channels of which n stay, and the end; every weight by itself otherwise. */
  readonly blocks: Int32Array;
}

/** Input channels that stay together: those that share a level set, and those of which n:m pruning keeps some; 1 if nothing holds them. */
export interface Together {
  readonly groupInChannels: number;
  readonly groupSize: number;
  readonly blockSize: number;
}

/**
 * Weights of the strongest inputs first, while all others can still make up for their errors; groups and blocks stay together and go by the mean strength of
 * their inputs. Where groups and blocks overlap without one holding the other, the channels of a kernel position keep their order.
 * @param strength (n): variance of each weight's input
 */
export function decisionOrder({ groupInChannels, groupSize, blockSize }: Together, strength: ArrayLike<number>): DecisionOrder {
  const [outer, inner] = [Math.max(groupSize, blockSize), Math.min(groupSize, blockSize)];
  const places: number[] = [];
  const runs = cut(0, strength.length, groupInChannels);
  const outers = runs.flatMap(([first, end]) => cut(first, end, outer));
  const nested = outer % inner === 0;
  for (const [first, end] of nested ? byStrength(outers, strength) : byStrength(runs, strength)) {
    if (!nested) places.push(...Array.from({ length: end - first }, (_, i) => first + i));
    else for (const part of byStrength(cut(first, end, inner), strength)) places.push(...byStrength(cut(...part, 1), strength).map(([place]) => place));
  }
  const sizeOf = (size: number) => places.flatMap((_, t) => (size === 1 || opens(places, t, size, groupInChannels) ? [t] : []));
  const starts = sizeOf(groupSize);
  const perRun = Math.ceil(groupInChannels / groupSize);
  const groups = starts.map((t) => Math.floor(places[t] / groupInChannels) * perRun + Math.floor((places[t] % groupInChannels) / groupSize));
  return {
    places: Int32Array.from(places),
    starts: Int32Array.from([...starts, places.length]),
    groups: Int32Array.from(groups),
    blocks: Int32Array.from([...sizeOf(blockSize), places.length]),
  };
}

type Range = readonly [first: number, end: number];

function cut(first: number, end: number, size: number): Range[] {
  return Array.from({ length: Math.ceil((end - first) / size) }, (_, i) => [first + i * size, Math.min(end, first + (i + 1) * size)] as const);
}

function byStrength(ranges: readonly Range[], strength: ArrayLike<number>): Range[] {
  const means = ranges.map((range) => {
    const [first, end] = range;
    let sum = 0;
    for (let i = first; i < end; i++) sum += strength[i];
    return { range, mean: sum / (end - first) };
  });
  return means.sort((a, b) => b.mean - a.mean || a.range[0] - b.range[0]).map(({ range }) => range);
}

/** Whether step t is in another part of `size` channels than the step before it. */
function opens(places: readonly number[], t: number, size: number, groupInChannels: number): boolean {
  const part = (place: number) => Math.floor(place / groupInChannels) * groupInChannels + Math.floor((place % groupInChannels) / size);
  return t === 0 || part(places[t]) !== part(places[t - 1]);
}
