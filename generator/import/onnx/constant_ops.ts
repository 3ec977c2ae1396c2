/** Operators that exporters put between a stored tensor and the layer that uses it, or compute shapes with; evaluated on constants. */
import { type NumericArray, type Tensor, elementCount, shapeText } from '../../layer/tensor.js';
import { arrayOf, axisOf, checkGrowth, elementwise, roundHalfEven, stridesOf, transpose, walk } from './arrays.js';
import { flattened, permutation, reshaped, sliceOf, squeezed, unsqueezed } from './shape_arithmetic.js';
import type { OnnxNode } from './node.js';
import { integerFormat, storedType } from './tensors.js';

/** Inputs that are left out are `undefined`. */
export type ConstantOperator = (node: OnnxNode, inputs: readonly (Tensor | undefined)[], opset: number) => Tensor;

const reshape = (shapeOf: (node: OnnxNode, shape: readonly number[], argument: number[] | undefined) => number[]): ConstantOperator => (node, [x, argument]) => {
  const shape = shapeOf(node, x!.shape, argument && Array.from(argument.data));
  return { ...x!, shape };
};

const binary = (f: (x: number, y: number) => number, integer = f): ConstantOperator => (node, [a, b]) =>
  elementwise(a!, b!, a!.dtype.includes('float') ? f : integer, node.place);

const unary = (f: (x: number) => number): ConstantOperator => (_, [x]) => {
  const data = arrayOf(x!.dtype, x!.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x!.data[i]);
  return { ...x!, data };
};

export const CONSTANT_OPERATORS: Readonly<Record<string, ConstantOperator>> = {
  Identity: (_, [x]) => x!,
  Dropout: (_, [x]) => x!,
  Transpose: (node, [x]) => transpose(x!, permutation(node, x!.shape)),
  Reshape: reshape(reshaped),
  Squeeze: reshape(squeezed),
  Unsqueeze: reshape(unsqueezed),
  Flatten: reshape((node, shape) => flattened(node, shape)),
  Cast: cast,
  Add: binary((x, y) => x + y),
  Sub: binary((x, y) => x - y),
  Mul: binary((x, y) => x * y),
  Div: binary((x, y) => x / y, (x, y) => Math.trunc(x / y)),
  Pow: binary((x, y) => x ** y),
  Max: binary(Math.max),
  Min: binary(Math.min),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Concat: concat,
  Gather: gather,
  Slice: slice,
  ConstantOfShape: constantOfShape,
  DequantizeLinear: dequantize,
  QuantizeLinear: quantize,
};

function cast(node: OnnxNode, [x]: readonly (Tensor | undefined)[]): Tensor {
  const dtype = storedType(node.int('to', 0)) ?? node.fail(`casts to element type ${node.int('to', 0)}, which is not read`);
  const data = arrayOf(dtype, x!.data.length);
  const truncate = !dtype.includes('float');
  for (let i = 0; i < data.length; i++) data[i] = truncate ? Math.trunc(x!.data[i]) : x!.data[i];
  return { dtype, shape: x!.shape, data };
}

function concat(node: OnnxNode, inputs: readonly (Tensor | undefined)[]): Tensor {
  const [first] = inputs;
  const axis = axisOf(node.int('axis', 1), first!.shape.length) ?? node.fail(`joins on axis ${node.int('axis', 1)} of shape ${shapeText(first!.shape)}`);
  const shape = first!.shape.map((n, i) => (i === axis ? inputs.reduce((sum, x) => sum + (x!.shape[axis] ?? 0), 0) : n));
  const data = arrayOf(first!.dtype, elementCount(shape));
  const rows = elementCount(shape.slice(0, axis));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const x of inputs) {
      const length = x!.data.length / rows;
      for (let i = 0; i < length; i++) data[at++] = x!.data[row * length + i];
    }
  }
  return { dtype: first!.dtype, shape, data };
}

