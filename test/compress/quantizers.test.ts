import { describe, expect, it } from 'vitest';
import { quantizerFor } from '../../generator/compress/quantizers.js';
import { findPowerOfTwoScale, findScale } from '../../generator/compress/scale_search.js';
import { Random } from '../../generator/layer/random.js';
import { representableValues } from '../../generator/layer/representable.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const ENCODINGS: ScalarEncoding[] = [
  { encoding: 'uniform', bits: 2 },
  { encoding: 'uniform', bits: 4 },
  { encoding: 'uniform', bits: 8 },
  { encoding: 'uniform', bits: 16 },
  { encoding: 'pot', maxShift: 6 },
  { encoding: 'pot', maxShift: 0 },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 4, maxExponent: 3 },
  { encoding: 'bpot', groupSize: 5, maxExponent: 0 },
  { encoding: 'csd', digits: 2, maxShift: 7 },
  { encoding: 'csd', digits: 3, maxShift: 10 },
  { encoding: 'codebook', levels: [-9, -3, -1, 2, 5, 40] },
];
const nameOf = (e: ScalarEncoding) => Object.values(e).flat().join(' ');
const named = ENCODINGS.map((e) => [nameOf(e), e] as const);
const GROUP_IN = 12;

function channelOf(seed: number, length = 48): Float64Array {
  const random = new Random(seed);
  // Laplacian-like tails: the product of two Gaussians.
  return Float64Array.from({ length }, () => random.gaussian() * random.gaussian() * 0.1);
}

function errorAt(encoding: ScalarEncoding, channel: Float64Array, scale: number): number {
  const into = new Int32Array(channel.length);
  quantizerFor(encoding, GROUP_IN).quantize(channel, scale, into, new Int32Array(channel.length));
  return channel.reduce((sum, w, i) => sum + (w - scale * into[i]) ** 2, 0);
}

describe('quantizing a channel at a scale', () => {
  it.each(named.filter(([, e]) => e.encoding !== 'bpot'))('%s takes the nearest value it has, by brute force', (_, encoding) => {
    // From 8 bits on the lowest value, which has no positive counterpart, is left out.
    const values = [...representableValues(encoding)].slice(encoding.encoding === 'uniform' && encoding.bits >= 8 ? 1 : 0);
    const channel = channelOf(1, 500);
    const into = new Int32Array(channel.length);
    for (const scale of [0.0005, 0.004, 0.03, 0.2]) {
      quantizerFor(encoding, 500).quantize(channel, scale, into);
      channel.forEach((w, i) => {
        const least = Math.min(...values.map((v) => Math.abs(w / scale - v)));
        expect(values).toContain(into[i]);
        expect(Math.abs(w / scale - into[i])).toBeCloseTo(least, 9);
      });
    }
  });

  it('bpot takes for each group the exponent of least error, by brute force', () => {
    const encoding = { encoding: 'bpot', groupSize: 5, maxExponent: 3 } as const;
    const channel = channelOf(2, 24);
    const groups = [[0, 5], [5, 10], [10, 12], [12, 17], [17, 22], [22, 24]];
    for (const scale of [0.001, 0.005, 0.02]) {
      const into = new Int32Array(24);
      const exponents = new Int32Array(6);
      quantizerFor(encoding, GROUP_IN).quantize(channel, scale, into, exponents);
      groups.forEach(([from, to], g) => {
        const errors = [0, 1, 2, 3].map((e) => {
          const values = representableValues(encoding, e);
          return channel.slice(from, to).reduce((sum, w) => sum + Math.min(...[...values].map((v) => (w - scale * v) ** 2)), 0);
        });
        expect(errors[exponents[g]]).toBeCloseTo(Math.min(...errors), 12);
        const own = [...into.slice(from, to)].reduce((sum, q, i) => sum + (channel[from + i] - scale * q) ** 2, 0);
        expect(own).toBeCloseTo(errors[exponents[g]], 12);
      });
    }
  });

  it.each(named)('%s measures the error it makes', (_, encoding) => {
    const channel = channelOf(3);
    const squares = channel.reduce((sum, w) => sum + w * w, 0);
    const fitter = quantizerFor(encoding, GROUP_IN).fitter(channel);
    const scales = [0.001, 0.001 * 2 ** 0.25, 0.001 * 2 ** 0.5];
    const scanned = fitter.scan(0.001, 4, 3);
    scales.forEach((scale, i) => {
      const { wq, qq } = fitter.measure(scale);
      expect(squares - 2 * scale * wq + scale * scale * qq).toBeCloseTo(errorAt(encoding, channel, scale), 9);
      expect(scanned[i].wq).toBeCloseTo(wq, 9);
      expect(scanned[i].qq).toBe(qq);
    });
  });
});

