import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compressLayer } from '../../../generator/compress/compress.js';
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { chooseLayer, openOnnx, readOnnxLayer } from '../../../generator/import/onnx/onnx_importer.js';
import { describeModel } from '../../../generator/import/registry.js';
import { numberToHalf } from '../../../generator/layer/tensor.js';
import { closeOracle } from '../../../sim/oracle/ort_worker.js';
import { compareModel, modelFile } from './against_runtime.js';
import { ModelBuilder, tensor } from './builder.js';

afterAll(closeOracle);

/** Multiples of one eighth: exact in every float type. */
const eighths = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7) % 31) / 8 - 2);
const WEIGHTS = eighths(24);
const SHAPE = [3, 2, 2, 2];

/** A convolution of `x` (1, 2, 5, 5) with weights that `make` puts into the model. */
function convolution(make: (model: ModelBuilder) => string, opset = 13): Buffer {
  const model = new ModelBuilder(opset);
  const x = model.input('x', [1, 2, 5, 5]);
  return model.output(model.node('Conv', [x, make(model)], {}, { name: 'conv' })).encode();
}

async function imported(bytes: Buffer, inputShapes = {}): Promise<FloatLayer> {
  const model = await openOnnx(modelFile(bytes), inputShapes);
  return readOnnxLayer(model, chooseLayer(model, undefined));
}

const typed = (fields: object) => ({ rawData: undefined, ...fields });

/** (O, I, H, W) as (H, W, I, O), as TensorFlow has it. */
const hwio = Float32Array.from({ length: 24 }, (_, at) => {
  const [o, i, tap] = [at % 3, Math.floor(at / 3) % 2, Math.floor(at / 6)];
  return WEIGHTS[(o * 2 + i) * 4 + tap];
});

describe('weights are found', () => {
  it.each<[string, (m: ModelBuilder) => string]>([
    ['in raw bytes', (m) => m.constant('w', SHAPE, WEIGHTS)],
    ['as float64', (m) => m.constant('w', SHAPE, WEIGHTS, 'double')],
    ['as float16', (m) => m.constant('w', SHAPE, WEIGHTS, 'float16')],
    ['as bfloat16', (m) => m.constant('w', SHAPE, WEIGHTS, 'bfloat16')],
    ['in float_data', (m) => m.constant('w', SHAPE, WEIGHTS, 'float', typed({ floatData: [...WEIGHTS] }))],
    ['in double_data', (m) => m.constant('w', SHAPE, WEIGHTS, 'double', typed({ doubleData: [...WEIGHTS] }))],
    ['as bits of float16 in int32_data', (m) => m.constant('w', SHAPE, WEIGHTS, 'float16', typed({ int32Data: [...WEIGHTS].map(numberToHalf) }))],
    ['in a Constant node', (m) => m.node('Constant', [], { value: { t: tensor(SHAPE, WEIGHTS) } })],
    ['in a Constant of numbers and a Reshape', (m) => m.node('Reshape', [m.node('Constant', [], { value_floats: { floats: [...WEIGHTS] } }), m.constant('s', [4], [3, 2, 2, -1], 'int64')])],
    ['behind Identity and Cast', (m) => m.node('Cast', [m.node('Identity', [m.constant('w', SHAPE, WEIGHTS, 'float16')])], { to: 1 })],
    ['behind a Transpose from (H, W, I, O)', (m) => m.node('Transpose', [m.constant('w', [2, 2, 2, 3], hwio)], { perm: [3, 2, 0, 1] })],
    ['behind Unsqueeze, Squeeze and Mul', (m) => {
      const half = m.constant('w', SHAPE, WEIGHTS.map((w) => w / 2));
      const same = m.node('Squeeze', [m.node('Unsqueeze', [half, m.constant('a', [1], [0], 'int64')]), m.constant('b', [1], [0], 'int64')]);
      return m.node('Mul', [same, m.constant('two', [], [2])]);
    }],
    ['behind QuantizeLinear and DequantizeLinear of floats', (m) => {
      const names = [m.constant('s', [], [1 / 8]), m.constant('z', [], [0], 'int8')];
      return m.node('DequantizeLinear', [m.node('QuantizeLinear', [m.constant('w', SHAPE, WEIGHTS), ...names]), ...names]);
    }],
  ])('%s', async (_, make) => {
    expect([...(await imported(convolution(make))).weight]).toEqual([...WEIGHTS]);
  });

  it('in a file beside the model, at an offset', async () => {
    const path = modelFile(convolution((m) => m.constant('w', SHAPE, WEIGHTS, 'float', {
      rawData: undefined, dataLocation: 1, externalData: [['location', 'weights.bin'], ['offset', '40'], ['length', '96']].map(([key, value]) => ({ key, value })),
    })));
    writeFileSync(join(dirname(path), 'weights.bin'), Buffer.concat([Buffer.alloc(40), Buffer.from(WEIGHTS.buffer)]));
    const model = await openOnnx(path);
    expect([...(await readOnnxLayer(model, model.layers[0])).weight]).toEqual([...WEIGHTS]);
  });

  it('as integers of 4 bits, which come back from compression to 4 bits', async () => {
    const integers = Int8Array.from({ length: 24 }, (_, i) => ((i * 5) % 16) - 8);
    const bytes = convolution((m) => m.node('DequantizeLinear', [m.constant('w', SHAPE, integers, 'int4'), m.constant('s', [3], [0.1, 0.2, 0.4])], { axis: 0 }), 21);
    const layer = await imported(bytes);
    const { tensors } = compressLayer({ ...layer, inputFormat: { ...layer.inputFormat, scale: 0.1 } }, { encoding: { encoding: 'uniform', bits: 4 } });
    expect([...tensors.weight]).toEqual([...integers]);
  });

  it('as integers behind DequantizeLinear and Transpose, with the scale of each column', async () => {
    const model = new ModelBuilder(13);
    const integers = Int8Array.from({ length: 6 }, (_, i) => 20 * i - 50);
    const w = model.node('DequantizeLinear', [model.constant('w', [3, 2], integers, 'int8'), model.constant('s', [3], [0.5, 1, 2])], { axis: 0 });
    const layer = await imported(model.output(model.node('MatMul', [model.input('x', [1, 2]), model.node('Transpose', [w], { perm: [1, 0] })])).encode());
    expect([...layer.weightScale!]).toEqual([0.5, 1, 2]);
    expect([...layer.weight]).toEqual([...integers].map((q, i) => q * [0.5, 1, 2][Math.floor(i / 2)]));
  });
});

