/**
 * Output shapes of the operators of convolution networks, from ONNX's operator definitions. An operator that is not here ends what is
 * known, unless the model declares the shape behind it.
 */
import { elementCount, shapeText } from '../../layer/tensor.js';
import { axisOf, broadcastShape } from './arrays.js';
import { windowGeometry } from './window.js';
import { flattened, permutation, reshaped, sliceOf, squeezed, unsqueezed } from './shape_arithmetic.js';
import type { OnnxNode } from './node.js';

type Shape = readonly number[];
/** Elements of the inputs that are small constants, by position. */
type Arguments = readonly (readonly number[] | undefined)[];

/** One shape for each output; `undefined` where it depends on what is not known. */
export type ShapeRule = (node: OnnxNode, shapes: readonly Shape[], args: Arguments, opset: number) => (Shape | undefined)[] | undefined;

const same: ShapeRule = (_, [x]) => [x];
const ALIKE = [
  'Abs', 'BatchNormalization', 'Cast', 'CastLike', 'Ceil', 'Celu', 'Clip', 'Cos', 'DequantizeLinear', 'Dropout', 'Elu', 'Erf', 'Exp', 'Floor', 'Gelu', 'GroupNormalization',
  'HardSigmoid', 'HardSwish', 'Hardmax', 'Identity', 'InstanceNormalization', 'LRN', 'LayerNormalization', 'LeakyRelu', 'Log', 'LogSoftmax', 'LpNormalization',
  'MeanVarianceNormalization', 'Mish', 'Neg', 'Not', 'PRelu', 'QuantizeLinear', 'Reciprocal', 'Relu', 'Round', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Softmax', 'Softplus',
  'Softsign', 'Sqrt', 'Tanh', 'ThresholdedRelu',
];
const BROADCAST = ['Add', 'And', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Max', 'Mean', 'Min', 'Mod', 'Mul', 'Or', 'Pow', 'Sub', 'Sum', 'Where', 'Xor'];
const REDUCE = ['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare'];

const TWO_INPUTS = [...BROADCAST.filter((name) => !['Max', 'Mean', 'Min', 'Sum'].includes(name)), 'Conv', 'ConvInteger', 'ConvTranspose', 'DequantizeLinear', 'Expand', 'Gather', 'Gemm', 'MatMul', 'MatMulInteger', 'PRelu', 'QuantizeLinear', 'Reshape', 'Tile', 'com.microsoft.FusedConv'];

/** How many inputs an operator needs at least; 0 for operators that are not looked into. */
export function leastInputs(operator: string): number {
  if (TWO_INPUTS.includes(operator)) return operator === 'Where' ? 3 : 2;
  const more: Readonly<Record<string, number>> = { BatchNormalization: 5, QLinearConv: 8, QLinearMatMul: 8, 'com.microsoft.QGemm': 6 };
  return more[operator] ?? (operator in SHAPE_RULES ? 1 : 0);
}

/** Operators with inputs that say which shape is made. */
export const TAKES_ARGUMENTS: ReadonlySet<string> = new Set([
  ...REDUCE, 'ConstantOfShape', 'Expand', 'Pad', 'Reshape', 'Resize', 'Slice', 'Split', 'Squeeze', 'Tile', 'Unsqueeze', 'Upsample',
]);

const convolution = (weight: number): ShapeRule => (node, shapes) => {
  const w = shapes[weight];
  const window = windowGeometry(node, shapes[0], w.slice(2));
  return window && [[shapes[0][0], w[0], ...window.output]];
};

const pool: ShapeRule = (node, [x]) => {
  const kernel = node.ints('kernel_shape') ?? node.fail('has no kernel_shape');
  const window = windowGeometry(node, x, kernel, node.int('ceil_mode', 0) === 1);
  const out = window && [x[0], x[1], ...window.output];
  return [out, out];
};

const product = (b: number): ShapeRule => (node, shapes) => [matMulShape(node, shapes[0], shapes[b])];

const shapedBy = (f: (node: OnnxNode, shape: Shape, argument: readonly number[] | undefined) => Shape): ShapeRule => (node, [x], args) =>
  node.inputs.length > 1 && args[1] === undefined ? undefined : [f(node, x, args[1])];

export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(ALIKE.map((name) => [name, same])),
  ...Object.fromEntries(BROADCAST.map((name) => [name, broadcast])),
  ...Object.fromEntries(REDUCE.map((name) => [name, reduce])),
  Conv: convolution(1),
  ConvInteger: convolution(1),
  QLinearConv: convolution(3),
  'com.microsoft.FusedConv': convolution(1),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: (_, [x]) => [x.map((n, i) => (i < 2 ? n : 1))],
  GlobalMaxPool: (_, [x]) => [x.map((n, i) => (i < 2 ? n : 1))],
  Gemm: (node, shapes) => [gemmShape(node, shapes[0], shapes[1])],
  'com.microsoft.QGemm': (node, shapes) => [gemmShape(node, shapes[0], shapes[3])],
  MatMul: product(1),
  MatMulInteger: product(1),
  QLinearMatMul: product(3),
  DynamicQuantizeLinear: (_, [x]) => [x, [], []],
  Reshape: shapedBy(reshaped),
  Squeeze: shapedBy(squeezed),
  Unsqueeze: shapedBy(unsqueezed),
  Flatten: (node, [x]) => [flattened(node, x)],
  Transpose: (node, [x]) => [permutation(node, x).map((axis) => x[axis])],
  Concat: concat,
  Split: split,
  Slice: (node, [x], args) => (node.inputs.some((name, i) => i > 0 && name !== '' && args[i] === undefined) ? undefined : [sliceOf(node, x, args.slice(1)).shape]),
  Pad: pad,
  Shape: (node, [x]) => [[x.slice(node.int('start', 0), node.int('end', undefined)).length]],
  Size: () => [[]],
  Gather: (node, [x, indices]) => [[...x.slice(0, axisIn(node, 0, x)), ...indices, ...x.slice(axisIn(node, 0, x) + 1)]],
  ConstantOfShape: (_, __, args) => args[0] && [args[0]],
  Expand: (node, [x], args) => args[1] && [broadcastShape(x, args[1]) ?? node.fail(`expands ${shapeText(x)} to ${shapeText(args[1])}`)],
  Tile: (_, [x], args) => args[1] && [x.map((n, i) => n * (args[1]![i] ?? 1))],
  Resize: (node, [x], args, opset) => [resized(node, x, opset < 11 ? args[1] : args[2], args[3])],
  Upsample: (node, [x], args) => [resized(node, x, args[1] ?? node.floats('scales'), undefined)],
  DepthToSpace: (node, [x]) => blocks(node, x, (c, h, w, b) => [c / (b * b), h * b, w * b]),
  SpaceToDepth: (node, [x]) => blocks(node, x, (c, h, w, b) => [c * b * b, h / b, w / b]),
};

