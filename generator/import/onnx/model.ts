/** An ONNX file's bytes to its protobuf messages, with the checks that need no look into the graph. */
import { open } from 'node:fs/promises';
import onnxProto from 'onnx-proto';
import { ShiftloomError } from '../../errors.js';
import { accessError } from '../../layer/files.js';

const { onnx } = onnxProto;

export type GraphProto = InstanceType<typeof onnx.GraphProto>;
export type NodeProto = InstanceType<typeof onnx.NodeProto>;
export type TensorProto = InstanceType<typeof onnx.TensorProto>;
export type AttributeProto = InstanceType<typeof onnx.AttributeProto>;
export type ValueInfoProto = InstanceType<typeof onnx.ValueInfoProto>;

/** Operator sets whose operators are read in their own meaning. */
const OLDEST_OPSET = 7;
const NEWEST_OPSET = 21;

/** What a protobuf message can hold at most; larger models keep their tensors in files beside them. */
const MAX_BYTES = 2 ** 31 - 1;

export interface OnnxModel {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Version of the operators of the domain `ai.onnx`. */
  readonly opset: number;
  readonly graph: GraphProto;
  /** Operators that the model itself defines, as `domain.name`. */
  readonly functions: ReadonlySet<string>;
}

/** Reads a model file. @throws ShiftloomError('input') if it is missing or damaged, 'unsupported' for another opset. */
export async function readModel(path: string): Promise<OnnxModel> {
  return parseModel(await readAll(path), path);
}

/** Decodes a model; `path` names it in messages and is where its external data are looked for. */
export function parseModel(bytes: Uint8Array, path: string): OnnxModel {
  if (bytes.length === 0) throw bad(path, 'is empty', 'Export the model again');
  const model = decode(bytes, path);
  const { graph } = model;
  if (!graph || model.irVersion === undefined || Number(model.irVersion) < 1) {
    throw bad(path, `is no ONNX model: it has no ${graph ? 'ir_version' : 'graph'}`, 'Give a file that an ONNX exporter wrote, whole');
  }
  return { path, bytes, opset: opsetOf(model, path), graph: graph as GraphProto, functions: functionNames(model) };
}

/** A model's bytes with values of its graph made outputs: protobuf merges messages that follow one another, so nothing is encoded again. */
export function withOutputs(model: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return model;
  return Buffer.concat([model, onnx.ModelProto.encode({ graph: { output: names.map((name) => ({ name })) } } as object).finish()]);
}

/** Whether a file's first bytes look like a ModelProto: ir_version first, then a field that may follow it. */
export function looksLikeModel(head: Uint8Array): boolean {
  return head.length > 4 && head[0] === 0x08 && head[1] >= 1 && head[1] <= 20 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(head[2]);
}

async function readAll(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > MAX_BYTES) throw bad(path, `has ${size} bytes; a protobuf message ends at ${MAX_BYTES}`, 'Export the model with external data');
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof ShiftloomError ? error : accessError(path, error);
  }
}

function decode(bytes: Uint8Array, path: string): InstanceType<typeof onnx.ModelProto> {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (error) {
    // protobufjs ends on bytes that are not there with a RangeError of its own; a RangeError of the engine is a nesting without end.
    const text = String((error as Error).message);
    const found = /index out of range: (\d+) \+ (\d+) > (\d+)/.exec(text);
    const why = found ? `byte ${found[1]} begins a field that goes on behind the end (${found[3]} bytes)` : /call stack/.test(text) ? 'its messages are nested too deeply' : text;
    throw bad(path, `is no whole ONNX model: ${why}`, 'It is cut short, damaged or of another format: copy or export it again');
  }
}

function opsetOf(model: InstanceType<typeof onnx.ModelProto>, path: string): number {
  const entry = (model.opsetImport ?? []).find(({ domain }) => !domain || domain === 'ai.onnx');
  if (!entry) throw bad(path, "names no opset of the domain 'ai.onnx'", 'Export the model again, whole');
  const opset = Number(entry.version ?? 0);
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return opset;
  throw new ShiftloomError('unsupported', path, `uses opset ${opset}; opsets ${OLDEST_OPSET} to ${NEWEST_OPSET} are read`, `Export it with opset ${opset < OLDEST_OPSET ? 13 : NEWEST_OPSET}`);
}

function functionNames(model: InstanceType<typeof onnx.ModelProto>): Set<string> {
  return new Set((model.functions ?? []).map((f) => operatorName((f as { domain?: string | null }).domain, f.name)));
}

/** An operator's name with its domain, unless that is ONNX's own. */
export function operatorName(domain: string | null | undefined, opType: string | null | undefined): string {
  return domain && domain !== 'ai.onnx' ? `${domain}.${opType}` : (opType ?? '');
}

function bad(path: string, message: string, wayOut: string): ShiftloomError {
  return new ShiftloomError('input', path, message, wayOut);
}

/** A protobuf 64-bit integer as a number; values beyond 2^53 become +-2^53 ("to the end", as slices have it). */
export function integerOf(value: unknown): number {
  const n = Number(value ?? 0);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, n));
}
