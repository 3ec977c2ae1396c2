/** Row-major arrays: axes, broadcasting, transposing. */
import { ShiftloomError } from '../../errors.js';
import { type DType, type NumericArray, type Tensor, elementCount, shapeText } from '../../layer/tensor.js';

/** Growing by broadcasting or filling ends here: a few bytes of a file must not become gigabytes. */
const MAX_GROWN = 2 ** 22;

/** An empty array that holds values of an element type as `Tensor` does. */
export function arrayOf(dtype: DType, length: number): NumericArray {
  switch (dtype) {
    case 'int8':
      return new Int8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint8':
      return new Uint8Array(length);
    case 'uint16':
      return new Uint16Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'float16':
    case 'bfloat16':
    case 'float32':
      return new Float32Array(length);
    default:
      return new Float64Array(length);
  }
}

/** Axis counted from the front; `undefined` if there is none. */
export function axisOf(axis: number, rank: number): number | undefined {
  const found = axis < 0 ? axis + rank : axis;
  return Number.isInteger(found) && found >= 0 && found < rank ? found : undefined;
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; stride *= shape[axis--]) strides[axis] = stride;
  return strides;
}

/** The shape that two shapes broadcast to; `undefined` if they do not. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** @throws ShiftloomError('resource') if a value would be much larger than what it is made of. */
export function checkGrowth(shape: readonly number[], from: number, place: string): number {
  const count = elementCount(shape);
  if (count <= Math.max(from, MAX_GROWN)) return count;
  throw new ShiftloomError('resource', place, `makes a constant of shape ${shapeText(shape)} from ${from} element(s); up to ${MAX_GROWN} are made`, 'Store the constant in the model');
}

/** Walks an output shape; `visit` gets the position in an input whose strides (0 where it is broadcast) are given. */
export function walk(shape: readonly number[], strides: readonly number[], start: number, visit: (out: number, source: number) => void): void {
  const count = elementCount(shape);
  const index = shape.map(() => 0);
  let source = start;
  for (let out = 0; out < count; out++) {
    visit(out, source);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

export function transpose({ dtype, shape, data }: Tensor, perm: readonly number[]): Tensor {
  const strides = stridesOf(shape);
  const outShape = perm.map((axis) => shape[axis]);
  const out = arrayOf(dtype, data.length);
  walk(outShape, perm.map((axis) => strides[axis]), 0, (to, from) => (out[to] = data[from]));
  return { dtype, shape: outShape, data: out };
}

/** A function of two tensors, element by element, with broadcasting; the element type is the first one's. */
export function elementwise(a: Tensor, b: Tensor, f: (x: number, y: number) => number, place: string): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  if (!shape) throw new ShiftloomError('input', place, `has operands of shapes ${shapeText(a.shape)} and ${shapeText(b.shape)}, which do not broadcast`, 'Export the model again');
  checkGrowth(shape, Math.max(a.data.length, b.data.length), place);
  const out = arrayOf(a.dtype, elementCount(shape));
  const left = new Float64Array(out.length);
  walk(shape, broadcastStrides(a.shape, shape), 0, (to, from) => (left[to] = a.data[from]));
  walk(shape, broadcastStrides(b.shape, shape), 0, (to, from) => (out[to] = f(left[to], b.data[from])));
  return { dtype: a.dtype, shape, data: out };
}

function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const skip = to.length - from.length;
  return to.map((_, axis) => (axis < skip || from[axis - skip] === 1 ? 0 : strides[axis - skip]));
}

/** Rounding to nearest, halves to the even neighbour, as QuantizeLinear does. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
