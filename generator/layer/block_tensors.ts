/** The tensors of a `block_permuted` layer: names, shapes, checks, and the way back to files. */
import { ShiftloomError } from '../errors.js';
import { type BlockRange, blockRanges, blockWeights } from './blocks.js';
import { integers } from './integer_values.js';
import type { BlockTensors, Geometry } from './layer.js';
import { groupCount } from './representable.js';
import type { BlockPermutedEncoding } from './schema.js';
import { type Tensor, shapeText } from './tensor.js';
import { checkWeightValues, weightType } from './weight_values.js';

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/** Names of the tensors that a `block_permuted` encoding needs in place of `weight` and `exponent` of a matrix. */
export function blockNames({ values }: BlockPermutedEncoding): string[] {
  return ['input_order', 'output_order', 'input_sizes', 'output_sizes', 'weight', ...(values.encoding === 'bpot' ? ['exponent'] : [])];
}

/**
 * Checked blocks of a `block_permuted` layer.
 * @throws ShiftloomError('input') naming the tensor, the index, the value and what is allowed.
 */
export function checkBlocks(weights: BlockPermutedEncoding, g: Geometry, tensors: ReadonlyMap<string, Tensor>, place: string): BlockTensors {
  const at = (name: string) => `${place} tensor '${name}'`;
  const { blocks, values } = weights;
  const structure = {
    inputOrder: permutation(tensors.get('input_order')!, g.inChannels, at('input_order')),
    outputOrder: permutation(tensors.get('output_order')!, g.outChannels, at('output_order')),
    inputSizes: sizes(tensors.get('input_sizes')!, blocks, g.inChannels, 'inputs', at('input_sizes')),
    outputSizes: sizes(tensors.get('output_sizes')!, blocks, g.outChannels, 'outputs', at('output_sizes')),
  };
  const groupSize = values.encoding === 'bpot' ? values.groupSize : 1;
  const ranges = blockRanges(structure, groupSize);
  const weight = integers(flat(tensors.get('weight')!, blockWeights(structure), 'weights', at('weight')), [blockWeights(structure)], INT32, at('weight'));
  const exponent = values.encoding === 'bpot' ? exponents(tensors.get('exponent')!, ranges, values, at('exponent')) : undefined;
  const where = positions(ranges);
  const exponentAt = exponent ? exponentReader(exponent, where, groupSize) : () => 0;
  const text = (position: number) => {
    const { block, row, column } = where(position);
    return `[${position}] (block ${block}, row ${row}, column ${column})`;
  };
  checkWeightValues(weight, values, exponentAt, text, at('weight'));
  return { ...structure, weight, ...(exponent ? { exponent } : {}) };
}

/** Indices 0..n-1, each once. */
function permutation(tensor: Tensor, n: number, place: string): Int32Array {
  const order = integers(tensor, [n], [0, n - 1], place);
  const first = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i++) {
    if (first[order[i]] >= 0) {
      const missing = firstMissing(order);
      throw new ShiftloomError('input', place, `has ${order[i]} twice, at elements [${first[order[i]]}] and [${i}]; ${missing} is missing. An order has each of 0..${n - 1} once`);
    }
    first[order[i]] = i;
  }
  return order;
}

function firstMissing(order: Int32Array): number {
  const found = new Set(order);
  return Array.from(order.keys()).findIndex((index) => !found.has(index));
}

/** Sizes of all blocks, each at least 1, that sum to what the layer has. */
function sizes(tensor: Tensor, blocks: number, total: number, what: string, place: string): Int32Array {
  const list = integers(tensor, [blocks], [1, total], place);
  const sum = list.reduce((a, b) => a + b, 0);
  if (sum !== total) throw new ShiftloomError('input', place, `sums to ${sum}; the layer has ${total} ${what}`);
  return list;
}

/** Refuses a flat tensor of another length in the words of blocks. */
function flat(tensor: Tensor, length: number, what: string, place: string): Tensor {
  if (tensor.shape.length === 1 && tensor.shape[0] === length) return tensor;
  throw new ShiftloomError('input', place, `has shape ${shapeText(tensor.shape)}; blocks of these sizes have ${length} ${what}, flat, block after block`);
}

function exponents(tensor: Tensor, ranges: readonly BlockRange[], { groupSize, maxExponent }: { groupSize: number; maxExponent: number }, place: string): Int32Array {
  const last = ranges[ranges.length - 1];
  const length = last.firstExponent + last.outputs * groupCount(last.inputs, groupSize);
  return integers(flat(tensor, length, `groups of ${groupSize}`, place), [length], [0, maxExponent], place);
}

interface Position {
  readonly block: number;
  readonly row: number;
  readonly column: number;
  readonly range: BlockRange;
}

/** Block, row and column of positions in the flat weights; quick if they are asked in ascending order. */
function positions(ranges: readonly BlockRange[]): (position: number) => Position {
  let block = 0;
  return (position) => {
    if (position < ranges[block].firstWeight) block = 0;
    while (block + 1 < ranges.length && position >= ranges[block + 1].firstWeight) block++;
    const range = ranges[block];
    const inside = position - range.firstWeight;
    return { block, row: Math.floor(inside / range.inputs), column: inside % range.inputs, range };
  };
}

function exponentReader(exponent: Int32Array, where: (position: number) => Position, groupSize: number): (position: number) => number {
  return (position) => {
    const { row, column, range } = where(position);
    return exponent[range.firstExponent + row * groupCount(range.inputs, groupSize) + Math.floor(column / groupSize)];
  };
}

/** A `block_permuted` layer's own tensors by name, in file order; those that are missing are left out, for the checks to find. */
export function blockTensorMap({ values }: BlockPermutedEncoding, blocks: BlockTensors | undefined): Map<string, Tensor> {
  if (!blocks) return new Map();
  const list = (data: Int32Array): Tensor => ({ dtype: 'int32', shape: [data.length], data });
  const map = new Map<string, Tensor>([
    ['input_order', list(blocks.inputOrder)],
    ['output_order', list(blocks.outputOrder)],
    ['input_sizes', list(blocks.inputSizes)],
    ['output_sizes', list(blocks.outputSizes)],
    ['weight', { dtype: weightType(values), shape: [blocks.weight.length], data: blocks.weight }],
  ]);
  if (blocks.exponent) map.set('exponent', { dtype: 'uint8', shape: [blocks.exponent.length], data: blocks.exponent });
  return map;
}