describe('graphs around layers', () => {
  const image = (dims: number[]) => ({ x: { type: 'float32' as const, dims, data: eighths(dims.reduce((a, b) => a * b)) } });

  it('a Pad with zeros in front becomes pads, one with another value does not', async () => {
    for (const [value, pads] of [[0, [2, 1, 0, 3]], [1, [1, 0, 0, 0]]] as const) {
      const model = new ModelBuilder(13);
      const x = model.node('Pad', [model.input('x', [1, 2, 5, 5]), model.constant('p', [8], [0, 0, 1, 1, 0, 0, 0, 3], 'int64'), model.constant('v', [], [value])]);
      model.output(model.node('Conv', [x, model.constant('w', SHAPE, WEIGHTS)], { pads: [1, 0, 0, 0] }));
      const [{ layer, worst }] = await compareModel(model.encode(), image([1, 2, 5, 5]));
      expect(layer.pads).toEqual(pads);
      expect(worst).toBeLessThan(1e-6);
    }
  });

  it.each([
    { dims: [1, 6, 4], kind: 'conv2d', input: { channels: 4, height: 1, width: 6 } },
    { dims: [2, 3, 5, 4], kind: 'conv2d', input: { channels: 4, height: 3, width: 5 } },
    { dims: [3, 4], kind: 'linear', input: { channels: 4, height: 1, width: 1 } },
    { dims: [2, 1, 4], kind: 'linear', input: { channels: 4, height: 1, width: 1 } },
  ])('MatMul of $dims is a $kind layer', async ({ dims, kind, input }) => {
    const model = new ModelBuilder(13);
    model.output(model.node('Relu', [model.node('MatMul', [model.input('x', dims), model.constant('w', [4, 6], WEIGHTS)])]));
    const [{ layer, worst }] = await compareModel(model.encode(), image(dims));
    expect(layer).toMatchObject({ kind, input, activation: { kind: 'relu' } });
    expect(worst).toBeLessThan(1e-6);
  });

  it('QGemm of ONNX Runtime keeps its scales', async () => {
    const model = new ModelBuilder(13);
    const one = (name: string, value: number) => model.constant(name, [], [value]);
    const zero = (name: string, value: number) => model.constant(name, [], [value], 'uint8');
    const w = model.constant('w', [3, 4], Int8Array.from({ length: 12 }, (_, i) => 10 * i - 60), 'int8');
    const inputs = [model.input('x', [2, 4], 'uint8'), one('xs', 0.25), zero('xz', 3), w, one('ws', 0.5), model.constant('wz', [], [0], 'int8'), model.constant('c', [3], [5, -6, 70], 'int32'), one('ys', 9), zero('yz', 90)];
    model.output(model.node('QGemm', inputs, { transB: 1 }, { domain: 'com.microsoft' }));
    const [{ layer, worst }] = await compareModel(model.encode(), { x: { type: 'uint8', dims: [2, 4], data: Uint8Array.of(0, 9, 200, 40, 3, 3, 77, 255) } });
    expect(worst).toBeLessThan(1e-3);
    expect(layer).toMatchObject({ inputFormat: { scale: 0.25, zeroPoint: 3 }, outputFormat: { scale: 9, zeroPoint: 90 } });
  });

  it('what others see, or what stands behind an activation, is not folded; two activations become one', async () => {
    const model = new ModelBuilder(13);
    const conv = model.node('Conv', [model.input('x', [1, 2, 5, 5]), model.constant('w', SHAPE, WEIGHTS)], {}, { name: 'seen' });
    const relu = model.node('Clip', [model.node('Relu', [conv]), model.constant('low', [], [-1]), model.constant('high', [], [4])]);
    const second = model.node('Conv', [conv, model.constant('v', [2, 3, 1, 1], eighths(6))], {}, { name: 'clipped' });
    const clipped = model.node('Clip', [model.node('Relu', [second]), model.constant('low2', [], [-1]), model.constant('high2', [], [4])]);
    model.output(model.node('Mul', [clipped, model.constant('two', [], [2])])).output(relu);
    const compared = await compareModel(model.encode(), image([1, 2, 5, 5]));
    expect(compared.map(({ name, layer }) => [name, layer.activation])).toEqual([['seen', { kind: 'none' }], ['clipped', { kind: 'clip', min: 0, max: 4 }]]);
    const { operators } = await describeModel(modelFile(model.encode()));
    expect(operators!.map(({ operator, count }) => [operator, count])).toEqual([['Clip', 1], ['Mul', 1], ['Relu', 1]]);
  });

  it('open dimensions are given for an input, or for a value behind an operator that is not followed', async () => {
    const model = new ModelBuilder(13);
    const x = model.node('NonMaxSuppressionLike', [model.input('x', ['N', 2, 'H', 'W'])], {}, { outputs: ['found'] });
    model.output(model.node('Conv', [x, model.constant('w', SHAPE, WEIGHTS)]));
    expect((await imported(model.encode(), { found: [1, 2, 9, 7] })).input).toEqual({ channels: 2, height: 9, width: 7 });
    const plain = new ModelBuilder(13);
    plain.output(plain.node('Conv', [plain.input('x', ['N', 2, 'H', 'W']), plain.constant('w', SHAPE, WEIGHTS)]));
    expect((await imported(plain.encode(), { x: [1, 2, 6, 8] })).input).toEqual({ channels: 2, height: 6, width: 8 });
  });

  it('shapes that the graph computes from shapes are followed', async () => {
    const model = new ModelBuilder(13);
    const x = model.input('x', ['N', 2, 4, 3]);
    const batch = model.node('Gather', [model.node('Shape', [x]), model.constant('i', [], [0], 'int64')]);
    const target = model.node('Concat', [model.node('Unsqueeze', [batch, model.constant('a', [1], [0], 'int64')]), model.constant('m', [1], [-1], 'int64')], { axis: 0 });
    model.output(model.node('MatMul', [model.node('Reshape', [x, target]), model.constant('w', [24, 1], WEIGHTS)]));
    expect(await imported(model.encode())).toMatchObject({ kind: 'linear', input: { channels: 24 }, outChannels: 1 });
  });
});
