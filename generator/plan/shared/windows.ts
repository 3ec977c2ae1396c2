/**
 * A map of one channel as windows: a word for each row and output column of the layer that reads it, with the inputs of all kernel columns in its lanes. The
 * layer then takes a step for each kernel row instead of each kernel position. Each pixel is written to all windows that it is in, at once.
 */
import type { LayerNode, Network } from '../../network/network.js';
import { readsVector, storedOffset, type Values } from './values.js';

export interface InputWindows {
  /** Node that reads the network's input. */
  readonly node: LayerNode;
  /** Words: input rows * output columns. */
  readonly words: number;
  /** Vectors of the zero point that come before the first pixel: what stands left and right of the map. */
  readonly fill: number;
  readonly fillValue: number;
  /** Place (word * lanes + lane) of each element of each vector, -1 for none: the vectors that fill, then a vector for each pixel. */
  readonly places: Int32Array;
}

/** The windows of the network's input; undefined if it is not a single convolution that reads it, of one channel and of kernels with 2 to `vector` columns. */
export function inputWindows(network: Network, values: Values, lanes: number, vector: number): InputWindows | undefined {
  const { consumers, format } = values.input;
  const node = network.nodes[consumers[0]];
  if (consumers.length !== 1 || node.op !== 'layer' || readsVector(node) || format.channels !== 1) return undefined;
  const { kernelWidth, strideWidth, padLeft, outWidth, inHeight, inWidth } = node.layer.geometry;
  if (kernelWidth < 2 || kernelWidth > Math.min(vector, lanes)) return undefined;
  const place = (row: number, column: number, lane: number) => (row * outWidth + column) * lanes + lane;
  const pixels = Array.from({ length: inHeight * inWidth }, () => new Array<number>(vector).fill(-1));
  const filled = Array.from({ length: kernelWidth }, (): number[] => []);
  for (let row = 0; row < inHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      for (let k = 0; k < kernelWidth; k++) {
        const x = column * strideWidth + k - padLeft;
        if (x >= 0 && x < inWidth) pixels[row * inWidth + x][k] = place(row, column, k);
        else filled[k].push(place(row, column, k));
      }
    }
  }
  const fill = Math.max(...filled.map(({ length }) => length));
  const filling = Array.from({ length: fill }, (_, i) => Array.from({ length: vector }, (_, k) => filled[k]?.[i] ?? -1));
  return {
    node, words: inHeight * outWidth, fill, fillValue: format.zeroPoint + storedOffset(format), places: Int32Array.from([...filling, ...pixels].flat()),
  };
}
