/** nn_stream_register, nn_stream_fifo, nn_stream_width, nn_stream_fork: every beat once and in order, whatever pauses. */
import { describe, expect, it } from 'vitest';
import { lint } from '../../sim/lint.js';
import { Random } from '../../generator/layer/random.js';
import { formsOf, STREAM_CELLS } from '../support/stream_cells.js';
import { beatsOf, runStreams, type Beat, type StreamCase } from '../support/stream_bench.js';

const random = new Random(61);
const values = (count: number, bits: number) => Array.from({ length: count }, () => random.integer(0, 2 ** bits - 1));
const words = (count: number, bits: number): Beat[] => values(count, bits).map((value) => ({ data: BigInt(value), last: false }));

/** The same streams without pauses, with pauses on either side, on both with a reset in the middle. */
function paused(test: StreamCase): StreamCase[] {
  return [test, { ...test, pauseIn: 0.5 }, { ...test, pauseOut: 0.6 }, { ...test, pauseIn: 0.3, pauseOut: 0.3, resetAt: 57 }];
}

function bare(cell: string, parameters: Record<string, number>, count: number, branches = 1): StreamCase {
  const beats = words(count, Math.min(parameters.WIDTH, 30));
  const port = { name: '', width: parameters.WIDTH, beats };
  return { cell, parameters, inputs: [port], outputs: Array.from({ length: branches }, () => port) };
}

function widthCase(elementBits: number, inElements: number, outElements: number, frames = 3): StreamCase {
  const frame = 3 * Math.max(inElements, outElements);
  const data = values(frames * frame * 4, elementBits);
  const port = (name: string, elements: number) => ({ name, width: elements * elementBits, beats: beatsOf(data, elements, elementBits, frame) });
  return { cell: 'nn_stream_width', parameters: { ELEMENT_BITS: elementBits, IN_ELEMENTS: inElements, OUT_ELEMENTS: outElements }, inputs: [port('s_axis', inElements)], outputs: [port('m_axis', outElements)] };
}

/** All beats arrive at every output, in order and unchanged while they wait. */
function expectWhole(cases: readonly StreamCase[]): ReturnType<typeof runStreams> {
  const runs = runStreams(cases);
  runs.forEach((run, i) => {
    const name = `${JSON.stringify(cases[i].parameters)} ${cases[i].pauseIn ?? 0} ${cases[i].pauseOut ?? 0}`;
    expect(run.violations, name).toEqual([]);
    expect(run.finished, name).toBe(true);
    expect(run.outputs, name).toEqual(cases[i].outputs.map(({ beats }) => beats));
  });
  return runs;
}

/** Cycles from the first to the last handshake at an output. */
const span = ([first, last]: readonly [number, number]) => last - first + 1;

describe('nn_stream_register and nn_stream_fifo', () => {
  const depths = [[2, 0], [3, 0], [4, 0], [7, 0], [32, 0], [33, 0], [4, 1], [65, 1]];

  it('give every word once and in order, with pauses and a reset in between', () => {
    const cases = [bare('nn_stream_register', { WIDTH: 9 }, 200), ...depths.map(([DEPTH, BLOCK]) => bare('nn_stream_fifo', { WIDTH: 12, DEPTH, BLOCK }, 200))];
    expectWhole(cases.flatMap(paused));
  });

  it('take and give a word per cycle', () => {
    const cases = [bare('nn_stream_register', { WIDTH: 9 }, 100), ...depths.map(([DEPTH, BLOCK]) => bare('nn_stream_fifo', { WIDTH: 12, DEPTH, BLOCK }, 100))];
    const runs = expectWhole(cases);
    expect(runs.map((run) => span(run.outputCycles[0]))).toEqual(runs.map(() => 100));
    expect(runs.map((run) => run.outputCycles[0][0] - run.inputCycles[0][0])).toEqual([1, 1, 2, 2, 2, 2, 2, 3, 3]);
  });

  it('hold exactly as many words as they are deep, and say so', () => {
    const blocked = depths.map(([DEPTH, BLOCK]): StreamCase => ({ ...bare('nn_stream_fifo', { WIDTH: 12, DEPTH, BLOCK }, DEPTH + 5), pauseOut: 1 }));
    const marks = runStreams(blocked.map((test) => ({ ...test, outputs: [{ ...test.outputs[0], beats: [] }], watch: 'most_o', afterwards: 120 })));
    expect(marks.map((run) => run.watched)).toEqual(depths.map(([depth]) => depth));
  });
});

describe('nn_stream_width', () => {
  const ratios = [[1, 1], [1, 2], [1, 4], [1, 8], [2, 4], [4, 8], [2, 1], [4, 1], [8, 1], [4, 2], [8, 4]];

  it('keeps elements in order and TLAST with the last one, with pauses and a reset in between', () => {
    expectWhole(ratios.flatMap(([from, to]) => paused(widthCase(8, from, to))));
    expectWhole([[1, 4], [4, 1]].flatMap(([from, to]) => paused(widthCase(16, from, to))));
  });

  it('moves a beat per cycle on its narrower side', () => {
    const cases = ratios.map(([from, to]) => widthCase(8, from, to));
    const runs = expectWhole(cases);
    runs.forEach((run, i) => {
      const [from, to] = ratios[i];
      const cycles = from < to ? run.inputCycles[0] : run.outputCycles[0];
      expect(span(cycles), `${from} to ${to}`).toBe(from < to ? cases[i].inputs[0].beats.length : cases[i].outputs[0].beats.length);
    });
  });
});

describe('nn_stream_fork', () => {
  it('gives every branch every word once, whatever each branch pauses', () => {
    expectWhole([2, 3, 5].flatMap((BRANCHES) => paused(bare('nn_stream_fork', { WIDTH: 9, BRANCHES }, 150, BRANCHES))));
  });

  it('moves a word per cycle if all branches are ready', () => {
    const [run] = expectWhole([bare('nn_stream_fork', { WIDTH: 9, BRANCHES: 3 }, 100, 3)]);
    expect(run.outputCycles.map(span)).toEqual([100, 100, 100]);
  });
});

describe('stream cells', { timeout: 120_000 }, () => {
  it.each(Object.keys(STREAM_CELLS))('%s is clean in all three tools with every form of its parameters', async (cell) => {
    const results = await lint(formsOf(cell), 'forms', { tools: ['verilator', 'iverilog', 'yosys'] });
    expect(results.flatMap(({ messages }) => messages)).toEqual([]);
  });
});
