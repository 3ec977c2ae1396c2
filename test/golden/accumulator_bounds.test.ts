import { describe, expect, test } from 'vitest';
import { accumulatorBounds } from '../../generator/golden/accumulator_bounds.js';
import { goldenConvolution, goldenRun } from '../../generator/golden/convolution.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { makeLayer } from './support.js';

const one = { height: 1, width: 1, channels: 1 };

describe('accumulator bounds', () => {
  test.each([
    { name: 'one weight of 1 and 8-bit unsigned activations', weight: [1], bias: 0, input: {}, low: 0, high: 255, width: 9 },
    { name: 'a bias that fills the range exactly', weight: [1], bias: -256, input: {}, low: -256, high: -1, width: 9 },
    { name: 'a bias one further', weight: [1], bias: -257, input: {}, low: -257, high: -2, width: 10 },
    { name: 'most negative times most negative', weight: [-128], bias: 0, input: { signed: true }, low: -16256, high: 16384, width: 16 },
    { name: 'a zero point at the top', weight: [3], bias: 0, input: { zeroPoint: 255 }, low: -765, high: 0, width: 11 },
    { name: 'no weight and no bias', weight: [0], bias: 0, input: {}, low: 0, high: 0, width: 1 },
    { name: '16-bit signed activations', weight: [127], bias: 1, input: { bits: 16, signed: true }, low: -4161535, high: 4161410, width: 23 },
  ])('$name: $low..$high in $width bits', ({ weight, bias, input, low, high, width }) => {
    const layer = makeLayer({ input: { ...one, ...input }, output: { channels: 1 } }, { weight, bias: [bias] });
    const bounds = accumulatorBounds(layer);
    expect([bounds.low[0], bounds.high[0], bounds.width]).toEqual([low, high, width]);
  });

  test('the width is that of the widest channel', () => {
    const layer = makeLayer({ input: one, output: { channels: 3 } }, { weight: [1, -127, 2], bias: [0, 5, 0] });
    const { low, high, width } = accumulatorBounds(layer);
    expect([...low]).toEqual([0, 5 - 127 * 255, 0]);
    expect([...high]).toEqual([255, 5, 510]);
    expect(width).toBe(16);
  });

  test('bounds are reached: all inputs of small layers tried, padding included', () => {
    const layers = [
      makeLayer({ input: { height: 1, width: 3, channels: 1, bits: 2, zeroPoint: 1 }, output: { channels: 2 }, kernel: [1, 2], pads: [0, 1, 0, 1] }, { weight: [3, -2, 1, 5], bias: [4, -9] }),
      makeLayer({ input: { height: 2, width: 2, channels: 1, bits: 2, signed: true }, output: { channels: 1 }, kernel: [3, 3], pads: [1, 1, 1, 1] }, { weight: [1, -2, 3, -4, 5, -6, 7, -8, 9] }),
      // Kernel positions that only ever meet padding do not count.
      makeLayer({ input: { height: 1, width: 2, channels: 1, bits: 2 }, output: { channels: 1 }, kernel: [3, 1], pads: [1, 0, 1, 0] }, { weight: [100, 1, -100] }),
    ];
    for (const layer of layers) {
      const { low, high } = accumulatorBounds(layer);
      const channels = layer.geometry.outChannels;
      const seenLow = new Float64Array(channels).fill(Infinity);
      const seenHigh = new Float64Array(channels).fill(-Infinity);
      for (const input of allInputs(layer.geometry.inHeight * layer.geometry.inWidth, layer.description.input.signed)) {
        goldenConvolution(layer, input).accumulators.forEach((sum, i) => {
          seenLow[i % channels] = Math.min(seenLow[i % channels], sum);
          seenHigh[i % channels] = Math.max(seenHigh[i % channels], sum);
        });
      }
      expect([...low]).toEqual([...seenLow]);
      expect([...high]).toEqual([...seenHigh]);
    }
  });

  test('no accumulator of random layers and corner frames is out of bounds', () => {
    for (let seed = 100; seed < 140; seed++) {
      const layer = randomLayer(seed, { maxMacs: 20_000 });
      const { low, high } = accumulatorBounds(layer);
      const { accumulators } = goldenRun(layer, randomInput(layer, 4, seed), 4);
      const channels = layer.geometry.outChannels;
      expect(accumulators.findIndex((sum, i) => sum < low[i % channels] || sum > high[i % channels])).toBe(-1);
    }
  });
});

/** All frames of `length` 2-bit values. */
function* allInputs(length: number, signed: boolean): Generator<Int32Array> {
  for (let n = 0; n < 4 ** length; n++) {
    yield Int32Array.from({ length }, (_, i) => (Math.floor(n / 4 ** i) % 4) - (signed ? 2 : 0));
  }
}
