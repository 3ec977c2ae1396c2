/**
 * Numeric tensors as files hold them: an element type by its numpy name, a shape, and row-major values.
 * Reading and writing assume a little-endian machine, as every machine that runs Node 20 is.
 */
import { ShiftloomError } from '../errors.js';

export type DType =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64';

export type NumericArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** `data` holds the values in row-major order; 64-bit integers arrive as exact float64, 16-bit floats as float32. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A shape as numpy prints it: `(512, 256, 3, 3)`, `(512,)`, `()`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** Whether the element type is an integer type. */
export function isIntegerType(dtype: DType): boolean {
  return !dtype.includes('float');
}

/** Row-major position to index text: `[3, 0, 1, 2]`. */
export function indexText(shape: readonly number[], position: number): string {
  const index: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${index.join(', ')}]`;
}

/**
 * Little-endian bytes to values. `bytes` holds exactly the elements of one tensor.
 * @throws ShiftloomError for a 64-bit integer beyond 2^53, which has no exact number in JavaScript.
 */
export function decodeValues(dtype: DType, bytes: Uint8Array, place: string): NumericArray {
  // A copy starts at offset 0 of its own buffer, so that every element type is aligned (Buffer.slice would not copy).
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'int8':
      return new Int8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int64':
      return exactIntegers(new BigInt64Array(buffer), place);
    case 'uint64':
      return exactIntegers(new BigUint64Array(buffer), place);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'bfloat16':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
  }
}

function exactIntegers(values: BigInt64Array | BigUint64Array, place: string): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    out[i] = Number(values[i]);
    if (Math.abs(out[i]) > Number.MAX_SAFE_INTEGER) {
      throw new ShiftloomError('input', place, `element ${i} is ${values[i]}, beyond the exact integers of +-2^53`);
    }
  }
  return out;
}

/** IEEE 754 binary16 bits to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** IEEE 754 binary16 bits of the nearest number, halves to even; beyond the largest it is infinite. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const units = size / 2 ** (exponent - 10);
  const low = Math.floor(units);
  const rounded = units - low > 0.5 || (units - low === 0.5 && low % 2 === 1) ? low + 1 : low;
  // Subnormals have no implied bit; one unit too many carries into the exponent as it should.
  return sign | (exponent === -14 && rounded < 1024 ? rounded : ((exponent + 15) << 10) + (rounded - 1024));
}

/**
 * Values to little-endian bytes; float16 takes the nearest, halves to even.
 * @throws ShiftloomError for bfloat16, which is only read.
 */
export function encodeValues(tensor: Tensor, place: string): Uint8Array {
  const array = arrayOfType(tensor, place);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function arrayOfType({ dtype, data }: Tensor, place: string): NumericArray | BigInt64Array | BigUint64Array {
  switch (dtype) {
    case 'int8':
      return data instanceof Int8Array ? data : Int8Array.from(data);
    case 'int16':
      return data instanceof Int16Array ? data : Int16Array.from(data);
    case 'int32':
      return data instanceof Int32Array ? data : Int32Array.from(data);
    case 'uint8':
      return data instanceof Uint8Array ? data : Uint8Array.from(data);
    case 'uint16':
      return data instanceof Uint16Array ? data : Uint16Array.from(data);
    case 'uint32':
      return data instanceof Uint32Array ? data : Uint32Array.from(data);
    case 'float16':
      return Uint16Array.from(data, numberToHalf);
    case 'float32':
      return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'float64':
      return data instanceof Float64Array ? data : Float64Array.from(data);
    case 'int64':
      return BigInt64Array.from(Array.from(data, BigInt));
    case 'uint64':
      return BigUint64Array.from(Array.from(data, BigInt));
    default:
      throw new ShiftloomError('unsupported', place, `${dtype} is read but not written`, 'Write float32');
  }
}
