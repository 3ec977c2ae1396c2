/** One weight encoding for all layers of a network: the cheapest lane that spells every weight of all of them. */
import { ShiftloomError } from '../../errors.js';
import type { Layer } from '../../layer/layer.js';
import { LUT_WEIGHT_BITS, type ScalarEncoding } from '../../layer/schema.js';
import { encodeWeight } from '../codes.js';
import { planProcessingElement, type ProcessingElementPlan } from '../processing_element.js';

const MOST_LEVELS = 64;
const MOST_SHIFT = 14;

export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

/**
 * Encodings that spell all weights, the cheapest first. A `bpot` encoding is only among them if all layers have it; whether its groups survive the order
 * in which the lanes take the weights is for the caller to see.
 * @throws ShiftloomError('unsupported') with the layers' encodings if there is none
 */
export function commonEncodings(layers: readonly NamedLayer[], icLanes: number): ScalarEncoding[] {
  const values = new Set<number>([0]);
  for (const { layer } of layers) for (const weight of layer.tensors.weight) values.add(weight);
  const list = [...values];
  const candidates = [blockExponents(layers), ...powers(list), ...uniform(list), ...codebook(layers, list)].filter((encoding) => encoding !== undefined);
  const fitting = candidates.filter((encoding) => encoding.encoding === 'bpot' || list.every((weight) => encodeWeight(encoding, weight) !== undefined));
  if (fitting.length === 0) throw noEncoding(layers);
  const cost = new Map(fitting.map((encoding) => [encoding, elementOf(encoding, icLanes, 24).estimate.lut]));
  return fitting.sort((a, b) => cost.get(a)! - cost.get(b)!);
}

/** The processing element of the time-shared engine; all maps are unsigned bytes there. */
export function elementOf(encoding: ScalarEncoding, icLanes: number, accumulatorWidth: number): ProcessingElementPlan {
  return planProcessingElement({ encoding, lane: 'lut', icLanes, activationBits: 8, activationSigned: false, accumulatorWidth });
}

/** Groups as small as the smallest common part of the layers' groups, exponents as large as the largest. */
function blockExponents(layers: readonly NamedLayer[]): ScalarEncoding | undefined {
  let merged: Extract<ScalarEncoding, { encoding: 'bpot' }> | undefined;
  for (const { layer } of layers) {
    const weights = layer.description.weights;
    if (weights.encoding !== 'bpot') return undefined;
    merged = {
      encoding: 'bpot',
      groupSize: merged ? gcd(merged.groupSize, weights.groupSize) : weights.groupSize,
      maxExponent: Math.max(merged?.maxExponent ?? 0, weights.maxExponent),
    };
  }
  return merged;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** `pot`, `apot` and `csd` as far as the largest weight asks for. */
function powers(values: readonly number[]): ScalarEncoding[] {
  const largest = Math.max(1, ...values.map(Math.abs));
  const up = Math.min(MOST_SHIFT, Math.ceil(Math.log2(largest)));
  const encodings: ScalarEncoding[] = [{ encoding: 'apot' }];
  for (const maxShift of new Set([Math.floor(Math.log2(largest)), up])) {
    if (maxShift > MOST_SHIFT) continue;
    encodings.push({ encoding: 'pot', maxShift });
    for (let digits = 2; digits <= 4; digits++) encodings.push({ encoding: 'csd', digits, maxShift });
  }
  return encodings;
}

function uniform(values: readonly number[]): ScalarEncoding[] {
  for (let bits = 2; bits <= LUT_WEIGHT_BITS; bits++) {
    const half = 2 ** (bits - 1);
    if (values.every((w) => w >= -half && w < half)) return [{ encoding: 'uniform', bits }];
  }
  return [];
}

/** All levels that occur, if every layer has a codebook. */
function codebook(layers: readonly NamedLayer[], values: readonly number[]): ScalarEncoding[] {
  if (values.length > MOST_LEVELS || !layers.every(({ layer }) => layer.description.weights.encoding === 'codebook')) return [];
  return [{ encoding: 'codebook', levels: [...values].sort((a, b) => a - b) }];
}

function noEncoding(layers: readonly NamedLayer[]): ShiftloomError {
  const list = layers.map(({ name, layer }) => `${name} ${encodingText(layer.description.weights as ScalarEncoding)}`).join(', ');
  return new ShiftloomError(
    'unsupported', 'time-shared form', `one engine runs all layers, and no encoding has the weights of all of them: ${list}`,
    'Compress the layers to encodings of one kind (all pot, all bpot, or uniform of up to 8 bits), or take the dataflow form (--form dataflow)',
  );
}

function encodingText(encoding: ScalarEncoding): string {
  return encoding.encoding === 'uniform' ? `uniform ${encoding.bits} bit` : encoding.encoding;
}
