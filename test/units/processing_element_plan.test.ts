import { describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { signedWidth } from '../../generator/verilog/literal.js';
import { planAdderTree, type AdderTree, type TreeNumber } from '../../generator/plan/adder_tree.js';
import { planProcessingElement, type ProcessingElementOptions } from '../../generator/plan/processing_element.js';

const POT: ScalarEncoding = { encoding: 'pot', maxShift: 6 };
const BPOT: ScalarEncoding = { encoding: 'bpot', groupSize: 16, maxExponent: 3 };

function plan(options: Partial<ProcessingElementOptions>) {
  return planProcessingElement({
    encoding: POT, lane: 'lut', icLanes: 64, activationBits: 8, activationSigned: false, accumulatorWidth: 24, ...options,
  });
}

const numbers = (count: number, width: number, low = 0): TreeNumber[] =>
  Array.from({ length: count }, (_, i) => ({ offset: i * width, width, low, min: -(2 ** (width - 1)), max: 2 ** (width - 1) - 1 }));

/** Adders by number of operands. */
function adders(tree: AdderTree): Record<number, number> {
  const counts: Record<number, number> = { 2: 0, 3: 0 };
  for (const { operands, count } of tree.levels.flatMap((level) => level.batches)) if (operands.length > 1) counts[operands.length] += count;
  return counts;
}

describe('planAdderTree', () => {
  it.each([1, 2, 3, 4, 5, 7, 16, 17, 64, 255, 256])('brings %i numbers down with three-to-one adders, and a two-to-one adder only where one must be left of an even number', (count) => {
    const two = planAdderTree(numbers(count, 8), 8 * count, { results: 2, modulus: 48 });
    const one = planAdderTree(numbers(count, 8), 8 * count, { results: 1, modulus: 48 });
    expect(two.results).toHaveLength(count % 2 === 0 ? 2 : 1);
    expect(adders(two)).toEqual({ 2: 0, 3: Math.floor((count - 1) / 2) });
    expect(one.results).toHaveLength(1);
    expect(adders(one)).toEqual({ 2: count % 2 === 0 ? 1 : 0, 3: Math.floor((count - 1) / 2) });
    expect(one.levels.length).toBeLessThanOrEqual(Math.ceil(Math.log(count) / Math.log(3)) + 1);
  });

  it('gives every sum the bits of its range', () => {
    const tree = planAdderTree(numbers(9, 8), 72, { results: 1, modulus: 48 });
    expect(tree.levels.map((level) => level.batches.map(({ count, width }) => [count, width]))).toEqual([[[3, 10]], [[1, 12]]]);
    expect(tree.results).toEqual([{ offset: 0, width: 12, low: 0, min: -1152, max: 1143 }]);
  });

  it('keeps numbers of different weight apart until their own are added up', () => {
    const inputs = [...numbers(9, 4), ...numbers(9, 4, 2).map((n) => ({ ...n, offset: n.offset + 36 }))];
    const tree = planAdderTree(inputs, 72, { results: 2, modulus: 48 });
    expect(tree.results.map(({ low, width }) => [low, width])).toEqual([[0, 8], [2, 8]]);
  });

  it('makes nothing wider than the modulus', () => {
    const tree = planAdderTree(numbers(9, 8), 72, { results: 1, modulus: 9 });
    expect(tree.levels.flatMap((level) => level.batches.map(({ width }) => width))).toEqual([9, 9]);
  });

  it('reads every number of a level exactly once', () => {
    const tree = planAdderTree(numbers(64, 8), 512, { results: 2, modulus: 48 });
    let width = tree.inputWidth;
    for (const level of tree.levels) {
      const bits = new Set<number>();
      for (const { count, operands } of level.batches) {
        for (let i = 0; i < count; i++) {
          for (const o of operands) for (let b = 0; b < o.width; b++) bits.add(o.offset + i * o.stride + b);
        }
      }
      expect(bits.size).toBe(width);
      width = level.width;
    }
  });
});

describe('signedWidth', () => {
  it.each([[0, 0, 1], [-1, 0, 1], [0, 1, 2], [-128, 127, 8], [-129, 0, 9], [0, 128, 9]])('%i..%i takes %i bits', (min, max, width) => {
    expect(signedWidth(min, max)).toBe(width);
  });
});

describe('planProcessingElement', () => {
  it('knows the width of one cycle\'s sum: 64 lanes of +-64 times 0..255', () => {
    expect(64 * 64 * 255).toBeLessThan(2 ** 20);
    expect(plan({}).sumWidth).toBe(21);
    expect(plan({ icLanes: 65 }).sumWidth).toBe(22); // 65 * 64 * 255 is beyond 2^20
  });

  it.each([[16, 64, 16, 4], [16, 8, 8, 1], [16, 24, 8, 3], [8, 64, 8, 8], [16, 7, 1, 7]])(
    'shares an exponent of groups of %i over %i lanes: %i lanes each, %i exponents', (groupSize, icLanes, groupLanes, exponentGroups) => {
      expect(plan({ encoding: { ...BPOT, groupSize } as ScalarEncoding, icLanes })).toMatchObject({ groupLanes, exponentGroups, exponentBits: 2, codeBits: 3 });
    },
  );

  it('counts the cycles to the accumulator', () => {
    expect(plan({ icLanes: 1 }).latency).toBe(2);
    expect(plan({ icLanes: 3 }).latency).toBe(3);
    expect(plan({ icLanes: 64 }).latency).toBe(6);
    expect(plan({ encoding: BPOT }).latency).toBe(1 + 3 + 1 + 1); // lane, group's tree, shift, tree of 4
    expect(plan({ encoding: { encoding: 'uniform', bits: 8 }, lane: 'dsp', icLanes: 2 }).latency).toBe(2);
  });

  it('is plain frozen data', () => {
    const frozen = plan({ encoding: BPOT });
    expect(Object.isFrozen(frozen.group?.tree.levels[0].batches)).toBe(true);
    expect(JSON.parse(JSON.stringify(frozen))).toEqual(frozen);
  });

  it('refuses DSP lanes for anything but uniform weights', () => {
    expect(() => plan({ lane: 'dsp' })).toThrow('processing element: encoding pot in DSP lanes. DSP lanes take uniform weights; use LUT lanes');
  });

  it('takes uniform weights of more than 8 bits in DSP lanes only, with exact products', () => {
    const wide: ScalarEncoding = { encoding: 'uniform', bits: 16 };
    expect(plan({ encoding: wide, lane: 'dsp', activationBits: 16 }).terms).toMatchObject([{ width: 32, min: -32768 * 65535, max: 32767 * 65535 }]);
    expect(() => plan({ encoding: { encoding: 'uniform', bits: 9 } })).toThrow(
      'processing element: uniform weights of 9 bits in LUT lanes, which take 2..8. Use DSP lanes (kind=dsp)',
    );
  });

  it('refuses numbers out of range', () => {
    expect(() => plan({ icLanes: 257 })).toThrow('processing element: input-channel lanes 257 are not in 1..256');
    expect(() => plan({ activationBits: 0 })).toThrow('processing element: activation bits 0 are not in 1..16');
    expect(() => plan({ accumulatorWidth: 49 })).toThrow('processing element: accumulator bits 49 are not in 1..48');
  });
});