function gather(node: OnnxNode, [x, indices]: readonly (Tensor | undefined)[]): Tensor {
  const axis = axisOf(node.int('axis', 0), x!.shape.length) ?? node.fail(`gathers on axis ${node.int('axis', 0)} of shape ${shapeText(x!.shape)}`);
  const size = x!.shape[axis];
  const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
  const inner = elementCount(x!.shape.slice(axis + 1));
  const data = arrayOf(x!.dtype, checkGrowth(shape, x!.data.length, node.place));
  const count = indices!.data.length;
  for (let to = 0; to < data.length; to++) {
    const wanted = indices!.data[Math.floor(to / inner) % count];
    const index = axisOf(wanted, size) ?? node.fail(`gathers element ${wanted} of an axis of ${size}`);
    data[to] = x!.data[(Math.floor(to / inner / count) * size + index) * inner + (to % inner)];
  }
  return { dtype: x!.dtype, shape, data };
}

function slice(node: OnnxNode, inputs: readonly (Tensor | undefined)[]): Tensor {
  const [x, ...bounds] = inputs;
  const { starts, steps, shape } = sliceOf(node, x!.shape, bounds.map((b) => b && Array.from(b.data)));
  const strides = stridesOf(x!.shape);
  const data = arrayOf(x!.dtype, elementCount(shape));
  const first = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
  walk(shape, strides.map((stride, axis) => stride * steps[axis]), first, (to, from) => (data[to] = x!.data[from]));
  return { dtype: x!.dtype, shape, data };
}

/** The value is an attribute that is read as a second input. */
function constantOfShape(node: OnnxNode, [shapeTensor, value]: readonly (Tensor | undefined)[]): Tensor {
  const shape = Array.from(shapeTensor!.data);
  if (shape.some((n) => n < 0)) node.fail(`fills a shape of ${shapeText(shape)}`);
  const dtype = value?.dtype ?? 'float32';
  return { dtype, shape, data: arrayOf(dtype, checkGrowth(shape, 1, node.place)).fill(value?.data[0] ?? 0) };
}

/** One parameter for the whole tensor, or one for each index of `axis`. */
export function alongAxis(node: OnnxNode, x: Tensor, parameter: NumericArray, axis: number): (i: number) => number {
  if (parameter.length === 1) return () => parameter[0];
  const at = axisOf(axis, x.shape.length);
  if (at === undefined || x.shape[at] !== parameter.length) {
    return node.fail(`has ${parameter.length} scales for axis ${axis} of a tensor of shape ${shapeText(x.shape)}`, 'Export the model again');
  }
  const inner = elementCount(x.shape.slice(at + 1));
  return (i) => parameter[Math.floor(i / inner) % parameter.length];
}

function dequantize(node: OnnxNode, [x, scale, zeroPoint]: readonly (Tensor | undefined)[]): Tensor {
  if (node.int('block_size', 0) !== 0) node.fail(`has the attribute block_size ${node.int('block_size', 0)}`, 'Quantize by tensor or by channel');
  const factor = alongAxis(node, x!, scale!.data, node.int('axis', 1));
  const zero = zeroPoint ? alongAxis(node, x!, zeroPoint.data, node.int('axis', 1)) : () => 0;
  const data = new Float32Array(x!.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (x!.data[i] - zero(i)) * factor(i);
  return { dtype: 'float32', shape: x!.shape, data };
}

function quantize(node: OnnxNode, [x, scale, zeroPoint]: readonly (Tensor | undefined)[]): Tensor {
  if (node.int('block_size', 0) !== 0) node.fail(`has the attribute block_size ${node.int('block_size', 0)}`, 'Quantize by tensor or by channel');
  const factor = alongAxis(node, x!, scale!.data, node.int('axis', 1));
  const zero = zeroPoint ? alongAxis(node, x!, zeroPoint.data, node.int('axis', 1)) : () => 0;
  const type = node.int('output_dtype', 0) || 2;
  const dtype = zeroPoint?.dtype ?? storedType(type) ?? 'uint8';
  // A 4-bit zero point was widened to bytes on reading; its declared type is gone, and so is its range: output_dtype has it.
  const format = zeroPoint ? { bits: bitsOf(dtype), signed: dtype.startsWith('int') } : (integerFormat(type) ?? { bits: 8, signed: false });
  const low = format.signed ? -(2 ** (format.bits - 1)) : 0;
  const high = low + 2 ** format.bits - 1;
  const data = arrayOf(dtype, x!.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.max(low, Math.min(high, roundHalfEven(Math.fround(x!.data[i] / factor(i))) + zero(i)));
  return { dtype, shape: x!.shape, data };
}

function bitsOf(dtype: string): number {
  return Number(/\d+$/.exec(dtype)![0]);
}
