/** One convolution group's quantization problem, in the order of decision; plain data over shared memory. */
import type { NearestLevel } from '../levels.js';

export interface GroupProblem {
  /** Weights of one output channel. */
  readonly n: number;
  /** (n, n): damped covariance of the inputs. */
  readonly covariance: Float32Array;
  /** (n, n): errors that each weight takes over from the weights before it (`factor.ts`). */
  readonly feedback: Float32Array;
  /** (n): what a squared deviation from its target costs at each weight. */
  readonly cost: Float64Array;
  /** First step of each unit, and the end. */
  readonly starts: Int32Array;
  /** Level sets of which each unit takes one; one set if the encoding has no group exponents. */
  readonly tables: readonly NearestLevel[];
}

/** One output channel. */
export interface ChannelWeights {
  /** (n): trained weights in the order of decision. */
  readonly weights: Float64Array;
  /** (n): 1 where the weight must be zero. */
  readonly zeros: Uint8Array;
}

/** A channel's integers at a scale. */
export interface ChannelChoice {
  scale: number;
  /** (n), in the order of decision. */
  readonly integers: Int32Array;
  /** (units): the level set that each took. */
  readonly sets: Uint8Array;
  /** Error e' C e of weights less scale * integers. */
  loss: number;
}
