import { describe, expect, it } from 'vitest';
import { argmax } from '../../generator/golden/argmax.js';
import { elementAdd } from '../../generator/golden/element_add.js';
import { maxPool, maxPoolOutput } from '../../generator/golden/max_pool.js';

const pool = (kernel: [number, number], strides: [number, number], pads: [number, number, number, number] = [0, 0, 0, 0]) => ({ kernel, strides, pads });

describe('golden max pooling', () => {
  const map = { height: 3, width: 4, channels: 1 };
  const frame = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

  it('takes windows in floor mode: rows and columns that no window reaches are left out', () => {
    expect(maxPoolOutput(map, pool([2, 3], [2, 2]))).toEqual({ height: 1, width: 1, channels: 1 });
    expect([...maxPool(frame, map, pool([2, 3], [2, 2]))]).toEqual([7]);
    expect([...maxPool(frame, map, pool([2, 2], [1, 1]))]).toEqual([6, 7, 8, 10, 11, 12]);
  });

  it('lets padding never win, not even over the most negative values', () => {
    const low = new Int32Array(12).fill(-32768);
    expect([...maxPool(low, map, pool([3, 3], [2, 2], [1, 1, 1, 1]))]).toEqual([-32768, -32768, -32768, -32768]);
    expect([...maxPool(frame, map, pool([3, 3], [2, 2], [1, 1, 1, 1]))]).toEqual([6, 8, 10, 12]);
    expect([...maxPool(frame, map, pool([2, 2], [3, 3], [1, 0, 0, 1]))]).toEqual([2, 4]);
  });

  it('keeps channels and frames apart', () => {
    const two = { height: 1, width: 2, channels: 2 };
    expect([...maxPool(Int32Array.of(1, -2, 3, -4, -5, 6, -7, 8), two, pool([1, 2], [1, 1]), 2)]).toEqual([3, -2, -5, 8]);
  });

  it('refuses pads that may leave a window without an element, maps that are too small, and wrong lengths', () => {
    expect(() => maxPoolOutput(map, pool([2, 2], [2, 2], [0, 2, 0, 0]))).toThrow('max_pool: pads 2 and 0 along the width with a kernel of 2. A pad must be smaller than the kernel');
    expect(() => maxPoolOutput(map, pool([4, 2], [2, 2]))).toThrow('no window of 4 with stride 2 fits the map\'s height of 3');
    expect(() => maxPool(frame.slice(1), map, pool([2, 2], [2, 2]))).toThrow('11 values for 1 frames of 3 x 4 x 1 (H, W, C), which need 12');
  });
});

describe('golden element-wise addition', () => {
  const plain = { zeroPoints: [0, 0], multipliers: [1, 1], shift: 0, outputZeroPoint: 0, bounds: [-128, 127] } as const;

  it('scales each input from its own zero point and rounds once, halves up', () => {
    const add = { ...plain, zeroPoints: [3, -1], multipliers: [3, 1], shift: 1, outputZeroPoint: 10 } as const;
    // (4-3)*3 + (-1+1)*1 = 3: 1.5 up to 2; (2-3)*3 + 0 = -3: -1.5 up to -1
    expect([...elementAdd(Int32Array.of(4, 2), Int32Array.of(-1, -1), add)]).toEqual([12, 9]);
  });

  it('does not round with shift 0, clamps, and is exact for the largest operands', () => {
    expect([...elementAdd(Int32Array.of(100, -100, 5), Int32Array.of(100, -100, -7), plain)]).toEqual([127, -128, -2]);
    const wide = { zeroPoints: [0, 65535], multipliers: [65535, 65535], shift: 31, outputZeroPoint: 0, bounds: [-32768, 32767] } as const;
    expect([...elementAdd(Int32Array.of(65535, 0), Int32Array.of(65535, 0), wide)]).toEqual([2, -2]);
  });

  it('refuses inputs of different lengths and parameters out of range', () => {
    expect(() => elementAdd(new Int32Array(2), new Int32Array(3), plain)).toThrow('the inputs have 2 and 3 values');
    expect(() => elementAdd(new Int32Array(1), new Int32Array(1), { ...plain, multipliers: [0, 1] })).toThrow('multiplier 0');
    expect(() => elementAdd(new Int32Array(1), new Int32Array(1), { ...plain, shift: 32 })).toThrow('shift 32');
  });
});

describe('golden argmax', () => {
  it('gives the lowest index of the largest value, for each pixel', () => {
    expect([...argmax(Int32Array.of(1, 5, 5, -3, -3, -4), 3)]).toEqual([1, 0]);
    expect([...argmax(new Int32Array(4).fill(-32768), 4)]).toEqual([0]);
    expect([...argmax(Int32Array.of(7, -7), 1)]).toEqual([0, 0]);
  });

  it('refuses half pixels and more channels than an index can count', () => {
    expect(() => argmax(new Int32Array(5), 2)).toThrow('5 values are not whole pixels of 2 channels');
    expect(() => argmax(new Int32Array(0), 65537)).toThrow('65537 channels');
  });
});
