import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { type Feeds, closeOracle } from '../../../sim/oracle/ort_worker.js';
import { compareModel } from './against_runtime.js';
import { ModelBuilder } from './builder.js';

afterAll(closeOracle);

const numbers = (random: Random, count: number, spread = 1) => Float32Array.from({ length: count }, () => random.gaussian() * spread);

interface RandomModel {
  readonly bytes: Buffer;
  readonly feeds: Feeds;
  /** Layers that are expected, and nodes that become part of them. */
  readonly layers: number;
  readonly fused: number;
}

/** Two convolutions, the second on what the first makes; everything that can be folded stands behind each in a random order. */
function randomConvolutions(seed: number): RandomModel {
  const random = new Random(seed);
  const opset = random.integer(7, 21);
  const model = new ModelBuilder(opset);
  const dims = [random.integer(1, 2), random.pick([2, 4, 6]), random.integer(9, 13), random.integer(9, 13)];
  let x = model.input('x', dims);
  let channels = dims[1];
  let fused = 0;
  for (let layer = 0; layer < 2; layer++) {
    const groups = random.pick([1, 1, channels % 2 === 0 ? 2 : 1, channels]);
    const out = groups * random.integer(1, 4);
    const kernel = [random.integer(1, 3), random.integer(1, 3)];
    const weight = model.constant(`w${layer}`, [out, channels / groups, ...kernel], numbers(random, (out * channels * kernel[0] * kernel[1]) / groups));
    const inputs = random.chance(0.7) ? [x, weight, model.constant(`b${layer}`, [out], numbers(random, out))] : [x, weight];
    const autoPad = random.pick(['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);
    x = model.node('Conv', inputs, {
      ...(random.chance(0.5) ? { kernel_shape: kernel } : {}),
      ...(random.chance(0.5) ? { strides: [random.integer(1, 2), random.integer(1, 2)] } : {}),
      // ONNX Runtime has no dilations together with automatic padding.
      ...(autoPad === 'NOTSET' && random.chance(0.5) ? { dilations: [random.integer(1, 2), random.integer(1, 2)] } : {}),
      ...(autoPad === 'NOTSET' ? { pads: Array.from({ length: 4 }, () => random.integer(0, 2)) } : { auto_pad: autoPad }),
      ...(groups > 1 ? { group: groups } : {}),
    });
    channels = out;
    for (const operator of ['BatchNormalization', 'Mul', 'Add', 'Sub', 'Div'].filter(() => random.chance(0.4))) {
      x = perChannel(model, random, operator, x, channels);
      fused++;
    }
    if (random.chance(0.7)) {
      x = activation(model, random, x, opset);
      fused++;
    }
  }
  return { bytes: model.output(x).encode(), feeds: { x: { type: 'float32', dims, data: numbers(random, dims.reduce((a, b) => a * b)) } }, layers: 2, fused };
}

function perChannel(model: ModelBuilder, random: Random, operator: string, x: string, channels: number): string {
  const id = `${operator}${model.nodes.length}`;
  if (operator === 'BatchNormalization') {
    const parameters = ['scale', 'shift', 'mean'].map((part) => model.constant(`${id}_${part}`, [channels], numbers(random, channels)));
    const variance = model.constant(`${id}_variance`, [channels], Float32Array.from(numbers(random, channels), (v) => v * v));
    return model.node(operator, [x, ...parameters, variance], random.chance(0.5) ? { epsilon: { f: 0.001 } } : {});
  }
  const shape = random.pick([[channels, 1, 1], [1, channels, 1, 1], [1], []]);
  const constant = model.constant(id, shape, Float32Array.from(numbers(random, shape.length > 1 ? channels : 1), (v) => v + (v < 0 ? -0.5 : 0.5)));
  return model.node(operator, operator === 'Div' || random.chance(0.6) ? [x, constant] : [constant, x]);
}

/** Relu, or Clip with attributes before opset 11 and with inputs from then on. */
function activation(model: ModelBuilder, random: Random, x: string, opset: number): string {
  if (random.chance(0.4)) return model.node('Relu', [x]);
  if (opset < 11) return model.node('Clip', [x], { min: { f: 0 }, max: { f: 6 } });
  const id = model.nodes.length;
  return model.node('Clip', [x, random.chance(0.7) ? model.constant(`low${id}`, [], [-0.5]) : '', model.constant(`high${id}`, [], [6])]);
}

/** A Gemm with every attribute and a MatMul behind it. */
function randomProducts(seed: number): RandomModel {
  const random = new Random(seed);
  const model = new ModelBuilder(random.integer(7, 21));
  const [rows, inner, middle, out] = [random.integer(1, 3), random.integer(2, 9), random.integer(2, 7), random.integer(1, 6)];
  const [transA, transB] = [random.integer(0, 1), random.integer(0, 1)];
  const dims = transA ? [inner, rows] : [rows, inner];
  let x = model.input('x', dims);
  const weight = model.constant('w', transB ? [middle, inner] : [inner, middle], numbers(random, inner * middle));
  const bias = model.constant('c', random.pick([[middle], [1, middle]]), numbers(random, middle));
  x = model.node('Gemm', [x, weight, bias], { transA, transB, alpha: { f: 0.7 }, beta: { f: -1.3 } });
  x = model.node('Relu', [x]);
  x = model.node('MatMul', [x, model.constant('m', [middle, out], numbers(random, middle * out))]);
  x = model.node('Add', [x, model.constant('a', [out], numbers(random, out))]);
  return { bytes: model.output(x).encode(), feeds: { x: { type: 'float32', dims, data: numbers(random, rows * inner) } }, layers: 2, fused: 2 };
}

async function check(make: (seed: number) => RandomModel, seeds: number): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { bytes, feeds, layers, fused } = make(seed);
    const compared = await compareModel(bytes, feeds).catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`);
    });
    expect(compared.length, `seed ${seed}`).toBe(layers);
    expect(compared.flatMap(({ layer }) => layer.source!.match(/\w+ '\w+'/g)!).length, `seed ${seed}`).toBe(layers + fused);
    for (const { worst, name } of compared) expect(worst, `seed ${seed}, ${name}`).toBeLessThan(1e-5);
  }
}

describe('imported float layers compute what ONNX Runtime computes', () => {
  it('200 random models of two convolutions: pads, automatic pads, strides, dilations, groups, normalization, constants, clips, opsets 7 to 21', () => check(randomConvolutions, 200));
  it('60 random products: Gemm with transA, transB, alpha and beta, MatMul with Add', () => check(randomProducts, 60));
});
