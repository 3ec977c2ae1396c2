/** Weights of shift-add encodings in training: what they are rounded to, the way back, and what is stored. */
import { describe, expect, it } from 'vitest';
import { representableValues } from '../../../generator/layer/representable.js';
import { Random } from '../../../generator/layer/random.js';
import { QuantizedModel, nearestApot, nearestPot, type TrainedEncoding } from '../../../scripts/train/quantized_model.js';
import { weightCount, type StageShape } from '../../../scripts/train/stage.js';
import { exponentGroups } from '../../../scripts/train/weight_groups.js';

const BPOT = { encoding: 'bpot', groupSize: 4, maxExponent: 3 } as const;
const ENCODINGS: readonly TrainedEncoding[] = [{ encoding: 'pot', maxShift: 6 }, BPOT, { encoding: 'apot' }, { encoding: 'uniform', bits: 5 }];
const CONVOLUTION: StageShape = { name: 'c', kind: 'convolution', inChannels: 6, inSide: 4, outChannels: 5, kernel: 3, pad: 1, pool: false, relu: true };
const BLOCKS: StageShape = {
  name: 'b', kind: 'linear', inChannels: 2, inSide: 2, outChannels: 4, kernel: 2, pad: 0, pool: false, relu: true,
  blocks: { inputOrder: Int32Array.of(7, 0, 3, 1, 2, 6, 5, 4), outputOrder: Int32Array.of(2, 0, 3, 1), inputSizes: Int32Array.of(5, 3), outputSizes: Int32Array.of(1, 3) },
};

function modelOf(stage: StageShape, encoding: TrainedEncoding, seed = 1): { model: QuantizedModel; values: Float32Array } {
  const random = new Random(seed);
  const values = Float32Array.from({ length: weightCount(stage) }, () => 0.2 * random.gaussian());
  return { model: new QuantizedModel(stage, encoding, values), values };
}

describe('weights in training', () => {
  it.each(ENCODINGS)('are rounded to what $encoding can hold, near to what they were', (encoding) => {
    for (const stage of [CONVOLUTION, BLOCKS]) {
      const { model, values } = modelOf(stage, encoding);
      const weights = new Float32Array(values.length);
      model.weights(weights);
      const { weight, exponent } = model.integers();
      const allowed = (w: number) => encoding.encoding === 'uniform' ? Math.abs(w) <= 15 : encoding.encoding === 'apot' ? representableValues(encoding).includes(w) : w === 0 || (Number.isInteger(Math.log2(Math.abs(w))) && Math.abs(w) <= 64);
      expect(weight.every(allowed)).toBe(true);
      expect(exponent !== undefined).toBe(encoding.encoding === 'bpot');
      const energy = values.reduce((sum, value) => sum + value ** 2, 0);
      const error = values.reduce((sum, value, i) => sum + (value - weights[i]) ** 2, 0);
      expect(error / energy).toBeLessThan(0.09);
    }
  });

  it('share an exponent within the groups of a layer file, and no weight is out of its group\'s reach', () => {
    for (const stage of [CONVOLUTION, BLOCKS]) {
      const { weight, exponent } = modelOf(stage, BPOT).model.integers();
      const { starts, members } = exponentGroups(stage, 4);
      expect(exponent).toHaveLength(starts.length - 1);
      expect([...members].sort((a, b) => a - b)).toEqual(Array.from(weight, (_, i) => i));
      exponent!.forEach((e, group) => {
        for (const at of members.subarray(starts[group], starts[group + 1])) expect([0, 1, 2, 4]).toContain(Math.abs(weight[at]) / 2 ** e);
      });
    }
  });

  it('have the exponents in the order of the file: output, channel group, kernel position; in blocks, row after row', () => {
    const groups = exponentGroups(CONVOLUTION, 4);
    // (5, 2, 3, 3): the second group of output 1 at kernel position (2, 0) has channels 4 and 5.
    const group = (1 * 2 + 1) * 9 + 6;
    expect([...groups.members.subarray(groups.starts[group], groups.starts[group + 1])]).toEqual([(1 * 6 + 4) * 9 + 6, (1 * 6 + 5) * 9 + 6]);
    const own = exponentGroups(BLOCKS, 4);
    expect([...own.starts]).toEqual([0, 4, 5, 8, 11, 14]);
    const { blocks: _, ...dense } = BLOCKS;
    // Without blocks the inputs of a map count by position, then channel: (out, in, 2, 2) has channel 1 of position 0 at 4.
    expect([...exponentGroups(dense, 4).members.subarray(0, 8)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  });

  it('pass their gradient straight to the trained values, and its part along each output to the gain', () => {
    const { model, values } = modelOf(BLOCKS, ENCODINGS[0]);
    const weights = new Float32Array(values.length);
    model.weights(weights);
    const slopes = Float32Array.from(values, (_, i) => Math.sin(i));
    model.slopes(slopes);
    expect(model.trained[0].slopes).toEqual(slopes);
    // Output 2 is the first row: five weights.
    const along = [0, 1, 2, 3, 4].reduce((sum, i) => sum + slopes[i] * weights[i], 0);
    expect(model.trained[1].slopes[2]).toBeCloseTo(along, 5);
    model.trained[1].values[2] = 1.5;
    const scaled = new Float32Array(values.length);
    model.weights(scaled);
    for (let i = 0; i < 5; i++) expect(scaled[i]).toBeCloseTo(1.5 * weights[i], 6);
    expect(scaled.subarray(5)).toEqual(weights.subarray(5));
  });

  it('round to the nearest power of two', () => {
    expect([0.49, 0.5, 1.49, 1.5, 3, -2.99, 5.9, 6, 200].map((value) => nearestPot(value, 6))).toEqual([0, 1, 1, 2, 4, -2, 4, 8, 64]);
  });

  it('round to the nearest that apot has', () => {
    const levels = [...representableValues({ encoding: 'apot' })];
    for (let value = -12; value <= 12; value += 0.37) {
      expect(Math.abs(value - nearestApot(value))).toBeCloseTo(Math.min(...levels.map((level) => Math.abs(value - level))), 9);
    }
    expect([4.4, 4.5, 4.99, 5, -7, 9].map(nearestApot)).toEqual([4, 4, 4, 6, -8, 10]);
  });
});
