/** Builder of float32 ONNX models for convolution networks: 'SAME' convolutions and the few operators around them. */
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const FLOAT = 1;
const INT64 = 7;
const OPSET = 13;
const IR_VERSION = 7;

/** Float values, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A value of the graph: its name and its shape (channels, height, width), batch 1. */
export interface MapValue {
  readonly name: string;
  readonly shape: readonly [number, number, number];
}

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** Clip to 0..6 behind the convolution. */
  readonly relu6?: boolean;
}

export class OnnxGraph {
  private readonly nodes: InstanceType<typeof onnx.NodeProto>[] = [];
  private readonly initializers: InstanceType<typeof onnx.TensorProto>[] = [];
  private readonly outputs: string[] = [];
  private next = 0;

  constructor(private readonly input: MapValue) {
    this.float('relu6_low', [], new Float32Array([0]));
    this.float('relu6_high', [], new Float32Array([6]));
  }

  /**
   * Convolution with TensorFlow's 'SAME' padding (the odd row or column goes to the bottom and right).
   * @param weight (out, in / groups, kernel, kernel)
   * @param bias (out)
   */
  convolution(x: MapValue, weight: FloatTensor, bias: FloatTensor, options: ConvolutionOptions = {}): MapValue {
    const { stride = 1, groups = 1, relu6 = false } = options;
    const [outChannels, , kernel] = weight.shape;
    const [, height, width] = x.shape;
    const [top, bottom, outHeight] = samePadding(height, kernel, stride);
    const [left, right, outWidth] = samePadding(width, kernel, stride);
    const id = this.next++;
    const out = `conv_${id}`;
    this.float(`weight_${id}`, weight.shape, weight.data);
    this.float(`bias_${id}`, bias.shape, bias.data);
    this.node('Conv', [x.name, `weight_${id}`, `bias_${id}`], out, [
      ints('kernel_shape', [kernel, kernel]),
      ints('strides', [stride, stride]),
      ints('pads', [top, left, bottom, right]),
      onnx.AttributeProto.create({ name: 'group', type: onnx.AttributeProto.AttributeType.INT, i: groups }),
    ]);
    const name = relu6 ? `relu6_${id}` : out;
    if (relu6) this.node('Clip', [out, 'relu6_low', 'relu6_high'], name);
    return { name, shape: [outChannels, outHeight, outWidth] };
  }

  /** Joins maps to one list of rows (1, n, rowSize): each map in NHWC order, cut into rows, one map after the other. */
  rows(maps: readonly MapValue[], rowSize: number): string {
    const id = this.next++;
    this.initializers.push(int64(`row_shape_${id}`, [1, -1, rowSize]));
    const parts = maps.map((map) => {
      this.node('Transpose', [map.name], `${map.name}_nhwc`, [ints('perm', [0, 2, 3, 1])]);
      this.node('Reshape', [`${map.name}_nhwc`, `row_shape_${id}`], `${map.name}_rows`);
      return `${map.name}_rows`;
    });
    const axis = onnx.AttributeProto.create({ name: 'axis', type: onnx.AttributeProto.AttributeType.INT, i: 1 });
    this.node('Concat', parts, `rows_${id}`, [axis]);
    return `rows_${id}`;
  }

  /** Makes a value an output of the model, under a name of its own. */
  output(value: string, name: string): void {
    this.node('Identity', [value], name);
    this.outputs.push(name);
  }

  /** The model file's bytes. */
  encode(): Uint8Array {
    const graph = onnx.GraphProto.create({
      name: 'graph',
      node: this.nodes,
      initializer: this.initializers,
      input: [valueInfo(this.input.name, [1, ...this.input.shape])],
      output: this.outputs.map((name) => valueInfo(name)),
    });
    const model = onnx.ModelProto.create({ irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET }], graph });
    return onnx.ModelProto.encode(model).finish();
  }

  private node(opType: string, input: string[], output: string, attribute: InstanceType<typeof onnx.AttributeProto>[] = []): void {
    this.nodes.push(onnx.NodeProto.create({ opType, input, output: [output], name: output, attribute }));
  }

  private float(name: string, shape: readonly number[], data: Float32Array): void {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push(onnx.TensorProto.create({ name, dims: [...shape], dataType: FLOAT, rawData }));
  }
}

/** Padding before and behind, and output size, of TensorFlow's 'SAME'. */
function samePadding(size: number, kernel: number, stride: number): [number, number, number] {
  const out = Math.ceil(size / stride);
  const total = Math.max(0, (out - 1) * stride + kernel - size);
  const before = Math.floor(total / 2);
  return [before, total - before, out];
}

function ints(name: string, values: number[]): InstanceType<typeof onnx.AttributeProto> {
  return onnx.AttributeProto.create({ name, type: onnx.AttributeProto.AttributeType.INTS, ints: values });
}

function int64(name: string, values: number[]): InstanceType<typeof onnx.TensorProto> {
  const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return onnx.TensorProto.create({ name, dims: [values.length], dataType: INT64, rawData });
}

function valueInfo(name: string, shape?: readonly number[]): InstanceType<typeof onnx.ValueInfoProto> {
  const dims = shape?.map((dimValue) => ({ dimValue }));
  const tensorType = { elemType: FLOAT, ...(dims ? { shape: { dim: dims } } : {}) };
  return onnx.ValueInfoProto.create({ name, type: { tensorType } });
}
