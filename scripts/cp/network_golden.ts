/** A compressed network on integers: the golden model of each layer, and 2x2 max pooling between them. */
import { goldenRun } from '../../generator/golden/convolution.js';
import { outputBounds } from '../../generator/layer/layer.js';
import { countRight } from '../train/fit.js';
import type { Digits } from '../../generator/data/mnist.js';
import type { ChainLayer } from './network_files.js';

/** Frames that go through a layer together. */
const FRAMES = 250;

/** What each layer reads, and gives before pooling: (count, height, width, channels). */
export interface LayerValues {
  readonly input: Int32Array;
  readonly output: Int32Array;
}

/** The first `count` images through all layers; `visit` sees what each reads and gives. Returns the logits (count, 10), integers. */
export function goldenLogits(chain: readonly ChainLayer[], { images, labels }: Digits, count: number, visit?: (i: number, values: LayerValues) => void): Int32Array {
  let values: Int32Array = Int32Array.from(images.subarray(0, (count * images.length) / labels.length));
  for (const [i, link] of chain.entries()) {
    const output = layerOutputs(link, values, count);
    visit?.(i, { input: values, output });
    values = pooled(link, output, count);
  }
  return values;
}

/** Images that the integer network has right. */
export function goldenRight(chain: readonly ChainLayer[], data: Digits, count: number, onProgress?: (done: number) => void): number {
  const pixels = data.images.length / data.labels.length;
  let right = 0;
  for (let from = 0; from < count; from += FRAMES) {
    const to = Math.min(count, from + FRAMES);
    const part = { count: to - from, images: data.images.subarray(from * pixels, to * pixels), labels: data.labels.subarray(from, to) };
    right += countRight(goldenLogits(chain, part, part.count), part.labels);
    onProgress?.(to / count);
  }
  return right;
}

function layerOutputs({ layer }: ChainLayer, values: Int32Array, count: number): Int32Array {
  return goldenRun(layer, values, count).outputs;
}

/** What the next layer reads: the largest of 2x2 outputs where the network pools. */
export function pooled({ layer, stage }: ChainLayer, output: Int32Array, count: number): Int32Array {
  if (!stage.pool) return output;
  const { outHeight, outWidth, outChannels } = layer.geometry;
  const [height, width] = [Math.floor(outHeight / 2), Math.floor(outWidth / 2)];
  const [least] = outputBounds(layer.description.output, layer.description.activation);
  const out = new Int32Array(count * height * width * outChannels).fill(least);
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < 2 * height; y++) {
      for (let x = 0; x < 2 * width; x++) {
        const from = ((n * outHeight + y) * outWidth + x) * outChannels;
        const to = ((n * height + (y >> 1)) * width + (x >> 1)) * outChannels;
        for (let o = 0; o < outChannels; o++) out[to + o] = Math.max(out[to + o], output[from + o]);
      }
    }
  }
  return out;
}
