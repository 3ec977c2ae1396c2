/** Checks the tensors of a description and turns them into `LayerTensors`. */
import { ShiftloomError, nearestName } from '../errors.js';
import type { Geometry, StoredTensors } from './layer.js';
import { checkFactors, factorNames } from './factor_tensors.js';
import { channelValues, integers } from './integer_values.js';
import { groupCount, nearestValues, representableValues, valuesText } from './representable.js';
import type { LayerDescription, ScalarEncoding } from './schema.js';
import { type Tensor, indexText } from './tensor.js';

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
export const MAX_SHIFT = 47;

/** Names of the tensors a description needs and may have. */
export function tensorNames(d: LayerDescription): { required: string[]; optional: string[] } {
  const required = d.weights.encoding === 'cp' ? factorNames(d.weights) : ['weight'];
  if (d.weights.encoding === 'bpot') required.push('exponent');
  if (d.requantize.form === 'multiplier') required.push('multiplier');
  required.push('shift');
  return { required, optional: ['bias'] };
}

/** @throws ShiftloomError('input') for a missing or an unknown tensor name. */
export function checkNames(d: LayerDescription, present: readonly string[], place: string): void {
  const { required, optional } = tensorNames(d);
  const known = [...required, ...optional];
  for (const name of present) {
    if (known.includes(name)) continue;
    const why = reasonAgainst(d, name);
    const near = nearestName(name, known);
    const wayOut = near ? `Did you mean '${near}'?` : `Known tensors: ${known.join(', ')}`;
    throw new ShiftloomError('input', `${place} tensor '${name}'`, why ?? 'is not a known tensor', why ? 'Leave it out' : wayOut);
  }
  for (const name of required) {
    if (!present.includes(name)) throw new ShiftloomError('input', `${place} tensor '${name}'`, 'is missing', `A layer with ${neededBy(name)} needs it`);
  }
}

function reasonAgainst(d: LayerDescription, name: string): string | undefined {
  if (name === 'weight' || /^factor_|^recode_shift$|^residual$/.test(name)) return `does not belong to ${weightsText(d)}`;
  if (name === 'multiplier') return "does not belong to requantization form 'power_of_two'";
  if (name === 'exponent') return `does not belong to encoding '${d.weights.encoding}'`;
  return undefined;
}

function weightsText({ weights }: LayerDescription): string {
  if (weights.encoding !== 'cp') return `encoding '${weights.encoding}'`;
  return `encoding 'cp' of form '${weights.form}'${weights.residual ? '' : ' without residual'}`;
}

function neededBy(name: string): string {
  if (name === 'residual') return "encoding 'cp' with residual";
  if (/^factor_|^recode_shift$/.test(name)) return "encoding 'cp' of this form";
  if (name === 'exponent') return "encoding 'bpot'";
  if (name === 'multiplier') return "requantization form 'multiplier'";
  return name === 'shift' ? 'any requantization' : 'any encoding';
}

/**
 * Checked integer tensors of a layer, as stored.
 * @param tensors as read from the files, by name
 * @throws ShiftloomError('input') naming the tensor, the index, the value and what is allowed.
 */
export function checkTensors(d: LayerDescription, g: Geometry, tensors: ReadonlyMap<string, Tensor>, place: string): StoredTensors {
  checkNames(d, [...tensors.keys()], place);
  const at = (name: string) => `${place} tensor '${name}'`;
  const O = g.outChannels;
  const perChannel = (name: string, low: number, high: number, fallback: number) => {
    const tensor = tensors.get(name);
    return tensor ? channelValues(tensor, O, low, high, at(name)) : new Int32Array(O).fill(fallback);
  };
  const { weights } = d;
  const stored = weights.encoding === 'cp' ? { factors: checkFactors(weights, d, g, tensors, place) } : checkWeightTensors(d, g, tensors, place);
  const maxMultiplier = d.requantize.form === 'multiplier' ? 2 ** d.requantize.bits - 1 : 1;
  const bias = tensors.get('bias');
  return {
    ...stored,
    bias: bias ? integers(bias, [O], INT32, at('bias')) : new Int32Array(O),
    multiplier: perChannel('multiplier', 1, maxMultiplier, 1),
    shift: perChannel('shift', 0, MAX_SHIFT, 0),
  };
}

