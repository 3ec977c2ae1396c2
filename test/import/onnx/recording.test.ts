import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordActivations } from '../../../generator/flow/record_activations.js';
import { readFloatLayer } from '../../../generator/import/float_layer_file.js';
import { readNpy, writeNpy } from '../../../generator/layer/npy.js';
import { Random } from '../../../generator/layer/random.js';
import { type Tensor, halfToNumber, numberToHalf } from '../../../generator/layer/tensor.js';
import { closeOracle } from '../../../sim/oracle/ort_worker.js';
import { cli } from '../../cli/cli.js';
import { ModelBuilder, type TypeName } from './builder.js';
import { floatOutputs, swapAxes } from './reference.js';

afterAll(closeOracle);

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-recording-'));
const at = (name: string) => join(folder, name);
const random = new Random(3);
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.gaussian());

/** `image` (batch, 3, height, 8) through a convolution with Relu, a second one, a mean over the map and a Gemm. */
function network(type: TypeName = 'float', batch: number | string = 'N', height: number | string = 'H'): Buffer {
  const model = new ModelBuilder(13);
  const weights = (name: string, dims: number[]) => model.constant(name, dims, numbers(dims.reduce((a, b) => a * b)), type);
  let x = model.input('image', [batch, 3, height, 8], type);
  x = model.node('Relu', [model.node('Conv', [x, weights('w1', [5, 3, 3, 3])], { pads: [1, 1, 1, 1] }, { name: 'first' })], {}, { outputs: ['middle'] });
  x = model.node('Conv', [x, weights('w2', [4, 5, 3, 3])], {}, { name: 'second', outputs: ['map'] });
  x = model.node('Flatten', [model.node('GlobalAveragePool', [x])], {}, { outputs: ['means'] });
  return model.output(model.node('Gemm', [x, weights('w3', [4, 2])], {}, { name: 'last' })).encode();
}

const modelPath = at('net.onnx');
writeFileSync(modelPath, network());

async function frames(name: string, shape: number[], values = numbers(shape.reduce((a, b) => a * b))): Promise<string> {
  await writeNpy(at(name), { dtype: 'float32', shape, data: values });
  return at(name);
}

describe('recordActivations', () => {
  it('gives values of the graph for every run, inputs of the model among them', async () => {
    const image: Tensor = { dtype: 'float32', shape: [5, 3, 6, 8], data: numbers(720) };
    const { values, runs, of } = await recordActivations(modelPath, ['middle', 'image', 'means'], new Map([['image', image]]));
    expect([runs, of]).toEqual([[0, 1, 2, 3, 4], 5]);
    expect(values.get('middle')).toMatchObject({ shape: [1, 5, 6, 8], runs: 5, integer: false });
    expect([...values.get('image')!.values]).toEqual([...image.data]);
    const map = values.get('middle')!.values;
    expect(map.length).toBe(5 * 240);
    expect(Math.min(...map)).toBe(0);
    expect(new Set([0, 1, 2, 3, 4].map((run) => map.slice(run * 240, run * 240 + 9).join())).size).toBe(5);
  });

  it('makes a seeded choice of runs, and fewer of them where the values would be too many', async () => {
    const image: Tensor = { dtype: 'float32', shape: [9, 3, 6, 8], data: numbers(1296) };
    const all = (await recordActivations(modelPath, ['map'], new Map([['image', image]]))).values.get('map')!.values;
    const some = await recordActivations(modelPath, ['map'], new Map([['image', image]]), { runs: 4, seed: 5 });
    expect(await recordActivations(modelPath, ['map'], new Map([['image', image]]), { runs: 4, seed: 5 })).toEqual(some);
    expect(some.runs.length).toBe(4);
    const size = all.length / 9;
    for (const [i, run] of some.runs.entries()) {
      expect([...some.values.get('map')!.values.slice(i * size, (i + 1) * size)]).toEqual([...all.slice(run * size, (run + 1) * size)]);
    }
    expect((await recordActivations(modelPath, ['map'], new Map([['image', image]]), { maxValues: 2 * size + 1 })).runs.length).toBe(2);
  });

  it('takes 16-bit floats and a fixed batch', async () => {
    const path = at('half.onnx');
    writeFileSync(path, network('float16', 2, 6));
    const image: Tensor = { dtype: 'float32', shape: [4, 3, 6, 8], data: numbers(576) };
    const { values, of } = await recordActivations(path, ['image', 'middle'], new Map([['image', image]]));
    expect(of).toBe(2);
    expect(values.get('middle')!.shape).toEqual([2, 5, 6, 8]);
    expect(Math.max(...values.get('image')!.values.map((x, i) => Math.abs(x - image.data[i])))).toBeLessThan(2e-3);
  });
});

