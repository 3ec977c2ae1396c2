import { describe, expect, it } from 'vitest';
import { quantizeChannel } from '../../generator/compress/calibrated/channel.js';
import { factorFeedback } from '../../generator/compress/calibrated/factor.js';
import { covarianceRows, inputLists, inputMeans, momentStripes } from '../../generator/compress/calibrated/moments.js';
import { decisionOrder } from '../../generator/compress/calibrated/order.js';
import type { GroupProblem } from '../../generator/compress/calibrated/problem.js';
import { pruneSequentially, settle } from '../../generator/compress/calibrated/pruning_pass.js';
import { quantizeSequentially } from '../../generator/compress/calibrated/sequential.js';
import { NearestLevel, compressionLevels } from '../../generator/compress/levels.js';
import { quantizerFor } from '../../generator/compress/quantizers.js';
import { findScale } from '../../generator/compress/scale_search.js';
import { Random } from '../../generator/layer/random.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const BPOT: ScalarEncoding = { encoding: 'bpot', groupSize: 4, maxExponent: 3 };
const ENCODINGS: ScalarEncoding[] = [
  { encoding: 'uniform', bits: 3 },
  { encoding: 'pot', maxShift: 6 },
  { encoding: 'apot' },
  { encoding: 'csd', digits: 2, maxShift: 5 },
  { encoding: 'codebook', levels: [-9, -4, -1, 0, 2, 5] },
  BPOT,
];

/** Covariance of inputs that follow a few common causes. */
function correlated(n: number, random: Random, own = 0.1): Float32Array {
  const causes = Array.from({ length: 3 }, () => Float64Array.from({ length: n }, () => random.gaussian()));
  return Float32Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return causes.reduce((sum, c) => sum + c[i] * c[j], 0) + (i === j ? own : 0);
  });
}

function problemOf(covariance: Float32Array, n: number, encoding: ScalarEncoding): GroupProblem {
  const sets = encoding.encoding === 'bpot' ? encoding.maxExponent + 1 : 1;
  const { weights: feedback, cost } = factorFeedback(covariance, n);
  const groupSize = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const { starts } = decisionOrder({ groupInChannels: n, groupSize, blockSize: 1 }, new Float64Array(n).fill(1));
  return { n, covariance, feedback, cost, starts, tables: Array.from({ length: sets }, (_, e) => new NearestLevel(compressionLevels(encoding, e))) };
}

const gaussians = (n: number, random: Random) => Float64Array.from({ length: n }, () => random.gaussian());

function lossOf(covariance: Float32Array, weights: Float64Array, integers: ArrayLike<number>, scale: number): number {
  const n = weights.length;
  let loss = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) loss += (weights[i] - scale * integers[i]) * covariance[i * n + j] * (weights[j] - scale * integers[j]);
  }
  return loss;
}

describe('statistics of inputs', () => {
  it('are the covariance of each group, zeros skipped or not', () => {
    const random = new Random(1);
    const [count, groups, perGroup] = [50, 2, 37];
    const length = groups * perGroup;
    const data = Float32Array.from({ length: count * length }, () => (random.integer(0, 2) === 0 ? 0 : random.integer(-9, 9)));
    const table = { count, data, length };
    const mean = inputMeans(table);
    const lists = inputLists(table, perGroup);
    for (let group = 0; group < groups; group++) {
      const got = new Float32Array(perGroup * perGroup);
      const means = mean.subarray(group * perGroup, (group + 1) * perGroup);
      for (let stripe = 0; stripe < momentStripes(perGroup); stripe++) covarianceRows(lists, means, group, stripe, got);
      for (let i = 0; i < perGroup; i++) {
        for (let j = 0; j < perGroup; j++) {
          let want = 0;
          for (let p = 0; p < count; p++) want += (data[p * length + group * perGroup + i] - means[i]) * (data[p * length + group * perGroup + j] - means[j]);
          expect(got[i * perGroup + j]).toBeCloseTo(want / count, 3);
        }
      }
    }
  });

  it('are factored so that the error is a sum of one square for each weight', () => {
    const random = new Random(2);
    const n = 101;
    const covariance = correlated(n, random);
    const { weights, cost } = factorFeedback(covariance, n);
    const error = gaussians(n, random);
    let sum = 0;
    for (let t = 0; t < n; t++) {
      let square = error[t];
      for (let j = 0; j < t; j++) square += error[j] * weights[t * n + j];
      sum += cost[t] * square * square;
    }
    expect(sum / lossOf(covariance, error, new Int32Array(n), 1)).toBeCloseTo(1, 4);
  });

  it('may be singular: factors stay finite and no cost is negative', () => {
    const { weights, cost } = factorFeedback(correlated(20, new Random(3), 0), 20);
    expect([...weights, ...cost].every(Number.isFinite)).toBe(true);
    expect(Math.min(...cost)).toBeGreaterThan(0);
  });
});

