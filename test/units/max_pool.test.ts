/** nn_max_pool and nn_window_max against the golden max pooling. */
import { describe, expect, it } from 'vitest';
import { maxPool, maxPoolOutput, type PoolMap, type PoolWindow } from '../../generator/golden/max_pool.js';
import { Random } from '../../generator/layer/random.js';
import { beatsOf, runStreams, type StreamCase } from '../support/stream_bench.js';

interface PoolCase {
  readonly map: PoolMap;
  readonly window: PoolWindow;
  readonly elements: number;
  readonly bits: 8 | 16;
  readonly signed: boolean;
  readonly block?: number;
}

const random = new Random(73);
const window = (kernel: [number, number], strides: [number, number], pads: [number, number, number, number] = [0, 0, 0, 0]): PoolWindow => ({ kernel, strides, pads });

/** Small values, so that there are ties, and now and then an end of the range; `frames` one after the other. */
function streamCase({ map, window: { kernel, strides, pads }, elements, bits, signed, block = 0 }: PoolCase, frames: number, low?: number): StreamCase {
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const value = () => (random.integer(0, 7) === 0 ? [least, most][random.integer(0, 1)] : random.integer(signed ? -3 : 0, 3));
  const input = Int32Array.from({ length: frames * map.height * map.width * map.channels }, () => low ?? value());
  const out = maxPoolOutput(map, { kernel, strides, pads });
  const port = (name: string, data: Int32Array, { height, width, channels }: PoolMap) => ({ name, width: elements * bits, beats: beatsOf(data, elements, bits, height * width * channels) });
  return {
    cell: 'nn_max_pool',
    parameters: {
      ELEMENT_BITS: bits, ELEMENTS: elements, SIGNED: signed ? 1 : 0, CHANNEL_BEATS: map.channels / elements, WIDTH: map.width, HEIGHT: map.height, BLOCK: block,
      KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: strides[0], STRIDE_W: strides[1], PAD_TOP: pads[0], PAD_LEFT: pads[1], PAD_BOTTOM: pads[2], PAD_RIGHT: pads[3],
    },
    inputs: [port('s_axis', input, map)],
    outputs: [port('m_axis', maxPool(input, map, { kernel, strides, pads }, frames), out)],
  };
}

function randomCase(): PoolCase {
  const size = () => random.integer(1, 7);
  const axis = (): [number, number, number, number, number] => {
    for (;;) {
      const [length, kernel, stride] = [size(), random.integer(1, 5), random.integer(1, 4)];
      const [before, after] = [random.integer(0, kernel - 1), random.integer(0, kernel - 1)];
      if (length + before + after >= kernel) return [length, kernel, stride, before, after];
    }
  };
  const [rows, columns] = [axis(), axis()];
  const elements = 2 ** random.integer(0, 3);
  const bits = elements < 8 && random.integer(0, 2) === 0 ? 16 : 8;
  return {
    map: { height: rows[0], width: columns[0], channels: elements * random.integer(1, 3) }, elements, bits, signed: random.integer(0, 1) === 1, block: random.integer(0, 1),
    window: window([rows[1], columns[1]], [rows[2], columns[2]], [rows[3], columns[3], rows[4], columns[4]]),
  };
}

function expectGolden(cases: readonly StreamCase[]): ReturnType<typeof runStreams> {
  const runs = runStreams(cases);
  runs.forEach((run, i) => {
    const name = JSON.stringify(cases[i].parameters);
    expect(run.violations, name).toEqual([]);
    expect(run.finished, name).toBe(true);
    expect(run.outputs, name).toEqual(cases[i].outputs.map(({ beats }) => beats));
  });
  return runs;
}

const map = (height: number, width: number, channels: number): PoolMap => ({ height, width, channels });
const eight = { bits: 8, signed: false } as const;

/** Maps and windows of networks that people train, and corners. */
const CASES: readonly PoolCase[] = [
  { map: map(8, 8, 4), window: window([2, 2], [2, 2]), elements: 2, ...eight },
  { map: map(9, 7, 8), window: window([3, 3], [2, 2], [1, 1, 1, 1]), elements: 8, ...eight },
  { map: map(9, 9, 2), window: window([3, 3], [2, 2], [0, 0, 1, 1]), elements: 1, bits: 16, signed: true },
  { map: map(6, 6, 2), window: window([3, 3], [1, 1], [1, 1, 1, 1]), elements: 1, ...eight },
  { map: map(1, 1, 4), window: window([1, 1], [1, 1]), elements: 4, ...eight },
  { map: map(1, 1, 2), window: window([3, 3], [2, 2], [1, 1, 1, 1]), elements: 1, bits: 8, signed: true },
  { map: map(5, 6, 1), window: window([5, 6], [1, 1]), elements: 1, ...eight },
  { map: map(7, 8, 2), window: window([2, 2], [3, 4]), elements: 2, ...eight },
  { map: map(4, 5, 2), window: window([1, 3], [1, 2]), elements: 1, bits: 16, signed: false },
  { map: map(3, 3, 1), window: window([5, 5], [1, 1], [4, 4, 4, 4]), elements: 1, bits: 8, signed: true },
  { map: map(5, 5, 6), window: window([2, 2], [2, 2]), elements: 2, ...eight, block: 1 },
];

describe('nn_max_pool', () => {
  it('gives the golden maxima, frame after frame, with pauses and a reset within a frame', () => {
    expectGolden(CASES.flatMap((test) => {
      const plain = streamCase(test, 3);
      return [plain, { ...plain, pauseIn: 0.4 }, { ...plain, pauseOut: 0.6 }, { ...plain, pauseIn: 0.2, pauseOut: 0.3, resetAt: 41 }];
    }));
  });

  it('gives them for random maps, kernels, strides and pads', () => {
    expectGolden(Array.from({ length: 30 }, (_, i) => ({ ...streamCase(randomCase(), 2), pauseIn: i % 3 === 0 ? 0.3 : 0, pauseOut: i % 3 === 1 ? 0.4 : 0 })));
  }, 60_000);

  it('lets padding never win over the most negative values', () => {
    expectGolden(([8, 16] as const).map((bits) => streamCase({ map: map(4, 4, 1), window: window([3, 3], [2, 2], [1, 1, 1, 1]), elements: 1, bits, signed: true }, 2, -(2 ** (bits - 1)))));
  });

  it('takes a beat per cycle, frame after frame, where no window ends a stride behind the edge', () => {
    const cases = CASES.filter(({ map: { height, width }, window: { kernel, strides, pads } }) => {
      const behind = (length: number, axis: 0 | 1) => Math.floor((length + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis]) * strides[axis] - pads[axis] + kernel[axis] - length;
      return behind(height, 0) < strides[0] && behind(width, 1) < strides[1];
    }).map((test) => streamCase(test, 4));
    expect(cases.length).toBe(9);
    const runs = expectGolden(cases);
    expect(runs.map(({ inputCycles: [[first, last]] }) => last - first + 1)).toEqual(cases.map(({ inputs }) => inputs[0].beats.length));
  });

  it('takes one position more for each window that ends a stride behind the edge', () => {
    // 6 x 6 in, 6 x 6 out with a window of 3: a pixel more for each row, a row more for each frame.
    const test = streamCase({ map: map(6, 6, 2), window: window([3, 3], [1, 1], [1, 1, 1, 1]), elements: 1, ...eight }, 4);
    const [{ outputCycles: [[first, last]] }] = expectGolden([test]);
    const frame = 2 * (7 * 6 + 6);
    expect(Math.abs((last - first + 1) / 4 / frame - 1)).toBeLessThan(0.07);
  });
});
