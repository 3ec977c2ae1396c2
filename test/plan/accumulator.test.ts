import { describe, expect, it } from 'vitest';
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { layerSchema } from '../../generator/layer/schema.js';
import { accumulatorWidth, foldedBias } from '../../generator/plan/accumulator.js';

function linearLayer(weight: number[], bias: number, input: object, weights: object): Layer {
  const description = layerSchema.parse({
    format: 'shiftloom.layer', version: 1, kind: 'linear', name: 'small', tensors: 'small.safetensors',
    input: { channels: weight.length, ...input }, output: { channels: 1 }, weights, requantize: { form: 'power_of_two' },
  });
  return {
    description,
    geometry: geometryOf(description),
    tensors: { weight: Int32Array.from(weight), bias: Int32Array.of(bias), multiplier: Int32Array.of(1), shift: Int32Array.of(0) },
  };
}

describe('accumulator', () => {
  it('is as wide as the largest sum needs and not a bit wider', () => {
    // 255 * (1 + 2) = 765 needs 11 bits; one more in the bias, up to 1,023, still does; 1,024 needs 12.
    expect(accumulatorWidth(linearLayer([1, 2], 0, {}, { encoding: 'pot' }))).toBe(11);
    expect(accumulatorWidth(linearLayer([1, 2], 258, {}, { encoding: 'pot' }))).toBe(11);
    expect(accumulatorWidth(linearLayer([1, 2], 259, {}, { encoding: 'pot' }))).toBe(12);
  });

  it('holds the most negative activation times the most negative weight', () => {
    // -128 * -128 = 16,384 needs 16 bits in two's complement.
    expect(accumulatorWidth(linearLayer([-128], 0, { signed: true }, { encoding: 'uniform', bits: 8 }))).toBe(16);
  });

  it('folds the zero point and one unit for each inverted term into the bias', () => {
    const layer = linearLayer([4, -8, 0, -1], 10, { zeroPoint: 3 }, { encoding: 'pot' });
    // 10 - 3 * (4 - 8 - 1) + 2 negative terms
    expect(foldedBias(layer, { encoding: 'pot', maxShift: 6 }, { oc: 1, kind: 'lut' })[0]).toBe(27);
    expect(foldedBias(linearLayer([4, -8], 10, { zeroPoint: 3 }, { encoding: 'uniform', bits: 8 }), { encoding: 'uniform', bits: 8 }, { oc: 1, kind: 'dsp' })[0]).toBe(22);
  });
});
