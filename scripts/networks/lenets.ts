/** The two LeNets of examples/mnist as graphs; digits are (1, 28, 28) with pixels 0..1. */
import { DENSE_NAMES, DENSE_SIZES, type DenseNet } from '../train/dense_net.js';
import { CONV1, CONV2, LAYER_SIZES, type LayerName, type Lenet } from '../train/lenet.js';
import { DIGIT_SIDE } from '../../generator/data/mnist.js';
import { toFileOrder } from '../train/weights_file.js';
import { NetworkGraph, RELU, type FloatTensor, type MapValue } from './graph.js';

/** Output `logits` (10, 1, 1). */
export function lenet5Graph(net: Lenet): NetworkGraph {
  const graph = new NetworkGraph({ name: 'image', shape: [1, DIGIT_SIDE, DIGIT_SIDE] });
  const layer = (x: MapValue, name: LayerName, kernel: number, activated: boolean): MapValue => {
    const [inputs, outputs] = LAYER_SIZES[name];
    const weight = { shape: [outputs, inputs / kernel ** 2, kernel, kernel], data: toFileOrder(name, net[name].weight) };
    return graph.layer(x, weight, vector(net[name].bias), { name, pads: [0, 0, 0, 0], ...(activated ? { activation: RELU } : {}) });
  };
  let x = graph.input;
  for (const [name, { kernel, outSide, outChannels }] of [['conv1', CONV1], ['conv2', CONV2]] as const) {
    const map = layer(x, name, kernel, true);
    x = graph.operator('MaxPool', [map], [outChannels, outSide / 2, outSide / 2], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  graph.output(layer(layer(flat(graph, x), 'fc1', 1, true), 'fc2', 1, false), 'logits');
  return graph;
}

/** Output `logits` (10, 1, 1). */
export function lenet300Graph(net: DenseNet): NetworkGraph {
  const graph = new NetworkGraph({ name: 'image', shape: [1, DIGIT_SIDE, DIGIT_SIDE] });
  let x = flat(graph, graph.input);
  DENSE_NAMES.forEach((name, i) => {
    const [inputs, outputs] = DENSE_SIZES[name];
    const { weight, bias } = net[name];
    const data = Float32Array.from({ length: weight.length }, (_, at) => weight[(at % inputs) * outputs + Math.floor(at / inputs)]);
    const options = i < DENSE_NAMES.length - 1 ? { name, activation: RELU } : { name };
    x = graph.layer(x, { shape: [outputs, inputs, 1, 1], data }, vector(bias), options);
  });
  graph.output(x, 'logits');
  return graph;
}

/** A map as a list of channels, in the order channel, row, column. */
function flat(graph: NetworkGraph, x: MapValue): MapValue {
  const count = x.shape[0] * x.shape[1] * x.shape[2];
  return graph.operator('Reshape', [x], [count, 1, 1], {}, { shape: [-1, count, 1, 1] });
}

function vector(values: Float64Array): FloatTensor {
  return { shape: [values.length], data: Float32Array.from(values) };
}
