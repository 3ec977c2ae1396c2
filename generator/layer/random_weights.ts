/**
 * Random encodings and weights for them. Every weight is built from what its encoding can spell, never rounded to it, so that the
 * random layers do not depend on the code that compresses or encodes.
 */
import { Random } from './random.js';
import type { Geometry } from './layer.js';
import type { ScalarEncoding } from './schema.js';

export type ScalarEncodingName = ScalarEncoding['encoding'];
export const SCALAR_ENCODINGS: readonly ScalarEncodingName[] = ['uniform', 'pot', 'apot', 'bpot', 'csd', 'codebook'];

/** Magnitudes of an `apot` weight. */
const APOT_MAGNITUDES = [1, 2, 3, 4, 6, 8, 10];

export interface RandomWeights {
  /** (outChannels, groupInChannels, kernelHeight, kernelWidth). */
  readonly weight: Int32Array;
  /** `bpot` only: (outChannels, ceil(groupInChannels / groupSize), kernelHeight, kernelWidth). */
  readonly exponent?: Int32Array;
}

/** An encoding of the given name with random parameters, over their whole range as far as it matters to small layers. */
export function randomEncoding(random: Random, name: ScalarEncodingName): ScalarEncoding {
  switch (name) {
    case 'uniform':
      return { encoding: 'uniform', bits: random.chance(0.7) ? random.integer(2, 8) : random.integer(9, 16) };
    case 'pot':
      return { encoding: 'pot', maxShift: random.integer(0, 8) };
    case 'apot':
      return { encoding: 'apot' };
    case 'bpot':
      return { encoding: 'bpot', groupSize: random.pick([1, 2, 3, 4, 5, 8, 16, 32]), maxExponent: random.pick([0, 1, 2, 3, 3, 5, 7]) };
    case 'csd':
      return { encoding: 'csd', digits: random.integer(1, 4), maxShift: random.pick([0, 1, 3, 5, 6, 7, 7, 8, 10, 14]) };
    case 'codebook':
      return { encoding: 'codebook', levels: randomLevels(random) };
  }
}

/** Ascending distinct levels; sometimes without a zero, sometimes as far out as the schema allows. */
function randomLevels(random: Random): number[] {
  const limit = random.pick([7, 127, 127, 127, 1000, 16384]);
  const levels = new Set<number>(random.chance(0.8) ? [0] : []);
  if (random.chance(0.2)) levels.add(-limit).add(limit);
  const wanted = Math.min(random.pick([2, 3, 4, 5, 8, 12, 16, 16, 64]), 2 * limit + 1);
  const count = Math.max(wanted, levels.size);
  while (levels.size < count) levels.add(random.integer(-limit, limit));
  return [...levels].sort((a, b) => a - b);
}

/** How a layer's weights are drawn; the first is the usual, the others are the corners. */
type Pattern = 'spread' | 'lowest' | 'highest' | 'alternating';

/**
 * Weights for a geometry, with a random share of zeros. In a share of the cases all weights are the most negative
 * or the most positive that the encoding has, or the two in turn; sometimes a channel is all zero.
 */
export function randomWeights(random: Random, g: Geometry, encoding: ScalarEncoding): RandomWeights {
  const pattern: Pattern = random.chance(0.82) ? 'spread' : random.pick(['lowest', 'highest', 'alternating'] as const);
  const density = pattern === 'spread' ? random.pick([1, 1, 0.9, 0.5, 0.5, 0.2, 0.05]) : 1;
  const exponent = encoding.encoding === 'bpot' ? randomExponents(random, g, encoding, pattern) : undefined;
  const perChannel = g.groupInChannels * g.kernelHeight * g.kernelWidth;
  const weight = new Int32Array(g.outChannels * perChannel);
  const mayBeZero = encoding.encoding !== 'codebook' || encoding.levels.includes(0);
  const zeroChannel = mayBeZero && random.chance(0.1) ? random.integer(0, g.outChannels - 1) : -1;
  for (let i = 0; i < weight.length; i++) {
    const zero = mayBeZero && (!random.chance(density) || Math.floor(i / perChannel) === zeroChannel);
    const e = exponent === undefined ? 0 : exponent[exponentIndex(g, encoding, i)];
    weight[i] = zero ? 0 : pattern === 'spread' ? drawWeight(random, encoding, e) : extremeWeight(encoding, e, pattern, i);
  }
  return { weight, exponent };
}

