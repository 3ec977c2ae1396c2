/**
 * What a weight quantizer is: one encoding, one output channel at a time, at a given scale. A new encoding is one new file with
 * a `Quantizer` and one line in `quantizers.ts`.
 *
 * A channel is a Float64Array in the order (kernelHeight, kernelWidth, groupInChannels), so that weights which may share
 * something (a `bpot` exponent) lie side by side. Pruned weights are exactly 0 in it.
 */
import type { ScalarEncoding } from '../layer/schema.js';

/** Sums over a channel that give the error at any scale s: sum w^2 - 2 s wq + s^2 qq; least at s = wq / qq. */
export interface Fit {
  /** Sum of w * q. */
  readonly wq: number;
  /** Sum of q * q. */
  readonly qq: number;
}

/** A channel prepared for being measured at many scales. */
export interface ChannelFitter {
  /** The sums for the best integers at `scale`. */
  measure(scale: number): Fit;
  /** The sums at the scales low * 2^(i / stepsPerOctave), i = 0..count-1. */
  scan(low: number, stepsPerOctave: number, count: number): Fit[];
}

export interface Quantizer {
  readonly encoding: ScalarEncoding;
  /** Magnitude up to which both signs have levels as dense as they get, in units of the smallest digit; the scale search starts from it. */
  readonly reach: number;
  /** Smallest magnitude above zero. */
  readonly finest: number;
  /** Number of different weights (of one group); the more, the narrower the valleys of the error over the scale. */
  readonly levelCount: number;
  /** Whether a weight can be exactly zero, so that pruning is possible. */
  readonly hasZero: boolean;
  fitter(channel: Float64Array): ChannelFitter;
  /** Writes the best integers at `scale` into `into`, and the group exponents, if the encoding has them, into `exponents`. */
  quantize(channel: Float64Array, scale: number, into: Int32Array, exponents?: Int32Array): void;
}
