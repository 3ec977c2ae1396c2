/** The one-node ONNX models that the oracle runs. Weights are graph inputs, so one model serves all parts of a layer. */
import onnxProto from 'onnx-proto';
import type { Geometry } from '../../generator/layer/layer.js';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const { DataType } = onnx.TensorProto;

/** Opset 13 with IR version 7: has all three operators in their present meaning. */
const OPSET = 13;
const IR_VERSION = 7;

export type ByteType = 'uint8' | 'int8';

interface Operand {
  readonly name: string;
  readonly type: number;
  readonly rank: number;
}

/** `y = ConvInteger(x, w, x_zero_point)`: x (N,C,H,W) of type `input`, w (M,C/groups,kH,kW) int8, y int32. */
export function convIntegerModel(g: Geometry, input: ByteType): Uint8Array {
  const inputs = [operand('x', input, 4), operand('w', 'int8', 4), operand('x_zero_point', input, 0)];
  return model('ConvInteger', inputs, DataType.INT32, convolutionAttributes(g));
}

/** `y = MatMulInteger(a, b, a_zero_point)`: a (rows, K) of type `input`, b (K, columns) int8, y int32. */
export function matMulIntegerModel(input: ByteType): Uint8Array {
  const inputs = [operand('a', input, 2), operand('b', 'int8', 2), operand('a_zero_point', input, 0)];
  return model('MatMulInteger', inputs, DataType.INT32, []);
}

/** `y = QLinearConv(...)` with input and output of one type, one weight scale for each output channel, and int32 bias. */
export function qLinearConvModel(g: Geometry, type: ByteType): Uint8Array {
  const inputs: Operand[] = [
    operand('x', type, 4),
    { name: 'x_scale', type: DataType.FLOAT, rank: 0 },
    operand('x_zero_point', type, 0),
    operand('w', 'int8', 4),
    { name: 'w_scale', type: DataType.FLOAT, rank: 1 },
    operand('w_zero_point', 'int8', 1),
    { name: 'y_scale', type: DataType.FLOAT, rank: 0 },
    operand('y_zero_point', type, 0),
    { name: 'b', type: DataType.INT32, rank: 1 },
  ];
  return model('QLinearConv', inputs, byteType(type), convolutionAttributes(g));
}

function operand(name: string, type: ByteType, rank: number): Operand {
  return { name, type: byteType(type), rank };
}

function byteType(type: ByteType): number {
  return type === 'uint8' ? DataType.UINT8 : DataType.INT8;
}

function convolutionAttributes(g: Geometry) {
  return [
    integers('kernel_shape', [g.kernelHeight, g.kernelWidth]),
    integers('strides', [g.strideHeight, g.strideWidth]),
    integers('pads', [g.padTop, g.padLeft, g.padBottom, g.padRight]),
    integers('dilations', [g.dilationHeight, g.dilationWidth]),
    { name: 'group', type: AttributeType.INT, i: g.groups },
  ];
}

function integers(name: string, values: number[]) {
  return { name, type: AttributeType.INTS, ints: values };
}

function model(opType: string, inputs: Operand[], outputType: number, attribute: object[]): Uint8Array {
  const node = { opType, input: inputs.map(({ name }) => name), output: ['y'], attribute };
  const graph = {
    name: opType,
    node: [node],
    input: inputs.map(({ name, type, rank }) => valueInfo(name, type, rank)),
    output: [{ name: 'y', type: { tensorType: { elemType: outputType } } }],
  };
  const proto = onnx.ModelProto.create({ irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET }], graph });
  return onnx.ModelProto.encode(proto).finish();
}

/** Dimensions are left open (named), so that the runtime takes any size. */
function valueInfo(name: string, elemType: number, rank: number) {
  const dim = Array.from({ length: rank }, (_, axis) => ({ dimParam: `${name}_${axis}` }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
