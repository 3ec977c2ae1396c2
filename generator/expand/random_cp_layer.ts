/** Random layers that are stored as factors, for checks: small, seeded, over all forms, blocks, factor and recoded encodings. */
import { factorSums } from '../golden/factor_reconstruction.js';
import { MAX_RECODE_SHIFT } from '../layer/factor_tensors.js';
import { type FactorTensors, type Geometry, type Layer, geometryOf } from '../layer/layer.js';
import { Random } from '../layer/random.js';
import { type RandomFactorOptions, randomCpEncoding, randomFactors, randomRecode } from '../layer/random_factors.js';
import { type RandomLayerOptions, randomDescription } from '../layer/random_layer.js';
import { randomRequantization } from '../layer/random_requantization.js';
import type { CpEncoding } from '../layer/schema.js';
import { expandLayer } from './expand.js';

/** What a random cp layer may be drawn from. */
export type RandomCpOptions = Omit<RandomLayerOptions, 'encodings'> & RandomFactorOptions;

/** The layer of a seed, expanded. Equal seeds and options give equal layers on every machine. */
export function randomCpLayer(seed: number, options: RandomCpOptions = {}): Layer {
  const random = new Random(seed);
  const name = `random_cp_${seed}`;
  const recode = randomRecode(random, options);
  const description = randomDescription(random, name, recode, options);
  const geometry = geometryOf(description);
  const weights = randomCpEncoding(random, geometry, recode, options);
  const factors = randomFactors(random, geometry, weights);
  const recodeShift = randomRecodeShifts(random, weights, factorSums(weights, factors, geometry, name), geometry);
  const tensors: FactorTensors = { ...factors, recodeShift };
  const none = new Int32Array(geometry.outChannels);
  const stored = { description: { ...description, weights }, geometry, tensors: { factors: tensors, bias: none, multiplier: none, shift: none } };
  const layer = expandLayer(stored, name);
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}

/** Shifts that bring a channel's sums into the range of the recoded weights, or near it; sometimes any. */
function randomRecodeShifts(random: Random, { recode }: CpEncoding, sums: Float64Array, g: Geometry): Int32Array {
  const perChannel = sums.length / g.outChannels;
  const any = random.chance(0.05);
  return Int32Array.from({ length: g.outChannels }, (_, o) => {
    if (any) return random.integer(0, MAX_RECODE_SHIFT);
    const largest = sums.subarray(o * perChannel, (o + 1) * perChannel).reduce((most, sum) => Math.max(most, Math.abs(sum)), 0);
    const wanted = Math.round(Math.log2(Math.max(largest, 1) / largestOf(recode))) + random.integer(-2, 1);
    return Math.max(0, Math.min(MAX_RECODE_SHIFT, wanted));
  });
}

/** About the largest weight of an encoding. */
function largestOf(recode: CpEncoding['recode']): number {
  switch (recode.encoding) {
    case 'pot':
    case 'csd':
      return 2 ** recode.maxShift;
    case 'apot':
      return 10;
    case 'bpot':
      return 2 ** (recode.maxExponent + 2);
    case 'uniform':
      return 2 ** (recode.bits - 1);
  }
}
