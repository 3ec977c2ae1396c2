/** Mean products of what a layer reads: with them an error of its weights becomes the error of its outputs. */
import { Random } from '../../generator/layer/random.js';
import { CLASSES, STACK, outSide } from './stage.js';
import type { StackedNet } from './stacked_net.js';

/** Added to the diagonal, as a share of its mean: what the samples did not show is not taken for impossible. */
const RIDGE = 0.01;

/**
 * (n, n), n = kernel positions * input channels, positions outermost: from the first `samples` images, one output position of each.
 * @param images (count, side, side) bytes
 */
export function inputMoments(net: StackedNet, stage: number, images: Uint8Array, samples: number): Float32Array {
  const shape = net.stages[stage];
  const { inChannels, inSide, kernel, pad } = shape;
  const side = shape.kind === 'linear' ? 1 : outSide(shape);
  const n = kernel ** 2 * inChannels;
  const random = new Random(1);
  const sums = new Float64Array(n * n);
  const patch = new Float64Array(n);
  const logits = new Float32Array(STACK * CLASSES);
  for (let from = 0; from + STACK <= samples; from += STACK) {
    net.forward(images, Array.from({ length: STACK }, (_, i) => from + i), logits);
    const maps = net.inputsOf(stage);
    for (let image = 0; image < STACK; image++) {
      const [top, left] = [random.integer(0, side - 1) - pad, random.integer(0, side - 1) - pad];
      for (let at = 0; at < n; at++) {
        const tap = Math.floor(at / inChannels);
        const [y, x] = [top + Math.floor(tap / kernel), left + (tap % kernel)];
        const inside = y >= 0 && y < inSide && x >= 0 && x < inSide;
        patch[at] = inside ? maps[((image * inSide + y) * inSide + x) * inChannels + (at % inChannels)] : 0;
      }
      addProducts(sums, patch);
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += sums[i * n + i];
  for (let i = 0; i < n; i++) sums[i * n + i] += (RIDGE * trace) / n;
  return Float32Array.from(sums, (_, at) => sums[Math.max(at % n, Math.floor(at / n)) * n + Math.min(at % n, Math.floor(at / n))]);
}

/** Lower triangle of the outer product. */
function addProducts(sums: Float64Array, patch: Float64Array): void {
  const n = patch.length;
  for (let i = 0; i < n; i++) {
    const value = patch[i];
    if (value === 0) continue;
    for (let j = 0; j <= i; j++) sums[i * n + j] += value * patch[j];
  }
}