describe('the order of decision', () => {
  it('keeps groups together, strongest first, and names every weight once', () => {
    const strength = Float64Array.from({ length: 20 }, (_, i) => (i * 7) % 20);
    const { places, starts, groups } = decisionOrder({ groupInChannels: 10, groupSize: 4, blockSize: 1 }, strength);
    expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    // Two kernel positions of 10 channels: groups of 4, 4 and 2 each.
    const ranges = [[0, 4], [4, 8], [8, 10], [10, 14], [14, 18], [18, 20]];
    const means = Array.from(groups, (group, unit) => {
      const members = [...places.subarray(starts[unit], starts[unit + 1])];
      expect(members.every((place) => place >= ranges[group][0] && place < ranges[group][1])).toBe(true);
      return members.reduce((sum, place) => sum + strength[place], 0) / members.length;
    });
    expect(means).toEqual([...means].sort((a, b) => b - a));
  });
});

describe('the order of decision with n:m blocks', () => {
  it.each([[4, 2], [2, 4], [4, 6], [1, 4]])('groups of %d and blocks of %d both stay together', (groupSize, blockSize) => {
    const groupInChannels = 10;
    const { places, starts, groups, blocks } = decisionOrder({ groupInChannels, groupSize, blockSize }, Float64Array.from({ length: 20 }, (_, i) => (i * 7) % 20));
    expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const [size, edges] of [[groupSize, starts], [blockSize, blocks]] as const) {
      const part = (place: number) => Math.floor(place / groupInChannels) * 100 + Math.floor((place % groupInChannels) / size);
      expect(edges.length - 1).toBe(2 * Math.ceil(groupInChannels / size));
      for (let e = 0; e + 1 < edges.length; e++) expect(new Set(Array.from(places.subarray(edges[e], edges[e + 1]), part)).size).toBe(1);
    }
    expect([...groups].sort((a, b) => a - b)).toEqual(Array.from({ length: groups.length }, (_, i) => i));
  });
});

describe('weights decided one after the other', () => {
  it.each(ENCODINGS)('$encoding: are rounded as without data where inputs are independent', (encoding) => {
    const n = 24;
    const white = Float32Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 2 : 0));
    const weights = gaussians(n, new Random(4));
    const quantizer = quantizerFor(encoding, n);
    const { scale } = findScale(quantizer, weights, 1e-9, 1);
    const want = new Int32Array(n);
    const exponents = new Int32Array(6);
    quantizer.quantize(weights, scale, want, exponents);
    const [got] = quantizeSequentially(problemOf(white, n, encoding), { weights, zeros: new Uint8Array(n) }, [scale]);
    expect([...got.integers]).toEqual([...want]);
    if (encoding.encoding === 'bpot') expect([...got.sets]).toEqual([...exponents]);
    expect(got.loss).toBeCloseTo(lossOf(white, weights, want, scale), 5);
  });

  it.each(ENCODINGS)('$encoding: the scales tried side by side do not touch each other, and each loss is its error', (encoding) => {
    const n = 70;
    const random = new Random(5);
    const covariance = correlated(n, random);
    const channel = { weights: gaussians(n, random), zeros: new Uint8Array(n) };
    const problem = problemOf(covariance, n, encoding);
    const scales = [0.1, 0.2, 0.3, 0.4, 0.5];
    const together = quantizeSequentially(problem, channel, scales);
    together.forEach((choice, i) => {
      expect(choice).toEqual(quantizeSequentially(problem, channel, [scales[i]])[0]);
      expect(choice.loss / lossOf(covariance, channel.weights, choice.integers, scales[i])).toBeCloseTo(1, 3);
    });
  });
});

