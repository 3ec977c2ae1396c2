/** Random `cp` encodings and factors for them, each value built from what its encoding can spell. */
import { FORM_FACTORS, type FactorName } from './factor_rules.js';
import type { FactorTensors, Geometry } from './layer.js';
import type { Random } from './random.js';
import { randomEncoding } from './random_weights.js';
import { representableValues } from './representable.js';
import type { CpEncoding, FactorEncoding } from './schema.js';

export interface RandomFactorOptions {
  /** Encodings of factors to choose from; default all. */
  readonly factors?: readonly FactorEncoding['encoding'][];
  /** Encodings of the rebuilt weights to choose from; default all. */
  readonly recodes?: readonly CpEncoding['recode']['encoding'][];
  /** Residual entries in some layers; default true. */
  readonly residual?: boolean;
}

const ALL_FACTORS = ['pot', 'pot', 'apot', 'uniform'] as const;
const ALL_RECODES = ['pot', 'apot', 'bpot', 'uniform', 'csd'] as const;
const MAX_RESIDUAL_SHIFT = 12;

/** An encoding that sums of factors are recoded to: as for weights, but for the two whose range is smaller there. */
export function randomRecode(random: Random, options: RandomFactorOptions = {}): CpEncoding['recode'] {
  const name = random.pick(options.recodes ?? ALL_RECODES);
  if (name === 'uniform') return { encoding: name, bits: random.integer(2, 8) };
  if (name === 'csd') return { encoding: name, digits: random.integer(1, 2), maxShift: random.pick([0, 1, 3, 5, 6, 7, 7, 8, 10, 14]) };
  return randomEncoding(random, name) as CpEncoding['recode'];
}

/** Form, rank, blocks and factor encodings for a layer of a geometry. */
export function randomCpEncoding(random: Random, g: Geometry, recode: CpEncoding['recode'], options: RandomFactorOptions = {}): CpEncoding {
  const flat = g.kernelHeight === 1 && g.kernelWidth === 1;
  const form = random.pick(flat ? (['matrix', 'matrix', 'spatial', 'separable'] as const) : (['spatial', 'separable'] as const));
  const perGroup = Array.from({ length: Math.min(4, g.groupOutChannels) }, (_, i) => i + 1).filter((n) => g.groupOutChannels % n === 0);
  const blocks = g.groups * (random.chance(0.6) ? 1 : random.pick(perGroup));
  const factors = Object.fromEntries(FORM_FACTORS[form].map((name) => [name, randomFactorEncoding(random, options)])) as CpEncoding['factors'];
  const residual = (options.residual ?? true) && random.chance(1 / 3) ? { residual: { maxShift: random.integer(0, MAX_RESIDUAL_SHIFT) } } : {};
  return { encoding: 'cp', form, rank: random.chance(0.15) ? 1 : random.integer(1, 20), blocks, factors, recode, ...residual };
}

function randomFactorEncoding(random: Random, options: RandomFactorOptions): FactorEncoding {
  switch (random.pick(options.factors ?? ALL_FACTORS)) {
    case 'pot':
      return { encoding: 'pot', maxShift: random.pick([0, 1, 2, 3, 4, 6, 6, 7]) };
    case 'apot':
      return { encoding: 'apot' };
    case 'uniform':
      return { encoding: 'uniform', bits: random.integer(2, 8) };
  }
}

/** Factors with a random share of zeros, now and then all at one end; recoding shifts are left at zero. */
export function randomFactors(random: Random, g: Geometry, encoding: CpEncoding): FactorTensors {
  const { blocks, rank } = encoding;
  const taps = g.kernelHeight * g.kernelWidth;
  const size: Record<FactorName, number> = { output: g.outChannels / blocks, input: g.groupInChannels, kernel: taps, kernelRow: g.kernelHeight, kernelColumn: g.kernelWidth };
  const factors: Partial<Record<FactorName, Int32Array>> = {};
  for (const name of FORM_FACTORS[encoding.form]) {
    const values = representableValues(encoding.factors[name]!);
    const density = random.pick([1, 1, 0.9, 0.5]);
    const extreme = random.chance(0.06);
    factors[name] = Int32Array.from({ length: blocks * rank * size[name] }, () => {
      if (extreme) return values[random.chance(0.8) ? values.length - 1 : 0];
      return random.chance(density) ? random.pick(values as unknown as number[]) : 0;
    });
  }
  const weights = g.outChannels * g.groupInChannels * taps;
  const residual = encoding.residual && randomResidual(random, weights, encoding.residual.maxShift);
  return { output: factors.output!, input: factors.input!, ...factors, recodeShift: new Int32Array(g.outChannels), ...(residual ? { residual } : {}) };
}

/** Entries of up to a fifth of the weights, now and then of nearly all, some with several, sometimes none at all; often of the first and the last weight. */
function randomResidual(random: Random, weights: number, maxShift: number): Int32Array {
  const density = random.pick([0, 0.01, 0.05, 0.2, 0.9]);
  const entries: number[] = [];
  for (let position = 0; position < weights; position++) {
    const end = position === 0 || position === weights - 1;
    for (let chance = end && density > 0 ? 0.5 : density; random.chance(chance); chance = 0.1) entries.push(position, random.chance(0.5) ? -1 : 1, random.integer(0, maxShift));
  }
  return Int32Array.from(entries);
}
