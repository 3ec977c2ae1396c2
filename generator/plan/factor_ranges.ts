/** How large the products and sums of a layer's factors become, from the factors themselves. */
import type { Geometry, LayerFactors } from '../layer/layer.js';

/** Largest sizes. */
export interface FactorRanges {
  /** Of a kernel factor (rows times columns), of output times kernel factor, of an input factor, of a product of all. */
  readonly kernel: number;
  readonly coefficient: number;
  readonly input: number;
  readonly product: number;
  /** Bound of a sum over all ranks, residual included. */
  readonly sum: number;
}

/** The kernel's factor: (blocks, rank, kernel positions), rows times columns; undefined for matrices. */
export function kernelFactor({ weights, tensors }: LayerFactors, g: Geometry): Int32Array | undefined {
  if (weights.form === 'matrix') return undefined;
  if (tensors.kernel) return tensors.kernel;
  const { kernelHeight, kernelWidth } = g;
  const taps = kernelHeight * kernelWidth;
  return Int32Array.from({ length: weights.blocks * weights.rank * taps }, (_, n) => {
    const term = Math.floor(n / taps);
    const tap = n % taps;
    return tensors.kernelRow![term * kernelHeight + Math.floor(tap / kernelWidth)] * tensors.kernelColumn![term * kernelWidth + (tap % kernelWidth)];
  });
}

/** Sizes over all blocks; the bound of the sums takes the largest input factor at each rank. */
export function factorRanges(factors: LayerFactors, g: Geometry): FactorRanges {
  const { weights: { blocks, rank }, tensors } = factors;
  const kernel = kernelFactor(factors, g);
  const taps = g.kernelHeight * g.kernelWidth;
  const perBlock = g.outChannels / blocks;
  const most = { kernel: 1, coefficient: 0, input: 0, product: 0, sum: 0 };
  for (let block = 0; block < blocks; block++) {
    const bounds = new Float64Array(perBlock * taps);
    for (let term = block * rank; term < (block + 1) * rank; term++) {
      const input = largest(tensors.input, term * g.groupInChannels, g.groupInChannels);
      most.input = Math.max(most.input, input);
      for (let tap = 0; tap < taps; tap++) {
        const c = kernel ? Math.abs(kernel[term * taps + tap]) : 1;
        most.kernel = Math.max(most.kernel, c);
        for (let o = 0; o < perBlock; o++) {
          const coefficient = c * Math.abs(tensors.output[term * perBlock + o]);
          most.coefficient = Math.max(most.coefficient, coefficient);
          bounds[o * taps + tap] += coefficient * input;
        }
      }
    }
    most.sum = bounds.reduce((a, b) => Math.max(a, b), most.sum);
  }
  return { ...most, product: most.coefficient * most.input, sum: most.sum + residualBound(tensors.residual) };
}

/** Largest entry of a residual (n, 3), as often as the weight with the most entries has them. */
function residualBound(residual: Int32Array = new Int32Array()): number {
  let largest = 0;
  let repeats = 0;
  for (let n = 0, run = 0; n < residual.length; n += 3) {
    run = n > 0 && residual[n] === residual[n - 3] ? run + 1 : 1;
    repeats = Math.max(repeats, run);
    largest = Math.max(largest, 2 ** residual[n + 2]);
  }
  return repeats * largest;
}

function largest(values: Int32Array, first: number, count: number): number {
  let most = 0;
  for (let i = first; i < first + count; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
