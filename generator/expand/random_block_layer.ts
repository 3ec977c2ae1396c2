/** Random block-permuted layers for checks: small, seeded, over all scalar encodings, sizes of blocks and kinds of orders. */
import { type BlockTensors, type Geometry, type Layer, geometryOf } from '../layer/layer.js';
import { Random } from '../layer/random.js';
import { type RandomLayerOptions, randomDescription } from '../layer/random_layer.js';
import { randomOrder, randomSizes } from '../layer/random_blocks.js';
import { randomRequantization } from '../layer/random_requantization.js';
import { SCALAR_ENCODINGS, randomEncoding, randomWeights } from '../layer/random_weights.js';
import type { BlockPermutedEncoding, LayerDescription, ScalarEncoding } from '../layer/schema.js';
import { expandLayer } from './expand.js';

/** What a random block layer may be drawn from. */
export type RandomBlockOptions = Omit<RandomLayerOptions, 'kinds'>;

/** The layer of a seed, expanded. Equal seeds and options give equal layers on every machine. */
export function randomBlockLayer(seed: number, options: RandomBlockOptions = {}): Layer {
  const random = new Random(seed);
  const name = `random_block_${seed}`;
  const values = randomEncoding(random, random.pick(options.encodings ?? SCALAR_ENCODINGS));
  const drawn = randomDescription(random, name, values, { ...options, kinds: ['linear'] });
  const { description, blocks } = drawBlocks(random, drawn);
  return blockLayerOf(random, description, values, blocks);
}

/** A linear layer of the description with so many blocks; orders, sizes, weights and requantization are drawn. */
export function blockLayerOf(random: Random, description: LayerDescription, values: ScalarEncoding, blocks: number): Layer {
  const geometry = geometryOf(description);
  const tensors = drawTensors(random, geometry, values, blocks);
  const weights: BlockPermutedEncoding = { encoding: 'block_permuted', blocks, values };
  const none = new Int32Array(geometry.outChannels);
  const stored = { description: { ...description, weights }, geometry, tensors: { blocks: tensors, bias: none, multiplier: none, shift: none } };
  const layer = expandLayer(stored, description.name);
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}

/** Number of blocks: mostly a few, sometimes one, sometimes so many that all are 1x1 (as many inputs as outputs then). */
function drawBlocks(random: Random, description: LayerDescription): { description: LayerDescription; blocks: number } {
  const fewest = Math.min(description.input.channels, description.output.channels);
  const kind = random.fraction();
  if (kind < 0.08) return { description, blocks: 1 };
  if (kind > 0.92) {
    const channels = Math.min(fewest, 40);
    return { description: { ...description, input: { ...description.input, channels }, output: { ...description.output, channels } }, blocks: channels };
  }
  return { description, blocks: random.integer(1, Math.min(fewest, random.pick([4, 8, 12, 40]))) };
}

function drawTensors(random: Random, g: Geometry, values: ScalarEncoding, blocks: number): BlockTensors {
  const structure = {
    inputOrder: randomOrder(random, g.inChannels, blocks),
    outputOrder: randomOrder(random, g.outChannels, blocks),
    inputSizes: randomSizes(random, g.inChannels, blocks),
    outputSizes: randomSizes(random, g.outChannels, blocks),
  };
  const drawn = Array.from(structure.inputSizes, (inputs, b) => {
    const outputs = structure.outputSizes[b];
    return randomWeights(random, { ...g, outChannels: outputs, groupOutChannels: outputs, inChannels: inputs, groupInChannels: inputs }, values);
  });
  const weight = Int32Array.from(drawn.flatMap((block) => [...block.weight]));
  if (values.encoding !== 'bpot') return { ...structure, weight };
  return { ...structure, weight, exponent: Int32Array.from(drawn.flatMap((block) => [...block.exponent!])) };
}
