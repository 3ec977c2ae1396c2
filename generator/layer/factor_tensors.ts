/** The tensors of a `cp` layer: names, shapes, checks, and the way back to files. */
import { ShiftloomError } from '../errors.js';
import { type FactorName, FORM_FACTORS } from './factor_rules.js';
import { channelValues, integers } from './integer_values.js';
import type { FactorTensors, Geometry } from './layer.js';
import { nearestValues, representableValues, valuesText } from './representable.js';
import type { CpEncoding, FactorEncoding, LayerDescription } from './schema.js';
import { type Tensor, indexText, shapeText } from './tensor.js';

/** Largest `recode_shift`. */
export const MAX_RECODE_SHIFT = 31;

const FILE_NAMES: Readonly<Record<FactorName, string>> = {
  output: 'factor_output',
  input: 'factor_input',
  kernel: 'factor_kernel',
  kernelRow: 'factor_kernel_row',
  kernelColumn: 'factor_kernel_column',
};

/** Names of the tensors that a `cp` encoding needs in place of `weight`. */
export function factorNames(weights: CpEncoding): string[] {
  const names = FORM_FACTORS[weights.form].map((name) => FILE_NAMES[name]);
  return [...names, 'recode_shift', ...(weights.residual ? ['residual'] : [])];
}

/** Shape of a factor: (blocks, rank, ...). */
function factorShape(name: FactorName, { blocks, rank }: CpEncoding, d: LayerDescription, g: Geometry): number[] {
  const kernel = d.kind === 'linear' ? [] : [g.kernelHeight, g.kernelWidth];
  const own = { output: [g.outChannels / blocks], input: [g.groupInChannels], kernel, kernelRow: [g.kernelHeight], kernelColumn: [g.kernelWidth] };
  return [blocks, rank, ...own[name]];
}

/**
 * Checked factors of a `cp` layer.
 * @throws ShiftloomError('input') naming the tensor, the index, the value and what is allowed.
 */
export function checkFactors(weights: CpEncoding, d: LayerDescription, g: Geometry, tensors: ReadonlyMap<string, Tensor>, place: string): FactorTensors {
  const at = (name: string) => `${place} tensor '${name}'`;
  const factors: Partial<Record<FactorName, Int32Array>> = {};
  for (const name of FORM_FACTORS[weights.form]) {
    const file = FILE_NAMES[name];
    factors[name] = factorValues(tensors.get(file)!, factorShape(name, weights, d, g), weights.factors[name]!, at(file));
  }
  const recodeShift = channelValues(tensors.get('recode_shift')!, g.outChannels, 0, MAX_RECODE_SHIFT, at('recode_shift'));
  const residual = weights.residual && residualEntries(tensors.get('residual')!, weights.residual.maxShift, g, at('residual'));
  return { output: factors.output!, input: factors.input!, ...factors, recodeShift, ...(residual ? { residual } : {}) };
}

function factorValues(tensor: Tensor, shape: readonly number[], encoding: FactorEncoding, place: string): Int32Array {
  const values = representableValues(encoding);
  const data = integers(tensor, shape, [-(2 ** 31), 2 ** 31 - 1], place);
  const allowed = new Set(values);
  const wrong = data.findIndex((value) => !allowed.has(value));
  if (wrong < 0) return data;
  const near = nearestValues(values, data[wrong]).join(' and ');
  throw new ShiftloomError('input', place, `element ${indexText(shape, wrong)} is ${data[wrong]}; allowed: ${valuesText(encoding)}. Nearest: ${near}`);
}

function residualEntries(tensor: Tensor, maxShift: number, g: Geometry, place: string): Int32Array {
  if (tensor.shape.length !== 2 || tensor.shape[1] !== 3) {
    throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; a residual is (n, 3): position, sign, shift`);
  }
  const entries = integers(tensor, tensor.shape, [-1, 2 ** 31 - 1], place);
  const weights = g.outChannels * g.groupInChannels * g.kernelHeight * g.kernelWidth;
  const fail = (n: number, column: number, allowed: string): never => {
    throw new ShiftloomError('input', place, `element [${n}, ${column}] is ${entries[3 * n + column]}; allowed: ${allowed}`);
  };
  for (let n = 0; n < entries.length / 3; n++) {
    const least = n === 0 ? 0 : entries[3 * n - 3];
    const [position, sign, shift] = entries.subarray(3 * n, 3 * n + 3);
    if (position < least || position >= weights) fail(n, 0, `positions ${least}..${weights - 1}, in ascending order`);
    if (sign !== 1 && sign !== -1) fail(n, 1, '1 and -1');
    if (shift < 0 || shift > maxShift) fail(n, 2, `shifts 0..${maxShift}`);
  }
  return entries;
}

/** A `cp` layer's own tensors by name, in file order; those that are missing are left out, for the checks to find. */
export function factorTensorMap(weights: CpEncoding, d: LayerDescription, g: Geometry, factors: FactorTensors | undefined): Map<string, Tensor> {
  const map = new Map<string, Tensor>();
  for (const name of FORM_FACTORS[weights.form]) {
    const data = factors?.[name];
    if (data) map.set(FILE_NAMES[name], { dtype: factorType(weights.factors[name]!), shape: factorShape(name, weights, d, g), data });
  }
  if (factors) map.set('recode_shift', { dtype: 'uint8', shape: [g.outChannels], data: factors.recodeShift });
  if (factors?.residual) map.set('residual', { dtype: 'int32', shape: [factors.residual.length / 3, 3], data: factors.residual });
  return map;
}

function factorType(encoding: FactorEncoding): Tensor['dtype'] {
  const values = representableValues(encoding);
  return values[values.length - 1] <= 127 ? 'int8' : 'int16';
}