/** Integer weights and, for `bpot`, group exponents. */
function checkWeightTensors(d: LayerDescription, g: Geometry, tensors: ReadonlyMap<string, Tensor>, place: string): Pick<StoredTensors, 'weight' | 'exponent'> {
  const at = (name: string) => `${place} tensor '${name}'`;
  const kernel = d.kind === 'linear' ? [] : [g.kernelHeight, g.kernelWidth];
  const weightShape = [g.outChannels, g.groupInChannels, ...kernel];
  const encoding = d.weights as ScalarEncoding;
  const weight = integers(tensors.get('weight')!, weightShape, INT32, at('weight'));
  let exponent: Int32Array | undefined;
  if (encoding.encoding === 'bpot') {
    const shape = [g.outChannels, groupCount(g.groupInChannels, encoding.groupSize), ...kernel];
    exponent = integers(tensors.get('exponent')!, shape, [0, encoding.maxExponent], at('exponent'));
  }
  checkWeights(weight, exponent, encoding, g, weightShape, at('weight'));
  if (d.sparsity) checkStructure(weight, g, d.sparsity, at('weight'));
  return { weight, exponent };
}

function checkWeights(
  weight: Int32Array,
  exponent: Int32Array | undefined,
  encoding: ScalarEncoding,
  g: Geometry,
  shape: readonly number[],
  place: string,
): void {
  const exponents = encoding.encoding === 'bpot' ? encoding.maxExponent + 1 : 1;
  const tables = Array.from({ length: exponents }, (_, e) => lookup(representableValues(encoding, e)));
  const exponentAt = encoding.encoding === 'bpot' && exponent ? exponentReader(exponent, g, encoding.groupSize) : () => 0;
  for (let i = 0; i < weight.length; i++) {
    const e = exponentAt(i);
    const table = tables[e];
    if (table.allowed[weight[i] + table.offset] === 1) continue;
    const near = nearestValues(table.values, weight[i]).join(' and ');
    const message = `element ${indexText(shape, i)} is ${weight[i]}; allowed: ${valuesText(encoding, e)}. Nearest: ${near}`;
    throw new ShiftloomError('input', place, message);
  }
}

/** A table of flags, so that a million weights are checked in milliseconds. */
function lookup(values: Int32Array): { values: Int32Array; allowed: Uint8Array; offset: number } {
  const offset = -values[0];
  const allowed = new Uint8Array(values[values.length - 1] + offset + 1);
  for (const value of values) allowed[value + offset] = 1;
  return { values, allowed, offset };
}

/** Exponent of the weight at a row-major position. */
function exponentReader(exponent: Int32Array, g: Geometry, groupSize: number): (position: number) => number {
  const taps = g.kernelHeight * g.kernelWidth;
  const perChannel = g.groupInChannels * taps;
  const groups = groupCount(g.groupInChannels, groupSize);
  return (position) => {
    const o = Math.floor(position / perChannel);
    const inside = position - o * perChannel;
    const i = Math.floor(inside / taps);
    return exponent[(o * groups + Math.floor(i / groupSize)) * taps + (inside - i * taps)];
  };
}

function checkStructure(weight: Int32Array, g: Geometry, { n, m }: { n: number; m: number }, place: string): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const I = g.groupInChannels;
  for (let o = 0; o < g.outChannels; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let first = 0; first < I; first += m) {
        const last = Math.min(first + m, I);
        let nonZero = 0;
        for (let i = first; i < last; i++) if (weight[(o * I + i) * taps + tap] !== 0) nonZero++;
        if (nonZero <= n) continue;
        const where = `output channel ${o}, kernel position [${Math.floor(tap / g.kernelWidth)}, ${tap % g.kernelWidth}]`;
        const message = `has ${nonZero} non-zero weights in input channels ${first}..${last - 1} of ${where}; sparsity allows ${n} of ${m}`;
        throw new ShiftloomError('input', place, message);
      }
    }
  }
}
