import { describe, expect, test } from 'vitest';
import type { FinishedBlock } from '../../../generator/compress/cp/finish.js';
import { Recoder } from '../../../generator/compress/cp/recoder.js';
import { addResidual } from '../../../generator/compress/cp/residual.js';
import { blockProblem } from '../../../generator/compress/cp/terms.js';
import { errorByDefinition, metricOf } from './problems.js';

const OUTPUTS = 3;
const INPUTS = 12;
const recoder = new Recoder({ encoding: 'uniform', bits: 8 }, INPUTS);
const targets = Float64Array.from({ length: OUTPUTS * INPUTS }, (_, i) => ((i * 37) % 23) - 11);

/** Sums of zero, one unit of a sum worth one. */
function nothingYet(): FinishedBlock {
  const rows = Array.from({ length: OUTPUTS }, () => ({ shift: 0, scale: 1, weights: new Int32Array(INPUTS) }));
  const terms = { rank: 1, output: new Float64Array(OUTPUTS), input: new Float64Array(INPUTS), kernel: [], scale: new Float64Array(OUTPUTS).fill(1), error: 1 };
  return { terms, rows, sums: new Float64Array(OUTPUTS * INPUTS) };
}

function costWith(count: number, metric: Float32Array | undefined): { left: number; entries: ReturnType<typeof addResidual> } {
  const problem = blockProblem({ outputs: OUTPUTS, inputs: INPUTS, kernel: [] }, targets, metric);
  const finished = nothingYet();
  const entries = addResidual(problem, finished, recoder, count);
  return { left: errorByDefinition(problem, Float64Array.from(finished.rows.flatMap(({ weights }) => [...weights]))), entries };
}

describe('the residual', () => {
  test.each([
    ['all inputs nearly alike', Float32Array.from({ length: INPUTS * INPUTS }, (_, at) => (at % (INPUTS + 1) === 0 ? 1.1 : 1))],
    ['inputs of few causes', metricOf(4, INPUTS)],
    ['no metric', undefined],
  ])('lowers the cost with every entry more, with %s', (_, metric) => {
    let before = 1;
    for (const count of [1, 2, 3, 6, 12, 20]) {
      const { left, entries } = costWith(count, metric);
      expect(entries.length).toBeLessThanOrEqual(count);
      expect(left).toBeLessThanOrEqual(before + 1e-9);
      if (entries.length === count) expect(left).toBeLessThan(before);
      before = left;
    }
    expect(before).toBeLessThan(0.5);
  });

  test('gives a weight one entry at most and carries entries out in sums and weights', () => {
    const problem = blockProblem({ outputs: OUTPUTS, inputs: INPUTS, kernel: [] }, targets, metricOf(9, INPUTS));
    const finished = nothingYet();
    const entries = addResidual(problem, finished, recoder, 15);
    expect(new Set(entries.map(({ output, position }) => output * INPUTS + position)).size).toBe(entries.length);
    const sums = new Float64Array(OUTPUTS * INPUTS);
    for (const { output, position, sign, shift } of entries) sums[output * INPUTS + position] = sign * 2 ** shift;
    expect(finished.sums).toEqual(sums);
    expect(finished.rows.flatMap(({ weights }) => [...weights])).toEqual([...sums]);
  });

  test('ends when no entry helps', () => {
    const problem = blockProblem({ outputs: OUTPUTS, inputs: INPUTS, kernel: [] }, new Float64Array(OUTPUTS * INPUTS));
    expect(addResidual(problem, nothingYet(), recoder, 5)).toEqual([]);
  });
});
