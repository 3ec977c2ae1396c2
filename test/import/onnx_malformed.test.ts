/** Models that are damaged, contradict themselves, or hold what the hardware has not: each through the command line, from real bytes. */
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShiftloomError } from '../../generator/errors.js';
import { OnnxGraph } from '../../generator/import/onnx/graph.js';
import { findLayers, readLayer } from '../../generator/import/onnx/layers.js';
import { parseModel } from '../../generator/import/onnx/model.js';
import { GraphValues } from '../../generator/import/onnx/values.js';
import { Random } from '../../generator/layer/random.js';
import { cli } from '../cli/cli.js';
import { ModelBuilder, TYPE, tensor, valueInfo } from './onnx/builder.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-malformed-'));
const MEBI = 2 ** 20;

interface Parts {
  readonly dims?: readonly (number | string)[];
  readonly weight?: readonly number[];
  readonly attributes?: Parameters<ModelBuilder['node']>[2];
  /** What is different in the weights' tensor. */
  readonly fields?: object;
  readonly values?: ArrayLike<number>;
  readonly opset?: number;
  readonly operator?: string;
  readonly inputs?: readonly string[];
  /** More nodes, initializers and inputs. */
  readonly more?: (model: ModelBuilder) => void;
}

/** A model of one layer: `x` (1, 4, 8, 8) by `w` (6, 4, 3, 3) with a bias of 6, in the node `conv`. */
function model(parts: Parts = {}): ModelBuilder {
  const { dims = [1, 4, 8, 8], weight = [6, 4, 3, 3], attributes = {}, fields = {}, opset = 13, operator = 'Conv', inputs = ['x', 'w', 'b'] } = parts;
  const builder = new ModelBuilder(opset);
  builder.input('x', dims);
  const count = Math.min(1e5, Math.max(0, weight.reduce((a, b) => a * b, 1)));
  builder.constant('w', weight, parts.values ?? Float32Array.from({ length: count }, (_, i) => Math.sin(i)), 'float', fields);
  builder.constant('b', [6], [1, 2, 3, 4, 5, 6]);
  parts.more?.(builder);
  builder.node(operator, inputs, attributes, { name: 'conv', outputs: ['y'] });
  return builder.output('y');
}

const one = (parts: Parts = {}) => model(parts).encode();
const whole = one();
const external = (location: string, more: Record<string, string> = {}) => ({
  rawData: undefined,
  dataLocation: 1,
  externalData: Object.entries({ location, ...more }).map(([key, value]) => ({ key, value })),
});
const cut = (at: number) => whole.subarray(0, at);
const sigmoid = (b: ModelBuilder) => b.node('Sigmoid', ['x'], {}, { outputs: ['s'] });