function axisIn(node: OnnxNode, fallback: number, shape: Shape): number {
  const axis = node.int('axis', fallback);
  return axisOf(axis, shape.length) ?? node.fail(`has axis ${axis} for a value of shape ${shapeText(shape)}`);
}

function broadcast(node: OnnxNode, shapes: readonly Shape[]): Shape[] {
  return [shapes.reduce((a, b) => broadcastShape(a, b) ?? node.fail(`takes shapes ${shapeText(a)} and ${shapeText(b)}, which do not broadcast`))];
}

function reduce(node: OnnxNode, [x]: readonly Shape[], args: Arguments): Shape[] | undefined {
  if (node.optionalInput(1) && !args[1]) return undefined;
  const axes = (args[1] ?? node.ints('axes'))?.map((axis) => axisOf(axis, x.length) ?? node.fail(`reduces axis ${axis} of shape ${shapeText(x)}`));
  const gone = (i: number) => (axes && axes.length > 0 ? axes.includes(i) : node.int('noop_with_empty_axes', 0) === 0);
  return [node.int('keepdims', 1) === 1 ? x.map((n, i) => (gone(i) ? 1 : n)) : x.filter((_, i) => !gone(i))];
}

function convTranspose(node: OnnxNode, [x, w]: readonly Shape[]): Shape[] | undefined {
  if (node.has('output_shape') || node.string('auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const sides = x.length - 2;
  const list = (name: string, fallback: number, count = sides) => node.ints(name) ?? new Array<number>(count).fill(fallback);
  const [strides, dilations, extra, pads] = [list('strides', 1), list('dilations', 1), list('output_padding', 0), list('pads', 0, 2 * sides)];
  const side = (i: number) => strides[i] * (x[i + 2] - 1) + extra[i] + (w[i + 2] - 1) * dilations[i] + 1 - pads[i] - pads[i + sides];
  return [[x[0], w[1] * node.int('group', 1), ...x.slice(2).map((_, i) => side(i))]];
}

function matMulShape(node: OnnxNode, a: Shape, b: Shape): Shape {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  if (a.length === 0 || b.length === 0 || !batch || left[left.length - 1] !== right[right.length - 2]) {
    return node.fail(`multiplies shapes ${shapeText(a)} and ${shapeText(b)}, which do not match`, 'Export the model again');
  }
  return [...batch, ...(a.length === 1 ? [] : [left[left.length - 2]]), ...(b.length === 1 ? [] : [right[right.length - 1]])];
}

function gemmShape(node: OnnxNode, a: Shape, b: Shape): Shape {
  if (a.length !== 2 || b.length !== 2) return node.fail(`multiplies shapes ${shapeText(a)} and ${shapeText(b)}; Gemm takes matrices`, 'Export the model again');
  const [m, k] = node.int('transA', 0) ? [a[1], a[0]] : a;
  const [k2, n] = node.int('transB', 0) ? [b[1], b[0]] : b;
  if (k !== k2) node.fail(`multiplies shapes ${shapeText(a)} and ${shapeText(b)} with transA ${node.int('transA', 0)}, transB ${node.int('transB', 0)}, which do not match`, 'Export the model again');
  return [m, n];
}

function concat(node: OnnxNode, shapes: readonly Shape[]): Shape[] {
  const axis = axisIn(node, 1, shapes[0]);
  const odd = shapes.find((s) => s.length !== shapes[0].length || s.some((n, i) => i !== axis && n !== shapes[0][i]));
  if (odd) node.fail(`joins shapes ${shapeText(shapes[0])} and ${shapeText(odd)} on axis ${axis}`);
  return [shapes[0].map((n, i) => (i === axis ? shapes.reduce((sum, s) => sum + s[axis], 0) : n))];
}

function split(node: OnnxNode, [x]: readonly Shape[], args: Arguments): Shape[] | undefined {
  if (node.optionalInput(1) && !args[1]) return undefined;
  const axis = axisIn(node, 0, x);
  const parts = node.outputs.length;
  const each = Math.ceil(x[axis] / parts);
  const sizes = args[1] ?? node.ints('split') ?? node.outputs.map((_, i) => Math.max(0, Math.min(each, x[axis] - i * each)));
  return sizes.map((size) => x.map((n, i) => (i === axis ? size : n)));
}

function pad(node: OnnxNode, [x]: readonly Shape[], args: Arguments): Shape[] | undefined {
  const pads = node.inputs.length > 1 ? args[1] : node.ints('pads');
  if (!pads || node.optionalInput(3) || pads.length !== 2 * x.length) return undefined;
  return [x.map((n, i) => n + pads[i] + pads[i + x.length])];
}

function resized(node: OnnxNode, x: Shape, scales: readonly number[] | undefined, sizes: readonly number[] | undefined): Shape | undefined {
  if (node.ints('axes')) return undefined;
  if (sizes?.length === x.length) return sizes;
  return scales?.length === x.length ? x.map((n, i) => Math.floor(n * scales[i])) : undefined;
}

function blocks(node: OnnxNode, x: Shape, f: (c: number, h: number, w: number, block: number) => number[]): Shape[] | undefined {
  const block = node.int('blocksize', 0);
  const made = x.length === 4 && block > 0 ? f(x[1], x[2], x[3], block) : [];
  return made.length === 3 && made.every(Number.isInteger) ? [[x[0], ...made]] : node.fail(`has blocksize ${block} for shape ${shapeText(x)} of ${elementCount(x)} elements`);
}
