/** The graph of a network: which node reads which, in which order they can be worked out, and that none is left over. */
import { ShiftloomError, nearestName } from '../errors.js';
import { NETWORK_INPUT, type NetworkDescription, type NodeDescription } from './schema.js';

export interface GraphNode {
  readonly description: NodeDescription;
  /** Position in the file's list. */
  readonly position: number;
  readonly inputs: readonly string[];
  /** Indices into the ordered list, -1 for the network's input. */
  readonly sources: readonly number[];
}

export interface Graph {
  /** Each after what it reads; otherwise in the order of the file. */
  readonly nodes: readonly GraphNode[];
  readonly output: number;
}

/** @throws ShiftloomError('input') for names that are taken or unknown, nodes that wait for each other, and nodes that nothing needs */
export function graphOf(d: NetworkDescription, place: string): Graph {
  checkNames(d, place);
  const inputs = d.nodes.map((node, i) => inputsOf(d, node, i, place));
  const order = topologicalOrder(d, inputs, place);
  const index = new Map(order.map((position, i) => [d.nodes[position].name, i]));
  const nodes = order.map((position) => ({
    description: d.nodes[position],
    position,
    inputs: inputs[position],
    sources: inputs[position].map((name) => index.get(name) ?? -1),
  }));
  const output = outputOf(d, index, place);
  checkAllUsed(nodes, output, place);
  checkArgmax(nodes, output, place);
  return { nodes, output };
}

function fail(place: string, path: string, message: string, wayOut = ''): never {
  throw new ShiftloomError('input', `${place} ${path}`, message, wayOut);
}

function checkNames(d: NetworkDescription, place: string): void {
  const seen = new Map<string, number>();
  for (const [i, { name }] of d.nodes.entries()) {
    const path = `$.nodes[${i}].name`;
    if (name === NETWORK_INPUT) fail(place, path, `is "${NETWORK_INPUT}", which stands for the input of the network`, 'Give the node another name');
    const before = seen.get(name);
    if (before !== undefined) fail(place, path, `is "${name}", the name of $.nodes[${before}]`, 'Names must differ');
    seen.set(name, i);
  }
}

function inputsOf(d: NetworkDescription, node: NodeDescription, position: number, place: string): string[] {
  const known = [NETWORK_INPUT, ...d.nodes.map(({ name }) => name)];
  const check = (name: string, path: string) => {
    if (known.includes(name)) return name;
    const near = nearestName(name, known);
    fail(place, path, `is "${name}"; there is no such node`, near === undefined ? `Nodes: ${known.join(', ')}` : `Did you mean "${near}"?`);
  };
  const path = `$.nodes[${position}]`;
  if (node.op !== 'add') return [node.input === undefined ? before(d, position) : check(node.input, `${path}.input`)];
  const [a, b] = node.inputs;
  if (a === b) fail(place, `${path}.inputs`, `adds "${a}" to itself`, 'Name two nodes');
  return node.inputs.map((name, i) => check(name, `${path}.inputs[${i}]`));
}

function before(d: NetworkDescription, position: number): string {
  return position === 0 ? NETWORK_INPUT : d.nodes[position - 1].name;
}

/** Positions in the file, each after what it reads; takes the first that is ready, again and again. */
function topologicalOrder(d: NetworkDescription, inputs: readonly (readonly string[])[], place: string): number[] {
  const done = new Set<string>([NETWORK_INPUT]);
  const order: number[] = [];
  while (order.length < d.nodes.length) {
    const next = d.nodes.findIndex(({ name }, i) => !done.has(name) && inputs[i].every((input) => done.has(input)));
    if (next < 0) failCycle(d, inputs, done, place);
    order.push(next);
    done.add(d.nodes[next].name);
  }
  return order;
}

/** Follows the inputs of a node that is not ready until one comes again. */
function failCycle(d: NetworkDescription, inputs: readonly (readonly string[])[], done: ReadonlySet<string>, place: string): never {
  const path: string[] = [];
  let name = d.nodes.find((node) => !done.has(node.name))!.name;
  while (!path.includes(name)) {
    path.push(name);
    const position = d.nodes.findIndex((node) => node.name === name);
    name = inputs[position].find((input) => !done.has(input))!;
  }
  const cycle = [...path.slice(path.indexOf(name)), name];
  fail(place, '$.nodes', `wait for each other: ${cycle.map((node) => `"${node}"`).join(' reads ')}`, 'A network has no cycles');
}

function outputOf(d: NetworkDescription, index: ReadonlyMap<string, number>, place: string): number {
  if (d.output === undefined) return index.get(d.nodes[d.nodes.length - 1].name)!;
  const output = index.get(d.output);
  if (output !== undefined) return output;
  const near = nearestName(d.output, [...index.keys()]);
  fail(place, '$.output', `is "${d.output}"; there is no such node`, near === undefined ? `Nodes: ${[...index.keys()].join(', ')}` : `Did you mean "${near}"?`);
}

/** Every node must lead to the output. */
function checkAllUsed(nodes: readonly GraphNode[], output: number, place: string): void {
  const used = new Set([output]);
  for (let i = nodes.length - 1; i >= 0; i--) if (used.has(i)) nodes[i].sources.forEach((source) => used.add(source));
  const idle = nodes.findIndex((_, i) => !used.has(i));
  if (idle < 0) return;
  const { description, position } = nodes[idle];
  const message = `"${description.name}" does not lead to the output "${nodes[output].description.name}"`;
  fail(place, `$.nodes[${position}]`, message, 'Take the node out, or let another node read it');
}

/** A class is a result, nothing that a layer reads. */
function checkArgmax(nodes: readonly GraphNode[], output: number, place: string): void {
  const inner = nodes.findIndex(({ description }, i) => description.op === 'argmax' && i !== output);
  if (inner < 0) return;
  const { description, position } = nodes[inner];
  fail(place, `$.nodes[${position}]`, `"${description.name}" is an argmax that another node reads`, 'An argmax can only be the output of the network');
}
