/** Layers for tests: a description with the keys that matter, tensors with plain arrays. */
import { geometryOf } from '../../generator/layer/layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema } from '../../generator/layer/schema.js';

export interface TestTensors {
  readonly weight: ArrayLike<number>;
  readonly exponent?: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly multiplier?: ArrayLike<number>;
  readonly shift?: ArrayLike<number>;
}

/** A `conv2d` layer unless `keys` say otherwise; bias 0, multiplier 1 and shift 0 unless given. */
export function makeLayer(keys: { readonly kind?: 'conv2d' | 'linear'; readonly [key: string]: unknown }, tensors: TestTensors): Layer {
  const description = layerSchema.parse({
    ...(keys.kind === 'linear' ? {} : { kind: 'conv2d', kernel: [1, 1] }),
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    name: 'test',
    weights: { encoding: 'uniform', bits: 8 },
    requantize: { form: 'multiplier' },
    tensors: 'test.safetensors',
    ...keys,
  });
  const channels = description.output.channels;
  const fill = (value: number) => new Int32Array(channels).fill(value);
  return {
    description,
    geometry: geometryOf(description),
    tensors: {
      weight: Int32Array.from(tensors.weight),
      ...(tensors.exponent ? { exponent: Int32Array.from(tensors.exponent) } : {}),
      bias: tensors.bias ? Int32Array.from(tensors.bias) : fill(0),
      multiplier: tensors.multiplier ? Int32Array.from(tensors.multiplier) : fill(1),
      shift: tensors.shift ? Int32Array.from(tensors.shift) : fill(0),
    },
  };
}

/** Accumulators of one frame straight from the definition of ONNX Conv, in BigInt. */
export function naiveAccumulators(layer: Layer, input: Int32Array): bigint[] {
  const g = layer.geometry;
  const zeroPoint = layer.description.input.zeroPoint;
  const accumulators: bigint[] = [];
  for (let oy = 0; oy < g.outHeight; oy++) {
    for (let ox = 0; ox < g.outWidth; ox++) {
      for (let o = 0; o < g.outChannels; o++) {
        let sum = BigInt(layer.tensors.bias[o]);
        const firstInput = Math.floor(o / g.groupOutChannels) * g.groupInChannels;
        for (let ic = 0; ic < g.groupInChannels; ic++) {
          for (let ky = 0; ky < g.kernelHeight; ky++) {
            for (let kx = 0; kx < g.kernelWidth; kx++) {
              const y = oy * g.strideHeight + ky * g.dilationHeight - g.padTop;
              const x = ox * g.strideWidth + kx * g.dilationWidth - g.padLeft;
              const inside = y >= 0 && y < g.inHeight && x >= 0 && x < g.inWidth;
              const value = inside ? input[(y * g.inWidth + x) * g.inChannels + firstInput + ic] : zeroPoint;
              const weight = layer.tensors.weight[((o * g.groupInChannels + ic) * g.kernelHeight + ky) * g.kernelWidth + kx];
              sum += BigInt(weight) * BigInt(value - zeroPoint);
            }
          }
        }
        accumulators.push(sum);
      }
    }
  }
  return accumulators;
}
