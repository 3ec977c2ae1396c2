/** What shape operators make of a shape; used for values and for constants alike. Opset 13 moved axes from attributes to inputs. */
import { elementCount, shapeText } from '../../layer/tensor.js';
import { axisOf } from './arrays.js';
import type { OnnxNode } from './node.js';

export function permutation(node: OnnxNode, shape: readonly number[]): number[] {
  const perm = node.ints('perm') ?? shape.map((_, i) => shape.length - 1 - i);
  const right = perm.length === shape.length && new Set(perm).size === perm.length && perm.every((axis) => axis >= 0 && axis < shape.length);
  return right ? perm : node.fail(`has perm ${shapeText(perm)} for a value of shape ${shapeText(shape)}`);
}

/** Reshape: 0 keeps a dimension, one -1 takes what is left. */
export function reshaped(node: OnnxNode, shape: readonly number[], wanted: readonly number[] | undefined): number[] {
  const target = wanted ?? node.ints('shape') ?? node.fail('has no shape');
  const keepsZero = node.int('allowzero', 0) === 0;
  const out = target.map((n, i) => (n === 0 && keepsZero ? (shape[i] ?? 0) : n));
  const open = out.indexOf(-1);
  const count = elementCount(shape);
  if (open >= 0) out[open] = count / elementCount(out.filter((_, i) => i !== open));
  if (out.some((n) => !Number.isInteger(n) || n < 0) || elementCount(out) !== count) {
    node.fail(`reshapes ${shapeText(shape)} to ${shapeText(target)}, which has not as many elements`);
  }
  return out;
}

export function squeezed(node: OnnxNode, shape: readonly number[], wanted: readonly number[] | undefined): number[] {
  const given = wanted ?? node.ints('axes');
  const axes = given?.map((axis) => axisOf(axis, shape.length) ?? node.fail(`squeezes axis ${axis} of shape ${shapeText(shape)}`));
  if (axes?.some((axis) => shape[axis] !== 1)) node.fail(`squeezes axes ${shapeText(axes)} of shape ${shapeText(shape)}, which are not 1`);
  return shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1));
}

export function unsqueezed(node: OnnxNode, shape: readonly number[], wanted: readonly number[] | undefined): number[] {
  const given = wanted ?? node.ints('axes') ?? node.fail('has no axes');
  const rank = shape.length + given.length;
  const axes = new Set(given.map((axis) => axisOf(axis, rank) ?? node.fail(`adds axis ${axis} to shape ${shapeText(shape)}`)));
  if (axes.size !== given.length) node.fail(`adds axes ${shapeText(given)}, one of them twice`);
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : rest.shift()!));
}

export function flattened(node: OnnxNode, shape: readonly number[]): number[] {
  const axis = node.int('axis', 1);
  const at = axis === shape.length ? axis : (axisOf(axis, shape.length) ?? node.fail(`flattens at axis ${axis} of shape ${shapeText(shape)}`));
  return [elementCount(shape.slice(0, at)), elementCount(shape.slice(at))];
}

export interface SliceBounds {
  /** First index and step on every axis, and the shape of what is taken. */
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly shape: readonly number[];
}

/** Slice with inputs (starts, ends, axes, steps) from opset 10 on, with attributes before. */
export function sliceOf(node: OnnxNode, shape: readonly number[], inputs: readonly (readonly number[] | undefined)[]): SliceBounds {
  const begin = inputs[0] ?? node.ints('starts') ?? node.fail('has no starts');
  const end = inputs[1] ?? node.ints('ends') ?? node.fail('has no ends');
  const axes = inputs[2] ?? node.ints('axes') ?? begin.map((_, i) => i);
  const starts = shape.map(() => 0);
  const steps = shape.map(() => 1);
  const out = [...shape];
  axes.forEach((wanted, i) => {
    const axis = axisOf(wanted, shape.length) ?? node.fail(`cuts axis ${wanted} of shape ${shapeText(shape)}`);
    const size = shape[axis];
    const step = inputs[3]?.[i] ?? 1;
    if (step === 0) node.fail('has a step of 0');
    const clamp = (n: number, low: number, high: number) => Math.max(low, Math.min(high, n < 0 ? n + size : n));
    const from = step > 0 ? clamp(begin[i], 0, size) : clamp(begin[i], 0, size - 1);
    const to = step > 0 ? clamp(end[i], 0, size) : clamp(end[i], -1, size - 1);
    starts[axis] = from;
    steps[axis] = step;
    out[axis] = Math.max(0, Math.ceil((to - from) / step));
  });
  return { starts, steps, shape: out };
}
