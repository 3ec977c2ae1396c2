/** Components to blocks: packed into fewer where asked, and with the rows and columns that no component has. */
import type { BlockStructure } from '../layer/blocks.js';
import type { Component, Components } from './components.js';

interface Bin {
  readonly outputs: number[];
  readonly inputs: number[];
}

/**
 * Components in `blocks` blocks of about equal size: the largest first, each to the block with the least so far (longest processing time
 * first, Graham 1969). Size is the share of all outputs plus that of all inputs.
 * @param blocks at most as many as there are components
 */
export function packComponents(components: readonly Component[], blocks: number, outputs: number, inputs: number): Component[] {
  const sizeOf = (c: Component) => c.outputs.length / outputs + c.inputs.length / inputs;
  const bins: Bin[] = Array.from({ length: blocks }, () => ({ outputs: [], inputs: [] }));
  const load = new Float64Array(blocks);
  const ordered = components.map((component, index) => ({ component, index, size: sizeOf(component) }));
  ordered.sort((a, b) => b.size - a.size || a.index - b.index);
  for (const { component, size } of ordered) {
    const least = smallest(load);
    load[least] += size;
    bins[least].outputs.push(...component.outputs);
    bins[least].inputs.push(...component.inputs);
  }
  return bins;
}

/**
 * The structure of components, each a block. Outputs without weights go to the blocks with the fewest outputs, inputs without to those with the
 * fewest inputs: their weights are zero anywhere, and so blocks that were equal before weights were lost are equal again.
 * @returns blocks in the order of their first output, outputs and inputs of each in ascending order
 */
export function structureOf(components: readonly Component[], { lonelyOutputs, lonelyInputs }: Omit<Components, 'components'>): BlockStructure {
  const bins: Bin[] = components.map(({ outputs, inputs }) => ({ outputs: [...outputs], inputs: [...inputs] }));
  for (const [side, lonely] of [['outputs', lonelyOutputs], ['inputs', lonelyInputs]] as const) {
    const sizes = bins.map((bin) => bin[side].length);
    for (const index of lonely) {
      const least = smallest(sizes);
      sizes[least]++;
      bins[least][side].push(index);
    }
  }
  for (const bin of bins) for (const list of [bin.outputs, bin.inputs]) list.sort((a, b) => a - b);
  bins.sort((a, b) => a.outputs[0] - b.outputs[0]);
  return {
    inputOrder: Int32Array.from(bins.flatMap((bin) => bin.inputs)),
    outputOrder: Int32Array.from(bins.flatMap((bin) => bin.outputs)),
    inputSizes: Int32Array.from(bins, (bin) => bin.inputs.length),
    outputSizes: Int32Array.from(bins, (bin) => bin.outputs.length),
  };
}

/** Index of the smallest value, the first of equal ones. */
function smallest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] < values[best]) best = i;
  return best;
}
