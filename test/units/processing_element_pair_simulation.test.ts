import { describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { selectionOf } from '../../generator/plan/selection.js';
import { pairCase, wrongPairSums, type PairCase } from './processing_element_pair_support.js';
import { generatorOf } from './processing_element_support.js';

const ENCODINGS: readonly ScalarEncoding[] = [
  ...[2, 3, 4, 7, 8].map((bits): ScalarEncoding => ({ encoding: 'uniform', bits })),
  ...[0, 1, 3, 7].map((maxExponent): ScalarEncoding => ({ encoding: 'bpot', groupSize: 4, maxExponent })),
  { encoding: 'pot', maxShift: 6 },
  { encoding: 'apot' },
  { encoding: 'codebook', levels: [-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127] },
];
const SEED = 20260711;

/** Every encoding with each number of lanes; activations of up to 8 bits and accumulators by chance. */
function grid(lanes: readonly number[]): PairCase[] {
  const random = generatorOf(SEED);
  const cases: PairCase[] = [];
  for (const icLanes of lanes) {
    for (const encoding of ENCODINGS) {
      const [activationBits, activationSigned] = [[1, 4, 8, 8][random(4)], random(2) === 1];
      cases.push(pairCase(cases.length, { encoding, icLanes, activationBits, activationSigned, accumulatorWidth: [24, 40, 11, 32][random(4)] }));
    }
  }
  return cases;
}

/** 8-bit weights without -128 take chains of two, of which the last may be one; 32 lanes and more make several chains of any encoding. */
const CHAINS: readonly PairCase[] = [false, true].flatMap((activationSigned, i) => [
  pairCase(100 + 10 * i, { encoding: { encoding: 'uniform', bits: 8 }, icLanes: 5, activationBits: 8, activationSigned, accumulatorWidth: 24, weightRange: [-127, 127] }),
  pairCase(101 + 10 * i, { encoding: { encoding: 'uniform', bits: 4 }, icLanes: 35, activationBits: 8, activationSigned, accumulatorWidth: 24 }),
  pairCase(102 + 10 * i, { encoding: { encoding: 'bpot', groupSize: 16, maxExponent: 3 }, icLanes: 32, activationBits: 8, activationSigned, accumulatorWidth: 24 }),
  pairCase(103 + 10 * i, { encoding: { encoding: 'uniform', bits: 3 }, icLanes: 3, activationBits: 16, activationSigned, accumulatorWidth: 30 }),
]);

/** Two pixels of a channel: blocks of several structures, one and several chains, the last of them shorter, groups of exponents. */
const SELECTING: readonly PairCase[] = [
  [2, 4, { encoding: 'bpot', groupSize: 8, maxExponent: 3 }, 8, 8], [1, 4, { encoding: 'bpot', groupSize: 16, maxExponent: 7 }, 8, 8],
  [2, 4, { encoding: 'pot', maxShift: 6 }, 10, 8], [1, 2, { encoding: 'apot' }, 5, 8], [3, 5, { encoding: 'uniform', bits: 4 }, 9, 7],
  [2, 4, { encoding: 'uniform', bits: 8 }, 4, 6], [1, 16, { encoding: 'codebook', levels: [-3, 0, 2, 7] }, 2, 4], [1, 1 + 1, { encoding: 'bpot', groupSize: 3, maxExponent: 2 }, 3, 8],
].flatMap(([n, m, encoding, icLanes, activationBits], i) =>
  [false, true].map((activationSigned) => pairCase(200 + 2 * i + Number(activationSigned), {
    encoding: encoding as ScalarEncoding, icLanes: icLanes as number, selection: selectionOf({ n: n as number, m: m as number }),
    activationBits: activationBits as number, activationSigned, accumulatorWidth: [24, 32][i % 2],
  })),
);

describe('processing element pair, simulated', () => {
  it('gives the dot products of the selected activations of both pixels, behavioural and with instances', () => {
    expect(wrongPairSums(SELECTING, 0, generatorOf(SEED + 3))).toEqual([]);
    expect(wrongPairSums(SELECTING, 1, generatorOf(SEED + 4))).toEqual([]);
    const { plan } = SELECTING[4]; // 2:4 pot: ten lanes in five blocks, chains of up to two for each lane of a block
    expect([plan.field, plan.chain, plan.chains, plan.lastChain]).toEqual([16, 2, 6, 1]);
  }, 120_000);


  it('gives both dot products for every encoding and number of lanes, extremes included, behavioural', () => {
    expect(wrongPairSums([...grid([1, 2, 4, 7, 12]), ...CHAINS], 0, generatorOf(SEED + 1))).toEqual([]);
  }, 120_000);

  it('gives the same with DSP48E1 and the other instances as Yosys models them', () => {
    expect(wrongPairSums([...grid([1, 4, 5]), ...CHAINS], 1, generatorOf(SEED + 2))).toEqual([]);
  }, 120_000);

  it('packs as many products into a chain as the low field holds, whatever they are', () => {
    const chainOf = (encoding: ScalarEncoding, weightRange?: readonly [number, number]) => {
      const { plan } = pairCase(0, { encoding, icLanes: 64, activationBits: 8, activationSigned: false, accumulatorWidth: 24, weightRange });
      return [plan.field, plan.chain, plan.chains];
    };
    expect(chainOf({ encoding: 'uniform', bits: 8 })).toEqual([16, 1, 64]);
    expect(chainOf({ encoding: 'uniform', bits: 8 }, [-127, 127])).toEqual([17, 2, 32]);
    expect(chainOf({ encoding: 'uniform', bits: 4 })).toEqual([20, 32, 2]);
    expect(chainOf({ encoding: 'pot', maxShift: 6 })).toEqual([17, 4, 16]);
    expect(chainOf({ encoding: 'bpot', groupSize: 16, maxExponent: 3 })).toEqual([21, 16, 1]);
  });

  it('refuses what does not fit, and says what to do', () => {
    const wide = { icLanes: 4, activationBits: 16, activationSigned: false, accumulatorWidth: 32 };
    expect(() => pairCase(0, { ...wide, encoding: { encoding: 'uniform', bits: 8 } })).toThrow(
      'lanes dsp: two uniform weights of 8 bits and an activation of 16 bits do not fit one DSP48E1. Leave dsp out and take kind=dsp, one weight in each DSP48E1',
    );
    expect(() => pairCase(0, { ...wide, selection: selectionOf({ n: 1, m: 4 }), encoding: { encoding: 'apot' } })).toThrow(
      'lanes dsp: two activations of 16 bits and a weight of 5 bits do not fit one DSP48E1. Leave dsp out',
    );
    expect(() => pairCase(0, { ...wide, activationBits: 8, selection: selectionOf({ n: 2, m: 4 }), encoding: { encoding: 'bpot', groupSize: 6, maxExponent: 3 } })).toThrow(
      'lanes dsp: groups of 6 channels that share an exponent cut blocks of 4 that lanes select from. Leave dsp out, or compress with a group that is a multiple of the block',
    );
    expect(() => pairCase(0, { ...wide, encoding: { encoding: 'csd', digits: 2, maxShift: 7 } })).toThrow('lanes dsp: csd weights in pairs. Leave dsp out');
  });
});
