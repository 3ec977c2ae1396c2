import { describe, expect, it } from 'vitest';
import { optimalCodebook } from '../../generator/compress/optimal_codebook.js';
import { readTensorReference } from '../../generator/import/tensor_reference.js';
import { Random } from '../../generator/layer/random.js';
import { messageOf } from '../layer/message.js';

/** Least error over every way to put the weights into clusters, the first of which is at zero if asked for. */
function bruteForce(weights: number[], importance: number[], count: number, zero: boolean): number {
  let least = Infinity;
  for (let code = 0; code < count ** weights.length; code++) {
    const [m, mx, mxx] = [0, 1, 2].map(() => new Float64Array(count));
    for (let i = 0, rest = code; i < weights.length; i++, rest = Math.floor(rest / count)) {
      const c = rest % count;
      m[c] += importance[i];
      mx[c] += importance[i] * weights[i];
      mxx[c] += importance[i] * weights[i] ** 2;
    }
    const error = mxx.reduce((sum, xx, c) => sum + (zero && c === 0 ? xx : m[c] > 0 ? xx - mx[c] ** 2 / m[c] : 0), 0);
    least = Math.min(least, error);
  }
  return least;
}

function errorOf(weights: ArrayLike<number>, importance: ArrayLike<number> | undefined, levels: ArrayLike<number>): number {
  return Array.from(weights).reduce((sum, w, i) => sum + (importance ? importance[i] : 1) * Math.min(...Array.from(levels, (l) => (w - l) ** 2)), 0);
}

/** Lloyd's iteration from random weights as levels. */
function kMeans(weights: Float64Array, count: number, random: Random): number {
  let levels = Float64Array.from({ length: count }, () => weights[random.integer(0, weights.length - 1)]).sort();
  let last = Infinity;
  for (;;) {
    const [m, mx] = [new Float64Array(count), new Float64Array(count)];
    let error = 0;
    for (const w of weights) {
      let best = 0;
      for (let l = 1; l < count; l++) if (Math.abs(w - levels[l]) < Math.abs(w - levels[best])) best = l;
      m[best]++;
      mx[best] += w;
      error += (w - levels[best]) ** 2;
    }
    if (!(error < last)) return last;
    last = error;
    levels = levels.map((level, l) => (m[l] > 0 ? mx[l] / m[l] : level)).sort();
  }
}

describe('the optimal codebook', () => {
  it.each([false, true])('has the least error of all assignments of small sets of weights (zero level: %s)', (zero) => {
    const random = new Random(7);
    for (let round = 0; round < 150; round++) {
      const count = random.integer(1, 4);
      const length = random.integer(1, 7);
      // Whole numbers now and then, so that weights repeat and lie at zero.
      const weights = Array.from({ length }, () => (round % 3 === 0 ? random.integer(-3, 3) : random.gaussian() + (round % 5)));
      const importance = round % 2 === 0 ? weights.map(() => 1) : weights.map(() => random.integer(0, 5) / 2);
      const found = optimalCodebook(weights, count, { importance, zero });
      const least = bruteForce(weights, importance, count, zero);
      expect(found.error, `round ${round}`).toBeCloseTo(least, 9);
      expect(errorOf(weights, importance, found.levels), `round ${round}`).toBeCloseTo(least, 9);
      expect(found.levels.length).toBeLessThanOrEqual(count);
      expect([...found.levels]).toEqual([...new Set(found.levels)].sort((a, b) => a - b));
      if (zero) expect([...found.levels]).toContain(0);
    }
  });

  it('is never worse than k-means on trained weights, whatever k-means starts from', async () => {
    const { data } = await readTensorReference('examples/mnist', 'lenet.safetensors#fc1.weight', 'weight');
    const weights = Float64Array.from({ length: 4000 }, (_, i) => Number(data[Math.floor((i * data.length) / 4000)]));
    const random = new Random(3);
    for (const count of [2, 4, 16, 32]) {
      const { error, levels } = optimalCodebook(weights, count);
      expect(errorOf(weights, undefined, levels)).toBeCloseTo(error, 9);
      for (let start = 0; start < 12; start++) expect(kMeans(weights, count, random)).toBeGreaterThan(error * (1 - 1e-9));
    }
  });

  it('holds weights exactly if there are no more different ones than levels', () => {
    expect(optimalCodebook([3, -1, 3, 0.5, -1], 3)).toEqual({ levels: Float64Array.of(-1, 0.5, 3), error: 0 });
    expect(optimalCodebook([3, -1, 3, 0.5, -1], 16)).toEqual({ levels: Float64Array.of(-1, 0.5, 3), error: 0 });
    expect(optimalCodebook([2, 2, 2], 4)).toEqual({ levels: Float64Array.of(2), error: 0 });
    expect(optimalCodebook([2, 2, 2], 4, { zero: true })).toEqual({ levels: Float64Array.of(0, 2), error: 0 });
    expect(optimalCodebook([0, 0], 1, { zero: true })).toEqual({ levels: Float64Array.of(0), error: 0 });
  });

  it('of one level is the mean, or zero', () => {
    expect(optimalCodebook([1, 2, 6], 1)).toEqual({ levels: Float64Array.of(3), error: 14 });
    expect(optimalCodebook([1, 2, 6], 1, { importance: [1, 1, 0] })).toEqual({ levels: Float64Array.of(1.5), error: 0.5 });
    expect(optimalCodebook([1, 2, 6], 1, { zero: true })).toEqual({ levels: Float64Array.of(0), error: 41 });
  });

  it('keeps its precision far from zero', () => {
    const near = [0, 1, 5, 6, 20, 21].map((w) => w + 1e7);
    expect(optimalCodebook(near, 3)).toEqual({ levels: Float64Array.of(1e7 + 0.5, 1e7 + 5.5, 1e7 + 20.5), error: 1.5 });
  });

  it('of 200,000 different weights takes seconds at most', () => {
    const random = new Random(5);
    // Gaussian, by Box and Muller.
    const weights = Float64Array.from({ length: 200_000 }, () => Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction()));
    // Processor time: the machine may have more to do.
    const before = process.cpuUsage();
    // The best 16 levels of a Gaussian reach 20.22 dB (Max, Quantizing for Minimum Distortion, 1960, table I).
    expect(10 * Math.log10(200_000 / optimalCodebook(weights, 16).error)).toBeCloseTo(20.22, 1);
    expect(process.cpuUsage(before).user).toBeLessThan(10e6);
  });

  it('refuses what has no answer', async () => {
    expect(await messageOf(() => optimalCodebook([1], 0))).toBe('levels: is 0; allowed: integers from 1');
    expect(await messageOf(() => optimalCodebook([], 2))).toBe('weights: are empty; at least one is needed');
    expect(await messageOf(() => optimalCodebook([1, NaN], 2))).toBe('weight 1: is NaN; finite numbers are needed');
    expect(await messageOf(() => optimalCodebook([1, 2], 2, { importance: [1] }))).toBe('importance: has 1 values for 2 weights');
    expect(await messageOf(() => optimalCodebook([1, 2], 2, { importance: [1, -1] }))).toBe('importance 1: is -1; allowed: numbers from 0');
  });
});
