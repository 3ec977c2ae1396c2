/** nn_argmax and nn_element_add against their golden twins. */
import { describe, expect, it } from 'vitest';
import { argmax } from '../../generator/golden/argmax.js';
import { elementAdd, type ElementAdd } from '../../generator/golden/element_add.js';
import { integerRange } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { beatsOf, runStreams, type StreamCase } from '../support/stream_bench.js';

const random = new Random(87);

function paused(test: StreamCase): StreamCase[] {
  return [test, { ...test, pauseIn: 0.4 }, { ...test, pauseOut: 0.7 }, { ...test, pauseIn: 0.2, pauseOut: 0.3, resetAt: 33 }];
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

/** Frames of few different values, so that ties are the rule, of all values alike, and of the ends of the range. */
function argmaxCase(elements: number, classes: number, bits: 8 | 16, signed: boolean, frames = 12): StreamCase {
  const [low, high] = integerRange(bits, signed);
  const frame = (i: number) => Array.from({ length: classes }, () => (i % 4 === 0 ? low : i % 4 === 1 ? random.integer(low, high) : i % 4 === 2 ? [low, high, 0][random.integer(0, 2)] : random.integer(0, 2)));
  const data = Int32Array.from(Array.from({ length: frames }, (_, i) => frame(i)).flat());
  return {
    cell: 'nn_argmax', parameters: { ELEMENT_BITS: bits, ELEMENTS: elements, SIGNED: signed ? 1 : 0, CLASSES: classes },
    inputs: [{ name: 's_axis', width: elements * bits, beats: beatsOf(data, elements, bits, classes) }],
    outputs: [{ name: 'm_axis', width: 16, beats: beatsOf(argmax(data, classes), 1, 16, 1) }],
  };
}

describe('nn_argmax', () => {
  const shapes = [[1, 10], [2, 10], [5, 10], [4, 4], [8, 40], [3, 9], [1, 1], [6, 12], [7, 7], [8, 8], [2, 300]] as const;

  it('gives the lowest index of the largest element, frame after frame, with pauses and a reset within a frame', () => {
    expectGolden(shapes.flatMap(([elements, classes], i) => paused(argmaxCase(elements, classes, i % 3 === 1 ? 16 : 8, i % 2 === 0))));
  });

  it('takes a beat per cycle, even where a frame is one beat', () => {
    const cases = shapes.map(([elements, classes]) => argmaxCase(elements, classes, 8, true));
    const runs = expectGolden(cases);
    expect(runs.map(({ inputCycles: [[first, last]] }) => last - first + 1)).toEqual(cases.map(({ inputs }) => inputs[0].beats.length));
  });
});

interface Format {
  readonly bits: 8 | 16;
  readonly signed: boolean;
}

function addCase(elements: number, a: Format, b: Format, out: Format, add: Omit<ElementAdd, 'bounds'> & { bounds?: readonly [number, number] }, beats = 60): StreamCase {
  const frame = elements * 5;
  const bounds = add.bounds ?? integerRange(out.bits, out.signed);
  const stream = ({ bits, signed }: Format, turn: number) => {
    const [low, high] = integerRange(bits, signed);
    // Ends of the ranges in all four combinations first, then random values.
    return Int32Array.from({ length: beats * elements }, (_, i) => (i < 8 ? [low, high][(i >> turn) & 1] : random.integer(low, high)));
  };
  const [x, y] = [stream(a, 0), stream(b, 1)];
  const port = (name: string, { bits }: Format, data: Int32Array) => ({ name, width: elements * bits, beats: beatsOf(data, elements, bits, frame) });
  return {
    cell: 'nn_element_add',
    parameters: {
      ELEMENTS: elements, A_BITS: a.bits, B_BITS: b.bits, OUT_BITS: out.bits, A_SIGNED: Number(a.signed), B_SIGNED: Number(b.signed),
      A_ZERO: add.zeroPoints[0], B_ZERO: add.zeroPoints[1], A_MULTIPLIER: add.multipliers[0], B_MULTIPLIER: add.multipliers[1],
      SHIFT: add.shift, ZERO_POINT: add.outputZeroPoint, LOW: bounds[0], HIGH: bounds[1],
    },
    inputs: [port('s_axis_a', a, x), port('s_axis_b', b, y)],
    outputs: [port('m_axis', out, elementAdd(x, y, { ...add, bounds }))],
  };
}

const u8: Format = { bits: 8, signed: false };
const s8: Format = { bits: 8, signed: true };
const u16: Format = { bits: 16, signed: false };
const s16: Format = { bits: 16, signed: true };

/** Plain sums, ReLU bounds, all widths and signs, largest multipliers and shifts, no shift. */
const ADDITIONS: readonly StreamCase[] = [
  addCase(2, u8, u8, u8, { zeroPoints: [0, 0], multipliers: [1, 1], shift: 0, outputZeroPoint: 0 }),
  addCase(4, s8, s8, s8, { zeroPoints: [-3, 7], multipliers: [23170, 16384], shift: 15, outputZeroPoint: -5 }),
  addCase(8, u8, u8, u8, { zeroPoints: [12, 130], multipliers: [181, 97], shift: 8, outputZeroPoint: 20, bounds: [20, 255] }),
  addCase(1, s16, s16, s16, { zeroPoints: [-32768, 32767], multipliers: [65535, 65535], shift: 17, outputZeroPoint: 32767 }),
  addCase(3, u16, u16, u16, { zeroPoints: [65535, 0], multipliers: [65535, 1], shift: 16, outputZeroPoint: 0 }),
  addCase(2, s16, u8, s8, { zeroPoints: [100, 128], multipliers: [3, 512], shift: 9, outputZeroPoint: 1 }),
  addCase(2, u8, s8, u16, { zeroPoints: [0, -128], multipliers: [40000, 5], shift: 3, outputZeroPoint: 1000 }),
  addCase(5, u8, u8, s8, { zeroPoints: [0, 0], multipliers: [1, 1], shift: 31, outputZeroPoint: 0 }),
  addCase(2, s8, s8, s16, { zeroPoints: [0, 0], multipliers: [64, 128], shift: 0, outputZeroPoint: -7 }),
];

describe('nn_element_add', () => {
  it('gives the golden sums for all widths, signs, multipliers and shifts, with pauses and a reset within a frame', () => {
    expectGolden(ADDITIONS.flatMap(paused));
  });

  it('gives them for random parameters', () => {
    const format = (): Format => [u8, s8, u16, s16][random.integer(0, 3)];
    const zero = ({ bits, signed }: Format) => random.integer(...integerRange(bits, signed));
    expectGolden(Array.from({ length: 24 }, () => {
      const [a, b, out] = [format(), format(), format()];
      const multiplier = () => random.integer(1, 2 ** random.integer(1, 16) - 1);
      return addCase(random.integer(1, 4), a, b, out, { zeroPoints: [zero(a), zero(b)], multipliers: [multiplier(), multiplier()], shift: random.integer(0, 31), outputZeroPoint: zero(out) }, 30);
    }));
  });

  it('takes a beat of each input and gives one per cycle', () => {
    const runs = expectGolden(ADDITIONS);
    expect(runs.map(({ outputCycles: [[first, last]] }) => last - first + 1)).toEqual(ADDITIONS.map(({ outputs }) => outputs[0].beats.length));
    expect(runs.map(({ inputCycles, outputCycles: [[first]] }) => first - inputCycles[0][0])).toEqual(ADDITIONS.map(() => 7));
  });

  it('waits for the slower input', () => {
    const test = ADDITIONS[1];
    const late = { ...test, inputs: [test.inputs[0], { ...test.inputs[1], pause: 0.9 }] };
    expectGolden([late, { ...late, inputs: [{ ...test.inputs[0], pause: 0.9 }, test.inputs[1]] }]);
  });
});
