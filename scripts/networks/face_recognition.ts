/**
 * The face recognition ResNet of `@vladmandic/face-api` (dlib's, converted), worked out from the package's sources (`src/faceRecognitionNet`): 29
 * convolutions and a linear layer; from a face of 150x150 pixels to 128 numbers. The scale behind each convolution is multiplied into it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShiftloomError } from '../../generator/errors.js';
import { readManifestTensors } from '../../generator/import/tfjs_manifest.js';
import { kernelOf, tensorOf } from '../demo/face_detector.js';
import { sha256, type FacePackage, type Weights } from '../demo/face_package.js';
import { NetworkGraph, RELU, type FloatTensor, type MapValue } from './graph.js';

export const FACE_SIDE = 150;
export const DESCRIPTOR_LENGTH = 128;

const MEAN_RGB = [122.782, 117.001, 104.298];
const WEIGHTS_SHA256 = 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589';
/** Blocks in order; `down` ones halve the map. */
const BLOCKS = [
  'conv32_1', 'conv32_2', 'conv32_3', 'conv64_down', 'conv64_1', 'conv64_2', 'conv64_3', 'conv128_down', 'conv128_1', 'conv128_2',
  'conv256_down', 'conv256_1', 'conv256_2', 'conv256_down_out',
];

/** @throws ShiftloomError `input` if the package's weight file is not the known one. */
export async function readRecognitionWeights({ directory }: Pick<FacePackage, 'directory'>): Promise<Weights> {
  const base = join(directory, 'model', 'face_recognition_model');
  const digest = sha256(readFileSync(`${base}.bin`));
  if (digest !== WEIGHTS_SHA256) throw new ShiftloomError('input', `${base}.bin`, `SHA-256 is ${digest}, expected ${WEIGHTS_SHA256}`, 'Install the version that package.json names');
  const weights = new Map<string, FloatTensor>();
  for (const [name, { shape, data }] of await readManifestTensors(`${base}-weights_manifest.json`)) weights.set(name, { shape, data: Float32Array.from(data) });
  return weights;
}

/** Input `image` (3, 150, 150), pixels 0..1; output `descriptor` (128, 1, 1). */
export function recognitionGraph(weights: Weights): NetworkGraph {
  const graph = new NetworkGraph({ name: 'image', shape: [3, FACE_SIDE, FACE_SIDE] });
  const down = { stride: 2, pads: [0, 0, 0, 0], activation: RELU } as const;
  const first = foldedConvolution(weights, 'conv32_down');
  let x = graph.layer(graph.input, first.weight, withoutMean(first), { name: 'conv32_down', ...down });
  x = pool(graph, 'MaxPool', x, 3);
  for (const block of BLOCKS) {
    const [one, two] = ['conv1', 'conv2'].map((part) => ({ name: `${block}/${part}`, ...foldedConvolution(weights, `${block}/${part}`) }));
    const halves = block.includes('down');
    const middle = graph.layer(x, one.weight, one.bias, { name: one.name, ...(halves ? down : { activation: RELU }) });
    const out = graph.layer(middle, two.weight, two.bias, { name: two.name });
    const skip = halves ? pool(graph, 'AveragePool', x, 2) : x;
    x = joined(graph, padded(graph, out, [out.shape[0], skip.shape[1], skip.shape[2]]), skip);
  }
  const mean = graph.operator('GlobalAveragePool', [x], [x.shape[0], 1, 1]);
  const fc = tensorOf(weights, 'fc');
  const weight = kernelOf(new Map([['fc', { shape: [1, 1, ...fc.shape], data: fc.data }]]), 'fc');
  graph.output(graph.layer(mean, weight, { shape: [DESCRIPTOR_LENGTH], data: new Float32Array(DESCRIPTOR_LENGTH) }, { name: 'fc' }), 'descriptor');
  return graph;
}

/** Convolution, bias and the scale behind it: scale * (conv + bias) + offset. */
function foldedConvolution(weights: Weights, name: string): { weight: FloatTensor; bias: FloatTensor } {
  const kernel = kernelOf(weights, `${name}/conv/filters`);
  const [bias, scale, offset] = ['conv/bias', 'scale/weights', 'scale/biases'].map((part) => tensorOf(weights, `${name}/${part}`).data);
  const perChannel = kernel.data.length / bias.length;
  const weight = kernel.data.map((value, i) => value * scale[Math.floor(i / perChannel)]);
  return { weight: { shape: kernel.shape, data: weight }, bias: { shape: [bias.length], data: bias.map((value, o) => value * scale[o] + offset[o]) } };
}

/** The bias of the first convolution with the mean colour taken out of it, so that it reads plain pixels; it has no padding. */
function withoutMean({ weight, bias }: { weight: FloatTensor; bias: FloatTensor }): FloatTensor {
  const [outputs, inputs, height, width] = weight.shape;
  const taps = height * width;
  const data = bias.data.map((value, o) => {
    let sum = value;
    for (let i = 0; i < inputs * taps; i++) sum -= weight.data[o * inputs * taps + i] * (MEAN_RGB[Math.floor(i / taps)] / 255);
    return sum;
  });
  return { shape: [outputs], data };
}

function pool(graph: NetworkGraph, operator: 'MaxPool' | 'AveragePool', x: MapValue, kernel: number): MapValue {
  const [channels, height, width] = x.shape;
  const side = (size: number) => Math.floor((size - kernel) / 2) + 1;
  return graph.operator(operator, [x], [channels, side(height), side(width)], { kernel_shape: [kernel, kernel], strides: [2, 2] });
}

/** Zeros behind the last channels, rows and columns up to the shape. */
function padded(graph: NetworkGraph, x: MapValue, shape: MapValue['shape']): MapValue {
  const missing = [0, Math.max(0, shape[0] - x.shape[0]), shape[1] - x.shape[1], shape[2] - x.shape[2]];
  if (missing.every((count) => count === 0)) return x;
  const to = x.shape.map((size, axis) => size + missing[axis + 1]) as unknown as MapValue['shape'];
  return graph.operator('Pad', [x], to, {}, { pads: [0, 0, 0, 0, ...missing] });
}

/** The sum of both, the second with zeros for the channels that it lacks, and ReLU. */
function joined(graph: NetworkGraph, out: MapValue, skip: MapValue): MapValue {
  const sum = graph.operator('Add', [out, padded(graph, skip, out.shape)], out.shape);
  return graph.operator('Relu', [sum], sum.shape);
}
