/** Geometry of layers from shapes and attributes, and what of it the hardware does not have. */
import { elementCount, shapeText } from '../../layer/tensor.js';
import type { Refusal } from '../importer.js';
import type { LayerGeometry } from './found_layer.js';
import type { OnnxNode } from './node.js';
import { windowGeometry } from './window.js';

/** Limits of the layer description (generator/layer/schema.ts, float_layer_schema.ts). */
const LIMITS = { kernel_shape: 11, strides: 16, pads: 64, dilations: 32 } as const;
const MAX_CHANNELS = 65_535;
const MAX_SIDE = 8192;

/** A contradiction in the model. */
export function wrong(what: string, why: string, wayOut = 'Export the model again'): Refusal {
  return { code: 'input', what, why, wayOut };
}

/** Something right that the hardware does not do. */
export function unsupported(what: string, why: string, wayOut: string): Refusal {
  return { code: 'unsupported', what, why, wayOut };
}

/** Convolution of (N, C, H, W) with weights (O, C / group, kH, kW). Returns a refusal where there is no such geometry. */
export function convolutionGeometry(node: OnnxNode, x: readonly number[], w: readonly number[], extraPads: readonly number[]): LayerGeometry | Refusal {
  if (x.length !== 4) {
    const sides = x.length - 2;
    const why = `is a ${sides}-dimensional convolution (input ${shapeText(x)}); the engine has two dimensions`;
    return unsupported('kernel_shape', why, sides === 1 ? 'Export it with a height of 1: Unsqueeze, Conv with a kernel of height 1, Squeeze' : 'Split it into 2-dimensional convolutions');
  }
  const groups = node.int('group', 1);
  if (w.length !== 4) return wrong('W', `has shape ${shapeText(w)} for an input of shape ${shapeText(x)}`);
  if (groups < 1 || w[0] % groups !== 0 || x[1] % groups !== 0) return wrong('group', `is ${groups}, which does not divide the ${x[1]} input and ${w[0]} output channels`);
  if (x[1] !== w[1] * groups) return wrong('W', `has shape ${shapeText(w)}: ${w[1]} input channels in ${groups} group(s), the input has ${x[1]}`);
  const padded = x.map((n, i) => (i < 2 ? n : n + extraPads[i - 2] + extraPads[i]));
  const { kernel, strides, dilations, pads } = windowGeometry(node, padded, w.slice(2));
  return {
    kind: 'conv2d',
    input: { channels: x[1], height: x[2], width: x[3] },
    outChannels: w[0],
    kernel: pair(kernel),
    strides: pair(strides),
    pads: pads.map((n, i) => n + extraPads[i]) as [number, number, number, number],
    dilations: pair(dilations),
    groups,
  };
}

/**
 * Product of rows with a matrix. Rows of a value with more than two axes are the pixels of a 1x1 convolution: (N, T, K) is a map of
 * 1 x T, (N, H, W, K) one of H x W. The rows of a plain matrix are frames.
 */
export function productGeometry(x: readonly number[], inChannels: number, outChannels: number): LayerGeometry {
  const middle = x.length > 2 ? x.slice(1, -1) : [];
  const width = middle[middle.length - 1] ?? 1;
  const height = elementCount(middle.slice(0, -1));
  const kind = height === 1 && width === 1 ? 'linear' : 'conv2d';
  const input = { channels: inChannels, height, width };
  return { kind, input, outChannels, kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };
}

/** What the hardware does not have, by the attribute's name. */
export function hardwareRefusals({ kernel, strides, pads, dilations, input, outChannels }: LayerGeometry): Refusal[] {
  const refusals: Refusal[] = [];
  const attributes = { kernel_shape: kernel, strides, pads, dilations };
  for (const [name, values] of Object.entries(attributes)) {
    const most = LIMITS[name as keyof typeof LIMITS];
    if (values.some((n) => n > most)) refusals.push(unsupported(name, `is ${values.join(', ')}; the engine has up to ${most}`, wayOutOf(name)));
    if (values.some((n) => n < 0)) refusals.push(unsupported(name, `is ${values.join(', ')}; the engine does not cut its input`, 'Slice the input before the layer'));
  }
  for (const [side, n] of [['input', input.channels], ['output', outChannels]] as const) {
    if (n > MAX_CHANNELS) refusals.push(unsupported(`${side} channels`, `are ${n}; the engine has up to ${MAX_CHANNELS}`, 'Split the layer'));
  }
  if (input.height > MAX_SIDE || input.width > MAX_SIDE) {
    refusals.push(unsupported('input map', `is ${input.height} x ${input.width}; the engine has up to ${MAX_SIDE} each way`, 'Run it in tiles'));
  }
  return refusals;
}

/** Output height and width. */
export function outputMap({ input, kernel, strides, pads, dilations }: LayerGeometry): [number, number] {
  const side = (size: number, i: 0 | 1) => Math.floor((size + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) / strides[i]) + 1;
  return [side(input.height, 0), side(input.width, 1)];
}

/** Multiply-accumulates of one frame, padding counted as in the usual formula. */
export function macsOf(geometry: LayerGeometry): number {
  const { input, groups, outChannels, kernel } = geometry;
  const [height, width] = outputMap(geometry);
  return height * width * outChannels * (input.channels / groups) * kernel[0] * kernel[1];
}

function wayOutOf(name: string): string {
  if (name === 'kernel_shape') return 'Replace it by smaller kernels one after the other';
  return name === 'pads' ? 'Pad the input before the layer' : 'Use smaller ones in the network';
}

function pair(values: readonly number[]): [number, number] {
  return [values[0], values[1]];
}
