/** Which recorded frames calibration learns from, and which are left to measure on. */
import { ShiftloomError } from '../../errors.js';
import type { ActivationFormat, FloatLayer, InputFrames } from '../../import/float_layer.js';
import { type LayerInputs, layerInputs } from '../layer_inputs.js';
import type { CalibrateOptions } from '../options.js';
import { type Patches, gatherPatches, outputSize } from '../sums.js';
import { sharedFloat32 } from './parallel.js';

/** A sample of so many frames is divided: the last quarter is measured on, not learned from. */
const LEAST_TO_DIVIDE = 4;

/** Patches that are learned from at most: by memory (256 MiB), and by the work of summing their products unless there are fewer than two for each weight. */
const MOST_PATCH_VALUES = 2 ** 26;
const MOST_PRODUCTS = 3e10;
/** With fewer patches for each weight than this, those between the strides are taken too: they are patches of the same maps. */
const FEW_PATCHES = 8;

export interface CalibrationData {
  /** In shared memory. */
  readonly patches: Patches;
  readonly measured: LayerInputs;
  readonly origin: string;
}

/**
 * Everything that calibration takes from the recorded frames.
 * @param format of the inputs, scale settled
 * @throws ShiftloomError('input') if there are none, or they do not fit the format
 */
export function calibrationData(layer: FloatLayer, format: Required<ActivationFormat>, options: CalibrateOptions, seed: number): CalibrationData {
  const { calibration, heldOut, origin } = calibrationFrames(layer, options.frames ?? Infinity);
  const of = (sample: InputFrames) => layerInputs({ ...layer, inputFormat: format, sample }, seed, layer.calibration && sample !== layer.sample ? 'calibration' : 'sample');
  const learned = of(calibration);
  const patches = calibrationPatches(layer, learned, seed);
  const measured = heldOut ? { ...of(heldOut), origin: `${heldOut.frames} frame${heldOut.frames === 1 ? '' : 's'} that were not calibrated on` } : { ...learned, origin: `the ${origin} that were calibrated on` };
  return { patches, measured, origin: `${patches.count} patches of ${origin}` };
}

function calibrationPatches(layer: FloatLayer, inputs: LayerInputs, seed: number): Patches {
  const perGroup = layer.weight.length / layer.outChannels;
  const positions = inputs.frames * outputSize(layer).reduce((a, b) => a * b);
  const dense: FloatLayer = positions < FEW_PATCHES * perGroup ? { ...layer, strides: [1, 1] } : layer;
  const count = Math.max(2 * perGroup, MOST_PRODUCTS / ((layer.groups * perGroup ** 2) / 2));
  return gatherPatches(dense, inputs, count * layer.weight.length, seed, { maxValues: MOST_PATCH_VALUES, allocate: sharedFloat32 });
}

export interface CalibrationFrames {
  readonly calibration: InputFrames;
  /** Frames for measuring; undefined if the layer has none that were not learned from. */
  readonly heldOut?: InputFrames;
  /** For people. */
  readonly origin: string;
}

/**
 * The layer's calibration frames, with the sample to measure on; or, of the only frames it has, all but the last quarter.
 * @param most how many frames are learned from; the first ones
 * @throws ShiftloomError('input') if the layer has no recorded frames at all
 */
export function calibrationFrames(layer: FloatLayer, most: number): CalibrationFrames {
  const { sample, calibration, name } = layer;
  const only = calibration ?? sample;
  if (!only) {
    throw new ShiftloomError(
      'input',
      `layer '${name}' calibration`,
      'is missing, and so is a sample: there is nothing to calibrate on',
      'Record inputs of the layer, (N,H,W,C) in a .npy file, and name it with import --calibration FILE',
    );
  }
  if (calibration && sample) return { calibration: part(calibration, 0, most), heldOut: sample, origin: originOf('calibration', calibration, Math.min(most, calibration.frames)) };
  const kept = only.frames < LEAST_TO_DIVIDE ? 0 : Math.floor(only.frames / 4);
  const used = Math.min(most, only.frames - kept);
  const heldOut = kept > 0 ? part(only, only.frames - kept, kept) : undefined;
  return { calibration: part(only, 0, used), heldOut, origin: originOf(calibration ? 'calibration' : 'sample', only, used) };
}

function originOf(what: string, { frames }: InputFrames, used: number): string {
  return `${used === frames ? '' : `${used} of `}${frames} ${what} frame${frames === 1 ? '' : 's'}`;
}

/** `count` frames from `first` on, as far as there are. */
function part({ frames, values }: InputFrames, first: number, count: number): InputFrames {
  const length = values.length / frames;
  const end = Math.min(frames, first + count);
  return { frames: end - first, values: values.subarray(first * length, end * length) };
}
