import { describe, expect, it } from 'vitest';
import { argmax } from '../../generator/golden/argmax.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { floatNetwork, floatReference } from '../../generator/network/float_network.js';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import { type Network, type NetworkNode, valuesOf } from '../../generator/network/network.js';
import { randomNetwork, randomNetworkInput } from '../../generator/network/random.js';
import { readNetwork } from '../../generator/network/read.js';
import type { Tensor } from '../../generator/layer/tensor.js';
import { messageOf } from '../layer/message.js';
import { writtenNetwork } from './fixture.js';

const layerOf = (node: NetworkNode) => (node.op === 'layer' ? node.layer : expect.fail(`${node.name} is no layer`));

/** The small network by hand, one frame: sum = (3 conv2 + 2 conv1 + 2) >> 2, 2x2 maxima, row-column-channel order, largest logit. */
function byHand({ nodes }: Network, frame: Int32Array) {
  const conv1 = goldenRun(layerOf(nodes[0]), frame, 1).outputs;
  const conv2 = goldenRun(layerOf(nodes[1]), conv1, 1).outputs;
  const sum = conv2.map((b, i) => Math.min(255, (3 * b + 2 * conv1[i] + 2) >> 2));
  const at = (y: number, x: number, c: number) => sum[(y * 4 + x) * 2 + c];
  const pool = [0, 2].flatMap((y) => [0, 2].flatMap((x) => [0, 1].map((c) => Math.max(at(y, x, c), at(y, x + 1, c), at(y + 1, x, c), at(y + 1, x + 1, c)))));
  const logits = goldenRun(layerOf(nodes[5]), Int32Array.from(pool), 1).outputs;
  return { sum, pool, logits, best: logits.indexOf(Math.max(...logits)) };
}

describe('the golden network', () => {
  it('gives what its layers and the operations between them give by hand, at every node', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const frames = randomNetworkInput(network, 6, 3);
    const seen = new Map<string, Int32Array>();
    const classes = goldenNetwork(network, frames, 6, { batch: 1, visit: ({ name }, values, first) => seen.set(`${name} ${first}`, values) });
    for (let n = 0; n < 6; n++) {
      const { sum, pool, logits, best } = byHand(network, frames.slice(n * 32, (n + 1) * 32));
      expect([...seen.get(`sum ${n}`)!]).toEqual([...sum]);
      expect([...seen.get(`flat ${n}`)!]).toEqual(pool);
      expect([...seen.get(`fc ${n}`)!]).toEqual([...logits]);
      expect(classes[n]).toBe(best);
    }
    expect(new Set(classes).size).toBeGreaterThan(1);
  });

  it('does not depend on how many frames go through together', () => {
    for (let seed = 0; seed < 20; seed++) {
      const network = randomNetwork(seed);
      const frames = randomNetworkInput(network, 5, seed);
      const together = goldenNetwork(network, frames, 5);
      expect(together.length).toBe(5 * valuesOf(network.nodes[network.output].output));
      expect(goldenNetwork(network, frames, 5, { batch: 2 })).toEqual(together);
    }
  });

  it('stays within the format of each node', () => {
    for (let seed = 20; seed < 40; seed++) {
      const network = randomNetwork(seed, { maxBits: 16 });
      goldenNetwork(network, randomNetworkInput(network, 3, seed), 3, {
        visit: ({ output: { bits, signed }, name }, values) => {
          const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
          expect(values.every((v) => v >= low && v <= high), `${seed} ${name}`).toBe(true);
        },
      });
    }
  });

  it('refuses frames of another size', async () => {
    const network = randomNetwork(1);
    const perFrame = valuesOf(network.input);
    expect(await messageOf(() => goldenNetwork(network, new Int32Array(3), 1))).toBe(`network random_network_1: 3 input values for 1 frames of ${perFrame}, which need ${perFrame}`);
  });
});

/** The integer weights of a network as if they were its float weights. */
function integerWeights({ nodes }: Network): Map<string, Tensor> {
  return new Map(
    nodes.flatMap((node): [string, Tensor][] => {
      if (node.op !== 'layer') return [];
      const { geometry: g, tensors } = node.layer;
      const shape = [g.outChannels, g.groupInChannels, g.kernelHeight, g.kernelWidth];
      const weight = { dtype: 'float32', shape, data: Float32Array.from(tensors.weight) } as const;
      return [[`${node.name}.weight`, weight], [`${node.name}.bias`, { dtype: 'float32', shape: [g.outChannels], data: Float32Array.from(tensors.bias) }]];
    }),
  );
}

