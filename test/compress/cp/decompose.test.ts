import { describe, expect, test } from 'vitest';
import { alsRound } from '../../../generator/compress/cp/als.js';
import { type DecomposeRequest, decomposeBlock } from '../../../generator/compress/cp/decompose.js';
import { realOutput } from '../../../generator/compress/cp/quantized.js';
import { hosvdStart, randomStart } from '../../../generator/compress/cp/starts.js';
import { type BlockProblem, expand } from '../../../generator/compress/cp/terms.js';
import type { ScalarEncoding } from '../../../generator/layer/schema.js';
import { errorByDefinition, levelSet, problem } from './problems.js';

const POT: ScalarEncoding = { encoding: 'pot', maxShift: 6 };
const SPATIAL = { outputs: 12, inputs: 10, kernel: [9] };

function decomposed(of: BlockProblem, rank: number, encoding: ScalarEncoding = POT, change: Partial<DecomposeRequest> = {}) {
  return decomposeBlock(of, { rank, levels: levelSet(encoding, of.shape), rule: {}, seed: 1, starts: 2, rounds: 20, onProgress: () => undefined, ...change });
}

describe('alternating least squares', () => {
  test.each([['spatial', [9]], ['separable', [3, 3]], ['matrix', []]])('recovers a tensor that has the rank, in %s form', (_, kernel) => {
    const exact = problem(3, { outputs: 12, inputs: 10, kernel }, 3);
    let best = 1;
    for (const start of [hosvdStart(exact, 3, 1), randomStart(exact, 3, 2), randomStart(exact, 3, 3)]) {
      let fitted = alsRound(exact, start);
      for (let round = 0; round < 200; round++) fitted = alsRound(exact, fitted.terms);
      expect(fitted.error).toBeCloseTo(errorByDefinition(exact, expand(fitted.terms)), 9);
      best = Math.min(best, fitted.error);
    }
    expect(best).toBeLessThan(1e-5);
  });

  test('the HOSVD of a matrix leaves what its truncated SVD leaves, however the sides lie', () => {
    for (const [outputs, inputs] of [[9, 14], [14, 9]]) {
      const matrix = problem(5, { outputs, inputs, kernel: [] }, 9, { noise: 0.1 });
      const fitted = alsRound(matrix, hosvdStart(matrix, 4, 1));
      expect(errorByDefinition(matrix, expand(hosvdStart(matrix, 4, 1)))).toBeCloseTo(fitted.error, 6);
    }
  });

  test('a large matrix, whose singular vectors are found by subspace iteration, is started as well', () => {
    const matrix = problem(6, { outputs: 330, inputs: 325, kernel: [] }, 5, { noise: 0.01 });
    expect(alsRound(matrix, hosvdStart(matrix, 5, 1)).error).toBeLessThan(1e-3);
  });
});

describe('quantized alternating least squares', () => {
  test('is never worse than rounding afterwards, and most often far better', () => {
    const ratios: number[] = [];
    for (let seed = 1; seed <= 6; seed++) {
      for (const encoding of [POT, { encoding: 'pot', maxShift: 2 }, { encoding: 'uniform', bits: 3 }, { encoding: 'apot' }] as ScalarEncoding[]) {
        const { terms, roundedError, realError } = decomposed(problem(seed, SPATIAL, 6, { noise: 0.5 }), 5, encoding);
        expect(terms.error).toBeLessThanOrEqual(roundedError);
        ratios.push(terms.error / roundedError);
        expect(terms.error).toBeGreaterThan(realError * 0.98);
      }
    }
    expect(ratios.filter((ratio) => ratio < 0.9).length).toBeGreaterThan(20);
  });

  test('all factors are levels of their encodings, and the error is that of the sums with their scales', () => {
    for (const metric of [false, true]) {
      for (const kernel of [[9], [3, 3], []]) {
        const noisy = problem(2, { outputs: 8, inputs: 6, kernel }, 5, { noise: 0.3, metric });
        const { terms } = decomposed(noisy, 4);
        const allowed = new Set([0, 1, 2, 4, 8, 16, 32, 64]);
        for (const factor of [terms.output, terms.input, ...terms.kernel]) expect(factor.every((x) => allowed.has(Math.abs(x)))).toBe(true);
        expect(terms.error).toBeCloseTo(errorByDefinition(noisy, expand({ ...terms, output: realOutput(terms, terms.scale) })), 5);
      }
    }
  });

  test('scales are powers of two of the unit if asked for', () => {
    const { terms } = decomposed(problem(2, SPATIAL, 5), 4, POT, { rule: { unit: 0.3 } });
    for (const scale of terms.scale) expect(Number.isInteger(Math.log2(scale / 0.3))).toBe(true);
  });

  test('gives the same bytes for the same seed, and others for another', () => {
    const noisy = problem(4, SPATIAL, 7, { noise: 0.5 });
    const bytes = (seed: number) => Buffer.from(decomposed(noisy, 5, POT, { seed, starts: 3 }).terms.output.buffer).toString('hex');
    expect(bytes(1)).toBe(bytes(1));
    const rank = 60;
    const many = (seed: number) => decomposed(problem(4, { outputs: 6, inputs: 5, kernel: [9] }, 7, { noise: 0.5 }), rank, POT, { seed, rounds: 2 }).terms.input.join();
    expect(many(1)).not.toBe(many(7));
  });

  test('the 4-way form cannot beat the 3-way form by more than chance', () => {
    const shape = { outputs: 12, inputs: 10, kernel: [9] };
    const noisy = problem(9, shape, 12, { noise: 0.2 });
    const spatial = decomposed(noisy, 6);
    const separable = decomposed({ ...noisy, shape: { ...shape, kernel: [3, 3] } }, 6);
    expect(separable.terms.error).toBeGreaterThan(spatial.terms.error);
  });

  test('fitted to a metric, errors in that metric are far smaller than those of terms fitted without', () => {
    const measured = problem(7, { outputs: 16, inputs: 8, kernel: [9] }, 20, { noise: 0.5, metric: true });
    const plain = decomposed({ ...measured, metric: undefined, image: measured.target }, 6);
    const fitted = decomposed(measured, 6);
    const { terms } = plain;
    const blind = errorByDefinition(measured, expand({ ...terms, output: realOutput(terms, terms.scale) }));
    expect(fitted.terms.error).toBeLessThan(0.5 * blind);
    expect(fitted.terms.error).toBeLessThan(fitted.roundedError);
  });
});
