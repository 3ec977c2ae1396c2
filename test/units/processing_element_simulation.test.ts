import { describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import type { LaneKind } from '../../generator/plan/processing_element.js';
import { selectionOf } from '../../generator/plan/selection.js';
import { generatorOf, testCase, wrongSums, type TestCase } from './processing_element_support.js';

const SEED = 20240607;

const KINDS: readonly (readonly [ScalarEncoding, LaneKind])[] = [
  ...[2, 3, 4, 5, 8].map((bits): [ScalarEncoding, LaneKind] => [{ encoding: 'uniform', bits }, 'lut']),
  ...[2, 4, 7, 8, 12, 16].map((bits): [ScalarEncoding, LaneKind] => [{ encoding: 'uniform', bits }, 'dsp']),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 14].map((maxShift): [ScalarEncoding, LaneKind] => [{ encoding: 'pot', maxShift }, 'lut']),
  [{ encoding: 'apot' }, 'lut'],
  ...[0, 1, 2, 3, 5, 7].map((maxExponent): [ScalarEncoding, LaneKind] => [{ encoding: 'bpot', groupSize: 16, maxExponent }, 'lut']),
  [{ encoding: 'bpot', groupSize: 8, maxExponent: 3 }, 'lut'],
  [{ encoding: 'csd', digits: 2, maxShift: 7 }, 'lut'],
  [{ encoding: 'csd', digits: 3, maxShift: 3 }, 'lut'],
  [{ encoding: 'codebook', levels: [-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127] }, 'lut'],
  [{ encoding: 'codebook', levels: [-1024, -33, -8, 1, 5, 256] }, 'lut'],
  [{ encoding: 'codebook', levels: [1, 4, 16] }, 'lut'],
  [{ encoding: 'codebook', levels: [-3, 0] }, 'lut'],
];

/** The kinds that are also run with 64 lanes, where Icarus is slow. */
const WIDE = [
  [{ encoding: 'uniform', bits: 4 }, 'lut'],
  [{ encoding: 'uniform', bits: 8 }, 'dsp'],
  [{ encoding: 'pot', maxShift: 6 }, 'lut'],
  [{ encoding: 'apot' }, 'lut'],
  [{ encoding: 'bpot', groupSize: 16, maxExponent: 3 }, 'lut'],
].map((kind) => JSON.stringify(kind));

const FORMATS = [1, 4, 8, 16].flatMap((bits) => [{ bits, signed: false }, { bits, signed: true }]);

/** Every kind at every number of lanes, in `formats` activation formats each: all of them, or that many by chance. */
function grid(lanes: readonly number[], formats: number, kinds = KINDS): TestCase[] {
  const random = generatorOf(SEED);
  const cases: TestCase[] = [];
  for (const icLanes of lanes) {
    for (const [encoding, lane] of kinds) {
      for (let i = 0; i < formats; i++) {
        const { bits, signed } = FORMATS[formats === FORMATS.length ? i : random(FORMATS.length)];
        const accumulatorWidth = [24, 40, 11, 32][random(4)];
        cases.push(testCase(cases.length, { encoding, lane, icLanes, activationBits: bits, activationSigned: signed, accumulatorWidth }));
      }
    }
  }
  return cases;
}

describe('processing element, simulated', () => {
  it('is the dot product in every encoding and activation format, behavioural', () => {
    expect(wrongSums(grid([1], FORMATS.length), 0, SEED)).toEqual([]);
  }, 120_000);

  it('gives every weight times every activation, behavioural and with instances', () => {
    const kinds: [ScalarEncoding, LaneKind, number][] = [
      [{ encoding: 'pot', maxShift: 6 }, 'lut', 8],
      [{ encoding: 'apot' }, 'lut', 8],
      [{ encoding: 'bpot', groupSize: 16, maxExponent: 0 }, 'lut', 8],
      [{ encoding: 'uniform', bits: 4 }, 'lut', 8],
      [{ encoding: 'uniform', bits: 7 }, 'lut', 4],
      [{ encoding: 'uniform', bits: 4 }, 'dsp', 8],
      [{ encoding: 'csd', digits: 2, maxShift: 3 }, 'lut', 6],
      [{ encoding: 'codebook', levels: [-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127] }, 'lut', 8],
    ];
    const cases = kinds.flatMap(([encoding, lane, activationBits], i) =>
      [false, true].map((activationSigned, k) => {
        const options = { encoding, lane, icLanes: 1, activationBits, activationSigned, accumulatorWidth: 24 };
        return { ...testCase(2 * i + k, options), isExhaustive: true };
      }),
    );
    expect(wrongSums(cases, 0, SEED + 4)).toEqual([]);
    expect(wrongSums(cases, 1, SEED + 4)).toEqual([]);
  }, 120_000);

  it('is the dot product for every number of lanes, behavioural', () => {
    const half = (rest: number) => KINDS.filter((_, i) => i % 2 === rest);
    expect(wrongSums(grid([2, 3, 4, 5, 7], 1), 0, SEED + 1)).toEqual([]);
    expect(wrongSums([...grid([16], 1, half(0)), ...grid([17], 1, half(1))].map((c, i) => ({ ...c, name: `case${i}` })), 0, SEED + 5)).toEqual([]);
  }, 120_000);

  it('is the dot product with 64 lanes, behavioural', () => {
    const kinds = KINDS.filter((kind) => WIDE.includes(JSON.stringify(kind)));
    expect(kinds).toHaveLength(WIDE.length);
    expect(wrongSums(grid([64], 1, kinds), 0, SEED + 3)).toEqual([]);
  }, 120_000);

  it('is the dot product of the selected activations, behavioural and with instances', () => {
    const structures = [[2, 4], [1, 4], [1, 2], [3, 4], [2, 8], [4, 8], [1, 16], [3, 5]];
    const random = generatorOf(SEED + 6);
    const cases = structures.flatMap(([n, m], s) =>
      [1, 3].flatMap((blocks) =>
        [0, 1, 2].map((pick) => {
          const [encoding, lane] = KINDS[(7 * s + 11 * pick + blocks) % KINDS.length];
          const { bits, signed } = FORMATS[random(FORMATS.length)];
          return { encoding, lane, icLanes: n * blocks, selection: selectionOf({ n, m }), activationBits: bits, activationSigned: signed, accumulatorWidth: 32 };
        }),
      ),
    ).map((options, i) => testCase(i, options));
    expect(wrongSums(cases, 0, SEED + 6)).toEqual([]);
    expect(wrongSums(cases, 1, SEED + 6)).toEqual([]);
  }, 120_000);

  it('is the dot product with LUT6_2, CARRY4 and DSP48E1 instances as Yosys models them', () => {
    expect(wrongSums(grid([1, 4], 1), 1, SEED + 2)).toEqual([]);
  }, 120_000);
});