describe('16-bit floats', () => {
  it('survive the way to a number and back, all of them, and numbers between two of them go to the nearer', () => {
    const wrong = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => !Number.isNaN(halfToNumber(bits)) && numberToHalf(halfToNumber(bits)) !== bits);
    expect(wrong).toEqual([]);
    expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 1e-6, 65519, 65520, 2 ** -25, 1e-9, NaN].map((x) => halfToNumber(numberToHalf(x)))).toEqual(
      [1, 1 + 2 ** -9, 1 + 2 ** -10, 65504, Infinity, 0, 0, NaN],
    );
  });
});

describe('import --calibrate', () => {
  const out = at('out');

  it('writes calibration and sample of every layer, with a format that holds them; a layer computes from its own what the next one records', async () => {
    const images = await frames('images.npy', [6, 3, 7, 8]);
    const { code, stderr } = await cli(['import', modelPath, '--all', '--calibrate', images, '--sample-frames', '2', '--out', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, second, last] = await Promise.all(['first', 'second', 'last'].map((name) => readFloatLayer(join(out, `${name}.float.json`))));
    expect([first, second, last].map((l) => [l.sample!.frames, l.calibration!.frames, l.inputFormat.signed])).toEqual([[2, 4, true], [2, 4, false], [2, 4, true]]);
    expect(first.input).toEqual({ channels: 3, height: 7, width: 8 });
    const most = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(second.inputFormat.scale! * 255).toBeCloseTo(Math.max(most(second.sample!.values), most(second.calibration!.values)), 5);
    const computed = floatOutputs(first, first.calibration!.values);
    expect(Math.max(...computed.map((v, i) => Math.abs(v - second.calibration!.values[i])))).toBeLessThan(1e-5);
    expect([...first.sample!.values]).toEqual([...swapAxes((await readNpy(images)).data, 3, 56)].slice(0, 2 * 168));
  });

  it('takes frames with the channels last, by their shape or by name', async () => {
    const data = numbers(2 * 168);
    const first = await frames('first.npy', [2, 3, 7, 8], data);
    const last = await frames('last.npy', [2, 7, 8, 3], Float32Array.from(swapAxes(data, 3, 56)));
    const recorded = async (file: string, ...more: string[]) => {
      await cli(['import', modelPath, '--layer', 'second', '--calibrate', file, '--out', out, ...more]);
      return readFileSync(join(out, 'second.sample.npy'));
    };
    const wanted = await recorded(first);
    expect(await recorded(last)).toEqual(wanted);
    expect(await recorded(`image=${last}`, '--calibrate-layout', 'NHWC')).toEqual(wanted);
  });

  it('takes the shape of the frames for an input that the model declares none for', async () => {
    const model = new ModelBuilder(13);
    model.output(model.node('Conv', [model.input('x'), model.constant('w', [3, 2, 3, 3], numbers(54))], {}, { name: 'conv' }));
    writeFileSync(at('shapeless.onnx'), model.encode());
    const { code, stderr } = await cli(['import', at('shapeless.onnx'), '--all', '--calibrate', await frames('s.npy', [3, 2, 5, 7]), '--sample-frames', '1', '--out', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const layer = await readFloatLayer(join(out, 'conv.float.json'));
    expect(layer.input).toEqual({ channels: 2, height: 5, width: 7 });
    expect([layer.sample!.frames, layer.calibration!.frames]).toEqual([1, 2]);
  });

  it('records integers where the model quantizes the input, and keeps its format', async () => {
    const model = new ModelBuilder(13);
    const names = [model.constant('scale', [], [0.05]), model.constant('zero', [], [10], 'uint8')];
    const x = model.node('DequantizeLinear', [model.node('QuantizeLinear', [model.input('x', ['N', 2, 4, 4]), ...names]), ...names]);
    model.output(model.node('Conv', [x, model.constant('w', [3, 2, 1, 1], numbers(6))], {}, { name: 'conv' }));
    writeFileSync(at('qdq.onnx'), model.encode());
    const data = Float32Array.from({ length: 96 }, (_, i) => (i % 90) / 20);
    expect((await cli(['import', at('qdq.onnx'), '--layer', 'conv', '--calibrate', await frames('q.npy', [3, 2, 4, 4], data), '--sample-frames', '1', '--out', out])).code).toBe(0);
    const layer = await readFloatLayer(join(out, 'conv.float.json'));
    expect(layer.inputFormat).toEqual({ bits: 8, signed: false, zeroPoint: 10, scale: Math.fround(0.05) });
    expect(layer.calibration!.values).toBeInstanceOf(Int32Array);
    const wanted = swapAxes(data, 2, 16).map((v) => Math.round(v / 0.05) + 10);
    expect([...layer.sample!.values, ...layer.calibration!.values]).toEqual([...wanted]);
  });

  it('gives dynamically quantized layers the format that the runtime would choose over all frames', async () => {
    const model = new ModelBuilder(13);
    model.node('DynamicQuantizeLinear', [model.input('x', ['N', 4])], {}, { outputs: ['q', 's', 'z'] });
    const sum = model.node('Cast', [model.node('MatMulInteger', ['q', model.constant('w', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8], 'int8'), 'z'], {}, { name: 'product' })], { to: 1 });
    model.output(model.node('Mul', [sum, 's']));
    writeFileSync(at('dynamic.onnx'), model.encode());
    const images = await frames('d.npy', [4, 4], Float32Array.of(-1, 0, 0, 0, 0, 4.1, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
    expect((await cli(['import', at('dynamic.onnx'), '--layer', 'product', '--calibrate', images, '--out', out])).code).toBe(0);
    const { inputFormat } = await readFloatLayer(join(out, 'product.float.json'));
    expect(inputFormat).toMatchObject({ bits: 8, signed: false, zeroPoint: 50 });
    expect(inputFormat.scale).toBeCloseTo(5.1 / 255, 6);
  });

  it.each([
    ['a file that is missing', ['--calibrate', at('none.npy')], `${at('none.npy')}: no such file`],
    ['a shape that does not fit', ['--calibrate', at('odd.npy')], `${at('odd.npy')}: has shape (2, 5, 7, 8); the model's input 'image' is (N, 3, H, 8) in the order NCHW or NHWC, N frames`],
    ['an input of another name', ['--calibrate', `photo=${at('odd.npy')}`], "--calibrate: names 'photo', which is no input of the model. Its inputs: image"],
    ['frames of another order than said', ['--calibrate', at('right.npy'), '--calibrate-layout', 'NHWC'], `${at('right.npy')}: has shape (2, 3, 7, 8); the model's input 'image' is (N, 3, H, 8) in the order NHWC, N frames`],
    ['a limit without frames', ['--sample-frames', '3'], '--sample-frames: goes with --calibrate, which is not given. Leave it out, or give frames'],
  ])('refuses %s, and writes nothing', async (_, args, message) => {
    await frames('odd.npy', [2, 5, 7, 8]);
    await frames('right.npy', [2, 3, 7, 8]);
    const { code, stderr } = await cli(['import', modelPath, '--layer', 'second', '--out', at('nothing'), ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `shiftloom: ${message}\n` });
    expect(existsSync(at('nothing'))).toBe(false);
  });
});
