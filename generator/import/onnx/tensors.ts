/**
 * Values of a TensorProto: raw bytes, typed fields, or a file beside the model. Claims are compared with the bytes that are there before
 * anything is allocated.
 * Source: onnx.proto, message TensorProto; docs/ExternalData.md of ONNX.
 */
import { ShiftloomError } from '../../errors.js';
import { type DType, type NumericArray, type Tensor, decodeValues, elementCount, halfToNumber, shapeText } from '../../layer/tensor.js';
import { externalBytes } from './external_data.js';
import { type TensorProto, integerOf } from './model.js';

/** How an element type is stored. `packed`: two 4-bit values in a byte, the first in the low half. */
interface ElementType {
  readonly dtype: DType;
  readonly bits: number;
  /** The typed field that holds it where there are no raw bytes. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
  readonly packed?: boolean;
}

/** By TensorProto.DataType. bool counts as uint8; int4 and uint4 become bytes. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: { dtype: 'float32', bits: 32, field: 'floatData' },
  2: { dtype: 'uint8', bits: 8, field: 'int32Data' },
  3: { dtype: 'int8', bits: 8, field: 'int32Data' },
  4: { dtype: 'uint16', bits: 16, field: 'int32Data' },
  5: { dtype: 'int16', bits: 16, field: 'int32Data' },
  6: { dtype: 'int32', bits: 32, field: 'int32Data' },
  7: { dtype: 'int64', bits: 64, field: 'int64Data' },
  9: { dtype: 'uint8', bits: 8, field: 'int32Data' },
  10: { dtype: 'float16', bits: 16, field: 'int32Data' },
  11: { dtype: 'float64', bits: 64, field: 'doubleData' },
  12: { dtype: 'uint32', bits: 32, field: 'uint64Data' },
  13: { dtype: 'uint64', bits: 64, field: 'uint64Data' },
  16: { dtype: 'bfloat16', bits: 16, field: 'int32Data' },
  21: { dtype: 'uint8', bits: 4, field: 'int32Data', packed: true },
  22: { dtype: 'int8', bits: 4, field: 'int32Data', packed: true },
};

/** Element types that are not read, by the name that ONNX gives them. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  0: 'UNDEFINED', 8: 'STRING', 14: 'COMPLEX64', 15: 'COMPLEX128', 17: 'FLOAT8E4M3FN', 18: 'FLOAT8E4M3FNUZ', 19: 'FLOAT8E5M2', 20: 'FLOAT8E5M2FNUZ', 23: 'FLOAT4E2M1',
};

/** More elements than any weight tensor of a layer that the hardware takes could have: kernels of 11x11, 65,535 channels each side, limited to 1 GiB of floats. */
const MAX_ELEMENTS = 2 ** 28;

/** Integer format of an element type: bits and sign; `undefined` for floats and unknown types. */
export function integerFormat(type: number): { bits: number; signed: boolean } | undefined {
  const found = TYPES[type];
  if (!found || found.dtype.includes('float') || type === 9) return undefined;
  return { bits: found.bits, signed: found.dtype.startsWith('int') };
}

/** Element type that values of a TensorProto.DataType are stored in; `undefined` for types that are not read. */
export function storedType(type: number): DType | undefined {
  return TYPES[type]?.dtype;
}

/** Shape of a tensor. @throws ShiftloomError('input') for negative dimensions and more elements than can be read. */
export function tensorShape(tensor: TensorProto, path: string): number[] {
  const place = placeOf(tensor, path);
  const shape = (tensor.dims ?? []).map(integerOf);
  const negative = shape.findIndex((n) => n < 0);
  if (negative >= 0) throw wrong(place, `has a dimension of ${shape[negative]} in its shape ${shapeText(shape)}`);
  const count = elementCount(shape);
  if (count > MAX_ELEMENTS) throw wrong(place, `claims shape ${shapeText(shape)}, ${count} elements; up to ${MAX_ELEMENTS} are read`, 'Export the model again, or split the layer');
  return shape;
}

/** Values of a tensor; `folder` is the model's, where external data lie. @throws ShiftloomError naming the tensor and what is wrong with it. */
export async function readTensor(tensor: TensorProto, path: string): Promise<Tensor> {
  const place = placeOf(tensor, path);
  const shape = tensorShape(tensor, path);
  const number = tensor.dataType ?? 0;
  const type = TYPES[number];
  if (!type) {
    const name = OTHER_TYPES[number] ?? `number ${number}, which ONNX does not define`;
    throw new ShiftloomError('unsupported', place, `has element type ${name}`, 'Floats of 16, 32 and 64 bits, bool and integers of 4 to 64 bits are read');
  }
  if (tensor.segment) throw wrong(place, 'is stored in segments, which no exporter writes');
  const count = elementCount(shape);
  const bytes = Math.ceil((count * type.bits) / 8);
  if (tensor.dataLocation === 1) return { dtype: type.dtype, shape, data: fromBytes(type, await externalBytes(tensor, path, place, bytes), count, place) };
  const raw = tensor.rawData as Uint8Array | undefined;
  if (raw && raw.length > 0) {
    if (raw.length !== bytes) throw wrong(place, `has ${raw.length} bytes of raw_data; its shape ${shapeText(shape)} and type take ${bytes}`);
    return { dtype: type.dtype, shape, data: fromBytes(type, raw, count, place) };
  }
  const field = (tensor[type.field] ?? []) as ArrayLike<unknown>;
  const stored = type.packed ? Math.ceil(count / 2) : count;
  if (field.length !== stored) throw wrong(place, `holds ${field.length} values; its shape ${shapeText(shape)} takes ${stored}`);
  return { dtype: type.dtype, shape, data: fromField(type, field, count) };
}

function fromBytes(type: ElementType, bytes: Uint8Array, count: number, place: string): NumericArray {
  if (type.packed) return unpack(bytes, count, type.dtype === 'int8');
  // "To the end of the axis" is written as the largest 64-bit integer, which has no exact number.
  if (type.dtype === 'int64') return Float64Array.from(new BigInt64Array(new Uint8Array(bytes).buffer), integerOf);
  if (type.dtype === 'uint64') return Float64Array.from(new BigUint64Array(new Uint8Array(bytes).buffer), integerOf);
  return decodeValues(type.dtype, bytes, place);
}

/** Typed fields: 16-bit floats are bit patterns in int32_data. */
function fromField(type: ElementType, field: ArrayLike<unknown>, count: number): NumericArray {
  const numbers = field as ArrayLike<number>;
  switch (type.dtype) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float64':
      return Float64Array.from(numbers);
    case 'float16':
      return Float32Array.from(numbers, halfToNumber);
    case 'bfloat16':
      return new Float32Array(Uint32Array.from(numbers, (bits) => bits << 16).buffer);
    case 'int64':
    case 'uint64':
    case 'uint32':
      return Float64Array.from(field, integerOf);
    default:
      return type.packed ? unpack(Uint8Array.from(numbers), count, type.dtype === 'int8') : small(type.dtype, numbers);
  }
}

function small(dtype: DType, numbers: ArrayLike<number>): NumericArray {
  switch (dtype) {
    case 'int8':
      return Int8Array.from(numbers);
    case 'uint8':
      return Uint8Array.from(numbers);
    case 'int16':
      return Int16Array.from(numbers);
    case 'uint16':
      return Uint16Array.from(numbers);
    default:
      return Int32Array.from(numbers);
  }
}

function unpack(bytes: Uint8Array, count: number, signed: boolean): NumericArray {
  const nibble = (i: number) => (bytes[i >> 1] >> (4 * (i & 1))) & 15;
  return signed ? Int8Array.from({ length: count }, (_, i) => (nibble(i) << 28) >> 28) : Uint8Array.from({ length: count }, (_, i) => nibble(i));
}

function placeOf(tensor: TensorProto, path: string): string {
  return `${path} tensor '${tensor.name ?? ''}'`;
}

function wrong(place: string, message: string, wayOut = 'Export the model again'): ShiftloomError {
  return new ShiftloomError('input', place, message, wayOut);
}
