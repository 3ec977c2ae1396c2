/** Golden permuter: the elements of each frame in another order, written from docs/units/permuter.md. */

/**
 * @param data frames of `inputs` elements each
 * @param outputs for each position of an output frame the position of the input frame that it takes, -1 if any value will do
 * @returns frames of `outputs.length` elements; undefined where any value will do
 */
export function permutedFrames(data: ArrayLike<number>, inputs: number, outputs: ArrayLike<number>): (number | undefined)[] {
  const permuted: (number | undefined)[] = [];
  for (let base = 0; base < data.length; base += inputs) {
    for (let i = 0; i < outputs.length; i++) permuted.push(outputs[i] < 0 ? undefined : data[base + outputs[i]]);
  }
  return permuted;
}
