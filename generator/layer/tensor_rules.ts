/** Checks the tensors of a description and turns them into `LayerTensors`. */
import { ShiftloomError, nearestName } from '../errors.js';
import type { Geometry, StoredTensors } from './layer.js';
import { blockNames, checkBlocks } from './block_tensors.js';
import { checkFactors, factorNames } from './factor_tensors.js';
import { channelValues, integers } from './integer_values.js';
import { groupCount } from './representable.js';
import type { Encoding, LayerDescription, ScalarEncoding } from './schema.js';
import { type Tensor, indexText } from './tensor.js';
import { checkWeightValues } from './weight_values.js';

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
export const MAX_SHIFT = 47;

/** Names of the tensors a description needs and may have. */
export function tensorNames(d: LayerDescription): { required: string[]; optional: string[] } {
  const required = ownNames(d.weights);
  if (d.requantize.form === 'multiplier') required.push('multiplier');
  required.push('shift');
  return { required, optional: ['bias'] };
}

function ownNames(weights: Encoding): string[] {
  if (weights.encoding === 'cp') return factorNames(weights);
  if (weights.encoding === 'block_permuted') return blockNames(weights);
  return weights.encoding === 'bpot' ? ['weight', 'exponent'] : ['weight'];
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
  if (name === 'weight' || /^factor_|^recode_shift$|^residual$|^(in|out)put_(order|sizes)$/.test(name)) return `does not belong to ${weightsText(d)}`;
  if (name === 'multiplier') return "does not belong to requantization form 'power_of_two'";
  if (name === 'exponent') return `does not belong to ${weightsText(d)}`;
  return undefined;
}

function weightsText({ weights }: LayerDescription): string {
  if (weights.encoding === 'block_permuted') return `encoding 'block_permuted' of '${weights.values.encoding}' values`;
  if (weights.encoding !== 'cp') return `encoding '${weights.encoding}'`;
  return `encoding 'cp' of form '${weights.form}'${weights.residual ? '' : ' without residual'}`;
}

function neededBy(name: string): string {
  if (name === 'residual') return "encoding 'cp' with residual";
  if (/^factor_|^recode_shift$/.test(name)) return "encoding 'cp' of this form";
  if (/^(in|out)put_(order|sizes)$/.test(name)) return "encoding 'block_permuted'";
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
  const stored =
    weights.encoding === 'cp'
      ? { factors: checkFactors(weights, d, g, tensors, place) }
      : weights.encoding === 'block_permuted'
        ? { blocks: checkBlocks(weights, g, tensors, place) }
        : checkWeightTensors(d, g, tensors, place);
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
  const exponentAt = encoding.encoding === 'bpot' && exponent ? exponentReader(exponent, g, encoding.groupSize) : () => 0;
  checkWeightValues(weight, encoding, exponentAt, (position) => indexText(weightShape, position), at('weight'));
  if (d.sparsity) checkStructure(weight, g, d.sparsity, at('weight'));
  return { weight, exponent };
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
