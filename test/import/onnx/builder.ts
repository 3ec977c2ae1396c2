/** ONNX models for tests, node by node. */
import onnxProto from 'onnx-proto';
import { numberToHalf } from '../../../generator/layer/tensor.js';

const { onnx } = onnxProto;
export const TYPE = { float: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, double: 11, bfloat16: 16, uint4: 21, int4: 22 } as const;
export type TypeName = keyof typeof TYPE;

/** An attribute: whole numbers and lists of them are ints; floats are marked. */
export type Attribute = number | readonly number[] | string | { readonly f: number } | { readonly floats: readonly number[] } | { readonly t: object } | { readonly g: object };

export interface NodeOptions {
  readonly name?: string;
  readonly domain?: string;
  readonly outputs?: readonly string[];
}

type Dim = number | string;

export class ModelBuilder {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];
  readonly inputs: object[] = [];
  readonly outputs: object[] = [];
  private next = 0;

  constructor(readonly opset = 13) {}

  /** @param dims none: the model declares no shape */
  input(name: string, dims?: readonly Dim[], type: TypeName = 'float'): string {
    this.inputs.push(valueInfo(name, dims, type));
    return name;
  }

  /** An initializer. @param fields what is different from a plain tensor in raw bytes */
  constant(name: string, dims: readonly number[], values: ArrayLike<number>, type: TypeName = 'float', fields: object = {}): string {
    this.initializers.push({ ...tensor(dims, values, type), name, ...fields });
    return name;
  }

  /** A node; returns its first output, named `<operator>_<n>` unless told otherwise. */
  node(opType: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, options: NodeOptions = {}): string {
    const name = options.name ?? `${opType.toLowerCase()}_${this.next++}`;
    const output = options.outputs ?? [`${name}_out`];
    this.nodes.push({ opType, input, output, name, domain: options.domain ?? '', attribute: Object.entries(attributes).map(attributeProto) });
    return output[0];
  }

  output(name: string): this {
    this.outputs.push({ name });
    return this;
  }

  graph(): object {
    return { name: 'graph', node: this.nodes, initializer: this.initializers, input: this.inputs, output: this.outputs };
  }

  /** The model file's bytes. */
  encode(fields: object = {}): Buffer {
    const opsetImport = [{ domain: '', version: this.opset }, { domain: 'com.microsoft', version: 1 }];
    const irVersion = this.opset < 9 ? 3 : this.opset < 15 ? 7 : this.opset < 21 ? 8 : 10;
    return Buffer.from(onnx.ModelProto.encode({ irVersion, opsetImport, graph: this.graph(), ...fields }).finish());
  }
}

export function valueInfo(name: string, dims: readonly Dim[] | undefined, type: TypeName = 'float'): object {
  const dim = dims?.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: TYPE[type], ...(dim ? { shape: { dim } } : {}) } } };
}

/** A tensor in raw bytes. */
export function tensor(dims: readonly number[], values: ArrayLike<number>, type: TypeName = 'float'): object {
  return { dims: [...dims], dataType: TYPE[type], rawData: new Uint8Array(rawBytes(values, type)) };
}

function rawBytes(values: ArrayLike<number>, type: TypeName): ArrayBuffer {
  switch (type) {
    case 'float':
      return Float32Array.from(values).buffer;
    case 'double':
      return Float64Array.from(values).buffer;
    case 'float16':
      return Uint16Array.from(values, numberToHalf).buffer;
    case 'bfloat16':
      return Uint16Array.from(values, (v) => new Uint32Array(Float32Array.of(v).buffer)[0] >>> 16).buffer;
    case 'int8':
    case 'int16':
    case 'int32':
      return { int8: Int8Array, int16: Int16Array, int32: Int32Array }[type].from(values).buffer as ArrayBuffer;
    case 'uint16':
      return Uint16Array.from(values).buffer;
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt)).buffer;
    case 'uint4':
    case 'int4':
      return Uint8Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => (values[2 * i] & 15) | (((values[2 * i + 1] ?? 0) & 15) << 4)).buffer;
    default:
      return Uint8Array.from(values).buffer;
  }
}

function attributeProto([name, value]: readonly [string, Attribute]): object {
  const { FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS } = onnx.AttributeProto.AttributeType;
  if (typeof value === 'number') return { name, type: INT, i: value };
  if (typeof value === 'string') return { name, type: STRING, s: Buffer.from(value) };
  if ('f' in value) return { name, type: FLOAT, f: value.f };
  if ('floats' in value) return { name, type: FLOATS, floats: value.floats };
  if ('t' in value) return { name, type: TENSOR, t: value.t };
  if ('g' in value) return { name, type: GRAPH, g: value.g };
  return { name, type: INTS, ints: [...value] };
}
