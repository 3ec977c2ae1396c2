import { afterAll, describe, expect, it } from 'vitest';
import { compressLayer } from '../../../generator/compress/compress.js';
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { goldenRun } from '../../../generator/golden/convolution.js';
import { geometryOf, type Layer } from '../../../generator/layer/layer.js';
import { Random } from '../../../generator/layer/random.js';
import { layerSchema } from '../../../generator/layer/schema.js';
import { type Feeds, closeOracle, openSession } from '../../../sim/oracle/ort_worker.js';
import { compareModel } from './against_runtime.js';
import { ModelBuilder, type TypeName } from './builder.js';
import { swapAxes } from './reference.js';

afterAll(closeOracle);

const integers = (random: Random, count: number, low: number, high: number) => Int32Array.from({ length: count }, () => random.integer(low, high));
const scales = (random: Random, count: number, size: number) => Float32Array.from({ length: count }, () => size * (0.5 + random.fraction()));

interface QuantizedModel {
  readonly bytes: Buffer;
  readonly feeds: Feeds;
  /** Integers of the weights, zero point subtracted, in the order of the float layer; and their scales. */
  readonly weight: Int32Array;
  readonly weightScale: Float32Array;
}

const RANGES = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535] } as const;
const DIMS = [1, 4, 7, 6];
const SHAPE = [6, 2, 3, 2];
const COUNT = 72;

/** Weights of a grouped convolution 4 -> 6, kernel 3x2: int8 per channel, or uint8 with a zero point. */
function weights(model: ModelBuilder, random: Random, mayBeUnsigned = true) {
  const unsigned = mayBeUnsigned && random.chance(0.3);
  const zero = unsigned ? 128 : 0;
  const stored = unsigned ? integers(random, COUNT, 1, 255) : integers(random, COUNT, -127, 127);
  const each = random.chance(0.6) ? 6 : 1;
  const scale = scales(random, each, 0.01);
  const type: TypeName = unsigned ? 'uint8' : 'int8';
  return {
    names: [
      model.constant('w', SHAPE, stored, type),
      model.constant('w_scale', each === 1 ? [] : [each], scale),
      model.constant('w_zero', each === 1 ? [] : [each], new Uint8Array(each).fill(zero), type),
    ],
    type,
    zero,
    weight: stored.map((w) => w - zero),
    weightScale: Float32Array.from({ length: 6 }, (_, o) => scale[o % each]),
    axis: each === 1 ? {} : { axis: 0 },
  };
}

const GEOMETRY = { kernel_shape: [3, 2], pads: [1, 0, 1, 2], strides: [1, 2], group: 2 };

/** A value's quantization: type, scale, zero point. */
function format(model: ModelBuilder, random: Random, name: string, type: TypeName, scale: number) {
  const [low, high] = RANGES[type as keyof typeof RANGES];
  const zeroPoint = random.integer(low, high);
  return { type, scale, zeroPoint, names: [model.constant(`${name}_scale`, [], [scale]), model.constant(`${name}_zero`, [], [zeroPoint], type)] };
}

/** QuantizeLinear, DequantizeLinear, Conv with a bias of int32, Relu or not, QuantizeLinear. */
function qdq(seed: number): QuantizedModel {
  const random = new Random(seed);
  const wide = random.chance(0.2);
  const model = new ModelBuilder(wide ? 21 : random.integer(13, 19));
  const types: TypeName[] = wide ? ['int16', 'uint16'] : ['int8', 'uint8'];
  const x = format(model, random, 'x', random.pick(types), wide ? 1e-4 : 0.02);
  const y = format(model, random, 'y', random.pick(types), wide ? 2e-4 : 0.05);
  const w = weights(model, random);
  const input = model.node('QuantizeLinear', [model.input('image', DIMS), ...x.names]);
  const values = model.node('DequantizeLinear', [input, ...x.names]);
  const kernel = model.node('DequantizeLinear', w.names, w.axis);
  const biasScale = model.constant('b_scale', [6], w.weightScale.map((s) => s * x.scale));
  const bias = model.node('DequantizeLinear', [model.constant('b', [6], integers(random, 6, -3000, 3000), 'int32'), biasScale], { axis: 0 });
  let out = model.node('Conv', [values, kernel, bias], GEOMETRY);
  if (random.chance(0.5)) out = model.node('Relu', [out]);
  out = model.node('QuantizeLinear', [out, ...y.names]);
  model.output(model.node('DequantizeLinear', [out, ...y.names]));
  const image = Float32Array.from({ length: 168 }, () => random.gaussian() * (wide ? 1 : 2));
  return { bytes: model.encode(), feeds: { image: { type: 'float32', dims: DIMS, data: image } }, ...w };
}

