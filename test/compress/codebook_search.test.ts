import { describe, expect, it } from 'vitest';
import { searchCodebook, type CodebookSearch } from '../../generator/compress/codebook_search.js';
import { compressLayer } from '../../generator/compress/compress.js';
import { HalfBins, digitLevels } from '../../generator/compress/grid_levels.js';
import { WeightedChannel } from '../../generator/compress/weighted_channel.js';
import { Random } from '../../generator/layer/random.js';
import { minimalDigits } from '../../generator/plan/digits.js';
import { floatLayer } from './layers.js';

const laplacian = (random: Random, length: number, spread = 1) => Float64Array.from({ length }, () => random.gaussian() * random.gaussian() * spread);

function errorOf(weights: Float64Array, importance: Float64Array | undefined, scale: number, levels: readonly number[]): number {
  return weights.reduce((sum, w, i) => sum + (importance ? importance[i] : 1) * Math.min(...levels.map((l) => (w - scale * l) ** 2)), 0);
}

/** All ways to choose `count` of the candidates. */
function* subsets(candidates: readonly number[], count: number, from = 0): Generator<number[]> {
  if (count === 0) yield [];
  else for (let i = from; i <= candidates.length - count; i++) for (const rest of subsets(candidates, count - 1, i + 1)) yield [candidates[i], ...rest];
}

describe('levels of few signed digits', () => {
  it('are all that the digits spell, and no others', () => {
    for (const [digits, maxShift] of [[1, 4], [2, 5], [3, 6], [4, 7]]) {
      const spelled = Array.from({ length: 1201 }, (_, i) => i - 600).filter((v) => {
        const own = minimalDigits(v, 12, digits);
        return own !== undefined && own.every(({ shift }) => shift <= maxShift);
      });
      expect([...digitLevels(digits, maxShift)]).toEqual(spelled);
    }
    expect(digitLevels(2, 14).at(-1)).toBe(16384);
  });

  it.each([false, true])('are the best of the candidates, by brute force (zero level: %s)', (zero) => {
    const random = new Random(11);
    for (let round = 0; round < 40; round++) {
      const candidates = digitLevels(random.integer(1, 2), random.integer(1, 2));
      const count = random.integer(2, Math.min(4, candidates.length));
      const scale = 0.1 + random.integer(1, 9) / 10;
      const weights = Float64Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? scale * (random.integer(-9, 9) / 2) : random.gaussian() * 3));
      const importance = round % 2 === 0 ? undefined : weights.map(() => random.integer(0, 4));
      const bins = new HalfBins(candidates[0], candidates[candidates.length - 1]);
      bins.add(weights, importance, scale);
      const found = bins.bestLevels(candidates, count, zero);
      const all = [...subsets([...candidates], count)].filter((levels) => !zero || levels.includes(0));
      const least = Math.min(...all.map((levels) => errorOf(weights, importance, scale, levels)));
      expect(found.error, `round ${round}`).toBeCloseTo(least, 9);
      expect(errorOf(weights, importance, scale, found.levels), `round ${round}`).toBeCloseTo(least, 9);
      expect(found.levels.length).toBeLessThanOrEqual(count);
      if (zero) expect(found.levels).toContain(0);
    }
  });

  it('are no more than help', () => {
    const bins = new HalfBins(-10, 10);
    bins.add(Float64Array.of(1, 1, 4, -2), undefined, 1);
    expect(bins.bestLevels(digitLevels(2, 3), 8, false)).toEqual({ levels: [-2, 1, 4], error: 0 });
    expect(bins.bestLevels(digitLevels(2, 3), 8, true)).toEqual({ levels: [-2, 0, 1, 4], error: 0 });
  });
});

describe('a channel whose weights count differently', () => {
  it('measures the error it makes and lowers it by another scale', () => {
    const random = new Random(2);
    const weights = laplacian(random, 60);
    const importance = weights.map(() => random.integer(0, 3));
    const levels = [-9, -4, -1, 0, 2, 5, 12];
    const channel = new WeightedChannel(weights, importance);
    for (const scale of [0.02, 0.1, 0.7]) expect(channel.error(levels, scale)).toBeCloseTo(errorOf(weights, importance, scale, levels), 9);
    const better = channel.bestScaleNear(levels, 0.1, 0);
    expect(channel.error(levels, better)).toBeLessThan(channel.error(levels, 0.1));
    expect(channel.bestScaleNear(levels, 0.1, 0.3)).toBeGreaterThanOrEqual(0.3);
  });
});

