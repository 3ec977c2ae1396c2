/**
 * What is known of each value of the graph before anything runs: its shape, and its elements where it is made of constants. One pass
 * over the nodes in order; small constants are kept, large ones (weights) are read when asked for.
 */
import { ShiftloomError, nearestName } from '../../errors.js';
import { type Tensor, elementCount, shapeText } from '../../layer/tensor.js';
import { CONSTANT_OPERATORS } from './constant_ops.js';
import type { DeclaredShape, OnnxGraph } from './graph.js';
import type { TensorProto } from './model.js';
import type { OnnxNode } from './node.js';
import { SHAPE_RULES, TAKES_ARGUMENTS } from './shape_rules.js';
import { readTensor, tensorShape } from './tensors.js';

/** Shapes are computed from values of up to so many elements. */
const SMALL = 4096;
/** Constants made of constants made of constants: far more than any exporter writes. */
const MAX_DEPTH = 64;

export type InputShapes = Readonly<Record<string, readonly number[]>>;

export class GraphValues {
  private readonly shapes = new Map<string, readonly number[]>();
  private readonly constants = new Set<string>();
  private readonly small = new Map<string, Tensor>();
  /** Why a value has no shape, by the value's name. */
  private readonly reasons = new Map<string, string>();

  private constructor(readonly graph: OnnxGraph) {}

  /**
   * @param inputShapes shapes of inputs, or of any value, that win over what the model says
   * @throws ShiftloomError('input') for a name that is no value, a shape that contradicts the model, shapes that do not fit an operator.
   */
  static async of(graph: OnnxGraph, inputShapes: InputShapes = {}): Promise<GraphValues> {
    const values = new GraphValues(graph);
    checkNames(graph, inputShapes);
    for (const input of graph.inputs) values.setInput(input.name, input.shape, inputShapes[input.name]);
    for (const [name, tensor] of graph.initializers) {
      values.shapes.set(name, tensorShape(tensor, graph.path));
      values.constants.add(name);
    }
    for (const node of graph.nodes) await values.visit(node, inputShapes);
    return values;
  }

  shape(value: string): readonly number[] | undefined {
    return this.shapes.get(value);
  }

  /** Why the shape of a value is not known. */
  reason(value: string): string {
    return this.reasons.get(value) ?? `the shape of '${value}' is not known`;
  }

  isConstant(value: string | undefined): value is string {
    return value !== undefined && this.constants.has(value);
  }

  /** Elements of a constant. @throws ShiftloomError naming the tensor or the operator that is wrong. */
  async constant(value: string, depth = 0): Promise<Tensor> {
    const known = this.small.get(value);
    if (known) return known;
    const tensor = await this.read(value, depth);
    if (tensor.data.length <= SMALL) this.small.set(value, tensor);
    return tensor;
  }

  private async read(value: string, depth: number): Promise<Tensor> {
    const { graph } = this;
    const initializer = graph.initializers.get(value);
    if (initializer) return readTensor(initializer, graph.path);
    const node = graph.producer(value);
    if (!node || !this.constants.has(value)) throw new ShiftloomError('input', `${graph.path} value '${value}'`, 'is no constant', 'Store it in the model');
    if (depth > MAX_DEPTH) node.fail(`is the end of a chain of more than ${MAX_DEPTH} constant operators`, 'Fold the constants before exporting');
    if (node.operator === 'Constant') return constantNode(node, graph.path);
    if (node.operator === 'Shape') return this.shapeTensor(node);
    const inputs: (Tensor | undefined)[] = [];
    for (const input of node.inputs) inputs.push(input === '' ? undefined : await this.constant(input, depth + 1));
    const filler = node.operator === 'ConstantOfShape' ? node.tensor('value') : undefined;
    if (filler) inputs[1] = await readTensor(filler, graph.path);
    return CONSTANT_OPERATORS[node.operator](node, inputs, graph.model.opset);
  }

  private shapeTensor(node: OnnxNode): Tensor {
    const shape = this.shapes.get(node.input(0))!.slice(node.int('start', 0), node.int('end', undefined));
    return { dtype: 'int64', shape: [shape.length], data: Float64Array.from(shape) };
  }

  private setInput(name: string, declared: DeclaredShape | undefined, given: readonly number[] | undefined): void {
    const place = `${this.graph.path} input '${name}'`;
    if (given && declared && !(given.length === declared.length && declared.every((n, i) => typeof n !== 'number' || n === given[i]))) {
      throw new ShiftloomError('input', place, `is ${declaredText(declared)} in the model, not ${shapeText(given)}`, 'Only open dimensions can be given');
    }
    if (!given && !declared) return void this.reasons.set(name, `the input '${name}' has no shape in the model`);
    // An open first dimension is the batch; one frame at a time is looked at.
    const shape = given ?? declared!.map((n, i) => (typeof n === 'number' ? n : i === 0 ? 1 : undefined));
    const open = shape.findIndex((n) => n === undefined);
    if (open >= 0) this.reasons.set(name, `dimension ${open} of the input '${name}' is open: ${declaredText(declared!)}`);
    else this.shapes.set(name, shape as number[]);
  }

