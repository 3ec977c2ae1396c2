/**
 * Least-cost paths of a given number of edges through nodes 0..n in ascending order, for edge costs with the Monge property
 * cost(a, b) + cost(c, d) <= cost(a, d) + cost(c, b) for a <= c <= b <= d. Then the best predecessor of a node never falls as the node
 * rises, and a row of the dynamic program takes O(n log n) by divide and conquer instead of O(n^2). Both codebook problems have that
 * property: runs of sorted weights (optimal_codebook.ts) and neighbouring levels (grid_levels.ts).
 * Grønlund et al., Fast Exact k-Means, k-Medians and Bregman Divergence Clustering in 1D, arXiv 1701.07204 (2017).
 */

export interface LeastPaths {
  /** costs[e]: of the best path of exactly `e` edges to the last node, e = 0..edges; Infinity if there is none. */
  readonly costs: Float64Array;
  /** Nodes of the best path of exactly `e` edges in ascending order, start and last node included. */
  path(e: number): number[];
}

/**
 * @param start cost at which a path may begin at each node 0..n: one 0 and otherwise Infinity for a fixed first node
 * @param edges most edges of a path, at most n
 * @param cost of the edge from node `from` to node `to`, from < to; Monge
 */
export function leastPaths(start: Float64Array, edges: number, cost: (from: number, to: number) => number): LeastPaths {
  const last = start.length - 1;
  const costs = new Float64Array(edges + 1);
  const predecessors: Int32Array[] = [];
  let row = start;
  costs[0] = row[last];
  for (let e = 1; e <= edges; e++) {
    const next = new Float64Array(last + 1).fill(Infinity);
    const from = new Int32Array(last + 1);
    fillRow({ row, next, from, cost }, e, last, e - 1, last);
    predecessors.push(from);
    costs[e] = next[last];
    row = next;
  }
  const path = (e: number): number[] => {
    const nodes = [last];
    for (let i = e; i > 0; i--) nodes.unshift(predecessors[i - 1][nodes[0]]);
    return nodes;
  };
  return { costs, path };
}

interface Row {
  readonly row: Float64Array;
  readonly next: Float64Array;
  readonly from: Int32Array;
  readonly cost: (from: number, to: number) => number;
}

/** Nodes low..high, whose best predecessors are within least..most. Recursion is log2(n) deep. */
function fillRow(rows: Row, low: number, high: number, least: number, most: number): void {
  const { row, next, from, cost } = rows;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const end = Math.min(most, middle - 1);
    let best = Infinity;
    let at = least;
    for (let i = least; i <= end; i++) {
      const sum = row[i] + cost(i, middle);
      if (sum < best) {
        best = sum;
        at = i;
      }
    }
    next[middle] = best;
    from[middle] = at;
    fillRow(rows, low, middle - 1, least, at);
    low = middle + 1;
    least = at;
  }
}