describe('the codebook of a layer', () => {
  const random = new Random(4);
  const channels = Array.from({ length: 6 }, (_, o) => laplacian(random, 150, 0.05 * (1 + o)));
  const search: CodebookSearch = { levels: 16, digits: 2, maxShift: 7, channels, minimum: new Float64Array(6), zero: true };
  const errorAt = ({ levels, scales }: ReturnType<typeof searchCodebook>, importance?: readonly Float64Array[]) =>
    channels.reduce((sum, c, o) => sum + errorOf(c, importance?.[o], scales[o], levels), 0);

  it.each([1, 2, 3])('has levels of at most %d digits, zero among them, and the error that it says', (digits) => {
    const found = searchCodebook({ ...search, digits });
    for (const level of found.levels) expect(minimalDigits(level, 7, digits)).toBeDefined();
    expect(found.levels).toContain(0);
    expect(found.levels).toEqual([...found.levels].sort((a, b) => a - b));
    expect(errorAt(found)).toBeCloseTo(found.error, 9);
  });

  it('gains by more levels and by more digits, and is the same every time', () => {
    const error = (change: Partial<CodebookSearch>) => searchCodebook({ ...search, ...change }).error;
    expect(error({ levels: 32 })).toBeLessThan(error({ levels: 16 }));
    expect(error({ levels: 16 })).toBeLessThan(error({ levels: 8 }));
    expect(error({})).toBeLessThan(error({ digits: 1 }));
    expect(searchCodebook(search)).toEqual(searchCodebook(search));
  });

  it('spends its levels where errors count', () => {
    const importance = channels.map((c, o) => c.map((w) => (o < 3 && w > 0 ? 100 : 1)));
    const found = searchCodebook({ ...search, importance });
    expect(errorAt(found, importance)).toBeCloseTo(found.error, 9);
    expect(found.error).toBeLessThan(0.9 * errorAt(searchCodebook(search), importance));
  });

  it('keeps to scales that requantization allows', () => {
    const { scales, levels } = searchCodebook({ ...search, powerOfTwoUnit: 0.3, minimum: new Float64Array(6).fill(0.3 * 2 ** -8) });
    for (const scale of scales) {
      expect(Number.isInteger(Math.log2(0.3 / scale))).toBe(true);
      expect(scale).toBeGreaterThanOrEqual(0.3 * 2 ** -8);
    }
    expect(levels.length).toBeGreaterThan(8);
    const held = searchCodebook({ ...search, minimum: new Float64Array(6).fill(0.5) });
    for (const scale of held.scales) expect(scale).toBeGreaterThanOrEqual(0.5);
  });

  it('has few levels for few different weights, two at least', () => {
    const few = (values: number[]) => searchCodebook({ ...search, channels: [Float64Array.from(values)], minimum: new Float64Array(1) });
    const equal = few([0.3, 0.3, 0.3]);
    expect(equal.error).toBeLessThan(1e-12);
    expect(equal.levels.length).toBe(2);
    const three = few([0.3, -0.3, 0, 0.3]);
    expect(three.error).toBeLessThan(1e-12);
    expect(three.levels.length).toBe(3);
    expect(few([0, 0, 0]).levels.length).toBe(2);
    expect(searchCodebook({ ...search, digits: 1, maxShift: 1, levels: 64 }).levels).toEqual([-2, -1, 0, 1, 2]);
  });
});

describe('compression to a codebook given by its size', () => {
  const layer = floatLayer(9, { outChannels: 12, input: { channels: 16, height: 5, width: 5 } });
  const compress = (encoding: Record<string, unknown>, more = {}) => compressLayer(layer, { encoding: { encoding: 'codebook', ...encoding }, ...more });

  it('is better than every fixed encoding of as many bits', () => {
    const { stats } = compress({ levels: 16 });
    for (const encoding of [{ encoding: 'uniform', bits: 4 }, { encoding: 'pot' }, { encoding: 'apot' }] as const) {
      expect(stats.weightSqnrDb).toBeGreaterThan(compressLayer(layer, { encoding }).stats.weightSqnrDb!);
    }
    expect(stats.encoding).toMatchObject({ encoding: 'codebook' });
  });

  it('is the layer that the levels give if they are given', () => {
    const found = compress({ levels: 8, digits: 1, maxShift: 6 });
    const { levels } = found.description.weights as unknown as { levels: number[] };
    const given = compress({ levels });
    expect(given.tensors).toEqual(found.tensors);
    expect(found.description.compression?.method).toContain('levels by dynamic programming');
  });

  it('takes recorded inputs into account if it is calibrated', () => {
    const random = new Random(12);
    // Inputs of the first four channels are sixteen times as strong.
    const values = Int32Array.from({ length: 40 * 5 * 5 * 16 }, (_, i) => random.integer(0, i % 16 < 4 ? 240 : 15));
    const recorded = { ...layer, sample: { frames: 40, values } };
    const plain = compressLayer(recorded, { encoding: { encoding: 'codebook', levels: 8 } });
    const calibrated = compressLayer(recorded, { encoding: { encoding: 'codebook', levels: 8 }, calibrate: { workers: 0 } });
    expect(calibrated.stats.outputSqnrDb! - plain.stats.outputSqnrDb!).toBeGreaterThan(3);
    expect(calibrated.description.weights).not.toEqual(plain.description.weights);
    expect(calibrated.description.compression?.method).toMatch(/^calibrated .*levels by dynamic programming/);
  });

  it('holds a zero for pruned weights even if none is asked for', () => {
    const { description, stats } = compress({ levels: 5, zero: false }, { prune: { density: 0.5 } });
    expect((description.weights as unknown as { levels: number[] }).levels).toContain(0);
    expect(stats.density).toBeLessThanOrEqual(0.5 + 1 / layer.weight.length);
  });
});
