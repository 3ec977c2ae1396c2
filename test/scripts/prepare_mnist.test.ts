/** The MNIST layers as files: what the importer reads back is the network's own convolution on the network's own inputs. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { readFloatLayer } from '../../generator/import/float_layer_file.js';
import { prepareMnist } from '../../scripts/prepare_mnist.js';
import { projectRoot } from '../../scripts/project.js';
import { forward, newState, type LenetState } from '../../scripts/train/lenet.js';
import { readDigits } from '../../generator/data/mnist.js';
import { readLenet } from '../../scripts/train/weights_file.js';

const FRAME = 1;
const digits = readDigits('test');
let folder: string;
let conv1: FloatLayer;
let conv2: FloatLayer;
let state: LenetState;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mnist-'));
  const { conv1Path, conv2Path } = await prepareMnist(folder);
  conv1 = await readFloatLayer(conv1Path);
  conv2 = await readFloatLayer(conv2Path);
  state = newState();
  forward(await readLenet(join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors')), digits.images, FRAME, state);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Convolution of one sample frame in real units as the layer file describes it, after ReLU: (height, width, channels). */
function convolve(l: FloatLayer, frame: number): number[] {
  const { channels, height } = l.input;
  const kernel = l.kernel[0];
  const side = height - kernel + 1;
  const x = l.sample!.values.subarray(frame * height * height * channels);
  const out: number[] = [];
  for (let i = 0; i < side * side * l.outChannels; i++) {
    const o = i % l.outChannels;
    const column = Math.floor(i / l.outChannels) % side;
    const row = Math.floor(i / l.outChannels / side);
    let sum = l.bias[o];
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < kernel * kernel; k++) {
        const at = ((row + Math.floor(k / kernel)) * height + column + (k % kernel)) * channels + c;
        sum += l.weight[(o * channels + c) * kernel * kernel + k] * x[at] * l.inputFormat.scale!;
      }
    }
    out.push(Math.max(0, sum));
  }
  return out;
}

/** Ratio of signal to error, in dB. */
function ratio(signal: ArrayLike<number>, other: ArrayLike<number>): number {
  let power = 0;
  let error = 0;
  for (let i = 0; i < signal.length; i++) {
    power += signal[i] ** 2;
    error += (signal[i] - other[i]) ** 2;
  }
  return 10 * Math.log10(power / error);
}

describe('prepareMnist', () => {
  it('gives the first layer the bytes of the test digits, and a layer that is the network\'s to the last float32 bit', () => {
    expect([...conv1.sample!.values]).toEqual([...digits.images.subarray(0, 8 * 784)]);
    expect(ratio(state.map1, convolve(conv1, FRAME))).toBeGreaterThan(120);
  });

  it('gives the second layer what the first one and its pooling make of the digits', () => {
    expect(conv2.sample!.frames).toBe(8);
    const units = conv2.sample!.values.subarray(FRAME * 864, (FRAME + 1) * 864);
    expect(ratio(state.pooled1, Float64Array.from(units, (v) => v * conv2.inputFormat.scale!))).toBeGreaterThan(40);
    expect(ratio(state.map2, convolve(conv2, FRAME))).toBeGreaterThan(35);
  });

  it('has one scale between the two layers, and scales that use the range', () => {
    expect(conv1.inputFormat.scale).toBe(1 / 255);
    expect(conv1.outputFormat!.scale).toBe(conv2.inputFormat.scale);
    expect(Math.max(...conv2.sample!.values)).toBeGreaterThan(128);
    expect(Math.max(...convolve(conv2, FRAME)) / conv2.outputFormat!.scale!).toBeGreaterThan(96);
  });

  it('does nothing when its files are current, and starts again for another number of frames', async () => {
    const sample = join(folder, 'mnist_conv2.sample.npy');
    const written = statSync(sample).mtimeMs;
    await prepareMnist(folder);
    expect(statSync(sample).mtimeMs).toBe(written);
    const { conv2Path } = await prepareMnist(folder, { frames: 3 });
    expect((await readFloatLayer(conv2Path)).sample!.frames).toBe(3);
  });

  it('says so when its folder cannot be made', async () => {
    const file = join(folder, 'prepared.json');
    await expect(prepareMnist(join(file, 'x'))).rejects.toThrow(
      `${join(file, 'x')}: the folder cannot be made (ENOTDIR). Name a folder that can be written`,
    );
  });
});
