/**
 * The .npy format of numpy, versions 1 and 2: magic, version, length of a header that is a Python dict literal, raw data.
 * Little-endian integers of 1 to 8 bytes and floats of 2, 4 and 8 bytes. Fortran order is transposed on reading.
 * Source: numpy, `numpy/lib/format.py`, "Format Version 1.0" and "2.0".
 */
import { ShiftloomError } from '../errors.js';
import { readBytes, writeStaged } from './files.js';
import { DTYPE_BYTES, type DType, type NumericArray, type Tensor, decodeValues, elementCount, encodeValues, shapeText } from './tensor.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const DESCRIPTORS: Readonly<Record<string, DType>> = {
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** Reads a .npy file. @throws ShiftloomError('input') if it is missing, truncated or of another kind. */
export async function readNpy(path: string): Promise<Tensor> {
  return parseNpy(await readBytes(path), path);
}

/** Decodes the bytes of a .npy file; `place` names it in messages. */
export function parseNpy(bytes: Uint8Array, place: string): Tensor {
  const { header, dataOffset } = splitHeader(bytes, place);
  const dtype = parseDescriptor(header, place);
  const shape = parseShape(header, place);
  const expected = elementCount(shape) * DTYPE_BYTES[dtype];
  const present = bytes.length - dataOffset;
  if (present !== expected) {
    const problem = present < expected ? 'is cut short' : 'is too long';
    throw bad(place, `${problem}: ${dtype} ${shapeText(shape)} takes ${expected} bytes, the file holds ${present}`);
  }
  const data = decodeValues(dtype, bytes.subarray(dataOffset), place);
  const fortran = /'fortran_order':\s*True/.test(header);
  return { dtype, shape, data: fortran ? fromFortranOrder(data, shape) : data };
}

function splitHeader(bytes: Uint8Array, place: string): { header: string; dataOffset: number } {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw bad(place, 'is not a .npy file (it does not start with \\x93NUMPY)', 'Write it with numpy.save');
  }
  const version = bytes[6];
  if (version !== 1 && version !== 2) throw bad(place, `has .npy version ${version}; versions 1 and 2 are read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (version === 2 && bytes.length < 12) throw bad(place, 'is cut short inside its header');
  const start = version === 1 ? 10 : 12;
  const dataOffset = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataOffset > bytes.length) throw bad(place, 'is cut short inside its header');
  return { header: Buffer.from(bytes.subarray(start, dataOffset)).toString('latin1'), dataOffset };
}

function parseDescriptor(header: string, place: string): DType {
  const descriptor = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (descriptor === undefined) throw bad(place, 'has no single element type (structured arrays are not read)');
  const dtype = DESCRIPTORS[descriptor.slice(1)];
  if (dtype === undefined) {
    throw bad(place, `has element type '${descriptor}'; integers of 1 to 8 bytes and floats of 2, 4, 8 bytes are read`, 'Convert it with .astype');
  }
  if (descriptor[0] === '>') {
    throw bad(place, `is big-endian ('${descriptor}')`, `Convert it with .astype('<${descriptor.slice(1)}')`);
  }
  return dtype;
}

function parseShape(header: string, place: string): number[] {
  const inside = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const numbers = inside?.split(',').map((s) => s.trim()).filter((s) => s !== '');
  if (numbers === undefined || numbers.some((s) => !/^\d{1,15}L?$/.test(s))) {
    throw bad(place, 'has no readable shape in its header');
  }
  return numbers.map((s) => Number.parseInt(s, 10));
}

/** Column-major values to row-major ones. */
function fromFortranOrder(data: NumericArray, shape: readonly number[]): NumericArray {
  const out = data.slice();
  const strides: number[] = [];
  shape.reduce((stride, n, axis) => {
    strides[axis] = stride;
    return stride * n;
  }, 1);
  const index = shape.map(() => 0);
  let source = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[source];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Bytes of a .npy file, version 1, C order. The same tensor always gives the same bytes. */
export function encodeNpy(tensor: Tensor, place = 'npy'): Uint8Array {
  const count = elementCount(tensor.shape);
  if (count !== tensor.data.length) {
    throw new RangeError(`${place}: shape ${shapeText(tensor.shape)} has ${count} elements, data has ${tensor.data.length}`);
  }
  const code = Object.entries(DESCRIPTORS).find(([, dtype]) => dtype === tensor.dtype)?.[0];
  const descriptor = `${DTYPE_BYTES[tensor.dtype] === 1 ? '|' : '<'}${code}`;
  const dict = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shapeText(tensor.shape)}, }`;
  // numpy aligns the data to 64 bytes: 10 bytes of preamble, the dict, spaces, one newline.
  const header = dict + ' '.repeat(63 - ((10 + dict.length) % 64)) + '\n';
  const data = encodeValues(tensor, place);
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set(MAGIC);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  bytes.set(data, 10 + header.length);
  return bytes;
}

/** Writes a .npy file (staged: complete or not at all). */
export async function writeNpy(path: string, tensor: Tensor): Promise<void> {
  await writeStaged([{ path, content: encodeNpy(tensor, path) }]);
}

function bad(place: string, message: string, wayOut = ''): ShiftloomError {
  return new ShiftloomError('input', place, message, wayOut);
}
