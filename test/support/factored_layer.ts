/** A 3x3 layer with pad 1 that is stored as seeded factors of a given rank. */
import { expandLayer } from '../../generator/expand/expand.js';
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { randomFactors } from '../../generator/layer/random_factors.js';
import { randomRequantization } from '../../generator/layer/random_requantization.js';
import { layerSchema, type CpEncoding, type FactorEncoding } from '../../generator/layer/schema.js';

export interface FactoredShape {
  /** Of the square map. */
  readonly side: number;
  readonly rank: number;
  readonly channels: readonly [number, number];
  /** Of all three factors; default powers of two. */
  readonly factor?: FactorEncoding;
  /** Default `pot`. */
  readonly recode?: CpEncoding['recode'];
}

export function factoredLayer({ side, rank, channels: [inChannels, outChannels], factor = { encoding: 'pot', maxShift: 2 }, recode = { encoding: 'pot', maxShift: 6 } }: FactoredShape): Layer {
  const weights: CpEncoding = { encoding: 'cp', form: 'spatial', rank, blocks: 1, factors: { output: factor, input: factor, kernel: factor }, recode };
  const description = layerSchema.parse({
    format: 'shiftloom.layer', version: 1, kind: 'conv2d', name: 'map', input: { channels: inChannels, height: side, width: side }, output: { channels: outChannels }, kernel: [3, 3], pads: [1, 1, 1, 1],
    weights, requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'relu' }, tensors: 'map.safetensors',
  });
  const geometry = geometryOf(description);
  const random = new Random(1);
  const none = new Int32Array(outChannels);
  const stored = { description, geometry, tensors: { factors: { ...randomFactors(random, geometry, weights), recodeShift: none }, bias: none, multiplier: none, shift: none } };
  const layer = expandLayer(stored, 'map');
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}
