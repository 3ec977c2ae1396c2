/** What stands behind a layer's sum and becomes part of it: constants per channel, batch normalization, activation, quantization. */
import { shapeText } from '../../layer/tensor.js';
import type { FloatActivation } from '../float_layer.js';
import type { Affine, Followers } from './found_layer.js';
import type { OnnxNode } from './node.js';
import { quantizationOf } from './layer_input.js';
import type { GraphValues } from './values.js';

/** Largest float32, which exporters write for a bound that is none. */
const NO_BOUND = 3.4028234663852886e38;
const DEFAULT_EPSILON = 1e-5;

type Fold = (affine: Affine) => Promise<void>;

/** What is known while one goes from node to node behind a layer. */
interface Chain {
  value: string;
  readonly channels: number;
  /** Axis of the output channels, counted from the end. */
  readonly axisFromEnd: number;
  readonly folds: Fold[];
  readonly fused: string[];
  /** Bounds of the activations taken in so far. */
  low: number;
  high: number;
  activated: boolean;
  outputFormat?: Followers['outputFormat'];
}

/**
 * Follows the value of a layer as long as nobody else sees it and the next node can be taken in.
 * @param axisFromEnd where the output channels are in the value's shape: 3 for (N, C, H, W), 1 for (..., C)
 * @param dynamicScale for sums of dynamically quantized inputs: the input's scale, by which the model multiplies them
 */
export async function followers(values: GraphValues, value: string, channels: number, axisFromEnd: number, dynamicScale?: string): Promise<Followers & { scaled: boolean }> {
  const chain: Chain = { value, channels, axisFromEnd, folds: [], fused: [], low: -Infinity, high: Infinity, activated: false };
  let scaled = dynamicScale === undefined;
  for (;;) {
    const node = values.graph.onlyUser(chain.value);
    if (!node || chain.outputFormat) break;
    const fold = scaled ? undefined : await scaleFold(values, node, chain, dynamicScale!);
    if (fold) {
      chain.folds.push(fold);
      scaled = true;
    } else if (!(await takeIn(values, node, chain))) break;
    chain.fused.push(`${node.operator} '${node.name}'`);
    chain.value = node.outputs[0];
  }
  return { folds: chain.folds, activation: activationOf(chain), outputFormat: chain.outputFormat, value: chain.value, fused: chain.fused, scaled };
}

async function takeIn(values: GraphValues, node: OnnxNode, chain: Chain): Promise<boolean> {
  switch (node.operator) {
    case 'Identity':
    case 'Dropout':
    case 'Cast':
      // The sums of integer operators are cast to float; a cast of anything else changes nothing here.
      return node.operator !== 'Cast' || [1, 10, 11, 16].includes(node.int('to', 0));
    case 'BatchNormalization':
      return foldNormalization(values, node, chain);
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return foldConstant(values, node, chain);
    case 'Relu':
      return bound(chain, 0, Infinity);
    case 'Clip': {
      const bounds = await clipBounds(values, node);
      return bounds !== undefined && bound(chain, ...bounds);
    }
    case 'QuantizeLinear': {
      const format = await quantizationOf(values, node.outputs[0], node.input(1), node.optionalInput(2));
      chain.outputFormat = format;
      return format !== undefined;
    }
    default:
      return false;
  }
}

function foldNormalization(values: GraphValues, node: OnnxNode, chain: Chain): boolean {
  const names = [1, 2, 3, 4].map((i) => node.optionalInput(i));
  const right = names.every((name) => values.isConstant(name) && values.shape(name)!.join() === `${chain.channels}`);
  if (chain.activated || !right || chain.axisFromEnd !== 3 && chain.axisFromEnd !== 1) return false;
  if (chain.axisFromEnd === 1 && values.shape(chain.value)?.length !== 2) return false;
  if (node.int('training_mode', 0) !== 0 || node.outputs.slice(1).some((name) => values.graph.usersOf(name).length > 0)) return false;
  chain.folds.push(async ({ factor, addend }) => {
    const [scale, shift, mean, variance] = await Promise.all(names.map(async (name) => (await values.constant(name!)).data));
    const epsilon = node.has('epsilon') ? node.float('epsilon', 0) : Math.fround(DEFAULT_EPSILON);
    for (let o = 0; o < factor.length; o++) {
      if (!(variance[o] + epsilon > 0)) node.fail(`has the variance ${variance[o]} for channel ${o}; numbers above -epsilon are needed`, 'Export the model again');
      const a = scale[o] / Math.sqrt(variance[o] + epsilon);
      factor[o] *= a;
      addend[o] = (addend[o] - mean[o]) * a + shift[o];
    }
  });
  return true;
}

