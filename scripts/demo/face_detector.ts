/**
 * The face detector SSD-MobileNetV1 of `@vladmandic/face-api` as an ONNX model, worked out from the package's sources
 * (`src/ssdMobilenetv1`): a MobileNetV1 trunk with its batch normalization folded, eight prediction convolutions, six box
 * predictors, and the decoding of boxes and scores.
 */
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { NetworkGraph, RELU6, type FloatTensor, type MapValue } from '../networks/graph.js';
import { networkModel, stepsModel } from '../networks/onnx_model.js';
import { loadModel } from '../networks/runtime.js';
import type { Weights } from './face_package.js';
import { INPUT_SIDE } from './photo.js';

/** The demo layer: despite its name a 3x3 convolution, 256 to 512 channels, stride 2. */
export const DEMO_LAYER = 'Prediction/Conv2d_1_pointwise';

const TRUNK_BLOCKS = 13;
const TRUNK_STRIDED = new Set([2, 4, 6, 12]);
const BATCH_NORM_EPSILON = 0.0010000000474974513;
const CLASSES = 3;

/** A found face: probability and box in shares of the padded square, 0..1. */
export interface Face {
  readonly score: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export interface Detection {
  /** (256, 16, 16): input of the demo layer, 0..6. */
  readonly layerInput: Float32Array;
  /** (512, 8, 8): output of the demo layer after its clip to 0..6. */
  readonly layerOutput: Float32Array;
  /** Largest score first. */
  readonly faces: readonly Face[];
}

export interface FaceDetector {
  /** @param input (3, 512, 512), values -1..1 */
  detect(input: Float32Array, minScore?: number): Promise<Detection>;
  release(): Promise<void>;
}

/**
 * Loads the network into ONNX Runtime (WebAssembly, one thread: the same bits in every run).
 * To measure a changed layer, hand in a copy of the map with that layer's tensors replaced.
 */
export async function loadFaceDetector(weights: Weights): Promise<FaceDetector> {
  const loaded = await loadModel(networkModel(faceDetectorGraph(weights)));
  return {
    detect: async (input, minScore = 0.5) => detectorOutputs(await loaded.run({ image: { shape: [1, 3, INPUT_SIDE, INPUT_SIDE], data: input } }), weights, minScore),
    release: () => loaded.release(),
  };
}

/** What a model of the graph gave, with boxes and scores decoded. */
export function detectorOutputs(outputs: Readonly<Record<string, FloatTensor>>, weights: Weights, minScore: number): Detection {
  const [layerInput, layerOutput, boxes, classes] = ['layer_input', 'layer_output', 'boxes', 'classes'].map((name) => outputs[name].data);
  const anchors = tensorOf(weights, 'Output/extra_dim').data;
  return { layerInput, layerOutput, faces: suppressOverlaps(decodeFaces(anchors, boxes, classes, minScore)) };
}

/**
 * The map that the network hands to the demo layer, for inputs of any side (a multiple of 32): (256, side / 32, side / 32), 0..6.
 * The network has convolutions only up to there, so a larger photo gives a larger map of the same features.
 * @param inputs (3, side, side) each, values -1..1
 */
export async function demoLayerInputs(weights: Weights, inputs: readonly Float32Array[], side: number): Promise<Float32Array[]> {
  const graph = faceDetectorGraph(weights, side);
  const layer = graph.layers.find(({ name }) => name === DEMO_LAYER)!;
  const input = layer.input.name;
  const steps = graph.steps.slice(0, graph.steps.indexOf(layer));
  const loaded = await loadModel(stepsModel(steps, [graph.input.name], [input]));
  const maps: Float32Array[] = [];
  for (const data of inputs) maps.push((await loaded.run({ image: { shape: [1, 3, side, side], data } }))[input].data);
  await loaded.release();
  return maps;
}

/**
 * The network for photos of `side` pixels: input `image`; outputs `layer_input`, `layer_output`, `boxes` and `classes`, at 512 pixels (1, 5118, 4)
 * and (1, 5118, 3). Layers have the names of their tensors.
 */
export function faceDetectorGraph(weights: Weights, side = INPUT_SIDE): NetworkGraph {
  const graph = new NetworkGraph({ name: 'image', shape: [3, side, side] });
  const pointwise = (x: MapValue, name: string, stride: number): MapValue =>
    graph.layer(x, kernelOf(weights, `${name}/weights`), tensorOf(weights, `${name}/convolution_bn_offset`), { name, stride, activation: RELU6 });

  let x = pointwise(graph.input, 'MobilenetV1/Conv2d_0_pointwise', 2);
  let block11 = x;
  for (let block = 1; block <= TRUNK_BLOCKS; block++) {
    const name = `MobilenetV1/Conv2d_${block}_depthwise`;
    const { weight, bias } = foldedDepthwise(weights, name);
    const options = { name, stride: TRUNK_STRIDED.has(block) ? 2 : 1, groups: x.shape[0], activation: RELU6 };
    x = pointwise(graph.layer(x, weight, bias, options), `MobilenetV1/Conv2d_${block}_pointwise`, 1);
    if (block === 11) block11 = x;
  }
  const sources = [block11, x];
  for (let layer = 0; layer < 8; layer += 2) {
    const narrow = pointwise(x, `Prediction/Conv2d_${layer}_pointwise`, 1);
    x = pointwise(narrow, `Prediction/Conv2d_${layer + 1}_pointwise`, 2);
    sources.push(x);
    if (layer === 0) {
      graph.output(narrow, 'layer_input');
      graph.output(x, 'layer_output');
    }
  }
  const predict = (kind: string): MapValue[] =>
    sources.map((source, i) => {
      const name = `Prediction/BoxPredictor_${i}/${kind}`;
      return graph.layer(source, kernelOf(weights, `${name}/weights`), tensorOf(weights, `${name}/biases`), { name });
    });
  graph.output(graph.rows(predict('BoxEncodingPredictor'), 4), 'boxes');
  graph.output(graph.rows(predict('ClassPredictor'), CLASSES), 'classes');
  return graph;
}

/** A kernel in ONNX order: (height, width, in, out) becomes (out, in, height, width). */
export function kernelOf(weights: Weights, name: string): FloatTensor {
  const { shape, data } = tensorOf(weights, name);
  const [height, width, inputs, outputs] = shape;
  const taps = height * width;
  const out = new Float32Array(data.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) out[(o * inputs + i) * taps + tap] = data[(tap * inputs + i) * outputs + o];
    }
  }
  return { shape: [outputs, inputs, height, width], data: out };
}