/** QLinearConv with everything it takes; `type` must be that of the output, too. */
function qlinear(seed: number): QuantizedModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(10, 21));
  const type = random.pick(['int8', 'uint8'] as const);
  const x = format(model, random, 'x', type, 0.02);
  const y = format(model, random, 'y', type, 0.05);
  // ONNX Runtime has no kernel for signed activations with unsigned weights.
  const w = weights(model, random, type === 'uint8');
  const bias = random.chance(0.7) ? [model.constant('b', [6], integers(random, 6, -3000, 3000), 'int32')] : [];
  model.output(model.node('QLinearConv', [model.input('image', DIMS, type), ...x.names, ...w.names, ...y.names, ...bias], GEOMETRY));
  const [low, high] = RANGES[type];
  const image = integers(random, 168, low, high);
  return { bytes: model.encode(), feeds: { image: { type, dims: DIMS, data: type === 'int8' ? Int8Array.from(image) : Uint8Array.from(image) } }, ...w };
}

/** ConvInteger on constant zero points; its sums are the outputs. */
function convInteger(seed: number): QuantizedModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(10, 21));
  const type = random.pick(['uint8', 'int8'] as const);
  const x = format(model, random, 'x', type, 1);
  const w = weights(model, random, type === 'uint8');
  const zero = model.constant('zero', [], [w.zero], w.type);
  model.output(model.node('ConvInteger', [model.input('image', DIMS, type), w.names[0], x.names[1], zero], GEOMETRY));
  const image = integers(random, 168, ...RANGES[type]);
  const data = type === 'int8' ? Int8Array.from(image) : Uint8Array.from(image);
  return { bytes: model.encode(), feeds: { image: { type, dims: DIMS, data } }, weight: w.weight, weightScale: new Float32Array(6).fill(1) };
}

/** What ONNX Runtime's dynamic quantization writes: quantize, integer convolution, cast, scales, bias, and Relu behind. */
function dynamic(seed: number): QuantizedModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(11, 21));
  const w = weights(model, random);
  const image = model.input('image', DIMS);
  model.node('DynamicQuantizeLinear', [image], {}, { outputs: ['q', 'q_scale', 'q_zero'] });
  const zero = model.constant('zero', [], [w.zero], w.type);
  const sum = model.node('Cast', [model.node('ConvInteger', ['q', w.names[0], 'q_zero', zero], GEOMETRY)], { to: 1 });
  const shaped = model.constant('w_scale_shaped', [1, 6, 1, 1], w.weightScale);
  let out = model.node('Mul', [sum, model.node('Mul', ['q_scale', shaped])]);
  out = model.node('Add', [out, model.constant('bias', [1, 6, 1, 1], scales(random, 6, 1))]);
  model.output(model.node('Relu', [out]));
  // Multiples of 1/32 from end to end of 255 steps: the runtime finds this scale, and its integers are these values.
  const values = integers(random, 168, -100, 155);
  values.set([-100, 155]);
  return { bytes: model.encode(), feeds: { image: { type: 'float32', dims: DIMS, data: Float32Array.from(values, (v) => v / 32) } }, ...w };
}

/** DynamicQuantizeLinear and MatMulInteger as ONNX Runtime writes them for MatMul: (1, 3, 8) times (8, 5). */
function dynamicProduct(seed: number): QuantizedModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(11, 21));
  const weight = integers(random, 40, -127, 127);
  const scale = scales(random, 1, 0.01);
  model.node('DynamicQuantizeLinear', [model.input('image', [1, 3, 8])], {}, { outputs: ['q', 'q_scale', 'q_zero'] });
  const w = model.constant('w', [8, 5], weight, 'int8');
  const sum = model.node('Cast', [model.node('MatMulInteger', ['q', w, 'q_zero', model.constant('zero', [], [0], 'int8')])], { to: 1 });
  const product = model.node('Mul', [sum, model.node('Mul', ['q_scale', model.constant('w_scale', [], scale)])]);
  model.output(model.node('Add', [product, model.constant('bias', [5], scales(random, 5, 1))]));
  const values = integers(random, 24, -100, 155);
  values.set([-100, 155]);
  const turned = Int32Array.from({ length: 40 }, (_, i) => weight[(i % 8) * 5 + Math.floor(i / 8)]);
  const feeds: Feeds = { image: { type: 'float32', dims: [1, 3, 8], data: Float32Array.from(values, (v) => v / 32) } };
  return { bytes: model.encode(), feeds, weight: turned, weightScale: new Float32Array(5).fill(scale[0]) };
}

