/**
 * Golden max pooling, docs/number_formats.md *Networks*: the full ONNX meaning of kernel, strides and pads in floor mode; padding never wins.
 */
import { ShiftloomError } from '../errors.js';

/** A map in stream order: row, column, channel. */
export interface PoolMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** As the ONNX operator MaxPool spells it. */
export interface PoolWindow {
  /** Height, width. */
  readonly kernel: readonly [number, number];
  /** Vertical, horizontal. */
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** One axis of a window. */
interface PoolAxis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

function axesOf(map: PoolMap, { kernel, strides, pads }: PoolWindow): [PoolAxis, PoolAxis] {
  return [
    { length: map.height, kernel: kernel[0], stride: strides[0], before: pads[0], after: pads[2] },
    { length: map.width, kernel: kernel[1], stride: strides[1], before: pads[1], after: pads[3] },
  ];
}

/** Windows along one axis. */
function windowsOf({ length, kernel, stride, before, after }: PoolAxis): number {
  return Math.floor((length + before + after - kernel) / stride) + 1;
}

/** Positions of a window that are in the map: first and the one behind the last. */
function reach({ length, kernel, stride, before }: PoolAxis, index: number): [number, number] {
  const first = index * stride - before;
  return [Math.max(0, first), Math.min(length, first + kernel)];
}

/**
 * Map that comes out.
 * @throws ShiftloomError (unsupported) if a pad is not smaller than the kernel, so that a window might lie in padding alone, or if no window fits.
 */
export function maxPoolOutput(map: PoolMap, window: PoolWindow, place = 'max_pool'): PoolMap {
  const [rows, columns] = axesOf(map, window);
  for (const [name, axis] of [['height', rows], ['width', columns]] as const) {
    const { kernel, stride, before, after, length } = axis;
    if (before >= kernel || after >= kernel) {
      throw new ShiftloomError('unsupported', place, `pads ${before} and ${after} along the ${name} with a kernel of ${kernel}`, 'A pad must be smaller than the kernel');
    }
    if (kernel < 1 || stride < 1 || windowsOf(axis) < 1) {
      throw new ShiftloomError('input', place, `no window of ${kernel} with stride ${stride} fits the map's ${name} of ${length} with pads ${before} and ${after}`, 'Choose a smaller kernel or larger pads');
    }
  }
  return { height: windowsOf(rows), width: windowsOf(columns), channels: map.channels };
}

/** Values that can be compared. */
export type PoolValues = Int32Array | Float64Array;

/**
 * `frames` is (count, height, width, channels); gives (count, outHeight, outWidth, channels), of the same kind.
 * @throws ShiftloomError as `maxPoolOutput`; `input` if the number of values does not fit.
 */
export function maxPool<Values extends PoolValues>(frames: Values, map: PoolMap, window: PoolWindow, count = 1): Values {
  const out = maxPoolOutput(map, window);
  const size = map.height * map.width * map.channels;
  if (frames.length !== count * size) {
    throw new ShiftloomError('input', 'max_pool', `${frames.length} values for ${count} frames of ${map.height} x ${map.width} x ${map.channels} (H, W, C), which need ${count * size}`);
  }
  const [rows, columns] = axesOf(map, window);
  const result = new (frames.constructor as new (length: number) => Values)(count * out.height * out.width * out.channels);
  let place = 0;
  for (let frame = 0; frame < count; frame++) {
    for (let row = 0; row < out.height; row++) {
      for (let column = 0; column < out.width; column++, place += out.channels) {
        result.set(windowMaximum(frames.subarray(frame * size, (frame + 1) * size), map, reach(rows, row), reach(columns, column)), place);
      }
    }
  }
  return result;
}

/** (channels) maxima over a rectangle of one frame. */
function windowMaximum(frame: PoolValues, { width, channels }: PoolMap, [top, bottom]: readonly number[], [left, right]: readonly number[]): PoolValues {
  const first = (top * width + left) * channels;
  const best = frame.slice(first, first + channels);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let c = 0, at = (y * width + x) * channels; c < channels; c++, at++) if (frame[at] > best[c]) best[c] = frame[at];
    }
  }
  return best;
}
