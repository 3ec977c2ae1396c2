/** Looking things up in ascending lists. */

/** First index at or behind `from` whose value is not below `border`. */
export function lowerBound(sorted: Float64Array, border: number, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < border) low = middle + 1;
    else high = middle;
  }
  return low;
}
