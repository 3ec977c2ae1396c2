/** The graph: nodes in an order in which every value is made before it is used, and who makes and uses each value. */
import { ShiftloomError, nearestName } from '../../errors.js';
import { type GraphProto, type OnnxModel, type TensorProto, type ValueInfoProto, integerOf } from './model.js';
import { OnnxNode } from './node.js';
import { leastInputs } from './shape_rules.js';

/** A shape as a model declares it: `undefined` is an open dimension, a text its name. */
export type DeclaredShape = readonly (number | string | undefined)[];

export interface GraphInput {
  readonly name: string;
  /** Number of TensorProto.DataType; 0 if not declared. */
  readonly type: number;
  readonly shape?: DeclaredShape;
}

export class OnnxGraph {
  readonly path: string;
  readonly nodes: readonly OnnxNode[];
  /** Inputs that are no initializers, in the model's order. */
  readonly inputs: readonly GraphInput[];
  readonly outputs: ReadonlySet<string>;
  readonly initializers = new Map<string, TensorProto>();
  /** Types and shapes that the model declares for inputs, outputs and values between. */
  readonly declared = new Map<string, GraphInput>();
  private readonly inputNames: ReadonlySet<string>;
  private readonly producers = new Map<string, OnnxNode>();
  private readonly users = new Map<string, OnnxNode[]>();

  constructor(readonly model: OnnxModel) {
    const { graph, path } = model;
    this.path = path;
    const nodes = (graph.node ?? []).map((proto, i) => new OnnxNode(proto as ConstructorParameters<typeof OnnxNode>[0], path, i));
    if (nodes.length === 0) throw new ShiftloomError('input', path, 'has a graph without nodes', 'Export the model again');
    for (const tensor of graph.initializer ?? []) this.addInitializer(tensor as TensorProto);
    for (const info of [...(graph.valueInfo ?? []), ...(graph.output ?? []), ...(graph.input ?? [])]) {
      const declared = declaredValue(info as ValueInfoProto, path);
      this.declared.set(declared.name, declared);
    }
    this.inputs = (graph.input ?? []).map(({ name }) => this.declared.get(name ?? '')!).filter(({ name }) => !this.initializers.has(name));
    this.inputNames = new Set(this.inputs.map(({ name }) => name));
    this.outputs = new Set((graph.output ?? []).map(({ name }) => name ?? ''));
    for (const node of nodes) this.addNode(node);
    this.checkSources(nodes);
    this.nodes = this.inOrder(nodes);
  }

  producer(value: string): OnnxNode | undefined {
    return this.producers.get(value);
  }

  /** Nodes that use a value, also from within loops and branches. */
  usersOf(value: string): readonly OnnxNode[] {
    return this.users.get(value) ?? [];
  }

  /** The one node that uses a value, if nobody else sees it. */
  onlyUser(value: string): OnnxNode | undefined {
    const users = this.usersOf(value);
    return users.length === 1 && !this.outputs.has(value) ? users[0] : undefined;
  }

  isValue(name: string): boolean {
    return this.producers.has(name) || this.initializers.has(name) || this.inputNames.has(name);
  }

  private addInitializer(tensor: TensorProto): void {
    const name = tensor.name ?? '';
    if (this.initializers.has(name)) throw twice(this.path, name, 'by two initializers');
    this.initializers.set(name, tensor);
  }

  private addNode(node: OnnxNode): void {
    for (const output of node.outputs.filter((name) => name !== '')) {
      const other = this.producers.get(output);
      const by = other ? `by ${other.operator} '${other.name}' and ${node.operator} '${node.name}'` : `by an initializer and ${node.operator} '${node.name}'`;
      if (other || this.initializers.has(output)) throw twice(this.path, output, by);
      if (this.inputNames.has(output)) throw twice(this.path, output, `by the graph's input and ${node.operator} '${node.name}'`);
      this.producers.set(output, node);
    }
    for (const input of new Set([...node.inputs, ...node.subgraphs().flatMap((body) => namesUsed(body))])) {
      const users = this.users.get(input);
      if (users) users.push(node);
      else if (input !== '') this.users.set(input, [node]);
    }
  }

  private checkSources(nodes: readonly OnnxNode[]): void {
    const known = new Set([...this.producers.keys(), ...this.initializers.keys(), ...this.inputNames]);
    for (const node of nodes) {
      const least = leastInputs(node.operator);
      for (let i = 0; i < least; i++) node.input(i);
      const missing = node.inputs.find((name) => name !== '' && !known.has(name));
      if (missing === undefined) continue;
      const near = nearestName(missing, [...known]);
      node.fail(`takes '${missing}', which no node makes and which is neither an input nor an initializer`, near ? `Is it '${near}'? Export the model again` : 'Export the model again');
    }
    const output = [...this.outputs].find((name) => !known.has(name));
    if (output !== undefined) throw new ShiftloomError('input', this.path, `has the output '${output}', which no node makes`, 'Export the model again');
  }

  /** Kahn's algorithm, keeping the file's order where it is right; what is left over lies on a cycle. */
  private inOrder(nodes: readonly OnnxNode[]): OnnxNode[] {
    const waiting = new Map(nodes.map((node) => [node, new Set(node.inputs.filter((name) => this.producers.has(name))).size]));
    const ready = nodes.filter((node) => waiting.get(node) === 0);
    const order: OnnxNode[] = [];
    for (let at = 0; at < ready.length; at++) {
      const node = ready[at];
      order.push(node);
      for (const output of node.outputs) {
        for (const user of this.usersOf(output)) {
          if (!user.inputs.includes(output)) continue;
          const left = waiting.get(user)! - 1;
          waiting.set(user, left);
          if (left === 0) ready.push(user);
        }
      }
    }
    if (order.length === nodes.length) return order;
    const left = nodes.filter((node) => waiting.get(node)! > 0);
    const some = left.slice(0, 4).map((node) => `${node.operator} '${node.name}'`).join(', ');
    throw new ShiftloomError('input', this.path, `has a cycle: ${left.length} node(s) wait for one another or for a node that does, among them ${some}`, 'Export the model again');
  }
}

function twice(path: string, name: string, by: string): ShiftloomError {
  return new ShiftloomError('input', path, `has the value '${name}' twice: it is made ${by}`, 'Every value needs a name of its own: export the model again');
}

/** All names that a body and the bodies in it use; names of its own among them do no harm. */
function namesUsed(body: GraphProto): string[] {
  return (body.node ?? []).flatMap((node) => [
    ...(node.input ?? []),
    ...(node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])].flatMap((inner) => namesUsed(inner as GraphProto))),
  ]).concat((body.output ?? []).map(({ name }) => name ?? ''));
}

function declaredValue(info: ValueInfoProto, path: string): GraphInput {
  const tensor = info.type?.tensorType;
  const shape = tensor?.shape?.dim?.map((dim) => {
    if (dim.dimParam) return dim.dimParam;
    // A dimension that is not set decodes to 0 as one that is 0; the protobuf class tells them apart by an own property.
    if (!Object.prototype.hasOwnProperty.call(dim, 'dimValue')) return undefined;
    const size = integerOf(dim.dimValue);
    if (size < 0) throw new ShiftloomError('input', `${path} value '${info.name}'`, `is declared with a dimension of ${size}`, 'Dimensions are 0 or more; leave open ones without a value');
    return size;
  });
  return { name: info.name ?? '', type: tensor?.elemType ?? 0, shape: tensor?.shape ? (shape ?? []) : undefined };
}
