/** Factors to start training from: the decomposition of a trained kernel into powers of two, of least error at the layer's outputs (`generator/compress/cp`). */
import { decomposeBlock } from '../../generator/compress/cp/decompose.js';
import { factorLevels } from '../../generator/compress/cp/levels_of_factor.js';
import { blockProblem } from '../../generator/compress/cp/terms.js';
import { FACTOR_SHIFT, type CpShape, type RealFactors } from './cp_model.js';

const STARTS = 2;
const ROUNDS = 20;

/**
 * @param weight (out, in, taps)
 * @param moments (n, n), n = taps * in, positions outermost: mean products of what the layer reads at two places; without them all weights count alike
 */
export function startFactors(weight: ArrayLike<number>, shape: CpShape, moments?: Float32Array): RealFactors {
  const { outChannels, inChannels, taps, rank } = shape;
  const target = new Float64Array(weight.length);
  for (let o = 0, at = 0; o < outChannels; o++) {
    for (let i = 0; i < inChannels; i++) for (let t = 0; t < taps; t++, at++) target[(o * taps + t) * inChannels + i] = weight[at];
  }
  const problem = blockProblem({ outputs: outChannels, inputs: inChannels, kernel: [taps] }, target, moments);
  const level = factorLevels({ encoding: 'pot', maxShift: FACTOR_SHIFT });
  const levels = { output: level, input: level, kernel: [level] };
  const { terms } = decomposeBlock(problem, { rank, levels, rule: {}, seed: 1, starts: STARTS, rounds: ROUNDS, onProgress: () => undefined });
  return { output: turned(terms.output, rank), input: turned(terms.input, rank), kernel: turned(terms.kernel[0], rank), gain: terms.scale };
}

/** (size, rank) to (rank, size). */
function turned(values: Float64Array, rank: number): Float64Array {
  const size = values.length / rank;
  return Float64Array.from({ length: values.length }, (_, at) => values[(at % size) * rank + Math.floor(at / size)]);
}
