/**
 * A network as a list of steps in the order of computation: convolutions with their weights ("layers", which can be compressed) and the operators
 * around them. `onnx_model.ts` makes an ONNX model of all steps or of some; weights can then be replaced by name.
 */
import type { FloatActivation } from '../../generator/import/float_layer.js';

/** Float values, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A value of the graph: its name and its shape (channels, height, width), batch 1. */
export interface MapValue {
  readonly name: string;
  readonly shape: readonly [number, number, number];
}

/** A convolution with its activation. Linear layers are convolutions of a 1x1 map. */
export interface LayerStep {
  readonly kind: 'layer';
  /** As its makers call it; unique in the graph. */
  readonly name: string;
  readonly input: MapValue;
  readonly output: MapValue;
  /** (out, in / groups, height, width) */
  readonly weight: FloatTensor;
  /** (out) */
  readonly bias: FloatTensor;
  readonly stride: number;
  /** Top, left, bottom, right. */
  readonly pads: Pads;
  readonly groups: number;
  readonly activation: FloatActivation;
}

/** Any other ONNX operator, with one output. */
export interface OperatorStep {
  readonly kind: 'operator';
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Inputs that are constants, by name. */
  readonly constants: Readonly<Record<string, FloatTensor | readonly number[]>>;
}

export type Step = LayerStep | OperatorStep;
/** Number: integer attribute; `{ float }`: float attribute; list: integers; text. */
export type Attribute = number | { readonly float: number } | readonly number[] | string;
export type Pads = readonly [number, number, number, number];

export interface LayerOptions {
  /** Default: a number. */
  readonly name?: string;
  readonly stride?: number;
  readonly groups?: number;
  /** 'same' (default) as in TensorFlow: the odd row or column goes to the bottom and right. */
  readonly pads?: 'same' | Pads;
  readonly activation?: FloatActivation;
}

export const RELU6: FloatActivation = { kind: 'clip', min: 0, max: 6 };
export const RELU: FloatActivation = { kind: 'relu' };

export class NetworkGraph {
  readonly steps: Step[] = [];
  /** Names of the values that are asked for. */
  readonly outputs: string[] = [];
  private next = 0;

  constructor(readonly input: MapValue) {}

  get layers(): LayerStep[] {
    return this.steps.filter((step) => step.kind === 'layer');
  }

  /**
   * @param weight (out, in / groups, height, width)
   * @param bias (out)
   */
  layer(x: MapValue, weight: FloatTensor, bias: FloatTensor, options: LayerOptions = {}): MapValue {
    const { stride = 1, groups = 1, activation = { kind: 'none' } } = options;
    const [outChannels, , kernelHeight, kernelWidth] = weight.shape;
    const [, height, width] = x.shape;
    const same = () => [samePadding(height, kernelHeight, stride), samePadding(width, kernelWidth, stride)];
    const pads: Pads = options.pads === undefined || options.pads === 'same' ? interleaved(same()) : options.pads;
    const outSide = (size: number, kernel: number, around: number) => Math.floor((size + around - kernel) / stride) + 1;
    const shape = [outChannels, outSide(height, kernelHeight, pads[0] + pads[2]), outSide(width, kernelWidth, pads[1] + pads[3])] as const;
    const output: MapValue = { name: `layer_${this.next++}`, shape };
    this.steps.push({ kind: 'layer', name: options.name ?? output.name, input: x, output, weight, bias, stride, pads, groups, activation });
    return output;
  }

  /** An operator with one output, whose shape the caller knows. */
  operator(
    operator: string,
    inputs: readonly MapValue[],
    shape: MapValue['shape'],
    attributes: OperatorStep['attributes'] = {},
    constants: OperatorStep['constants'] = {},
  ): MapValue {
    const output = `${operator.toLowerCase()}_${this.next++}`;
    const names = Object.fromEntries(Object.entries(constants).map(([name, value]) => [`${output}_${name}`, value]));
    this.steps.push({ kind: 'operator', operator, inputs: [...inputs.map(({ name }) => name), ...Object.keys(names)], output, attributes, constants: names });
    return { name: output, shape };
  }

  /** Joins maps to one list of rows (1, n, rowSize): each map in NHWC order, cut into rows, one map after the other. */
  rows(maps: readonly MapValue[], rowSize: number): MapValue {
    const parts = maps.map((map) => {
      const turned = this.operator('Transpose', [map], map.shape, { perm: [0, 2, 3, 1] });
      return this.operator('Reshape', [turned], map.shape, {}, { shape: [1, -1, rowSize] });
    });
    const count = maps.reduce((sum, { shape }) => sum + shape[0] * shape[1] * shape[2], 0) / rowSize;
    return this.operator('Concat', parts, [1, count, rowSize], { axis: 1 });
  }

  /** Makes a value an output of the network, under a name of its own. */
  output(value: MapValue, name: string): void {
    this.steps.push({ kind: 'operator', operator: 'Identity', inputs: [value.name], output: name, attributes: {}, constants: {} });
    this.outputs.push(name);
  }
}

/** Padding before and behind of TensorFlow's 'SAME'. */
function samePadding(size: number, kernel: number, stride: number): [number, number] {
  const out = Math.ceil(size / stride);
  const total = Math.max(0, (out - 1) * stride + kernel - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

function interleaved([[top, bottom], [left, right]]: number[][]): Pads {
  return [top, left, bottom, right];
}