  private async visit(node: OnnxNode, given: InputShapes): Promise<void> {
    this.markConstant(node);
    const unknown = node.inputs.find((name) => name !== '' && !this.shapes.has(name));
    // A node that contradicts its inputs is told where a layer needs its shape; a list of the other layers is still of use.
    let wrong: string | undefined;
    const made = await this.shapesMade(node, unknown).catch((error) => {
      if (!(error instanceof ShiftloomError)) throw error;
      wrong = error.message;
      return undefined;
    });
    node.outputs.forEach((output, i) => {
      if (output === '') return;
      const declared = this.graph.declared.get(output)?.shape;
      const known = given[output] ?? made?.[i] ?? (declared?.every((n) => typeof n === 'number') ? (declared as number[]) : undefined);
      if (known) this.shapes.set(output, known);
      else this.reasons.set(output, wrong ?? this.whyUnknown(node, unknown));
    });
  }

  private whyUnknown(node: OnnxNode, unknown: string | undefined): string {
    if (unknown !== undefined && SHAPE_RULES[node.operator]) return this.reason(unknown);
    return `the shape of what ${node.operator} '${node.name}' makes is not worked out here and not in the model`;
  }

  private markConstant(node: OnnxNode): void {
    const { operator } = node;
    const shaped = operator === 'Shape' && this.shapes.has(node.input(0));
    const folded = operator in CONSTANT_OPERATORS && node.inputs.some((name) => name !== '') && node.inputs.every((name) => name === '' || this.constants.has(name));
    if ((operator === 'Constant' || shaped || folded) && node.outputs[0]) this.constants.add(node.outputs[0]);
  }

  private async shapesMade(node: OnnxNode, unknown: string | undefined): Promise<(readonly number[] | undefined)[] | undefined> {
    if (node.operator === 'Constant') {
      const tensor = node.tensor('value');
      return [tensor ? tensorShape(tensor, this.graph.path) : constantNode.shape(node)];
    }
    const rule = SHAPE_RULES[node.operator];
    if (!rule || unknown !== undefined) return undefined;
    const args: (number[] | undefined)[] = [];
    if (TAKES_ARGUMENTS.has(node.operator)) for (const input of node.inputs) args.push(await this.smallIntegers(input));
    // An input that is left out has no shape; rules look only at those that their operator needs.
    const shapes = node.inputs.map((name) => this.shapes.get(name)!);
    return rule(node, shapes, args, this.graph.model.opset);
  }

  private async smallIntegers(value: string | undefined): Promise<number[] | undefined> {
    const shape = value ? this.shapes.get(value) : undefined;
    if (!this.isConstant(value) || !shape || shape.length > 1 || elementCount(shape) > 64) return undefined;
    return Array.from((await this.constant(value)).data);
  }
}

/** A Constant node's value: a tensor, or numbers in an attribute (opset 12 on). */
async function constantNode(node: OnnxNode, path: string): Promise<Tensor> {
  const tensor = node.tensor('value');
  if (tensor) return readTensor({ ...tensor, name: tensor.name || node.name } as TensorProto, path);
  const floats = node.floats('value_floats') ?? (node.has('value_float') ? [node.float('value_float', 0)] : undefined);
  if (floats) return { dtype: 'float32', shape: constantNode.shape(node), data: Float32Array.from(floats) };
  const ints = node.ints('value_ints') ?? (node.has('value_int') ? [node.int('value_int', 0)] : undefined);
  if (ints) return { dtype: 'int64', shape: constantNode.shape(node), data: Float64Array.from(ints) };
  return node.fail('has no value that is read (value, value_float, value_floats, value_int, value_ints)');
}

constantNode.shape = (node: OnnxNode): number[] => {
  const list = node.floats('value_floats') ?? node.ints('value_ints');
  return list ? [list.length] : [];
};

function checkNames(graph: OnnxGraph, given: InputShapes): void {
  for (const [name, shape] of Object.entries(given)) {
    if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
      throw new ShiftloomError('usage', '--input-shape', `gives '${name}' the shape ${shapeText(shape)}; dimensions are whole numbers from 1`);
    }
    if (graph.isValue(name)) continue;
    const names = graph.inputs.map((input) => input.name);
    const near = nearestName(name, names);
    throw new ShiftloomError('usage', '--input-shape', `names '${name}', which the model does not have`, near ? `Did you mean '${near}'?` : `Its inputs: ${names.slice(0, 8).join(', ')}`);
  }
}

/** A declared shape as people read it: `(N, 3, ?, 224)`. */
export function declaredText(shape: DeclaredShape): string {
  return `(${shape.map((n) => n ?? '?').join(', ')})`;
}
