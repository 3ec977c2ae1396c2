import { describe, expect, test } from 'vitest';
import { goldenConvolution, goldenRun } from '../../generator/golden/convolution.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { makeLayer, naiveAccumulators } from './support.js';

interface Case {
  readonly name: string;
  readonly keys: Parameters<typeof makeLayer>[0];
  readonly weight: readonly number[];
  readonly bias?: readonly number[];
  readonly input: readonly number[];
  readonly accumulators: readonly number[];
}

const wide = { bits: 16, signed: true };
const map = (height: number, width: number, channels = 1) => ({ height, width, channels });

/** All worked out by hand. */
const CASES: Case[] = [
  {
    name: 'a 2x2 kernel slides without padding',
    keys: { input: map(3, 3), output: { channels: 1, ...wide }, kernel: [2, 2] },
    weight: [1, 2, 3, 4],
    input: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    accumulators: [37, 47, 67, 77],
  },
  {
    name: 'pads are top, left, bottom, right',
    keys: { input: map(1, 2), output: { channels: 1, ...wide }, kernel: [2, 2], pads: [0, 1, 1, 0] },
    weight: [1, 10, 100, -100],
    input: [1, 2],
    accumulators: [10, 21],
  },
  {
    name: 'padding contributes nothing even if the zero point is not 0',
    keys: { input: { ...map(1, 1), zeroPoint: 5 }, output: { channels: 1, ...wide }, kernel: [3, 3], pads: [1, 1, 1, 1] },
    weight: [1, 1, 1, 1, 7, 1, 1, 1, 1],
    input: [2],
    accumulators: [-21],
  },
  {
    name: 'a window that lies wholly in the padding gives the bias',
    keys: { input: map(1, 1), output: { channels: 1, ...wide }, kernel: [1, 1], pads: [1, 0, 0, 1] },
    weight: [3],
    bias: [-4],
    input: [10],
    accumulators: [-4, -4, 26, -4],
  },
  {
    name: 'strides differ by axis and cut off what no longer fits',
    keys: { input: map(4, 4), output: { channels: 1, ...wide }, strides: [3, 2] },
    weight: [1],
    input: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    accumulators: [0, 2, 12, 14],
  },
  {
    name: 'dilations spread the kernel by axis',
    keys: { input: map(3, 4), output: { channels: 1, ...wide }, kernel: [2, 2], dilations: [2, 3] },
    weight: [1, 10, 100, -100],
    input: [1, 0, 0, 2, 9, 9, 9, 9, 3, 0, 0, 4],
    accumulators: [1 + 20 + 300 - 400],
  },
  {
    name: 'groups see only their own channels, outputs in group order',
    keys: { input: map(1, 1, 4), output: { channels: 4, ...wide }, groups: 2 },
    weight: [1, 2, 3, 4, 5, 6, 7, 8],
    bias: [1000, 2000, 3000, 4000],
    input: [1, 2, 10, 20],
    accumulators: [1005, 2011, 3170, 4230],
  },
  {
    name: 'depthwise takes one channel for each output',
    keys: { input: map(1, 2, 3), output: { channels: 3, ...wide }, kernel: [1, 2], groups: 3 },
    weight: [1, 2, 3, 4, 5, 6],
    input: [1, 2, 3, 10, 20, 30],
    accumulators: [21, 86, 195],
  },
  {
    name: 'linear is the 1x1 convolution',
    keys: { kind: 'linear', input: { channels: 3 }, output: { channels: 2, ...wide } },
    weight: [1, 2, 3, -1, -2, -3],
    bias: [0, 1],
    input: [10, 20, 30],
    accumulators: [140, -139],
  },
  {
    name: 'the most negative weight times the most negative activation is positive',
    keys: { input: { ...map(1, 1), bits: 8, signed: true }, output: { channels: 1, ...wide } },
    weight: [-128],
    input: [-128],
    accumulators: [16384],
  },
  {
    name: 'a 16-bit activation with its zero point at the other end takes 17 bits',
    keys: { input: { ...map(1, 1), bits: 16, signed: true, zeroPoint: 32767 }, output: { channels: 1, ...wide } },
    weight: [-128],
    input: [-32768],
    accumulators: [128 * 65535],
  },
  {
    name: 'a sum beyond 32 bits is exact',
    keys: {
      input: { ...map(1, 1, 3), bits: 16 },
      output: { channels: 1, ...wide },
      weights: { encoding: 'codebook', levels: [-16384, 16384] },
    },
    weight: [16384, 16384, 16384],
    bias: [1],
    input: [65535, 65535, 65535],
    accumulators: [3221176321],
  },
];

