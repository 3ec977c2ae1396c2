/** AlexNet's fully connected layers in eight permuted blocks, with synthetic `bpot` weights: cycles and correctness do not depend on which weights they are. */
import { expandLayer } from '../../generator/expand/expand.js';
import { blockWeights } from '../../generator/layer/blocks.js';
import { geometryOf, type BlockTensors, type Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { equalSizes, shuffledIndices } from '../../generator/layer/random_blocks.js';
import { randomRequantization } from '../../generator/layer/random_requantization.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema } from '../../generator/layer/schema.js';

/** Inputs and outputs of one layer. */
export interface AlexNetShape {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

export const ALEXNET_SHAPES: readonly AlexNetShape[] = [
  { name: 'fc6', inputs: 9216, outputs: 4096 },
  { name: 'fc7', inputs: 4096, outputs: 4096 },
  { name: 'fc8', inputs: 4096, outputs: 1000 },
];

/** As in MPDCompress (arXiv 1805.12085), section on AlexNet. */
export const BLOCKS = 8;
const GROUP_SIZE = 16;
const MAX_EXPONENT = 3;
const DENSITY = 0.9;

/** Seeded: orders at random, weights spread over all values of the encoding, two input frames of noise, outputs spread over 8 bits behind a ReLU. */
export function alexNetLayer({ name, inputs, outputs }: AlexNetShape, seed = 1): Layer {
  const description = layerSchema.parse({
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    kind: 'linear',
    name: `alexnet_${name}`,
    input: { channels: inputs },
    output: { channels: outputs },
    weights: { encoding: 'block_permuted', blocks: BLOCKS, values: { encoding: 'bpot', groupSize: GROUP_SIZE, maxExponent: MAX_EXPONENT } },
    requantize: { form: 'multiplier', bits: 16 },
    activation: { kind: 'relu' },
    tensors: `alexnet_${name}.safetensors`,
  });
  const geometry = geometryOf(description);
  const random = new Random(seed);
  const none = new Int32Array(outputs);
  const stored = { description, geometry, tensors: { blocks: randomBlocks(random, inputs, outputs), bias: none, multiplier: none, shift: none } };
  const layer = expandLayer(stored, name);
  const data = Int32Array.from({ length: 2 * inputs }, () => random.integer(0, 255));
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) }, sample: { frames: 2, data } };
}

function randomBlocks(random: Random, inputs: number, outputs: number): BlockTensors {
  const structure = {
    inputOrder: shuffledIndices(random, inputs), outputOrder: shuffledIndices(random, outputs),
    inputSizes: equalSizes(inputs, BLOCKS), outputSizes: equalSizes(outputs, BLOCKS),
  };
  const perRow = inputs / BLOCKS; // all shapes divide
  const groups = Math.ceil(perRow / GROUP_SIZE);
  const exponent = Int32Array.from({ length: outputs * groups }, () => random.integer(0, MAX_EXPONENT));
  const weight = Int32Array.from({ length: blockWeights(structure) }, (_, i) => {
    if (!random.chance(DENSITY)) return 0;
    const e = exponent[Math.floor(i / perRow) * groups + Math.floor((i % perRow) / GROUP_SIZE)];
    return (random.chance(0.5) ? -1 : 1) * 2 ** (random.integer(0, 2) + e);
  });
  return { ...structure, weight, exponent };
}