export function tensorOf(weights: Weights, name: string): FloatTensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`the model has no tensor ${name}`);
  return tensor;
}

/** Depthwise kernel (channels, 1, 3, 3) and bias with the batch normalization behind it multiplied in. */
function foldedDepthwise(weights: Weights, name: string): { weight: FloatTensor; bias: FloatTensor } {
  const kernel = tensorOf(weights, `${name}/depthwise_weights`);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) => tensorOf(weights, `${name}/BatchNorm/${part}`).data);
  const channels = gamma.length;
  const taps = kernel.data.length / channels;
  const weight = new Float32Array(kernel.data.length);
  const bias = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const factor = gamma[c] / Math.sqrt(variance[c] + BATCH_NORM_EPSILON);
    for (let tap = 0; tap < taps; tap++) weight[c * taps + tap] = kernel.data[tap * channels + c] * factor;
    bias[c] = beta[c] - mean[c] * factor;
  }
  return { weight: { shape: [channels, 1, kernel.shape[0], kernel.shape[1]], data: weight }, bias: { shape: [channels], data: bias } };
}

/** Boxes whose score is at least `minScore`, decoded against their anchors (top, left, bottom, right), best first. */
function decodeFaces(anchors: Float32Array, boxes: Float32Array, classes: Float32Array, minScore: number): Face[] {
  const faces: Face[] = [];
  for (let i = 0; 4 * i < anchors.length; i++) {
    const score = 1 / (1 + Math.exp(-classes[CLASSES * i + 1]));
    if (score < minScore) continue;
    const height = anchors[4 * i + 2] - anchors[4 * i];
    const width = anchors[4 * i + 3] - anchors[4 * i + 1];
    const y = anchors[4 * i] + height / 2 + (boxes[4 * i] / 10) * height;
    const x = anchors[4 * i + 1] + width / 2 + (boxes[4 * i + 1] / 10) * width;
    const halfHeight = (Math.exp(boxes[4 * i + 2] / 5) * height) / 2;
    const halfWidth = (Math.exp(boxes[4 * i + 3] / 5) * width) / 2;
    faces.push({ score, top: y - halfHeight, left: x - halfWidth, bottom: y + halfHeight, right: x + halfWidth });
  }
  return faces.sort((a, b) => b.score - a.score);
}

/** Non-maximum suppression: of boxes that overlap by more than half, only the best stays. */
function suppressOverlaps(faces: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of faces) if (kept.every((other) => overlap(face, other) <= 0.5)) kept.push(face);
  return kept;
}

/** Intersection over union of two boxes. */
export function overlap(a: Face, b: Face): number {
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  if (height <= 0 || width <= 0) return 0;
  const area = (face: Face): number => (face.bottom - face.top) * (face.right - face.left);
  return (height * width) / (area(a) + area(b) - height * width);
}

/** The trained 3x3 kernel (512, 256, 3, 3), its bias and its clip at 6 as a float layer but for the map that it runs on; one format for inputs and outputs. */
export function trainedKernel(
  weights: Weights, format: NonNullable<FloatLayer['inputFormat']>,
): Omit<FloatLayer, 'name' | 'input' | 'strides' | 'pads' | 'sample' | 'source'> {
  const kernel = kernelOf(weights, `${DEMO_LAYER}/weights`);
  return {
    kind: 'conv2d',
    outChannels: kernel.shape[0],
    kernel: [3, 3],
    dilations: [1, 1],
    groups: 1,
    weight: kernel.data,
    bias: Float64Array.from(tensorOf(weights, `${DEMO_LAYER}/convolution_bn_offset`).data),
    activation: { kind: 'clip', min: 0, max: 6 },
    inputFormat: format,
    outputFormat: format,
  };
}
