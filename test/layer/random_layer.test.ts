import { describe, expect, test } from 'vitest';
import { goldenRun } from '../../generator/golden/convolution.js';
import { integerRange, macsOf, outputBounds } from '../../generator/layer/layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import { representableValues } from '../../generator/layer/representable.js';
import { checkRules } from '../../generator/layer/rules.js';
import { layerSchema } from '../../generator/layer/schema.js';
import type { ScalarEncoding } from '../../generator/layer/schema.js';

const LAYERS = Array.from({ length: 600 }, (_, seed) => randomLayer(seed));

describe('random numbers', () => {
  test('a seed gives the same numbers everywhere, seeds beyond 32 bits too', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return [random.next(), random.next(), random.integer(-5, 5)];
    };
    expect([draw(0), draw(1), draw(2 ** 40)]).toMatchInlineSnapshot(`
      [
        [
          1144304738,
          1416247,
          -3,
        ],
        [
          1472747962,
          1387260464,
          0,
        ],
        [
          354653215,
          174013320,
          2,
        ],
      ]
    `);
  });

  test('integers cover their range evenly, bounds included', () => {
    const random = new Random(9);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[random.integer(-2, 3) + 2]++;
    expect(Math.min(...counts)).toBeGreaterThan(880);
    expect(Math.max(...counts)).toBeLessThan(1120);
  });

  test('gaussian numbers have mean 0 and deviation 1', () => {
    const random = new Random(10);
    const numbers = Array.from({ length: 20_000 }, () => random.gaussian());
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
  });
});

describe('random layers', () => {
  test('a seed gives the same layer, another seed another', () => {
    expect(randomLayer(7)).toEqual(randomLayer(7));
    expect(new Set(LAYERS.map(({ description, tensors }) => JSON.stringify([description.kind, [...tensors.weight], [...tensors.bias]]))).size).toBe(600);
  });

  test('every description passes the schema and the rules between keys, and stays as it is', () => {
    for (const { description } of LAYERS) {
      expect(layerSchema.parse(description)).toEqual(description);
      checkRules(description, description.name);
    }
  });

  test('the limits on work hold', () => {
    for (const { geometry: g } of LAYERS) {
      expect(macsOf(g)).toBeLessThanOrEqual(200_000);
      expect(g.outHeight * g.outWidth * g.outChannels).toBeLessThanOrEqual(3_000);
    }
    const small = randomLayer(4, { maxMacs: 500, maxOutputs: 20, kinds: ['conv2d'], encodings: ['apot'] });
    expect(macsOf(small.geometry)).toBeLessThanOrEqual(500);
    expect([small.description.kind, small.description.weights.encoding]).toEqual(['conv2d', 'apot']);
  });

  test('tensors have the shapes that the layer needs', () => {
    for (const { description, geometry: g, tensors } of LAYERS) {
      const taps = g.kernelHeight * g.kernelWidth;
      expect(tensors.weight.length).toBe(g.outChannels * g.groupInChannels * taps);
      const { weights } = description;
      const exponents = weights.encoding === 'bpot' ? g.outChannels * Math.ceil(g.groupInChannels / weights.groupSize) * taps : undefined;
      expect(tensors.exponent?.length).toBe(exponents);
      expect([tensors.bias.length, tensors.multiplier.length, tensors.shift.length]).toEqual([g.outChannels, g.outChannels, g.outChannels]);
    }
  });

  test('zero points, multipliers and shifts are within their formats', () => {
    for (const { description, tensors } of LAYERS) {
      const { input, output, requantize } = description;
      for (const side of [input, output]) {
        const [low, high] = integerRange(side.bits, side.signed);
        expect(side.zeroPoint).toBeGreaterThanOrEqual(low);
        expect(side.zeroPoint).toBeLessThanOrEqual(high);
      }
      const largest = requantize.form === 'multiplier' ? 2 ** requantize.bits - 1 : 1;
      expect(tensors.multiplier.every((m) => m >= 1 && m <= largest)).toBe(true);
      expect(tensors.shift.every((s) => s >= 0 && s <= 47)).toBe(true);
      const [low, high] = outputBounds(output, description.activation);
      expect(low).toBeLessThan(high);
    }
  });

  test('every weight is one that its encoding can spell', () => {
    const wrong = LAYERS.filter((layer) => !spellable(layer)).map(({ description }) => [description.name, description.weights]);
    expect(wrong).toEqual([]);
  });

  test('kinds, encodings, geometry and formats are all covered', () => {
    const seen = (value: (layer: Layer) => unknown) => new Set(LAYERS.map(value));
    expect([...seen((l) => l.description.weights.encoding)].sort()).toEqual([...SCALAR_ENCODINGS].sort());
    expect(seen((l) => l.description.kind).size).toBe(2);
    expect(seen((l) => l.geometry.kernelHeight).size).toBe(11);
    expect(seen((l) => l.geometry.strideWidth).size).toBe(4);
    expect(seen((l) => l.geometry.dilationHeight).size).toBe(3);
    expect(seen((l) => l.description.input.bits).size).toBe(16);
    expect(seen((l) => l.description.output.bits).size).toBe(16);
    expect(seen((l) => l.description.requantize.form).size).toBe(2);
    expect(seen((l) => l.description.activation.kind).size).toBe(3);
    const share = (matches: (layer: Layer) => boolean) => LAYERS.filter(matches).length / LAYERS.length;
    expect(share(({ geometry: g }) => g.groups > 1 && g.groupInChannels === 1)).toBeGreaterThan(0.08);
    expect(share(({ geometry: g }) => g.groups > 1 && g.groupInChannels > 1)).toBeGreaterThan(0.08);
    expect(share(({ geometry: g }) => g.padTop !== g.padBottom || g.padLeft !== g.padRight)).toBeGreaterThan(0.2);
    expect(share(({ geometry: g }) => g.kernelHeight !== g.kernelWidth)).toBeGreaterThan(0.15);
    expect(share(({ geometry: g }) => g.padTop > (g.kernelHeight - 1) * g.dilationHeight)).toBeGreaterThan(0.005);
    expect(share(({ tensors }) => new Set(tensors.shift).size > 1)).toBeGreaterThan(0.2);
    expect(share(({ tensors }) => new Set(tensors.weight).size === 1 && tensors.weight.length > 4)).toBeGreaterThan(0.03);
  });

  test('outputs spread: most layers saturate at both ends, few give one value only', () => {
    const results = LAYERS.slice(0, 200).map((layer) => {
      const [low, high] = outputBounds(layer.description.output, layer.description.activation);
      const { outputs } = goldenRun(layer, randomInput(layer, 2, 1), 2);
      return { low: outputs.includes(low), high: outputs.includes(high), values: new Set(outputs).size };
    });
    expect(results.filter(({ low, high }) => low && high).length).toBeGreaterThan(100);
    expect(results.filter(({ values }) => values === 1).length).toBeLessThan(20);
  });
});

