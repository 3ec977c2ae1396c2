/** Parameters of a network, counted: what the uncompressed network has, and what is stored of it. */
import type { Layer } from '../layer/layer.js';
import type { Network } from './network.js';

/** Weights and biases of the layer without compression: every weight of the dense (grouped) kernel. */
export function denseParameters({ tensors }: Pick<Layer, 'tensors'>): number {
  return tensors.weight.length + tensors.bias.length;
}

/** Values that are stored: weights in blocks, values of factors and entries of a residual, or every weight; and biases. Scales, shifts and orders are no parameters. */
export function storedParameters({ tensors, blocks, factors }: Pick<Layer, 'tensors' | 'blocks' | 'factors'>): number {
  return storedWeights() + tensors.bias.length;

  function storedWeights(): number {
    if (blocks) return blocks.tensors.weight.length;
    if (!factors) return tensors.weight.length;
    const { output, input, kernel, kernelRow, kernelColumn, residual } = factors.tensors;
    const values = [output, input, kernel, kernelRow, kernelColumn].reduce((sum, factor) => sum + (factor?.length ?? 0), 0);
    return values + (residual?.length ?? 0) / 3;
  }
}

/** Both sums over the layers of a network. */
export function networkParameters({ nodes }: Pick<Network, 'nodes'>): { dense: number; stored: number } {
  const layers = nodes.flatMap((node) => (node.op === 'layer' ? [node.layer] : []));
  const sum = (of: (layer: Layer) => number) => layers.reduce((total, layer) => total + of(layer), 0);
  return { dense: sum(denseParameters), stored: sum(storedParameters) };
}
