/** Sliding windows of Conv and pooling: strides, dilations and pads, with auto_pad worked out. Source: ONNX operators Conv and MaxPool. */
import { shapeText } from '../../layer/tensor.js';
import type { OnnxNode } from './node.js';

/** For each spatial axis; `pads` has all beginnings, then all ends, as in ONNX. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly output: readonly number[];
}

/**
 * @param input shape of the input (N, C, spatial...)
 * @param kernel spatial shape of the weights, or of the pooling window
 * @param ceil outputs that begin inside of the padded input count, though they end behind it
 * @throws ShiftloomError('input') for attributes of wrong length or value, and for a window larger than the padded input.
 */
export function windowGeometry(node: OnnxNode, input: readonly number[], kernel: readonly number[], ceil = false): WindowGeometry {
  const sides = input.length - 2;
  if (sides < 1 || kernel.length !== sides) node.fail(`has a window of ${kernel.length} axes for an input of shape ${shapeText(input)}`, 'Export the model again');
  const given = node.ints('kernel_shape');
  if (given && !(given.length === sides && given.every((n, i) => n === kernel[i]))) {
    node.fail(`has kernel_shape ${shapeText(given)}; its weights have ${shapeText(kernel)}`, 'Export the model again');
  }
  const strides = list(node, 'strides', sides, 1, 1);
  const dilations = list(node, 'dilations', sides, 1, 1);
  const autoPad = node.string('auto_pad', 'NOTSET');
  if (!['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'].includes(autoPad)) node.fail(`has auto_pad '${autoPad}'`, 'Allowed: NOTSET, SAME_UPPER, SAME_LOWER, VALID');
  const pads = autoPad === 'NOTSET' ? list(node, 'pads', 2 * sides, 0, -Infinity) : new Array<number>(2 * sides).fill(0);
  const output = input.slice(2).map((size, i) => {
    const span = dilations[i] * (kernel[i] - 1) + 1;
    if (autoPad.startsWith('SAME')) {
      const out = Math.ceil(size / strides[i]);
      const total = Math.max(0, (out - 1) * strides[i] + span - size);
      const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
      [pads[i], pads[i + sides]] = autoPad === 'SAME_UPPER' ? [less, more] : [more, less];
      return out;
    }
    const padded = size + pads[i] + pads[i + sides];
    if (padded < span) node.fail(`has a window that spans ${span} on spatial axis ${i}, the padded input has ${padded}: no output`, 'Give a larger input, or more pads');
    const steps = (padded - span) / strides[i];
    const most = Math.ceil(steps) + 1;
    // With ceil_mode the last window must still begin inside of the input or of the pads before it.
    return ceil ? ((most - 1) * strides[i] >= size + pads[i] ? most - 1 : most) : Math.floor(steps) + 1;
  });
  return { kernel, strides, dilations, pads, output };
}

function list(node: OnnxNode, name: string, length: number, fallback: number, least: number): number[] {
  const values = node.ints(name) ?? new Array<number>(length).fill(fallback);
  if (values.length !== length) node.fail(`has ${values.length} ${name}; ${length} are needed`, 'Export the model again');
  const low = values.findIndex((n) => n < least);
  if (low >= 0) node.fail(`has ${name} ${shapeText(values)}; numbers from ${least} are allowed`, 'Export the model again');
  return values;
}
