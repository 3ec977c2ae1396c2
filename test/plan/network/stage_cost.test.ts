import { describe, expect, it } from 'vitest';
import type { AddNode, MaxPoolNode } from '../../../generator/network/network.js';
import { addCost, argmaxCost, maxPoolCost, poolLine } from '../../../generator/plan/network/stage_cost.js';

const format = (channels: number, height: number, width: number, bits = 8) => ({ channels, height, width, bits, signed: false, zeroPoint: 0 });

function poolNode(channels: number, kernel: number, stride: number, pad: number): MaxPoolNode {
  const out = Math.floor((28 + 2 * pad - kernel) / stride) + 1;
  return {
    op: 'max_pool', name: 'pool', inputs: [], sources: [], inputFormats: [format(channels, 28, 28)], output: format(channels, out, out),
    description: { op: 'max_pool', name: 'pool', kernel: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] },
  };
}

const addNode = (bits: number, multipliers: [number, number]) => ({ op: 'add', output: format(8, 4, 4, bits), description: { multipliers } }) as unknown as AddNode;
const stream = (elementBits: 8 | 16, elements: number) => ({ name: '', elementBits, elements, beatsPerFrame: 64 });

/** Share by which an estimate is off a count by Yosys (docs/units). */
const off = (estimate: number, count: number) => Math.abs(estimate / count - 1);

describe('costs of the stream cells before synthesis', () => {
  it('of max pooling are within 15 % of Yosys for one and for two open windows', () => {
    const counted: [MaxPoolNode, 8 | 16, number, number, number][] = [[poolNode(8, 2, 2, 0), 8, 8, 616, 883], [poolNode(32, 2, 2, 0), 8, 8, 716, 1083], [poolNode(4, 3, 1, 1), 16, 4, 929, 1139]];
    for (const [node, bits, elements, lut, ff] of counted) {
      const cost = maxPoolCost(node, stream(bits, elements));
      expect(off(cost.lut, lut), `${node.output.channels} channels, LUT ${cost.lut}`).toBeLessThan(0.15);
      expect(off(cost.ff, ff), `${node.output.channels} channels, FF ${cost.ff}`).toBeLessThan(0.15);
      expect(cost.dsp).toBe(0);
    }
  });

  it('of max pooling have a line buffer in block RAM where it is long', () => {
    expect(poolLine(poolNode(8, 2, 2, 0), stream(8, 8))).toEqual({ words: 14, block: false });
    expect(poolLine(poolNode(64, 2, 2, 0), stream(8, 8))).toEqual({ words: 112, block: true });
    expect(maxPoolCost(poolNode(64, 2, 2, 0), stream(8, 8)).bram36).toBe(1);
  });

  it('of a sum are a DSP48E1 for each element and multiplier that is no power of two', () => {
    for (const [bits, multipliers, lut, ff, dsp] of [[8, [1, 2], 209, 748, 0], [8, [16384, 23170], 217, 580, 8], [8, [23171, 23170], 321, 372, 16]] as const) {
      const cost = addCost(addNode(bits, [...multipliers]), 8);
      expect(cost.dsp).toBe(dsp);
      expect(off(cost.lut, lut)).toBeLessThan(0.15);
      expect(off(cost.ff, ff)).toBeLessThan(0.15);
    }
  });

  it('of argmax are within 15 % of Yosys', () => {
    for (const [elements, lut, ff] of [[1, 51, 73], [2, 66, 72], [8, 180, 137]]) {
      const cost = argmaxCost(stream(8, elements));
      expect(off(cost.lut, lut)).toBeLessThan(0.15);
      expect(off(cost.ff, ff)).toBeLessThan(0.15);
    }
  });
});
