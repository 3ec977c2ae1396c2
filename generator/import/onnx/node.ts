/** A node of the graph: names, and its attributes with their types checked. */
import { ShiftloomError } from '../../errors.js';
import { type AttributeProto, type GraphProto, type NodeProto, type TensorProto, integerOf, operatorName } from './model.js';

/** Numbers of AttributeProto.AttributeType. */
const TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, graphs: 10 } as const;

export class OnnxNode {
  /** Operator, with its domain unless that is ONNX's own: `Conv`, `com.microsoft.FusedConv`. */
  readonly operator: string;
  /** The node's name; its first output's if it has none. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** For messages: file, operator and name. */
  readonly place: string;
  private readonly attributes = new Map<string, AttributeProto>();

  constructor(proto: NodeProto, path: string, index: number) {
    this.operator = operatorName(proto.domain, proto.opType);
    this.inputs = proto.input ?? [];
    this.outputs = proto.output ?? [];
    this.name = proto.name || this.outputs[0] || `node ${index}`;
    this.place = `${path} ${this.operator} '${this.name}'`;
    for (const attribute of proto.attribute ?? []) this.attributes.set(attribute.name ?? '', attribute as AttributeProto);
  }

  /** Name of an input that may be left out, by an empty name or by the list's end. */
  optionalInput(index: number): string | undefined {
    return this.inputs[index] || undefined;
  }

  input(index: number): string {
    return this.optionalInput(index) ?? this.fail(`has no input ${index}`);
  }

  has(name: string): boolean {
    return this.attributes.has(name);
  }

  int<T>(name: string, fallback: T): number | T {
    const attribute = this.typed(name, TYPE.int);
    return attribute ? integerOf(attribute.i) : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = this.typed(name, TYPE.float);
    return attribute ? (attribute.f ?? 0) : fallback;
  }

  ints(name: string): number[] | undefined {
    return this.typed(name, TYPE.ints)?.ints?.map(integerOf) ?? (this.has(name) ? [] : undefined);
  }

  floats(name: string): number[] | undefined {
    return this.typed(name, TYPE.floats)?.floats ?? (this.has(name) ? [] : undefined);
  }

  string(name: string, fallback: string): string {
    const attribute = this.typed(name, TYPE.string);
    return attribute ? Buffer.from(attribute.s ?? []).toString('utf8') : fallback;
  }

  tensor(name: string): TensorProto | undefined {
    return (this.typed(name, TYPE.tensor)?.t ?? undefined) as TensorProto | undefined;
  }

  /** Bodies of loops and branches. */
  subgraphs(): GraphProto[] {
    const found = [...this.attributes.values()].flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
    return found as GraphProto[];
  }

  fail(message: string, wayOut = ''): never {
    throw new ShiftloomError('input', this.place, message, wayOut);
  }

  /** Old exporters leave the attribute's type out; one that is there must be right. */
  private typed(name: string, type: number): AttributeProto | undefined {
    const attribute = this.attributes.get(name);
    const found = (attribute?.type as number | undefined) || type;
    if (found !== type) {
      const word = (n: number) => Object.keys(TYPE).find((key) => TYPE[key as keyof typeof TYPE] === n) ?? `type ${n}`;
      this.fail(`has attribute '${name}' of ${word(found)}; the operator takes ${word(type)}`);
    }
    return attribute;
  }
}
