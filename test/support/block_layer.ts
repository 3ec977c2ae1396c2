/** Block-permuted layers of a given shape, for tests. */
import { blockLayerOf } from '../../generator/expand/random_block_layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { layerSchema, type LinearDescription, type ScalarEncoding } from '../../generator/layer/schema.js';

/** Random orders, and sizes of blocks that differ by at most one. */
export function shapedBlockLayer(name: string, inputs: number, outputs: number, blocks: number, values: ScalarEncoding = { encoding: 'bpot', groupSize: 16, maxExponent: 3 }): Layer {
  const description = layerSchema.parse({
    format: 'shiftloom.layer', version: 1, kind: 'linear', name, input: { channels: inputs }, output: { channels: outputs }, weights: values,
    requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'relu' }, tensors: `${name}.safetensors`,
  }) as LinearDescription;
  const nearlyEqual = (sizes: Int32Array) => Math.max(...sizes) - Math.min(...sizes) <= 1;
  for (let seed = 1; ; seed++) {
    const layer = blockLayerOf(new Random(seed), description, values, blocks);
    const { inputSizes, outputSizes, inputOrder } = layer.blocks!.tensors;
    if (nearlyEqual(inputSizes) && nearlyEqual(outputSizes) && inputOrder[0] !== 0 && inputOrder[1] - inputOrder[0] !== blocks) return layer;
  }
}

/** The same blocks in natural order. */
export function inNaturalOrder(layer: Layer): Layer {
  const { encoding, tensors } = layer.blocks!;
  const natural = (order: Int32Array) => Int32Array.from(order.keys());
  const orders = { inputOrder: natural(tensors.inputOrder), outputOrder: natural(tensors.outputOrder) };
  return { ...layer, blocks: { encoding, tensors: { ...tensors, ...orders } } };
}
