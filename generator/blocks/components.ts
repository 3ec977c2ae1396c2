/** Connected components of the bipartite graph of a matrix: rows and columns are nodes, weights that are not zero are edges. */

/** Rows and columns that hang together, each in ascending order. */
export interface Component {
  readonly outputs: readonly number[];
  readonly inputs: readonly number[];
}

export interface Components {
  /** Those with both outputs and inputs, in the order of their first output. */
  readonly components: readonly Component[];
  /** Outputs without any weight, and inputs without any. */
  readonly lonelyOutputs: readonly number[];
  readonly lonelyInputs: readonly number[];
}

/**
 * Components by union-find, in one pass over the weights.
 * @param weight (outputs, inputs), row-major
 * @param threshold weights of a smaller magnitude are no edges; zeros never are
 */
export function connectedComponents(weight: ArrayLike<number>, outputs: number, inputs: number, threshold = 0): Components {
  const sets = new DisjointSets(outputs + inputs);
  const linked = new Uint8Array(outputs + inputs);
  for (let o = 0; o < outputs; o++) {
    const row = o * inputs;
    for (let i = 0; i < inputs; i++) {
      const w = weight[row + i];
      if (w === 0 || Math.abs(w) < threshold) continue;
      sets.unite(o, outputs + i);
      linked[o] = linked[outputs + i] = 1;
    }
  }
  return collect(sets, linked, outputs, inputs);
}

function collect(sets: DisjointSets, linked: Uint8Array, outputs: number, inputs: number): Components {
  const found = new Map<number, { outputs: number[]; inputs: number[] }>();
  const lonelyOutputs: number[] = [];
  const lonelyInputs: number[] = [];
  for (let o = 0; o < outputs; o++) {
    if (!linked[o]) {
      lonelyOutputs.push(o);
      continue;
    }
    const root = sets.find(o);
    const component = found.get(root);
    if (component) component.outputs.push(o);
    else found.set(root, { outputs: [o], inputs: [] });
  }
  for (let i = 0; i < inputs; i++) {
    if (linked[outputs + i]) found.get(sets.find(outputs + i))!.inputs.push(i);
    else lonelyInputs.push(i);
  }
  return { components: [...found.values()], lonelyOutputs, lonelyInputs };
}

/** Union by size, paths halved on the way (Tarjan and van Leeuwen, J. ACM 1984). */
class DisjointSets {
  private readonly parent: Int32Array;
  private readonly size: Int32Array;

  constructor(nodes: number) {
    this.parent = Int32Array.from({ length: nodes }, (_, i) => i);
    this.size = new Int32Array(nodes).fill(1);
  }

  find(node: number): number {
    const { parent } = this;
    let at = node;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]];
    return at;
  }

  unite(a: number, b: number): void {
    let [large, small] = [this.find(a), this.find(b)];
    if (large === small) return;
    if (this.size[large] < this.size[small]) [large, small] = [small, large];
    this.parent[small] = large;
    this.size[large] += this.size[small];
  }
}