function randomExponents(
  random: Random,
  g: Geometry,
  encoding: Extract<ScalarEncoding, { encoding: 'bpot' }>,
  pattern: Pattern,
): Int32Array {
  const groups = Math.ceil(g.groupInChannels / encoding.groupSize);
  const exponent = new Int32Array(g.outChannels * groups * g.kernelHeight * g.kernelWidth);
  return exponent.map(() => (pattern === 'spread' ? random.integer(0, encoding.maxExponent) : encoding.maxExponent));
}

/** Index into the exponent tensor for index `i` into the weight tensor. */
function exponentIndex(g: Geometry, encoding: ScalarEncoding, i: number): number {
  const groupSize = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const taps = g.kernelHeight * g.kernelWidth;
  const tap = i % taps;
  const channel = Math.floor(i / taps) % g.groupInChannels;
  const o = Math.floor(i / (taps * g.groupInChannels));
  return (o * Math.ceil(g.groupInChannels / groupSize) + Math.floor(channel / groupSize)) * taps + tap;
}

function drawWeight(random: Random, encoding: ScalarEncoding, exponent: number): number {
  const sign = random.chance(0.5) ? -1 : 1;
  switch (encoding.encoding) {
    case 'uniform':
      return random.integer(-(2 ** (encoding.bits - 1)), 2 ** (encoding.bits - 1) - 1);
    case 'pot':
      return sign * 2 ** random.integer(0, encoding.maxShift);
    case 'apot':
      return sign * random.pick(APOT_MAGNITUDES);
    case 'bpot':
      return sign * 2 ** (random.integer(0, 2) + exponent);
    case 'csd':
      return sign * drawSignedDigits(random, encoding.digits, encoding.maxShift);
    case 'codebook':
      return random.pick(encoding.levels);
  }
}

/**
 * A sum of up to `digits` signed powers of two up to 2^maxShift. Mostly the digits are two places apart (the non-adjacent form); in the
 * other cases they are any, so that they may carry, cancel or repeat, and their non-adjacent form may go beyond maxShift.
 */
function drawSignedDigits(random: Random, digits: number, maxShift: number): number {
  const apart = random.chance(0.7);
  let top = maxShift;
  let value = 0;
  for (let left = random.integer(1, digits); left > 0 && top >= 0; left--) {
    const shift = random.chance(0.2) ? top : random.integer(0, top);
    value += (random.chance(0.5) ? -1 : 1) * 2 ** shift;
    if (apart) top = shift - 2;
  }
  return value;
}

function extremeWeight(encoding: ScalarEncoding, exponent: number, pattern: Pattern, i: number): number {
  const [lowest, highest] = extremes(encoding, exponent);
  if (pattern === 'alternating') return i % 2 === 0 ? lowest : highest;
  return pattern === 'lowest' ? lowest : highest;
}

/** Smallest and largest weight; for `csd` all digits are the highest power. */
function extremes(encoding: ScalarEncoding, exponent: number): readonly [number, number] {
  const symmetric = (magnitude: number): readonly [number, number] => [-magnitude, magnitude];
  switch (encoding.encoding) {
    case 'uniform':
      return [-(2 ** (encoding.bits - 1)), 2 ** (encoding.bits - 1) - 1];
    case 'pot':
      return symmetric(2 ** encoding.maxShift);
    case 'apot':
      return symmetric(10);
    case 'bpot':
      return symmetric(4 * 2 ** exponent);
    case 'csd':
      return symmetric(encoding.digits * 2 ** encoding.maxShift);
    case 'codebook':
      return [encoding.levels[0], encoding.levels[encoding.levels.length - 1]];
  }
}
