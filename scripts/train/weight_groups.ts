/** Which weights of a stage share an exponent, in the order of a `bpot` layer's `exponent` tensor (docs/layer_format.md). */
import { hasMapOrder, weightRows, type StageShape } from './stage.js';

export interface ExponentGroups {
  /** First member of each group, and the end. */
  readonly starts: Int32Array;
  /** Places of the weights in the stage's order, group after group. */
  readonly members: Int32Array;
}

/** @param groupSize consecutive inputs of a kernel position that share an exponent; of a linear stage, inputs by row, column, channel; of a block, its own */
export function exponentGroups(stage: StageShape, groupSize: number): ExponentGroups {
  const { inChannels, kernel, kind, blocks } = stage;
  const taps = kernel ** 2;
  const starts: number[] = [0];
  const members: number[] = [];
  const add = (count: number, placeOf: (n: number) => number) => {
    for (let n = 0; n < count; n++) members.push(placeOf(n));
    starts.push(members.length);
  };
  for (const { start, length } of weightRows(stage)) {
    // A convolution's groups lie (group, kernel row, kernel column), and end with the channels.
    const [runs, run] = kind === 'convolution' ? [taps, inChannels] : [1, length];
    for (let first = 0; first < run; first += groupSize) {
      for (let tap = 0; tap < runs; tap++) {
        const count = Math.min(groupSize, run - first);
        if (blocks || hasMapOrder(stage)) add(count, (n) => start + first + n);
        else if (kind === 'convolution') add(count, (n) => start + (first + n) * taps + tap);
        else add(count, (n) => start + ((first + n) % inChannels) * taps + Math.floor((first + n) / inChannels));
      }
    }
  }
  return { starts: Int32Array.from(starts), members: Int32Array.from(members) };
}
