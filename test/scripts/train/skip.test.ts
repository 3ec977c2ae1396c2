/** Stages with skip connections, and large linear stages: values and gradients. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generator/layer/random.js';
import { load, newLearner } from '../../../scripts/train/fit.js';
import { trainingMemory } from '../../../scripts/train/gemm.js';
import { RowRun } from '../../../scripts/train/row_run.js';
import { StackedNet } from '../../../scripts/train/stacked_net.js';
import { CLASSES, STACK, weightCount, type StageShape } from '../../../scripts/train/stage.js';
import { StageRun } from '../../../scripts/train/stage_run.js';

const conv3 = (name: string, inChannels: number, more: Partial<StageShape> = {}): StageShape =>
  ({ name, kind: 'convolution', inChannels, inSide: 4, outChannels: 5, kernel: 3, pad: 1, pool: false, relu: true, ...more });

/** A stage whose map is added twice, once behind one stage and once behind two, the second time with pooling. */
const RESIDUAL: readonly StageShape[] = [
  conv3('a', 3),
  conv3('b', 5, { skip: 'a' }),
  conv3('c', 5),
  conv3('d', 5, { skip: 'b', pool: true }),
  { name: 'e', kind: 'linear', inChannels: 5, inSide: 2, outChannels: 10, kernel: 2, pad: 0, pool: false, relu: false },
];
const VALUES = 4 * 4 * 3;
const MEMBERS = Array.from({ length: STACK }, (_, i) => i);

function residual() {
  const random = new Random(5);
  const learner = { ...newLearner(RESIDUAL, random), inputUnit: 1 / 128 };
  for (const { values } of learner.biases) values.forEach((_, i) => (values[i] = 0.3 * random.gaussian()));
  return { learner, images: Uint8Array.from({ length: STACK * VALUES }, () => random.integer(0, 255)) };
}

describe('stages with skip connections', () => {
  it('add the skipped map to their sums before ReLU and pooling', () => {
    const { learner, images } = residual();
    const net = new StackedNet(RESIDUAL, learner.inputUnit);
    load(net, learner);
    net.forward(images, MEMBERS, new Float32Array(STACK * CLASSES));
    const [map, branch, given] = [net.inputsOf(3), net.branchOf(1), net.inputsOf(2)];
    const added = net.inputsOf(1);
    given.forEach((value, i) => expect(value).toBeCloseTo(Math.max(0, branch[i] + added[i]), 5));
    const [late, pooled] = [net.branchOf(3), net.inputsOf(4)];
    expect(map.length).toBe(given.length);
    pooled.forEach((value, i) => {
      const [o, x, y, n] = [i % 5, Math.floor(i / 5) % 2, Math.floor(i / 10) % 2, Math.floor(i / 20)];
      const places = [0, 1, 4, 5].map((step) => ((n * 16 + 8 * y + 2 * x + step) * 5) + o);
      expect(value).toBeCloseTo(Math.max(0, ...places.map((at) => late[at] + given[at])), 5);
    });
  });

  it('have the gradient that finite differences give, in every stage', () => {
    const { learner, images } = residual();
    const net = new StackedNet(RESIDUAL, learner.inputUnit);
    const logits = new Float32Array(STACK * CLASSES);
    const value = (): number => {
      load(net, learner);
      net.forward(images, MEMBERS, logits);
      return logits.reduce((sum, logit, i) => sum + logit * Math.sin(i + 1), 0);
    };
    value();
    net.backward(logits.map((_, i) => Math.sin(i + 1)));
    for (const [i, stage] of RESIDUAL.entries()) {
      const slopes = new Float32Array(weightCount(stage));
      net.takeSlopes(i, slopes, learner.biases[i].slopes);
      for (const [values, slope] of [[learner.models[i].trained[0].values, slopes], [learner.biases[i].values, learner.biases[i].slopes]]) {
        for (const at of [...slope.keys()].sort((a, b) => Math.abs(slope[b]) - Math.abs(slope[a])).slice(0, 4)) {
          const before = values[at];
          values[at] = before + 5e-4;
          const above = value();
          values[at] = before - 5e-4;
          const measured = (above - value()) / 1e-3;
          values[at] = before;
          expect(Math.abs(measured)).toBeGreaterThan(0.05);
          expect(slope[at] / measured, `${stage.name} ${at}`).toBeCloseTo(1, 1);
        }
      }
    }
  });

  it('give multiples of the unit, of sums that were multiples of theirs', () => {
    const { learner, images } = residual();
    const net = new StackedNet(RESIDUAL, learner.inputUnit);
    load(net, { ...learner, units: [0.125, 0.125, 0.125, 0.125, undefined], branchUnits: [undefined, 0.25] });
    net.forward(images, MEMBERS, new Float32Array(STACK * CLASSES));
    const [branch, added, given] = [net.branchOf(1), net.inputsOf(1), net.inputsOf(2)];
    given.forEach((value, i) => {
      const sum = 0.25 * Math.min(127, Math.max(-128, Math.floor(branch[i] / 0.25 + 0.5))) + added[i];
      expect(value).toBe(0.125 * Math.min(255, Math.max(0, Math.floor(sum / 0.125 + 0.5))));
    });
  });
});

describe('a large linear stage', () => {
  it('gives the same bits as any other, forward and back', () => {
    const shape: StageShape = { name: 'l', kind: 'linear', inChannels: 3, inSide: 2, outChannels: 11, kernel: 2, pad: 0, pool: false, relu: true };
    const random = new Random(8);
    const weight = Float32Array.from({ length: weightCount(shape) }, () => random.gaussian());
    const bias = new Float32Array(11).fill(0.5);
    const [x, dz] = [32, 16].map((size) => Float32Array.from({ length: STACK * size }, (_, i) => (i % 8 < 3 ? random.gaussian() : 0)));
    const results = [StageRun, RowRun].map((Run) => {
      const run = new Run(shape, trainingMemory(1e6));
      const mapOrder = (from: number) => 12 * Math.floor(from / 12) + 3 * (from % 4) + (Math.floor(from / 4) % 3);
      const place = Run === RowRun ? mapOrder : (from: number) => from;
      const own = weight.slice();
      weight.forEach((value, from) => (own[place(from)] = value));
      run.setWeights(own, bias);
      run.x.set(x);
      run.dz.set(dz);
      run.multiply();
      run.multiplyBack(true);
      run.multiplyBack(false);
      const [slopes, biasSlopes] = [new Float32Array(weight.length), new Float32Array(11)];
      run.takeSlopes(slopes, biasSlopes);
      return [run.z.subarray(0, STACK * 16), run.dx.subarray(0, STACK * 32), slopes.map((_, from) => slopes[place(from)])].map((values) => [...values]);
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[0][2].some((value) => value !== 0)).toBe(true);
  });
});
