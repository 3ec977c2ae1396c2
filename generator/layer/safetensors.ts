/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header from tensor name to element type, shape and
 * byte range, and the raw data. Ranges must neither overlap nor leave holes.
 * Source: https://huggingface.co/docs/safetensors, section "Format".
 */
import { type FileHandle, open } from 'node:fs/promises';
import { ShiftloomError } from '../errors.js';
import { accessError, writeStaged } from './files.js';
import { DTYPE_BYTES, type DType, type Tensor, decodeValues, elementCount, encodeValues, shapeText } from './tensor.js';

const DTYPES: Readonly<Record<string, DType>> = {
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
};
const MAX_HEADER = 100_000_000;

/** Where a tensor lies: absolute byte offsets in the file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Names, types and shapes of a file, without reading the data; in file order.
 * @throws ShiftloomError('input') if the file is missing, truncated, overlapping or not safetensors.
 */
export async function listSafetensors(path: string): Promise<SafetensorsEntry[]> {
  return withFile(path, (file, size) => readHeader(file, size, path));
}

/**
 * Reads the named tensors, or all of them.
 * @throws ShiftloomError('input') as `listSafetensors`, and if a name is not in the file.
 */
export async function readSafetensors(path: string, names?: readonly string[]): Promise<Map<string, Tensor>> {
  return withFile(path, async (file, size) => {
    const entries = await readHeader(file, size, path);
    const out = new Map<string, Tensor>();
    for (const name of names ?? entries.map((e) => e.name)) {
      const entry = entries.find((e) => e.name === name);
      if (!entry) throw bad(path, `has no tensor '${name}'`, `It has: ${someNames(entries)}`);
      out.set(name, await readEntry(file, entry, path));
    }
    return out;
  });
}

async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw accessError(path, error);
  }
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw bad(path, 'is a folder, not a file');
    return await use(file, stat.size);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, size: number, path: string): Promise<SafetensorsEntry[]> {
  if (size < 8) throw bad(path, `is not a .safetensors file: ${size} bytes hold no header`);
  const head = Buffer.alloc(8);
  await file.read(head, 0, 8, 0);
  const length = Number(head.readBigUInt64LE());
  if (length > MAX_HEADER) throw bad(path, `is not a .safetensors file: it claims a header of ${length} bytes`);
  if (8 + length > size) throw bad(path, `is cut short: a header of ${length} bytes in a file of ${size}`);
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, 8);
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch {
    throw bad(path, 'is not a .safetensors file: its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw bad(path, 'is not a .safetensors file: its header is not a JSON object');
  }
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => checkEntry(name, value, 8 + length, path));
  checkRanges(entries, 8 + length, size, path);
  return entries;
}

function checkEntry(name: string, value: unknown, dataStart: number, path: string): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (typeof dtype !== 'string') throw bad(path, `tensor '${name}' has no dtype`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw bad(path, `tensor '${name}' has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1]) {
    throw bad(path, `tensor '${name}' has no valid data_offsets`);
  }
  const known = DTYPES[dtype];
  const bytes = offsets[1] - offsets[0];
  if (known !== undefined && elementCount(shape) * DTYPE_BYTES[known] !== bytes) {
    throw bad(path, `tensor '${name}' is ${dtype} ${shapeText(shape)} but its data_offsets span ${bytes} bytes`);
  }
  return { name, dtype, shape, begin: dataStart + offsets[0], end: dataStart + offsets[1] };
}

function checkRanges(entries: readonly SafetensorsEntry[], start: number, size: number, path: string): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = start;
  let before = '';
  for (const entry of sorted) {
    if (entry.end > size) {
      throw bad(path, `is cut short: tensor '${entry.name}' ends at byte ${entry.end}, the file has ${size}`);
    }
    if (entry.begin < position) throw bad(path, `tensors '${before}' and '${entry.name}' overlap`);
    if (entry.begin > position) {
      throw bad(path, `bytes ${position} to ${entry.begin} before tensor '${entry.name}' belong to no tensor`);
    }
    position = entry.end;
    before = entry.name;
  }
  if (position !== size) throw bad(path, `${size - position} bytes behind the last tensor belong to no tensor`);
}

async function readEntry(file: FileHandle, entry: SafetensorsEntry, path: string): Promise<Tensor> {
  const place = `${path} tensor '${entry.name}'`;
  const dtype = DTYPES[entry.dtype];
  if (dtype === undefined) {
    throw bad(place, `has element type ${entry.dtype}; ${Object.keys(DTYPES).join(', ')} are read`);
  }
  const bytes = Buffer.alloc(entry.end - entry.begin);
  await file.read(bytes, 0, bytes.length, entry.begin);
  return { dtype, shape: entry.shape, data: decodeValues(dtype, bytes, place) };
}

function someNames(entries: readonly SafetensorsEntry[]): string {
  const names = entries.slice(0, 8).map((e) => e.name);
  return names.join(', ') + (entries.length > 8 ? ` and ${entries.length - 8} more` : '');
}

/** Bytes of a .safetensors file; tensors in the order of the map. The same map always gives the same bytes. */
export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>, place = 'safetensors'): Uint8Array {
  const header: Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    if (elementCount(tensor.shape) !== tensor.data.length) {
      throw new RangeError(`${place}: tensor '${name}' has shape ${shapeText(tensor.shape)} and ${tensor.data.length} values`);
    }
    const bytes = encodeValues(tensor, `${place} tensor '${name}'`);
    const dtype = Object.entries(DTYPES).find(([, known]) => known === tensor.dtype)![0];
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  // The data starts at a multiple of 8, as the reference writer has it; JSON may be padded with spaces.
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([head, padded, ...parts]);
}

/** Writes a .safetensors file (staged: complete or not at all). */
export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  await writeStaged([{ path, content: encodeSafetensors(tensors, path) }]);
}

function bad(place: string, message: string, wayOut = ''): ShiftloomError {
  return new ShiftloomError('input', place, message, wayOut);
}
