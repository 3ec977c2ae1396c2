/** The planner's encoder and folding against the golden decoder: two readings of docs/number_formats.md. */
import { describe, expect, test } from 'vitest';
import { accumulatorBounds } from '../../generator/golden/accumulator_bounds.js';
import { codeBits, exponentBits, termsOfCode, weightOfCode } from '../../generator/golden/lane.js';
import type { DigitEncoding } from '../../generator/golden/lane.js';
import { foldedBias, processingElementSum } from '../../generator/golden/processing_element.js';
import type { CodedWeights } from '../../generator/golden/processing_element.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import { decodedWeights } from '../../generator/plan/processing_element_pair.js';
import { representableValues } from '../../generator/layer/representable.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { accumulatorWidth, foldedBias as plannedBias } from '../../generator/plan/accumulator.js';
import { codeBits as plannedCodeBits, encodeWeight, exponentBits as plannedExponentBits, negativeCorrection } from '../../generator/plan/codes.js';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const ENCODINGS: ScalarEncoding[] = [
  ...upTo(7).map((i) => ({ encoding: 'uniform', bits: i + 2 }) as const),
  ...upTo(15).map((maxShift) => ({ encoding: 'pot', maxShift }) as const),
  { encoding: 'apot' },
  ...upTo(8).map((maxExponent) => ({ encoding: 'bpot', groupSize: 16, maxExponent }) as const),
  ...upTo(4).flatMap((d) => [0, 1, 2, 6, 7].map((maxShift) => ({ encoding: 'csd', digits: d + 1, maxShift }) as const)),
  { encoding: 'csd', digits: 3, maxShift: 14 },
  { encoding: 'codebook', levels: [-100, -7, 0, 3, 112] },
  { encoding: 'codebook', levels: [1, 2] },
];

describe('weight codes of the planner', () => {
  test.each(ENCODINGS)('%o: every value encodes to a code that decodes to it, in as many bits', (encoding) => {
    expect(plannedCodeBits(encoding)).toBe(codeBits(encoding));
    const highest = encoding.encoding === 'bpot' ? encoding.maxExponent : 0;
    expect(plannedExponentBits(encoding)).toBe(exponentBits(highest));
    const wrong: number[] = [];
    for (let exponent = 0; exponent <= highest; exponent++) {
      for (const value of representableValues(encoding, exponent)) {
        const code = encodeWeight(encoding, value, exponent);
        if (code === undefined || weightOfCode(encoding, code, exponent) !== value) wrong.push(value);
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each(ENCODINGS.filter((e): e is DigitEncoding => ['pot', 'bpot', 'csd'].includes(e.encoding)))(
    '%o: the correction is 2^exponent for each negative digit of the code',
    (encoding) => {
      const wrong: number[] = [];
      for (const value of representableValues(encoding, 0)) {
        const negative = termsOfCode(encoding, encodeWeight(encoding, value, 0)!).filter((term) => term.negative).length;
        if (negativeCorrection(encoding, 'lut', value, 0) !== negative) wrong.push(value);
      }
      expect(wrong).toEqual([]);
    },
  );
});

test.each(ENCODINGS.filter(({ encoding }) => encoding !== 'csd' && encoding !== 'uniform'))('%o: pair_operands decodes every code to its weight', (encoding) => {
  const decoded = decodedWeights(encoding)!;
  const codes = [...representableValues(encoding, 0)].map((value) => encodeWeight(encoding, value, 0)!);
  expect(codes.map((code) => decoded[code])).toEqual(codes.map((code) => weightOfCode(encoding, code)));
});

describe('folding of the planner', () => {
  test('sum with shortfall plus the planned folded bias is the accumulator modulo 2^width, for every encoding and lane', () => {
    let checked = 0;
    const wrong: object[] = [];
    for (let seed = 0; seed < 90; seed++) {
      const layer = randomLayer(seed, { encodings: [SCALAR_ENCODINGS[seed % 6]], kinds: ['linear'], maxMacs: 2_000 });
      const encoding = layer.description.weights as ScalarEncoding;
      const width = accumulatorWidth(layer);
      const x = randomInput(layer, 1, seed);
      // In pairs, or in DSPs one by one, nothing falls short; of three lanes the last two are in pairs here.
      const foldings = [{ oc: 1, kind: 'lut' }, { oc: 3, kind: 'lut', dsp: 2 }, ...(encoding.encoding === 'uniform' ? [{ oc: 1, kind: 'dsp' } as const] : [])] as const;
      const correction = corrections(encoding, 'lut');
      for (const lanes of foldings) {
        const { oc, kind, dsp = 0 } = { dsp: 0, ...lanes };
        const planned = plannedBias(layer, encoding, lanes);
        for (let o = 0; o < layer.geometry.outChannels; o++, checked++) {
          const isExact = kind === 'dsp' || o % oc >= oc - dsp;
          const correctionOf = isExact ? () => 0 : correction;
          const weights = coded(layer, encoding, o);
          const shortfall = upTo(weights.codes.length).reduce((sum, i) => sum + correctionOf(weights.codes[i], weights.exponents![i]), 0);
          const golden = foldedBias(weights, layer.tensors.bias[o], layer.description.input.zeroPoint, shortfall);
          const held = BigInt.asIntN(width, BigInt(processingElementSum(weights, x, width, shortfall)) + BigInt(planned[o]));
          if (planned[o] !== golden || Number(held) !== accumulatorOf(layer, x, o)) wrong.push({ seed, o, lanes, planned: planned[o], golden });
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(1_000);
  }, 20_000);

  test('the planned accumulator width holds what the golden bounds need, with no bit to spare where every tap meets the input', () => {
    for (let seed = 0; seed < 150; seed++) {
      const layer = randomLayer(seed, { maxMacs: 50_000 });
      const { width } = accumulatorBounds(layer);
      const planned = accumulatorWidth(layer);
      expect(planned, `seed ${seed}`).toBeGreaterThanOrEqual(width);
      const { kernelHeight, kernelWidth } = layer.geometry;
      if (kernelHeight * kernelWidth === 1) expect([seed, planned]).toEqual([seed, Math.max(2, width)]);
    }
  });
});

function coded(layer: Layer, encoding: ScalarEncoding, o: number): CodedWeights {
  const { inChannels } = layer.geometry;
  const size = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const groups = Math.ceil(inChannels / size);
  const exponents = upTo(inChannels).map((i) => layer.tensors.exponent?.[o * groups + Math.floor(i / size)] ?? 0);
  const codes = exponents.map((e, i) => encodeWeight(encoding, layer.tensors.weight[o * inChannels + i], e)!);
  return { encoding, codes, exponents };
}

/** The planner's correction of a code, remembered: `codebook` works it out anew from all levels. */
function corrections(encoding: ScalarEncoding, lane: 'lut'): (code: number, exponent: number) => number {
  const known = new Map<string, number>();
  return (code, exponent) => {
    const key = `${code} ${exponent}`;
    if (!known.has(key)) known.set(key, negativeCorrection(encoding, lane, weightOfCode(encoding, code, exponent), exponent));
    return known.get(key)!;
  };
}

function accumulatorOf(layer: Layer, x: Int32Array, o: number): number {
  const { weight, bias } = layer.tensors;
  return x.reduce((sum, value, i) => sum + weight[o * x.length + i] * (value - layer.description.input.zeroPoint), bias[o]);
}