describe('the scale of a channel', () => {
  it.each(named)('%s is within 0.02 dB of the best of 20,000 scales', (_, encoding) => {
    let worst = 0;
    for (let seed = 10; seed < 14; seed++) {
      const channel = channelOf(seed);
      const found = findScale(quantizerFor(encoding, GROUP_IN), channel, 0, 1);
      expect(found.error).toBeCloseTo(errorAt(encoding, channel, found.scale), 9);
      const fitter = quantizerFor(encoding, GROUP_IN).fitter(channel);
      const squares = channel.reduce((sum, w) => sum + w * w, 0);
      const fits = fitter.scan(1e-5, 1000, 20000);
      const brute = fits.reduce((least, { wq, qq }, i) => {
        const scale = 1e-5 * 2 ** (i / 1000);
        return Math.min(least, squares - 2 * scale * wq + scale * scale * qq);
      }, Infinity);
      worst = Math.max(worst, 10 * Math.log10(found.error / brute));
    }
    expect(worst).toBeLessThan(0.02);
  });

  it('finds weights that the encoding holds exactly', () => {
    const channel = Float64Array.from([1, -2, 4, 64, 0, -32, 16, 8, 1, 1, -1, 2].map((q) => q * 0.0123));
    const { scale, error } = findScale(quantizerFor({ encoding: 'pot', maxShift: 6 }, GROUP_IN), channel, 0, 1);
    expect(scale).toBeCloseTo(0.0123, 12);
    expect(error).toBeLessThan(1e-15);
  });

  it('is at least the minimum, even where that costs accuracy', () => {
    const channel = channelOf(5);
    const quantizer = quantizerFor({ encoding: 'apot' }, GROUP_IN);
    const free = findScale(quantizer, channel, 0, 1);
    const held = findScale(quantizer, channel, free.scale * 3, 1);
    expect(held.scale).toBeGreaterThanOrEqual(free.scale * 3);
    expect(held.error).toBeCloseTo(errorAt({ encoding: 'apot' }, channel, held.scale), 9);
    expect(findScale(quantizer, channel, 1e6, 1)).toEqual({ scale: 1e6, error: channel.reduce((s, w) => s + w * w, 0) });
  });

  it('of a channel of zeros is the fallback', () => {
    expect(findScale(quantizerFor({ encoding: 'apot' }, GROUP_IN), new Float64Array(12), 0.5, 2)).toEqual({ scale: 2, error: 0 });
  });

  it('held to powers of two is the best of them', () => {
    const channel = channelOf(6);
    const encoding = { encoding: 'bpot', groupSize: 4, maxExponent: 3 } as const;
    const found = findPowerOfTwoScale(quantizerFor(encoding, GROUP_IN), channel, 0.7, 47, 0)!;
    const errors = Array.from({ length: 48 }, (_, k) => errorAt(encoding, channel, 0.7 * 2 ** -k));
    expect(found.shift).toBe(errors.indexOf(Math.min(...errors)));
    expect(found.scale).toBe(0.7 * 2 ** -found.shift);
  });
});