/** A node whose attribute holds a graph with such a node, and so on. */
function nested(levels: number): Buffer {
  const field = (tag: number, body: Buffer) => Buffer.concat([Buffer.from([(tag << 3) | 2, ...varint(body.length)]), body]);
  let graph = Buffer.alloc(0);
  for (let i = 0; i < levels; i++) graph = field(1, field(5, field(6, graph)));
  return Buffer.concat([Buffer.from([0x08, 7]), field(7, graph)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

type Case = readonly [what: string, bytes: () => Uint8Array, message: string | RegExp, args?: readonly string[]];

const damaged: Case[] = [
  ['an empty file', () => new Uint8Array(0), 'M: is empty. Export the model again'],
  ['a text file', () => Buffer.from('This is not a model.\n'), /^M: is no whole ONNX model: .+\. It is cut short, damaged or of another format: copy or export it again$/],
  ['JSON', () => Buffer.from('{"format": "onnx", "layers": []}'), /^M: is no (whole )?ONNX model: .+/],
  ['zeros', () => new Uint8Array(4096), /^M: is no (whole )?ONNX model: .+/],
  ['a model that ends in its first field', () => cut(1), /^M: is no whole ONNX model: byte 1 begins a field that goes on behind the end \(1 bytes\)/],
  ['a model that ends in a node', () => cut(60), /^M: is no whole ONNX model: byte \d+ begins a field that goes on behind the end \(60 bytes\)/],
  ['a model that ends in its weights', () => cut(500), /^M: is no whole ONNX model: byte \d+ begins a field that goes on behind the end \(500 bytes\)/],
  ['a model that ends one byte early', () => cut(whole.length - 1), /^M: is no whole ONNX model: .+ behind the end/],
  ['a model that claims a graph of 2 GiB', () => Buffer.from([0x08, 7, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3]), /^M: is no whole ONNX model: .+/],
  ['a model of 30,000 graphs in one another', () => nested(30_000), 'M: is no whole ONNX model: its messages are nested too deeply. It is cut short, damaged or of another format: copy or export it again'],
  ['a model without a graph', () => Buffer.from([0x08, 7, 0x42, 2, 0x10, 13]), 'M: is no ONNX model: it has no graph. Give a file that an ONNX exporter wrote, whole'],
  ['a graph without nodes', () => new ModelBuilder().encode(), 'M: has a graph without nodes. Export the model again'],
  ['no opset', () => model().encode({ opsetImport: [{ domain: 'com.microsoft', version: 1 }] }), "M: names no opset of the domain 'ai.onnx'. Export the model again, whole"],
  ['opset 3', () => one({ opset: 3 }), 'M: uses opset 3; opsets 7 to 21 are read. Export it with opset 13'],
  ['opset 99', () => one({ opset: 99 }), 'M: uses opset 99; opsets 7 to 21 are read. Export it with opset 21'],
];

const tensors: Case[] = [
  ['raw data that are too short', () => one({ fields: { rawData: new Uint8Array(40) } }), "M tensor 'w': has 40 bytes of raw_data; its shape (6, 4, 3, 3) and type take 864. Export the model again"],
  ['raw data that are too long', () => one({ fields: { rawData: new Uint8Array(868) } }), "M tensor 'w': has 868 bytes of raw_data; its shape (6, 4, 3, 3) and type take 864. Export the model again"],
  ['typed data of wrong length', () => one({ fields: { rawData: undefined, floatData: [1, 2, 3] } }), "M tensor 'w': holds 3 values; its shape (6, 4, 3, 3) takes 216. Export the model again"],
  ['no data', () => one({ fields: { rawData: undefined } }), "M tensor 'w': holds 0 values; its shape (6, 4, 3, 3) takes 216. Export the model again"],
  ['data in segments', () => one({ fields: { segment: { begin: 0, end: 10 } } }), "M tensor 'w': is stored in segments, which no exporter writes. Export the model again"],
  ['a tensor that claims 2 GiB', () => one({ weight: [8192, 65536], values: [1] }), "M tensor 'w': claims shape (8192, 65536), 536870912 elements; up to 268435456 are read. Export the model again, or split the layer"],
  ['dimensions whose product overflows', () => one({ weight: [2 ** 40, 2 ** 40, 3, 3], values: [1] }), /^M tensor 'w': claims shape \(1099511627776, 1099511627776, 3, 3\), 1\.08\d+e\+25 elements; up to 268435456 are read/],
  ['a claim below the limit without the bytes', () => one({ weight: [16384, 16384], values: [1], operator: 'MatMul', inputs: ['x', 'w'], dims: [1, 16384] }), "M tensor 'w': has 4 bytes of raw_data; its shape (16384, 16384) and type take 1073741824. Export the model again"],
  ['a negative dimension', () => one({ weight: [6, -4, 3, 3], values: [1] }), "M tensor 'w': has a dimension of -4 in its shape (6, -4, 3, 3). Export the model again"],
  ['a tensor without elements', () => one({ weight: [6, 0, 3, 3] }), "M Conv 'conv': input 1 'w' has shape (6, 0, 3, 3), no elements. Export the model again"],
  ['an unknown element type', () => one({ fields: { dataType: 77 } }), "M tensor 'w': has element type number 77, which ONNX does not define. Floats of 16, 32 and 64 bits, bool and integers of 4 to 64 bits are read"],
  ['strings', () => one({ fields: { dataType: TYPE.string, rawData: undefined, stringData: [Buffer.from('a')] } }), /^M tensor 'w': has element type STRING/],
  ['complex numbers', () => one({ fields: { dataType: 14 } }), /^M tensor 'w': has element type COMPLEX64/],
  ['8-bit floats', () => one({ fields: { dataType: 17 } }), /^M tensor 'w': has element type FLOAT8E4M3FN/],
  ['a weight that is NaN', () => one({ values: Float32Array.from({ length: 216 }, (_, i) => (i === 7 ? NaN : 1)) }), "M Conv 'conv' weight: value 7 is NaN; finite numbers are needed"],
  ['a weight that is infinite', () => one({ values: Float32Array.from({ length: 216 }, (_, i) => (i === 9 ? -Infinity : 1)) }), "M Conv 'conv' weight: value 9 is -Infinity; finite numbers are needed"],
  ['a bias that is NaN', () => one({ more: (b) => b.constant('nan', [6], [0, 0, NaN, 0, 0, 0]), inputs: ['x', 'w', 'nan'] }), "M Conv 'conv' bias: value 2 is NaN; finite numbers are needed"],
  ['a variance below zero', () => normalized([1, 1, -3, 1, 1, 1]), "M BatchNormalization 'bn': has the variance -3 for channel 2; numbers above -epsilon are needed. Export the model again"],
  ['a constant blown up from one number', () => blownUp(), "M ConstantOfShape 'fill': makes a constant of shape (30000, 30000) from 1 element(s); up to 4194304 are made. Store the constant in the model"],
  ['a Constant node without a value', () => one({ more: (b) => b.node('Constant', [], {}, { name: 'c', outputs: ['empty'] }), inputs: ['x', 'w', 'empty'] }), /^M (Constant 'c': has no value|Conv 'conv': input 2 'empty' has shape \(\))/],
];

const files: Case[] = [
  ['external data that are missing', () => one({ fields: external('none.bin') }), "M tensor 'w': keeps its data in D/none.bin: no such file. Copy the data file beside the model"],
  ['external data that are cut short', () => one({ fields: external('short.bin') }), "M tensor 'w': lies at bytes 0 to 864 of D/short.bin, which has 100. Copy the data file again, whole"],
  ['external data behind the end of the file', () => one({ fields: external('short.bin', { offset: '9000000000' }) }), "M tensor 'w': lies at bytes 9000000000 to 9000000864 of D/short.bin, which has 100. Copy the data file again, whole"],
  ['external data of another length', () => one({ fields: external('short.bin', { length: '100' }) }), "M tensor 'w': has external data of 100 bytes; its shape and type take 864. Export the model again"],
  ['an offset that is no number', () => one({ fields: external('short.bin', { offset: '-4' }) }), "M tensor 'w': has external data with the offset '-4'; a whole number is needed. Export the model again"],
  ['external data without a location', () => one({ fields: { rawData: undefined, dataLocation: 1 } }), "M tensor 'w': has external data without a location. Export the model again"],
  ['a path that leads out of the folder', () => one({ fields: external('../../etc/passwd') }), "M tensor 'w': keeps its data in '../../etc/passwd', outside of the model's folder. Put the data file beside the model and write its name only"],
  ['an absolute path', () => one({ fields: external('/etc/passwd') }), "M tensor 'w': keeps its data in '/etc/passwd', outside of the model's folder. Put the data file beside the model and write its name only"],
  ['a link that leads out of the folder', () => one({ fields: external('link.bin') }), "M tensor 'w': keeps its data in 'link.bin', outside of the model's folder. Put the data file beside the model and write its name only"],
  ['a folder as external data', () => one({ fields: external('sub') }), "M tensor 'w': keeps its data in D/sub, which is no file. Copy the data file beside the model"],
];

const graphs: Case[] = [
  ['an input that nobody makes', () => one({ inputs: ['x', 'wt', 'b'] }), "M Conv 'conv': takes 'wt', which no node makes and which is neither an input nor an initializer. Is it 'w'? Export the model again"],
  ['a node without inputs', () => one({ inputs: [] }), "M Conv 'conv': has no input 0"],
  ['an output that nobody makes', () => model().output('z').encode(), "M: has the output 'z', which no node makes. Export the model again"],
  ['two nodes that make one value', () => one({ more: (b) => b.node('Relu', ['x'], {}, { name: 'r', outputs: ['y'] }) }), "M: has the value 'y' twice: it is made by Relu 'r' and Conv 'conv'. Every value needs a name of its own: export the model again"],
  ['two initializers of one name', () => one({ more: (b) => b.constant('w', [1], [1]) }), "M: has the value 'w' twice: it is made by two initializers. Every value needs a name of its own: export the model again"],
  ['a node that makes an initializer', () => one({ more: (b) => b.node('Relu', ['x'], {}, { name: 'r', outputs: ['b'] }) }), "M: has the value 'b' twice: it is made by an initializer and Relu 'r'. Every value needs a name of its own: export the model again"],
  ['a cycle', () => one({ more: (b) => (b.node('Add', ['x', 'q'], {}, { name: 'a', outputs: ['p'] }), b.node('Relu', ['p'], {}, { name: 'r', outputs: ['q'] })) }), "M: has a cycle: 2 node(s) wait for one another or for a node that does, among them Add 'a', Relu 'r'. Export the model again"],
  ['a node that waits for itself', () => one({ inputs: ['y', 'w', 'b'] }), "M: has a cycle: 1 node(s) wait for one another or for a node that does, among them Conv 'conv'. Export the model again"],
  ['a declared dimension below zero', () => one({ dims: [1, 4, -8, 8] }), "M value 'x': is declared with a dimension of -8. Dimensions are 0 or more; leave open ones without a value"],
  ['an attribute of another type', () => one({ attributes: { strides: 'two' } }), "M Conv 'conv': has attribute 'strides' of string; the operator takes ints"],
];

const shapes: Case[] = [
  ['weights for other channels than the input has', () => one({ dims: [1, 5, 8, 8] }), "M Conv 'conv': W has shape (6, 4, 3, 3): 4 input channels in 1 group(s), the input has 5. Export the model again"],
  ['a group that does not divide', () => one({ attributes: { group: 4 } }), "M Conv 'conv': group is 4, which does not divide the 4 input and 6 output channels. Export the model again"],
  ['a group of zero', () => one({ attributes: { group: 0 } }), "M Conv 'conv': group is 0, which does not divide the 4 input and 6 output channels. Export the model again"],
  ['a kernel_shape that is not that of the weights', () => one({ attributes: { kernel_shape: [5, 5] } }), "M Conv 'conv': has kernel_shape (5, 5); its weights have (3, 3). Export the model again"],
  ['a kernel larger than the input', () => one({ dims: [1, 4, 2, 8] }), "M Conv 'conv': has a window that spans 3 on spatial axis 0, the padded input has 2: no output. Give a larger input, or more pads"],
  ['strides of zero', () => one({ attributes: { strides: [0, 1] } }), "M Conv 'conv': has strides (0, 1); numbers from 1 are allowed. Export the model again"],
  ['three pads', () => one({ attributes: { pads: [1, 1, 1] } }), "M Conv 'conv': has 3 pads; 4 are needed. Export the model again"],
  ['an unknown auto_pad', () => one({ attributes: { auto_pad: 'SAME' } }), "M Conv 'conv': has auto_pad 'SAME'. Allowed: NOTSET, SAME_UPPER, SAME_LOWER, VALID"],
  ['a bias of another length', () => one({ more: (b) => b.constant('b5', [5], [1, 2, 3, 4, 5]), inputs: ['x', 'w', 'b5'] }), "M Conv 'conv': input 2 'b5' has shape (5,); a bias of 6 channels is needed. Export the model again"],
  ['matrices that do not match', () => one({ operator: 'Gemm', dims: [1, 5], weight: [4, 6] }), "M Gemm 'conv': input 1 'w' has shape (4, 6), the input (1, 5): they do not match. Export the model again"],
  ['scales of another number than channels', () => scaled([1, 2, 3]), "M QLinearConv 'conv': has 'w_scale' of shape (3,) for 6 output channels. One value, or one for each output channel, is needed"],
];

const unsupported: Case[] = [
  ['a 3-dimensional convolution', () => one({ dims: [1, 4, 8, 8, 8], weight: [6, 4, 3, 3, 3] }), "M: has no layer that can be imported: Conv 'conv': kernel_shape is a 3-dimensional convolution (input (1, 4, 8, 8, 8)); the engine has two dimensions. Split it into 2-dimensional convolutions"],
  ['a transposed convolution', () => one({ operator: 'ConvTranspose', weight: [4, 6, 3, 3] }), /^M: has no layer that can be imported: ConvTranspose 'conv': ConvTranspose a transposed convolution writes each input to many outputs.*\. Use Resize and Conv/],
  ['an LSTM', () => one({ operator: 'LSTM' }), /^M: has no layer that can be imported: LSTM 'conv': LSTM the engine has no memory between frames/],
  ['only activations', () => one({ operator: 'Relu', inputs: ['x'] }), 'M: has no convolution and no product with constant weights. shiftloom import MODEL lists its operators'],
  ['weights that are an input', () => one({ more: (b) => b.input('v', [6, 4, 3, 3]), inputs: ['x', 'v'] }), "M: has no layer that can be imported: Conv 'conv': input 1 'v' is an input of the model; the engine's weights are constants. Store the weights in the model"],
  ['weights that are computed', () => one({ operator: 'MatMul', inputs: ['x', 's'], more: sigmoid }), "M: has no layer that can be imported: MatMul 'conv': input 1 's' is computed while the model runs, by Sigmoid 'sigmoid_0'; the engine's weights are constants. Store the weights in the model"],
  ['a kernel larger than 11', () => one({ dims: [1, 4, 30, 30], weight: [6, 4, 13, 3] }), "M: has no layer that can be imported: Conv 'conv': kernel_shape is 13, 3; the engine has up to 11. Replace it by smaller kernels one after the other"],
  ['strides above 16', () => one({ attributes: { strides: [17, 1] } }), "M: has no layer that can be imported: Conv 'conv': strides is 17, 1; the engine has up to 16. Use smaller ones in the network"],
  ['dilations above 32', () => one({ dims: [1, 4, 90, 90], attributes: { dilations: [40, 1] } }), "M: has no layer that can be imported: Conv 'conv': dilations is 40, 1; the engine has up to 32. Use smaller ones in the network"],
  ['negative pads', () => one({ attributes: { pads: [-1, 0, 0, 0] } }), "M: has no layer that can be imported: Conv 'conv': pads is -1, 0, 0, 0; the engine does not cut its input. Slice the input before the layer"],
  ['a map wider than 8192', () => one({ dims: [1, 4, 8, 10000] }), "M: has no layer that can be imported: Conv 'conv': input map is 8 x 10000; the engine has up to 8192 each way. Run it in tiles"],
  ['an open height', () => one({ dims: ['N', 4, 'height', 8] }), "M: has no layer that can be imported: Conv 'conv': input 'x' dimension 2 of the input 'x' is open: (N, 4, height, 8). Give it: --input-shape 'NAME=1,3,224,224'"],
  ['a loop', () => looped(), /^M: has no layer that can be imported: Loop 'loop': Loop layers inside of its body are not looked for/],
  ['an operator that the model defines', () => model({ operator: 'MyConv' }).encode({ functions: [{ name: 'MyConv', domain: '' }] }), "M: has no layer that can be imported: MyConv 'conv': MyConv is a function that the model defines; layers inside of it are not looked for. Inline functions before exporting"],
  ['a shape that is not worked out', () => one({ more: (b) => b.node('NonZero', ['x'], {}, { name: 'nz', outputs: ['s'] }), inputs: ['s', 'w', 'b'] }), "M: has no layer that can be imported: Conv 'conv': input 's' the shape of what NonZero 'nz' makes is not worked out here and not in the model. Give the shape of this value: --input-shape 's=...'"],
  ['an input shape that contradicts the model', () => whole, "M input 'x': is (1, 4, 8, 8) in the model, not (1, 3, 8, 8). Only open dimensions can be given", ['--input-shape', 'x=1,3,8,8']],
  ['an input shape for an unknown input', () => whole, "--input-shape: names 'image', which the model does not have. Its inputs: x", ['--input-shape', 'image=1,3,8,8']],
];

function normalized(variance: readonly number[]): Buffer {
  const builder = new ModelBuilder();
  builder.input('x', [1, 4, 8, 8]);
  builder.constant('w', [6, 4, 3, 3], new Float32Array(216).fill(1));
  const names = ['scale', 'shift', 'mean'].map((name) => builder.constant(name, [6], new Float32Array(6)));
  const y = builder.node('BatchNormalization', [builder.node('Conv', ['x', 'w']), ...names, builder.constant('variance', [6], variance)], {}, { name: 'bn' });
  return builder.output(y).encode();
}

function blownUp(): Buffer {
  const builder = new ModelBuilder();
  builder.input('x', [1, 30000]);
  const shape = builder.constant('shape', [2], [30000, 30000], 'int64');
  const w = builder.node('ConstantOfShape', [shape], {}, { name: 'fill' });
  return builder.output(builder.node('MatMul', ['x', w])).encode();
}

function scaled(scale: readonly number[]): Buffer {
  const builder = new ModelBuilder();
  const one = (name: string) => builder.constant(name, [], [1]);
  const zero = (name: string) => builder.constant(name, [], [0], 'int8');
  builder.input('x', [1, 4, 8, 8], 'int8');
  const w = builder.constant('w', [6, 4, 3, 3], new Int8Array(216), 'int8');
  const inputs = ['x', one('x_scale'), zero('x_zero'), w, builder.constant('w_scale', [scale.length], scale), zero('w_zero'), one('y_scale'), zero('y_zero')];
  return builder.output(builder.node('QLinearConv', inputs, {}, { name: 'conv' })).encode();
}

function looped(): Buffer {
  const builder = new ModelBuilder();
  builder.input('x', [1, 4]);
  const count = builder.constant('n', [], [3], 'int64');
  const body = { name: 'body', node: [{ opType: 'Relu', input: ['x'], output: ['r'] }], input: [valueInfo('i', [], 'int64'), valueInfo('c', [], 'bool')], output: [{ name: 'c' }, { name: 'r' }] };
  const y = builder.node('Loop', [count, ''], { body: { g: body } }, { name: 'loop' });
  return builder.output(y).encode();
}

writeFileSync(join(folder, 'short.bin'), new Uint8Array(100));
mkdirSync(join(folder, 'sub'));
symlinkSync('/etc/passwd', join(folder, 'link.bin'));
const all: Case[] = [...damaged, ...tensors, ...files, ...graphs, ...shapes, ...unsupported];

describe('models that cannot be imported', () => {
  it('are more than fifty here', () => {
    expect(all.length).toBeGreaterThanOrEqual(50);
  });

  it.each(all)('%s: a clear error, nothing written, in short time and little memory', async (what, bytes, message, args = []) => {
    const path = join(folder, 'model.onnx');
    const out = join(folder, 'out');
    writeFileSync(path, bytes());
    const before = process.memoryUsage();
    const started = performance.now();
    const { code, stdout, stderr } = await cli(['import', path, '--all', '--out', out, ...args]);
    const after = process.memoryUsage();
    expect({ code, stdout, written: existsSync(out) }, stderr).toEqual({ code: 2, stdout: '', written: false });
    const told = stderr.replace(/^shiftloom: /, '').trimEnd().replaceAll(path, 'M').replaceAll(folder, 'D');
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
    expect(told).not.toMatch(/\n|TypeError|RangeError|undefined|\bat \w+ \(/);
    expect(performance.now() - started, what).toBeLessThan(2000);
    expect((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / MEBI, what).toBeLessThan(64);
  });

  it('6,000 random changes of bytes in four models end in a layer or in an error of ours, never in a crash', async () => {
    const random = new Random(7);
    const originals = [whole, normalized([1, 1, 1, 1, 1, 1]), scaled([1]), one({ dims: ['N', 4, 8, 8], more: (b) => b.node('Reshape', ['x', b.constant('s', [4], [0, 4, 8, -1], 'int64')], {}, { outputs: ['r'] }), inputs: ['r', 'w', 'b'] })];
    const path = join(folder, 'model.onnx');
    let read = 0;
    for (let i = 0; i < 6000; i++) {
      const bytes = Buffer.from(originals[i % 4]);
      // Names, attributes and shapes stand in front of and behind the weights; changes there do the most.
      for (let n = random.integer(1, 3); n > 0; n--) bytes[random.chance(0.5) ? random.integer(0, 150) : random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      try {
        const values = await GraphValues.of(new OnnxGraph(parseModel(bytes, path)));
        for (const layer of await findLayers(values)) await readLayer(values, layer, 'layer');
        read++;
      } catch (error) {
        if (!(error instanceof ShiftloomError)) throw new Error(`change ${i}: ${(error as Error).stack}`);
      }
    }
    expect(read).toBeGreaterThan(1000);
    expect(read).toBeLessThan(5000);
  });

  it('a file of more bytes than a protobuf message can have is refused unread', async () => {
    const path = join(folder, 'huge.onnx');
    writeFileSync(path, whole);
    truncateSync(path, 3 * 2 ** 30);
    const { code, stderr } = await cli(['import', path]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `shiftloom: ${path}: has 3221225472 bytes; a protobuf message ends at 2147483647. Export the model with external data\n` });
  });

  it('a layer that is wrong does not hide the others from the list, and none is written with --all', async () => {
    const builder = model();
    builder.node('Conv', ['y', builder.constant('odd', [6, 5, 3, 3], new Float32Array(270))], {}, { name: 'odd_conv' });
    const path = join(folder, 'model.onnx');
    const out = join(folder, 'out');
    writeFileSync(path, builder.encode());
    const list = JSON.parse((await cli(['import', path, '--json'])).stdout);
    expect(list.layers).toMatchObject([{ name: 'conv', macs: 7776 }, { name: 'odd_conv', refusals: [{ code: 'input', what: 'W', why: expect.stringContaining('5 input channels') }] }]);
    expect((await cli(['import', path, '--all', '--out', out])).code).toBe(2);
    expect(existsSync(out)).toBe(false);
    expect(await cli(['import', path, '--layer', 'conv', '--out', out])).toMatchObject({ code: 0 });
  });

  it('an unused weight tensor with an unknown type does no harm', async () => {
    const builder = model();
    builder.initializers.push({ ...tensor([1], [1]), name: 'unused', dataType: 77 });
    const path = join(folder, 'model.onnx');
    writeFileSync(path, builder.encode());
    expect((await cli(['import', path, '--all', '--out', join(folder, 'right')])).code).toBe(0);
  });
});
