import { afterAll, describe, expect, test } from 'vitest';
import { goldenRun } from '../../generator/golden/convolution.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import { compareWithOracle } from '../../sim/oracle/compare.js';
import type { OracleComparison } from '../../sim/oracle/compare.js';
import { oracleAccumulators } from '../../sim/oracle/oracle.js';
import { closeOracle, runModel } from '../../sim/oracle/ort_worker.js';
import { makeLayer, naiveAccumulators } from './support.js';

afterAll(closeOracle);

const wide = { bits: 16, signed: true };

describe('oracle', () => {
  test('120 random layers, 20 of each encoding: golden accumulators equal ONNX Runtime, outputs are within one unit', async () => {
    const wrong: object[] = [];
    let outputs = 0;
    let requantized = 0;
    let differ = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const layer = randomLayer(seed, { encodings: [SCALAR_ENCODINGS[seed % 6]] });
      const result = await compareWithOracle(layer, randomInput(layer, 2, seed));
      outputs += result.outputs;
      requantized += result.requantizedCompared;
      differ += result.requantizedCompared * result.requantizedDiffer;
      if (result.accumulatorMismatches > 0 || result.requantizedBeyondOne > 0) wrong.push({ seed, ...result });
    }
    expect(wrong).toEqual([]);
    expect(outputs).toBeGreaterThan(50_000);
    expect(requantized).toBeGreaterThan(10_000);
    expect(differ / requantized).toBeLessThan(0.05);
  }, 60_000);

  test.each([
    { name: '8-bit unsigned', input: { bits: 8 }, low: 0, high: 255 },
    { name: '8-bit signed', input: { bits: 8, signed: true, zeroPoint: 127 }, low: -128, high: 127 },
    { name: '16-bit unsigned', input: { bits: 16, zeroPoint: 65535 }, low: 0, high: 65535 },
    { name: '16-bit signed', input: { bits: 16, signed: true, zeroPoint: -32768 }, low: -32768, high: 32767 },
    { name: '9-bit signed', input: { bits: 9, signed: true, zeroPoint: -1 }, low: -256, high: 255 },
  ])('$name activations at both ends times extreme weights, padding with the zero point', async ({ input, low, high }) => {
    const levels = [-16384, -129, -128, -1, 0, 127, 128, 16384];
    const weight = Array.from({ length: 8 * 3 * 4 }, (_, i) => levels[(i * 5 + Math.floor(i / 8)) % 8]);
    const keys = { output: { channels: 8, ...wide }, kernel: [2, 2], pads: [1, 0, 1, 1], weights: { encoding: 'codebook', levels } };
    const layer = makeLayer({ ...keys, input: { channels: 3, height: 3, width: 4, ...input } }, { weight, bias: [1, -2, 3, -4, 5, -6, 7, -8] });
    const values = Int32Array.from({ length: 36 }, (_, i) => (i % 3 === 0 ? low : high));
    const expected = naiveAccumulators(layer, values).map(Number);
    expect([...(await oracleAccumulators(layer, values))]).toEqual(expected);
    expect([...goldenRun(layer, values, 1).accumulators]).toEqual(expected);
  });

  test('a wrong golden result is found and its first place told', async () => {
    const layer = randomLayer(11, { kinds: ['conv2d'] });
    const frames = randomInput(layer, 1, 11);
    const right = goldenRun(layer, frames, 1);
    const accumulators = right.accumulators.slice();
    accumulators[2] += 1;
    accumulators[accumulators.length - 1] -= 1;
    const result = await compareWithOracle(layer, frames, { ...right, accumulators });
    expect(result.accumulatorMismatches).toBe(2);
    expect(result.firstMismatch).toEqual({ index: 2, golden: accumulators[2], oracle: right.accumulators[2] });
  });

  test('halves are where QLinearConv differs: it rounds 2.5 to 2, the golden model to 3', async () => {
    const layer = makeLayer(
      { input: { channels: 1, height: 1, width: 4 }, output: { channels: 1 } },
      { weight: [1], shift: [1] },
    );
    const frames = Int32Array.of(4, 5, 6, 7);
    expect([...goldenRun(layer, frames, 1).outputs]).toEqual([2, 3, 3, 4]);
    expect(await compareWithOracle(layer, frames)).toEqual({
      outputs: 4,
      accumulatorMismatches: 0,
      requantizedCompared: 4,
      requantizedDiffer: 0.25,
      requantizedBeyondOne: 0,
    } satisfies OracleComparison);
  });

  test.each([
    { input: { signed: false }, output: { signed: true, zeroPoint: -5 } },
    { input: { signed: true, zeroPoint: 3 }, output: { signed: false, zeroPoint: 128 } },
    { input: { signed: true, zeroPoint: -3 }, output: { signed: true, zeroPoint: 0, bits: 5 } },
  ])('outputs are compared for input $input and output $output', async ({ input, output }) => {
    const weight = Array.from({ length: 4 * 2 * 9 }, (_, i) => ((i * 37) % 256) - 128);
    const layer = makeLayer(
      { input: { channels: 2, height: 6, width: 5, ...input }, output: { channels: 4, ...output }, kernel: [3, 3], pads: [1, 1, 1, 1], activation: { kind: 'relu' } },
      { weight, bias: [100, -100, 5000, -5000], multiplier: [40001, 50021, 65535, 33333], shift: [24, 24, 25, 23] },
    );
    const result = await compareWithOracle(layer, randomInput(layer, 3, 5));
    expect(result.requantizedCompared).toBe(3 * 6 * 5 * 4);
    expect(result.requantizedBeyondOne).toBe(0);
    expect(result.requantizedDiffer).toBeLessThan(0.01);
  });

  test.each([
    { keys: { input: { channels: 1, bits: 12 }, output: { channels: 1 } }, weight: 1, why: 'input activations of 12 bits; QLinearConv takes 8' },
    { keys: { input: { channels: 1 }, output: { channels: 1, bits: 9 } }, weight: 1, why: 'output activations of 9 bits; QLinearConv gives 8' },
    { keys: { input: { channels: 1 }, output: { channels: 1 }, weights: { encoding: 'pot', maxShift: 7 } }, weight: 128, why: 'weights beyond int8' },
  ])('what QLinearConv cannot express is skipped and told: $why', async ({ keys, weight, why }) => {
    const result = await compareWithOracle(makeLayer(keys, { weight: [weight] }), Int32Array.of(1));
    expect(result).toMatchObject({ accumulatorMismatches: 0, requantizedCompared: 0, requantizedSkipped: why });
  });

  test('a sum that overflows the runtime is refused by channel', async () => {
    const channels = 40_000;
    const layer = makeLayer(
      { input: { channels, height: 1, width: 2 }, output: { channels: 1 }, kernel: [1, 2] },
      { weight: new Int32Array(2 * channels).fill(-128) },
    );
    await expect(oracleAccumulators(layer, new Int32Array(2 * channels))).rejects.toThrow(
      'layer test: output channel 0 can sum up to 2611200000 in ONNX Runtime, whose accumulator has 32 bits. Compare with the golden model alone',
    );
  });

  test('a model that the runtime refuses is an error with its message, and the next model runs', async () => {
    await expect(runModel(Uint8Array.of(1, 2, 3), [{}])).rejects.toThrow(/^ONNX Runtime: .+/);
    const layer = randomLayer(1);
    expect((await compareWithOracle(layer, randomInput(layer, 1, 1))).accumulatorMismatches).toBe(0);
  });
});