describe('golden convolution', () => {
  test.each(CASES)('$name', ({ keys, weight, bias, input, accumulators }) => {
    const layer = makeLayer(keys, { weight, bias });
    expect([...goldenConvolution(layer, Int32Array.from(input)).accumulators]).toEqual(accumulators);
  });

  test('random layers agree with the definition, computed in BigInt', () => {
    const differ: string[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      const layer = randomLayer(seed, { maxMacs: 20_000 });
      const input = randomInput(layer, 1, seed);
      const { accumulators } = goldenConvolution(layer, input);
      const expected = naiveAccumulators(layer, input);
      if (accumulators.length !== expected.length || expected.some((sum, i) => BigInt(accumulators[i]) !== sum)) {
        differ.push(`seed ${seed}`);
      }
    }
    expect(differ).toEqual([]);
  });

  test('several frames give what each gives alone', () => {
    for (const seed of [3, 4, 5, 6, 7]) {
      const layer = randomLayer(seed, { maxMacs: 20_000 });
      const frames = randomInput(layer, 3, seed);
      const together = goldenRun(layer, frames, 3);
      const length = frames.length / 3;
      const apart = [0, 1, 2].map((i) => goldenConvolution(layer, frames.slice(i * length, (i + 1) * length)));
      expect([...together.accumulators]).toEqual(apart.flatMap((r) => [...r.accumulators]));
      expect([...together.outputs]).toEqual(apart.flatMap((r) => [...r.outputs]));
    }
  });

  test('a large map that spans several tiles of patches agrees with the definition at chosen pixels', () => {
    const channels = 64;
    const weight = Int32Array.from({ length: 5 * channels * 9 }, (_, i) => ((i * 7919) % 256) - 128);
    const layer = makeLayer(
      { input: { channels, height: 40, width: 33, zeroPoint: 100 }, output: { channels: 5, ...wide }, kernel: [3, 3], pads: [1, 1, 1, 1] },
      { weight },
    );
    const input = Int32Array.from({ length: 40 * 33 * channels }, (_, i) => (i * 104729) % 256);
    const { accumulators } = goldenConvolution(layer, input);
    const expected = naiveAccumulators(layer, input);
    expect(accumulators.every((sum, i) => BigInt(sum) === expected[i])).toBe(true);
  });

  test('outputs are the accumulators requantized and clamped, channel by channel', () => {
    const layer = makeLayer(
      { input: map(1, 1, 1), output: { channels: 4, bits: 8, signed: true, zeroPoint: -3 }, activation: { kind: 'relu' } },
      { weight: [1, 1, -1, 100], multiplier: [1, 3, 1, 1], shift: [0, 2, 0, 0] },
    );
    const { outputs } = goldenConvolution(layer, Int32Array.of(10));
    // 10 - 3; (30 + 2) >> 2 = 8, - 3; -13 is raised to the zero point; 997 saturates.
    expect([...outputs]).toEqual([7, 5, -3, 127]);
  });

  test('a wrong number of input values is refused with both numbers', () => {
    const layer = makeLayer({ input: map(2, 2, 3), output: { channels: 1 } }, { weight: [1, 1, 1] });
    expect(() => goldenRun(layer, new Int32Array(12), 2)).toThrow(
      'layer test: 12 input values for 2 frames of 2 x 2 x 3 (H, W, C), which need 24',
    );
  });

  test('an input value outside the format is refused with its place', () => {
    const layer = makeLayer({ input: { ...map(1, 2), bits: 4, signed: true }, output: { channels: 1 } }, { weight: [1] });
    expect(() => goldenConvolution(layer, Int32Array.of(7, 8))).toThrow('layer test: input value 8 at index 1 is outside -8..7');
  });

  test('a sum that could leave the exact range of doubles is refused', () => {
    const channels = 65535;
    const keys = {
      kind: 'linear' as const,
      input: { channels, height: 1, width: 1, bits: 16, signed: true, zeroPoint: 32767 },
      output: { channels: 1 },
      weights: { encoding: 'codebook', levels: [-16384, 16384] },
    };
    const fits = makeLayer(keys, { weight: new Int32Array(channels).fill(16384) });
    expect(goldenConvolution(fits, new Int32Array(channels).fill(-32768)).accumulators[0]).toBe(-16384 * 65535 * 65535);
    const beyond = makeLayer(keys, { weight: new Int32Array(channels).fill(2 ** 22) });
    expect(() => goldenConvolution(beyond, new Int32Array(channels))).toThrow(
      /^layer test: output channel 0 can sum up to \d+, beyond 2\^53\. Use fewer activation bits or smaller weights$/,
    );
  });
});
