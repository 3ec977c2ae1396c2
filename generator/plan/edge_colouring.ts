/**
 * Edge colouring of bipartite multigraphs. By Koenig's theorem (1916) the edges of a bipartite multigraph of maximum degree d can be coloured with d
 * colours so that no two edges at a vertex share one; the proof by alternating paths is the algorithm.
 */

/**
 * @param left left vertex of each edge, 0..leftCount-1
 * @param right right vertex of each edge, 0..rightCount-1
 * @param colours at least the largest number of edges at a vertex
 * @returns colour of each edge, 0..colours-1
 * @throws RangeError if a vertex has more edges than there are colours
 */
export function colourEdges(left: Int32Array, right: Int32Array, leftCount: number, rightCount: number, colours: number): Int32Array {
  const colour = new Int32Array(left.length);
  const atLeft = new Int32Array(leftCount * colours).fill(-1);
  const atRight = new Int32Array(rightCount * colours).fill(-1);
  for (let edge = 0; edge < left.length; edge++) {
    const a = freeColour(atLeft, left[edge], colours);
    const b = freeColour(atRight, right[edge], colours);
    if (atRight[right[edge] * colours + a] >= 0) swapPath(right[edge], a, b);
    place(edge, a);
  }
  return colour;

  function place(edge: number, c: number): void {
    colour[edge] = c;
    atLeft[left[edge] * colours + c] = edge;
    atRight[right[edge] * colours + c] = edge;
  }

  /** Swaps both colours on the path of edges that alternate between them from a right vertex on; it never ends at a left vertex that lacks the first one. */
  function swapPath(vertex: number, first: number, second: number): void {
    const path: number[] = [];
    let c = first;
    for (let at = vertex, isRight = true; ; isRight = !isRight) {
      const edge = (isRight ? atRight : atLeft)[at * colours + c];
      if (edge < 0) break;
      path.push(edge);
      at = isRight ? left[edge] : right[edge];
      c = c === first ? second : first;
    }
    for (const edge of path) {
      atLeft[left[edge] * colours + colour[edge]] = -1;
      atRight[right[edge] * colours + colour[edge]] = -1;
    }
    for (const edge of path) place(edge, colour[edge] === first ? second : first);
  }
}

function freeColour(at: Int32Array, vertex: number, colours: number): number {
  for (let c = 0; c < colours; c++) if (at[vertex * colours + c] < 0) return c;
  throw new RangeError(`a vertex has more than ${colours} edges`);
}