describe('the float network', () => {
  it('applies weights, biases, ReLU, sum, pooling and argmax to real numbers', async () => {
    const network = await readNetwork((await writtenNetwork((d) => (d.input.scale = 0.5))).path);
    const frames = randomNetworkInput(network, 4, 8);
    const reference = floatReference(network, integerWeights(network), 'test');
    const classes = floatNetwork(network, reference, frames, 4, { batch: 3 });
    const relu = (values: ArrayLike<number>) => Float64Array.from(values, (v) => Math.max(0, v));
    for (let n = 0; n < 4; n++) {
      // Accumulators of the golden convolution are exact; halves are powers of two, so that doubles are exact, too.
      const conv = (node: number, input: Float64Array) => relu(accumulators(network.nodes[node], input));
      const conv1 = conv(0, Float64Array.from(frames.slice(n * 32, (n + 1) * 32), (x) => x / 2));
      const conv2 = conv(1, conv1);
      const sum = conv2.map((v, i) => v + conv1[i]);
      const pool = [0, 2].flatMap((y) => [0, 2].flatMap((x) => [0, 1].map((c) => Math.max(...[0, 1].flatMap((dy) => [0, 1].map((dx) => sum[((y + dy) * 4 + x + dx) * 2 + c]))))));
      const logits = accumulators(network.nodes[5], Float64Array.from(pool));
      expect(classes[n]).toBe(argmax(Float64Array.from(logits), 3)[0]);
    }
  });

  it('takes the blocks of a block-permuted layer by themselves as well as the whole matrix', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed).filter((seed) => {
      const network = randomNetwork(seed, { blocks: true });
      const tensors = integerWeights(network);
      const whole = floatReference(network, tensors, 'test');
      const blocked = network.nodes.filter((node) => node.op === 'layer' && node.layer.blocks);
      for (const node of blocked) {
        const data = Float32Array.from(layerOf(node).blocks!.tensors.weight);
        tensors.set(`${node.name}.weight`, { dtype: 'float32', shape: [data.length], data });
      }
      expect(floatReference(network, tensors, 'test')).toEqual(whole);
      return blocked.length > 0;
    });
    expect(seeds.length).toBeGreaterThan(3);
  });

  it('refuses a reference without a tensor or of another shape, and an input without a scale', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const tensors = integerWeights(network);
    expect(await messageOf(() => floatNetwork(network, floatReference(network, tensors, 'test'), new Int32Array(32), 1))).toContain('$.input.scale: is missing');
    expect(await messageOf(() => floatReference(network, new Map([['fc.bias', tensors.get('fc.bias')!]]), 'f.safetensors'))).toBe("f.safetensors: has no tensor 'conv1.weight'. It has: fc.bias");
    tensors.set('fc.weight', { dtype: 'float32', shape: [8, 3], data: new Float32Array(24) });
    expect(await messageOf(() => floatReference(network, tensors, 'f.safetensors'))).toBe("f.safetensors: tensor 'fc.weight' has shape (8, 3); the layer needs (3, 8, 1, 1) or (3, 8)");
  });
});

/** Sums and bias of a layer on real inputs, term by term. */
function accumulators(node: NetworkNode, input: Float64Array): number[] {
  const { geometry: g, tensors } = layerOf(node);
  const out: number[] = [];
  for (let y = 0; y < g.outHeight; y++) for (let x = 0; x < g.outWidth; x++) for (let o = 0; o < g.outChannels; o++) {
    let sum = tensors.bias[o];
    for (let i = 0; i < g.inChannels; i++) for (let ky = 0; ky < g.kernelHeight; ky++) for (let kx = 0; kx < g.kernelWidth; kx++) {
      const [row, column] = [y + ky - g.padTop, x + kx - g.padLeft];
      if (row < 0 || row >= g.inHeight || column < 0 || column >= g.inWidth) continue;
      sum += input[(row * g.inWidth + column) * g.inChannels + i] * tensors.weight[((o * g.inChannels + i) * g.kernelHeight + ky) * g.kernelWidth + kx];
    }
    out.push(sum);
  }
  return out;
}