describe('weights that go', () => {
  const everyone = (n: number) => Int32Array.from({ length: n + 1 }, (_, t) => t);

  it('cost what they change, and the more may go the fewer stay', () => {
    const random = new Random(7);
    const n = 50;
    const covariance = correlated(n, random);
    const weights = gaussians(n, random);
    const problem = problemOf(covariance, n, { encoding: 'apot' });
    const rows = pruneSequentially(problem, weights, everyone(n), [1e-3, 1e-2, 1e-1, 1].map((threshold) => ({ threshold })));
    for (const { values, loss, kept } of rows) {
      expect(loss / lossOf(covariance, weights, values as never, 1)).toBeCloseTo(1, 3);
      expect(values.filter((v) => v !== 0).length).toBe(kept);
    }
    expect(rows.map((r) => r.kept)).toEqual(rows.map((r) => r.kept).sort((a, b) => b - a));
    const settled = rows[2].values.slice();
    settle(problem, weights, settled);
    expect(lossOf(covariance, weights, settled as never, 1)).toBeLessThan(rows[2].loss);
    expect(settled.map((v) => Number(v !== 0))).toEqual(rows[2].values.map((v) => Number(v !== 0)));
  });

  it.each([[2, 4], [1, 4], [3, 8], [8, 16]])('%d of %d stay in each block, the best where all choices can be tried', (n, m) => {
    const random = new Random(8);
    const length = m;
    const covariance = correlated(length, random);
    const weights = gaussians(length, random);
    const problem = problemOf(covariance, length, { encoding: 'apot' });
    const [row] = pruneSequentially(problem, weights, Int32Array.of(0, length), [{ n, m }]);
    expect(row.kept).toBe(n);
    let least = Infinity;
    for (let mask = 0; mask < 2 ** m && m < 16; mask++) {
      const stays = Array.from({ length: m }, (_, i) => (mask >> i) & 1);
      if (stays.reduce((a, b) => a + b) !== n) continue;
      const errors = new Float64Array(m);
      let cost = 0;
      for (let t = 0; t < m; t++) {
        let target = weights[t];
        for (let j = 0; j < t; j++) target += errors[j] * problem.feedback[t * m + j];
        errors[t] = stays[t] === 1 ? weights[t] - target : weights[t];
        if (stays[t] === 0) cost += problem.cost[t] * target * target;
      }
      least = Math.min(least, cost);
    }
    if (m < 16) expect(row.loss).toBeCloseTo(least, 8);
  });
});

describe('one output channel', () => {
  it.each(ENCODINGS)('$encoding: never has a larger output error than rounding without data', (encoding) => {
    for (let seed = 10; seed < 30; seed++) {
      const random = new Random(seed);
      const n = random.integer(3, 40);
      const covariance = correlated(n, random, 0.02);
      const weights = gaussians(n, random);
      const quantizer = quantizerFor(encoding, n);
      const { scale } = findScale(quantizer, weights, 1e-9, 1);
      const plain = new Int32Array(n);
      quantizer.quantize(weights, scale, plain);
      const got = quantizeChannel(problemOf(covariance, n, encoding), { weights, zeros: new Uint8Array(n) }, { start: scale, minimum: 1e-9 });
      expect(got.loss).toBeLessThanOrEqual(lossOf(covariance, weights, plain, scale) * (1 + 1e-4));
      expect(lossOf(covariance, weights, got.integers, got.scale)).toBeCloseTo(got.loss, 3);
    }
  });

  it('comes close to the best of all integers, tried one by one', () => {
    const levels = [-4, -2, -1, 0, 1, 2, 4];
    const excess: number[] = [];
    for (let seed = 40; seed < 60; seed++) {
      const random = new Random(seed);
      const n = 5;
      const covariance = correlated(n, random);
      const weights = gaussians(n, random);
      const problem = problemOf(covariance, n, { encoding: 'pot', maxShift: 2 });
      const got = quantizeChannel(problem, { weights, zeros: new Uint8Array(n) }, { start: 0.5, minimum: 1e-9 });
      let least = Infinity;
      for (let code = 0; code < levels.length ** n; code++) {
        const integers = Array.from({ length: n }, (_, i) => levels[Math.floor(code / levels.length ** i) % levels.length]);
        least = Math.min(least, lossOf(covariance, weights, integers, got.scale));
      }
      expect(got.loss).toBeGreaterThan(least * (1 - 1e-4));
      excess.push(got.loss / least - 1);
    }
    const median = excess.sort((a, b) => a - b)[10];
    expect(median).toBeLessThan(0.1);
  });

  it('keeps held zeros, powers of two of the unit, and a scale that is not too small', () => {
    const random = new Random(6);
    const n = 30;
    const problem = problemOf(correlated(n, random), n, { encoding: 'apot' });
    const channel = { weights: gaussians(n, random), zeros: Uint8Array.from({ length: n }, (_, i) => i % 2) };
    const powers = quantizeChannel(problem, channel, { start: 0.25, minimum: 0.2, powersOf: { unit: 4, maxShift: 40 } });
    expect([0.25, 0.5]).toContain(powers.scale);
    expect(powers.integers.every((q, t) => t % 2 === 0 || q === 0)).toBe(true);
    expect(quantizeChannel(problem, channel, { start: 3, minimum: 3 }).scale).toBeGreaterThanOrEqual(3);
  });
});