describe('random inputs and lanes', () => {
  test('frames are in the input format, and corner frames come up', () => {
    const layer = LAYERS.find(({ geometry: g, description: d }) => g.inHeight * g.inWidth * g.inChannels > 50 && d.input.bits === 8)!;
    const { bits, signed, zeroPoint } = layer.description.input;
    const [low, high] = integerRange(bits, signed);
    const { inHeight, inWidth, inChannels } = layer.geometry;
    const length = inHeight * inWidth * inChannels;
    const data = randomInput(layer, 60, 3);
    expect(data.length).toBe(60 * length);
    expect(data.every((x) => x >= low && x <= high)).toBe(true);
    const frames = Array.from({ length: 60 }, (_, i) => data.subarray(i * length, (i + 1) * length));
    expect(frames.some((frame) => frame.every((x) => x === low))).toBe(true);
    expect(frames.some((frame) => frame.every((x) => x === high))).toBe(true);
    expect(frames.some((frame) => frame.filter((x) => x === zeroPoint).length > 0.7 * length)).toBe(true);
    expect(randomInput(layer, 60, 3)).toEqual(data);
    expect(randomInput(layer, 60, 4)).not.toEqual(data);
  });

  test('lanes are small, also 1, also not dividing the channels, and DSP only for uniform weights', () => {
    const lanes = LAYERS.map((layer, seed) => ({ layer, ...randomLanes(layer, seed) }));
    expect(lanes.every(({ oc, ic, pixel }) => oc >= 1 && oc <= 8 && ic >= 1 && ic <= 8 && pixel >= 1 && pixel <= 4)).toBe(true);
    expect(lanes.filter(({ oc, layer }) => layer.geometry.groupOutChannels % oc !== 0).length).toBeGreaterThan(100);
    expect(lanes.filter(({ ic, layer }) => layer.geometry.groupInChannels % ic !== 0).length).toBeGreaterThan(100);
    expect(lanes.filter(({ oc, ic, pixel }) => oc * ic * pixel === 1).length).toBeGreaterThan(3);
    const dsp = lanes.filter(({ kind }) => kind === 'dsp');
    expect(dsp.length).toBeGreaterThan(20);
    expect(dsp.every(({ layer }) => layer.description.weights.encoding === 'uniform')).toBe(true);
  });
});

function spellable({ description, geometry: g, tensors }: Layer): boolean {
  const encoding = description.weights as ScalarEncoding;
  const groupSize = encoding.encoding === 'bpot' ? encoding.groupSize : 1;
  const allowed = new Map<number, Set<number>>();
  const taps = g.kernelHeight * g.kernelWidth;
  return tensors.weight.every((w, i) => {
    const o = Math.floor(i / (taps * g.groupInChannels));
    const group = Math.floor((Math.floor(i / taps) % g.groupInChannels) / groupSize);
    const exponent = tensors.exponent?.[(o * Math.ceil(g.groupInChannels / groupSize) + group) * taps + (i % taps)] ?? 0;
    if (encoding.encoding === 'bpot' && (exponent < 0 || exponent > encoding.maxExponent)) return false;
    if (!allowed.has(exponent)) allowed.set(exponent, new Set(representableValues(encoding, exponent)));
    return allowed.get(exponent)!.has(w);
  });
}
