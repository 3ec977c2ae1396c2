import { describe, expect, test } from 'vitest';
import { accumulatorBounds } from '../../generator/golden/accumulator_bounds.js';
import { codeBits, weightOfCode } from '../../generator/golden/lane.js';
import { foldedBias, laneOutput, processingElementSum } from '../../generator/golden/processing_element.js';
import type { LaneWeights } from '../../generator/golden/processing_element.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import type { Layer } from '../../generator/layer/layer.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const pot: ScalarEncoding = { encoding: 'pot', maxShift: 6 };
const uniform4: ScalarEncoding = { encoding: 'uniform', bits: 4 };

describe('lane output', () => {
  test.each([
    { name: 'a positive term shifts', encoding: pot, lane: 'lut', code: 0b0_011, x: 5, want: 40 },
    { name: 'a negative term is the complement', encoding: pot, lane: 'lut', code: 0b1_011, x: 5, want: -41 },
    { name: 'a negative term of 0 is -1', encoding: pot, lane: 'lut', code: 0b1_011, x: 0, want: -1 },
    { name: 'zero is 0', encoding: pot, lane: 'lut', code: 0b0_111, x: 255, want: 0 },
    { name: 'both apot terms are complemented', encoding: { encoding: 'apot' }, lane: 'lut', code: 0b1_11_1, x: 3, want: -32 },
    { name: 'only the sign bit of uniform is complemented', encoding: uniform4, lane: 'lut', code: 0b1111, x: 10, want: -11 },
    { name: 'a DSP lane is exact', encoding: uniform4, lane: 'dsp', code: 0b1111, x: 10, want: -10 },
    { name: 'a negative activation shifts with its sign', encoding: pot, lane: 'lut', code: 0b1_110, x: -128, want: 8191 },
  ] as const)('$name', ({ encoding, lane, code, x, want }) => {
    expect(laneOutput(encoding, lane, code, x)).toBe(want);
  });

  test('a DSP lane with other than uniform weights is refused', () => {
    expect(() => laneOutput(pot, 'dsp', 0, 1)).toThrow('lane: encoding pot in a DSP lane. DSP lanes take uniform weights');
  });
});

describe('processing element', () => {
  test('the sum wraps at the width, and bpot shifts the complement by the group exponent', () => {
    const bpot: ScalarEncoding = { encoding: 'bpot', groupSize: 2, maxExponent: 3 };
    const weights: LaneWeights = { encoding: bpot, lane: 'lut', codes: [0b0_11, 0b1_01], exponents: [0, 3] };
    // 4 * 100 + ((-100 - 1) << 3) = -408; modulo 2^8 that is 104.
    expect(processingElementSum(weights, [100, 100], 16)).toBe(-408);
    expect(processingElementSum(weights, [100, 100], 8)).toBe(104);
    // bias 7, zero point 10: 7 - 10 * (4 - 8) + 8.
    expect(foldedBias(weights, 7, 10)).toBe(55);
  });

  test('sum plus folded bias is the accumulator modulo 2^width, for every encoding and lane', () => {
    let checked = 0;
    for (const name of SCALAR_ENCODINGS) {
      for (let seed = 0; seed < 25; seed++) {
        const layer = randomLayer(seed, { encodings: [name], kinds: ['linear'], maxMacs: 4_000 });
        const encoding = layer.description.weights as ScalarEncoding;
        if (codeBits(encoding) > 12) continue;
        const { inChannels, outChannels } = layer.geometry;
        const x = randomInput(layer, 1, seed).subarray(0, inChannels);
        const width = accumulatorBounds(layer).width;
        for (const lane of name === 'uniform' ? (['lut', 'dsp'] as const) : (['lut'] as const)) {
          const o = seed % outChannels;
          const weights = laneWeights(layer, encoding, lane, o);
          const folded = foldedBias(weights, layer.tensors.bias[o], layer.description.input.zeroPoint);
          const held = BigInt.asIntN(width, BigInt(processingElementSum(weights, x, width)) + BigInt(folded));
          expect({ seed, name, held: Number(held) }).toEqual({ seed, name, held: accumulatorOf(layer, x, o) });
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(110);
  });
});

/** Codes found by decoding all codes of the encoding: the first that gives the weight. */
function laneWeights(layer: Layer, encoding: ScalarEncoding, lane: 'lut' | 'dsp', o: number): LaneWeights {
  const codeOf = new Map<number, number>();
  for (let code = 0; code < 2 ** codeBits(encoding); code++) {
    try {
      const weight = weightOfCode(encoding, code);
      if (!codeOf.has(weight)) codeOf.set(weight, code);
    } catch {
      // Not a code of the table.
    }
  }
  const { inChannels } = layer.geometry;
  const size = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const groups = Math.ceil(inChannels / size);
  const exponents = Array.from({ length: inChannels }, (_, i) => layer.tensors.exponent?.[o * groups + Math.floor(i / size)] ?? 0);
  const codes = exponents.map((e, i) => {
    const code = codeOf.get(layer.tensors.weight[o * inChannels + i] / 2 ** e);
    if (code === undefined) throw new Error(`weight ${layer.tensors.weight[o * inChannels + i]} has no code`);
    return code;
  });
  return { encoding, lane, codes, exponents };
}

function accumulatorOf(layer: Layer, x: Int32Array, o: number): number {
  const { weight, bias } = layer.tensors;
  return x.reduce((sum, value, i) => sum + weight[o * x.length + i] * (value - layer.description.input.zeroPoint), bias[o]);
}
