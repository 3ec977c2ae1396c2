import { Random } from '../../../generator/layer/random.js';
import { type BlockProblem, type BlockShape, type Terms, blockProblem, expand, tapsOf } from '../../../generator/compress/cp/terms.js';
import { factorLevels } from '../../../generator/compress/cp/levels_of_factor.js';
import type { LevelSet } from '../../../generator/compress/cp/quantized.js';
import type { ScalarEncoding } from '../../../generator/layer/schema.js';

export function gaussians(random: Random, length: number): Float64Array {
  return Float64Array.from({ length }, () => random.gaussian());
}

/** A seeded tensor that is a sum of `rank` products, and noise of the given size on top. */
export function tensor(seed: number, shape: BlockShape, rank: number, noise = 0): Float64Array {
  const random = new Random(seed);
  const terms: Terms = {
    rank,
    output: gaussians(random, shape.outputs * rank),
    input: gaussians(random, shape.inputs * rank),
    kernel: shape.kernel.map((size) => gaussians(random, size * rank)),
  };
  return expand(terms).map((x) => x + noise * random.gaussian());
}

/** Covariance of seeded inputs that follow few common causes. */
export function metricOf(seed: number, n: number): Float32Array {
  const random = new Random(seed);
  const causes = gaussians(random, n * 6);
  return Float32Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < 6; k++) sum += causes[i * 6 + k] * causes[j * 6 + k];
    return sum;
  });
}

export function problem(seed: number, shape: BlockShape, rank: number, { noise = 0, metric = false } = {}): BlockProblem {
  return blockProblem(shape, tensor(seed, shape, rank, noise), metric ? metricOf(seed, tapsOf(shape) * shape.inputs) : undefined);
}

export function levelSet(encoding: ScalarEncoding, { kernel }: BlockShape): LevelSet {
  const levels = factorLevels(encoding);
  return { output: levels, input: levels, kernel: kernel.map(() => levels) };
}

/** Cost of what terms leave, from the definition, in shares of the cost of weights of zero. */
export function errorByDefinition({ shape, target, metric }: BlockProblem, sums: Float64Array): number {
  const n = target.length / shape.outputs;
  const cost = (row: (p: number) => number) => {
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += row(i) * row(j) * (metric ? metric[i * n + j] : i === j ? 1 : 0);
    return sum;
  };
  let left = 0;
  let all = 0;
  for (let o = 0; o < shape.outputs; o++) {
    left += cost((i) => target[o * n + i] - sums[o * n + i]);
    all += cost((i) => target[o * n + i]);
  }
  return left / all;
}