/** A constant for each channel, or one for all, on either side. */
function foldConstant(values: GraphValues, node: OnnxNode, chain: Chain): boolean {
  const at = node.inputs.indexOf(chain.value);
  const other = node.inputs[1 - at];
  if (chain.activated || node.inputs.length !== 2 || !values.isConstant(other) || !isPerChannel(values, other, chain)) return false;
  const reversed = at === 1;
  if (reversed && node.operator === 'Div') return false;
  chain.folds.push(async ({ factor, addend }) => {
    const { data } = await values.constant(other);
    for (let o = 0; o < factor.length; o++) {
      const c = data[data.length === 1 ? 0 : o];
      const multiplied = node.operator === 'Mul' ? c : node.operator === 'Div' ? 1 / c : reversed && node.operator === 'Sub' ? -1 : 1;
      factor[o] *= multiplied;
      addend[o] = addend[o] * multiplied + (node.operator === 'Add' || (node.operator === 'Sub' && reversed) ? c : node.operator === 'Sub' ? -c : 0);
    }
  });
  return true;
}

function isPerChannel(values: GraphValues, constant: string, { value, channels, axisFromEnd }: Chain): boolean {
  const shape = values.shape(constant)!;
  const rank = values.shape(value)?.length ?? 0;
  if (shape.length > rank) return false;
  return shape.every((n, i) => n === 1 || (n === channels && shape.length - i === axisFromEnd));
}

/** The product with the input's scale, alone or multiplied by constants; those are folded in, the input's scale goes away with its integers. */
async function scaleFold(values: GraphValues, node: OnnxNode, chain: Chain, dynamicScale: string): Promise<Fold | undefined> {
  if (node.operator !== 'Mul') return undefined;
  const other = node.inputs[1 - node.inputs.indexOf(chain.value)];
  if (other === dynamicScale) return async () => undefined;
  const product = values.graph.producer(other);
  if (product?.operator !== 'Mul' || !product.inputs.includes(dynamicScale)) return undefined;
  const constant = product.inputs[1 - product.inputs.indexOf(dynamicScale)];
  if (!values.isConstant(constant)) return undefined;
  const shape = values.shape(constant)!;
  const count = shape.reduce((a, b) => a * b, 1);
  if (count !== 1 && !isPerChannel(values, constant, chain)) return undefined;
  return async ({ factor, addend }) => {
    const { data } = await values.constant(constant);
    if (data.length !== 1 && data.length !== factor.length) node.fail(`multiplies by a scale of shape ${shapeText(shape)}`);
    for (let o = 0; o < factor.length; o++) {
      factor[o] *= data[data.length === 1 ? 0 : o];
      addend[o] *= data[data.length === 1 ? 0 : o];
    }
  };
}

/** Bounds of a Clip: attributes before opset 11, inputs from then on; `undefined` if they are not constant. */
async function clipBounds(values: GraphValues, node: OnnxNode): Promise<[number, number] | undefined> {
  const bounds: number[] = [];
  for (const [i, name, fallback] of [[1, 'min', -Infinity], [2, 'max', Infinity]] as const) {
    const input = node.optionalInput(i);
    if (input !== undefined && !values.isConstant(input)) return undefined;
    const value = input === undefined ? node.float(name, fallback) : (await values.constant(input)).data[0];
    bounds.push(Math.abs(value) >= NO_BOUND ? fallback : value);
  }
  return bounds[0] <= bounds[1] ? [bounds[0], bounds[1]] : undefined;
}

function bound(chain: Chain, low: number, high: number): boolean {
  const clamp = (x: number) => Math.max(low, Math.min(high, x));
  [chain.low, chain.high] = [clamp(chain.low), clamp(chain.high)];
  chain.activated = true;
  return true;
}

function activationOf({ low, high }: Chain): FloatActivation {
  if (low === -Infinity && high === Infinity) return { kind: 'none' };
  if (low === 0 && high === Infinity) return { kind: 'relu' };
  return { kind: 'clip', min: Math.max(low, -NO_BOUND), max: Math.min(high, NO_BOUND) };
}
