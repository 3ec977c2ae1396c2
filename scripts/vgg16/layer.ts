/** A layer of a VGG16 shape with synthetic `bpot` weights: cycles and correctness do not depend on which weights they are. */
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { randomRequantization } from '../../generator/layer/random_requantization.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema } from '../../generator/layer/schema.js';
import type { VggShape } from './shapes.js';

const GROUP_SIZE = 16;
const MAX_EXPONENT = 3;
const DENSITY = 0.9;

/** Seeded: weights spread over all values of the encoding, one input frame of noise, outputs spread over 8 bits behind a ReLU. */
export function vggLayer({ name, size, inChannels, outChannels }: VggShape, seed = 1): Layer {
  const description = layerSchema.parse({
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    kind: 'conv2d',
    name: `vgg16_${name}`,
    input: { channels: inChannels, height: size, width: size },
    output: { channels: outChannels },
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
    weights: { encoding: 'bpot', groupSize: GROUP_SIZE, maxExponent: MAX_EXPONENT },
    requantize: { form: 'multiplier', bits: 16 },
    activation: { kind: 'relu' },
    tensors: `vgg16_${name}.safetensors`,
  });
  const geometry = geometryOf(description);
  const random = new Random(seed);
  const weights = randomBpot(random, inChannels, outChannels);
  const data = Int32Array.from({ length: size * size * inChannels }, () => random.integer(0, 255));
  return { description, geometry, tensors: { ...weights, ...randomRequantization(random, description, geometry, weights.weight) }, sample: { frames: 1, data } };
}

function randomBpot(random: Random, inChannels: number, outChannels: number): { weight: Int32Array; exponent: Int32Array } {
  const groups = Math.ceil(inChannels / GROUP_SIZE);
  const exponent = Int32Array.from({ length: outChannels * groups * 9 }, () => random.integer(0, MAX_EXPONENT));
  const weight = Int32Array.from({ length: outChannels * inChannels * 9 }, (_, i) => {
    const [tap, channel, out] = [i % 9, Math.floor(i / 9) % inChannels, Math.floor(i / (9 * inChannels))];
    if (!random.chance(DENSITY)) return 0;
    const e = exponent[(out * groups + Math.floor(channel / GROUP_SIZE)) * 9 + tap];
    return (random.chance(0.5) ? -1 : 1) * 2 ** (random.integer(0, 2) + e);
  });
  return { weight, exponent };
}
