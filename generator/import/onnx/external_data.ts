/** Tensor bytes in files beside the model. No path leads out of the model's folder, and no byte is read that the file does not have. */
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ShiftloomError } from '../../errors.js';
import { accessError } from '../../layer/files.js';
import type { GraphProto, TensorProto } from './model.js';

interface Location {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Bytes of a tensor with external data.
 * @param bytes how many its shape and type take
 * @throws ShiftloomError('input') for a path out of the folder, a missing or too short file, a length that does not match.
 */
export async function externalBytes(tensor: TensorProto, modelPath: string, place: string, bytes: number): Promise<Uint8Array> {
  const { file, offset, length } = await locate(tensor, modelPath, place, bytes);
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    throw missing(place, file, error);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw wrong(place, `keeps its data in ${file}, which is no file`, 'Copy the data file beside the model');
    const { size } = stat;
    if (offset + length > size) {
      throw wrong(place, `lies at bytes ${offset} to ${offset + length} of ${file}, which has ${size}`, 'Copy the data file again, whole');
    }
    const buffer = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await handle.read(buffer, at, length - at, offset + at);
      if (bytesRead === 0) throw wrong(place, `ends before byte ${offset + length} of ${file}`, 'Copy the data file again, whole');
      at += bytesRead;
    }
    return buffer;
  } finally {
    await handle.close();
  }
}

/** Names of all data files of a model, as it writes them. */
export function externalFiles(graph: GraphProto): string[] {
  const tensors = [...(graph.initializer ?? []), ...(graph.node ?? []).flatMap(({ attribute }) => (attribute ?? []).flatMap(({ t }) => (t ? [t] : [])))];
  const names = tensors.filter(({ dataLocation }) => dataLocation === 1).map((t) => entry(t as TensorProto, 'location') ?? '');
  return [...new Set(names)];
}

/** The file of a location inside the model's folder, links followed. @throws ShiftloomError('input') if it leads out of it. */
export async function insideFolder(location: string, modelPath: string, place: string): Promise<string> {
  const folder = dirname(resolve(modelPath));
  const outside = (path: string, base: string) => relative(base, path).split(sep)[0] === '..' || isAbsolute(relative(base, path));
  const file = resolve(folder, location);
  const refuse = () => wrong(place, `keeps its data in '${location}', outside of the model's folder`, 'Put the data file beside the model and write its name only');
  if (location === '' || location.includes('\0') || isAbsolute(location) || outside(file, folder)) throw refuse();
  try {
    if (outside(await realpath(file), await realpath(folder))) throw refuse();
  } catch (error) {
    throw error instanceof ShiftloomError ? error : missing(place, file, error);
  }
  return file;
}

async function locate(tensor: TensorProto, modelPath: string, place: string, bytes: number): Promise<Location> {
  const location = entry(tensor, 'location');
  if (location === undefined) throw wrong(place, 'has external data without a location', 'Export the model again');
  const offset = wholeNumber(tensor, 'offset', 0, place);
  const length = wholeNumber(tensor, 'length', bytes, place);
  if (length !== bytes) throw wrong(place, `has external data of ${length} bytes; its shape and type take ${bytes}`, 'Export the model again');
  return { file: await insideFolder(location, modelPath, place), offset, length };
}

function entry(tensor: TensorProto, key: string): string | undefined {
  return (tensor.externalData ?? []).find((pair) => pair.key === key)?.value ?? undefined;
}

function wholeNumber(tensor: TensorProto, key: string, fallback: number, place: string): number {
  const text = entry(tensor, key);
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,15}$/.test(text)) throw wrong(place, `has external data with the ${key} '${text}'; a whole number is needed`, 'Export the model again');
  return Number(text);
}

function missing(place: string, file: string, error: unknown): ShiftloomError {
  const reason = accessError(file, error).message.slice(file.length + 2);
  return wrong(place, `keeps its data in ${file}: ${reason}`, 'Copy the data file beside the model');
}

function wrong(place: string, message: string, wayOut: string): ShiftloomError {
  return new ShiftloomError('input', place, message, wayOut);
}
