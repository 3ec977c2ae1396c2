/** ONNX models (float32) of a network's steps: of all of them, or of some, with weights as they are or replaced. */
import onnxProto from 'onnx-proto';
import type { FloatTensor, LayerStep, NetworkGraph, OperatorStep, Step } from './graph.js';

const { onnx } = onnxProto;
const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
const INT64 = 7;
const OPSET = 13;
const IR_VERSION = 7;

/** Weights and bias that take the place of a layer's own, in their order. */
export interface LayerValues {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Eight-bit integers with one scale; zero point 0. */
export interface ActivationRange {
  readonly scale: number;
  readonly signed: boolean;
}

export interface ModelOptions {
  /** By name of the layer; others keep their own. */
  readonly values?: ReadonlyMap<string, LayerValues>;
  /** By name of the value: what a layer reads is rounded to these integers first. */
  readonly ranges?: ReadonlyMap<string, ActivationRange>;
}

/** The model of a whole network. */
export function networkModel(graph: NetworkGraph, options: ModelOptions = {}): Uint8Array {
  return stepsModel(graph.steps, [graph.input.name], graph.outputs, options);
}

/** A model of some steps, in order. The shapes of `inputs` are those of what is fed. */
export function stepsModel(steps: readonly Step[], inputs: readonly string[], outputs: readonly string[], options: ModelOptions = {}): Uint8Array {
  const model = new ModelWriter(options);
  for (const step of steps) {
    if (step.kind === 'layer') model.layer(step);
    else model.operator(step);
  }
  return model.encode(inputs, outputs);
}

class ModelWriter {
  private readonly nodes: InstanceType<typeof onnx.NodeProto>[] = [];
  private readonly initializers: InstanceType<typeof onnx.TensorProto>[] = [];
  private readonly rounded = new Map<string, string>();

  constructor(private readonly options: ModelOptions) {}

  layer(step: LayerStep): void {
    const { weight, bias, stride, pads, groups, activation } = step;
    const output = step.output.name;
    const values = this.options.values?.get(step.name) ?? { weight: weight.data, bias: bias.data };
    const input = this.integerInput(step.input.name);
    const sum = activation.kind === 'none' ? output : `${output}_sum`;
    this.float(`${output}_weight`, weight.shape, values.weight);
    this.float(`${output}_bias`, bias.shape, values.bias);
    const attributes = { kernel_shape: weight.shape.slice(2), strides: [stride, stride], pads, group: groups };
    this.node('Conv', [input, `${output}_weight`, `${output}_bias`], sum, attributes);
    if (activation.kind === 'relu') this.node('Relu', [sum], output);
    if (activation.kind === 'clip') {
      this.float(`${output}_min`, [], Float32Array.of(activation.min));
      this.float(`${output}_max`, [], Float32Array.of(activation.max));
      this.node('Clip', [sum, `${output}_min`, `${output}_max`], output);
    }
  }

  operator({ operator, inputs, output, attributes, constants }: OperatorStep): void {
    for (const [name, value] of Object.entries(constants)) {
      if ('shape' in value) this.float(name, value.shape, value.data);
      else this.constant(name, INT64, [value.length], new Uint8Array(BigInt64Array.from(value.map(BigInt)).buffer));
    }
    this.node(operator, inputs, output, attributes);
  }

  encode(inputs: readonly string[], outputs: readonly string[]): Uint8Array {
    const graph = onnx.GraphProto.create({
      name: 'graph',
      node: this.nodes,
      initializer: this.initializers,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    });
    const model = onnx.ModelProto.create({ irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET }], graph });
    return onnx.ModelProto.encode(model).finish();
  }

  /** The value as a layer reads it: as it is, or rounded to integers and back; once for all its readers. */
  private integerInput(name: string): string {
    const range = this.options.ranges?.get(name);
    if (range === undefined) return name;
    const known = this.rounded.get(name);
    if (known !== undefined) return known;
    this.float(`${name}_scale`, [], Float32Array.of(range.scale));
    this.constant(`${name}_zero`, range.signed ? INT8 : UINT8, [], Uint8Array.of(0));
    this.node('QuantizeLinear', [name, `${name}_scale`, `${name}_zero`], `${name}_integer`);
    this.node('DequantizeLinear', [`${name}_integer`, `${name}_scale`, `${name}_zero`], `${name}_rounded`);
    this.rounded.set(name, `${name}_rounded`);
    return `${name}_rounded`;
  }

  private node(opType: string, input: readonly string[], output: string, attributes: OperatorStep['attributes'] = {}): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push(onnx.NodeProto.create({ opType, input: [...input], output: [output], name: output, attribute }));
  }

  private float(name: string, shape: readonly number[], data: Float32Array): void {
    this.constant(name, FLOAT, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  private constant(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): void {
    this.initializers.push(onnx.TensorProto.create({ name, dims: [...dims], dataType, rawData }));
  }
}

function attributeProto(name: string, value: OperatorStep['attributes'][string]): InstanceType<typeof onnx.AttributeProto> {
  const { INT, INTS, FLOAT: REAL, STRING } = onnx.AttributeProto.AttributeType;
  if (typeof value === 'number') return onnx.AttributeProto.create({ name, type: INT, i: value });
  if (typeof value === 'string') return onnx.AttributeProto.create({ name, type: STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return onnx.AttributeProto.create({ name, type: REAL, f: value.float });
  return onnx.AttributeProto.create({ name, type: INTS, ints: [...value] });
}

function valueInfo(name: string): InstanceType<typeof onnx.ValueInfoProto> {
  return onnx.ValueInfoProto.create({ name, type: { tensorType: { elemType: FLOAT } } });
}

/** Shape and values of a float tensor that is all one value. */
export function filled(shape: readonly number[], value: number): FloatTensor {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}