/** QLinearMatMul of (2, 8) by (8, 5), scales of the weights by column or for all. */
function qlinearProduct(seed: number): QuantizedModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(10, 21));
  const type = random.pick(['int8', 'uint8'] as const);
  const x = format(model, random, 'x', type, 0.02);
  const y = format(model, random, 'y', type, 0.05);
  const weight = integers(random, 40, -127, 127);
  const scale = scales(random, 1, 0.01);
  const w = [model.constant('w', [8, 5], weight, 'int8'), model.constant('w_scale', [], scale), model.constant('w_zero', [], [0], 'int8')];
  model.output(model.node('QLinearMatMul', [model.input('image', [2, 8], type), ...x.names, ...w, ...y.names]));
  const image = integers(random, 16, ...RANGES[type]);
  const turned = Int32Array.from({ length: 40 }, (_, i) => weight[(i % 8) * 5 + Math.floor(i / 8)]);
  const feeds: Feeds = { image: { type, dims: [2, 8], data: type === 'int8' ? Int8Array.from(image) : Uint8Array.from(image) } };
  return { bytes: model.encode(), feeds, weight: turned, weightScale: new Float32Array(5).fill(scale[0]) };
}

/** The compressed layer with 8-bit weights, as the golden model takes it. */
function compressed(layer: FloatLayer): Layer {
  const made = compressLayer(layer, { encoding: { encoding: 'uniform', bits: 8 }, commonShift: 'never' });
  const description = layerSchema.parse({ ...made.description, tensors: 'test.safetensors' });
  return { description, geometry: geometryOf(description), tensors: made.tensors };
}

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('quantized models', () => {
  it.each([
    { name: '40 QDQ models, of 8 and 16 bits', make: qdq, count: 40, tolerance: 0.02 },
    { name: '40 QLinearConv', make: qlinear, count: 40, tolerance: 0.002 },
    { name: '20 ConvInteger', make: convInteger, count: 20, tolerance: 1e-6 },
    { name: '20 dynamically quantized convolutions', make: dynamic, count: 20, tolerance: 1e-5 },
    { name: '20 dynamically quantized products', make: dynamicProduct, count: 20, tolerance: 1e-5 },
    { name: '20 QLinearMatMul', make: qlinearProduct, count: 20, tolerance: 0.002 },
  ])('$name keep scales, zero points and integer weights, and compute what ONNX Runtime computes', async ({ make, count, tolerance }) => {
    for (const seed of seeds(count)) {
      const { bytes, feeds, weight, weightScale } = make(seed);
      const [{ layer, worst }, ...others] = await compareModel(bytes, feeds);
      expect(others).toEqual([]);
      expect(worst, `seed ${seed}`).toBeLessThan(tolerance);
      expect([...layer.weightScale!].map(Math.fround), `seed ${seed}`).toEqual([...weightScale]);
      const perChannel = weight.length / weightScale.length;
      expect(layer.weight.every((w, i) => Math.abs(w / weightScale[Math.floor(i / perChannel)] - weight[i]) < 1e-4), `seed ${seed}`).toBe(true);
    }
  });

  it('compressed with 8-bit weights, 30 QLinearConv give back the integers of the model, and its outputs within one unit', async () => {
    let differ = 0;
    for (const seed of seeds(30)) {
      const { bytes, feeds, weight } = qlinear(seed);
      const [{ layer }] = await compareModel(bytes, feeds);
      const made = compressed(layer);
      expect([...made.tensors.weight], `seed ${seed}`).toEqual([...weight]);
      expect(made.description).toMatchObject({ input: layer.inputFormat, output: layer.outputFormat });
      const golden = goldenRun(made, Int32Array.from(swapAxes(feeds.image.data as Int8Array, 4, 42)), 1).outputs;
      const session = await openSession(bytes);
      const [wanted] = Object.values(await session.run(feeds, ['qlinearconv_0_out']));
      await session.close();
      const found = swapAxes(golden, golden.length / 6, 6);
      const off = found.map((v, i) => Math.abs(v - Number(wanted.data[i])));
      expect(Math.max(...off), `seed ${seed}`).toBeLessThanOrEqual(1);
      differ += off.reduce((a, b) => a + b) / off.length;
    }
    expect(differ / 30).toBeLessThan(0.01);
  });
});
