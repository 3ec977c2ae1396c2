/** Golden model against ONNX Runtime, output by output. */
import { goldenRun } from '../../generator/golden/convolution.js';
import type { GoldenResult } from '../../generator/golden/convolution.js';
import type { Layer } from '../../generator/layer/layer.js';
import { oracleAccumulators } from './oracle.js';
import { notExpressible, oracleOutputs } from './requantized.js';

export interface OracleComparison {
  /** Outputs compared, over all frames. */
  readonly outputs: number;
  /** Accumulators that are not equal; 0 is the only right answer. */
  readonly accumulatorMismatches: number;
  /** The first unequal accumulator, for a message. */
  readonly firstMismatch?: { readonly index: number; readonly golden: number; readonly oracle: number };
  /** Requantized outputs compared with QLinearConv; 0 if it cannot express the layer. */
  readonly requantizedCompared: number;
  /** Share of the compared outputs that differ, 0..1: halves, which QLinearConv rounds to even. */
  readonly requantizedDiffer: number;
  /** Compared outputs that differ by more than one unit; 0 is the only right answer. */
  readonly requantizedBeyondOne: number;
  /** Why requantized outputs were not compared. */
  readonly requantizedSkipped?: string;
}

/** `frames` is (frames, inHeight, inWidth, inChannels). `golden` may be given if it is known already. */
export async function compareWithOracle(
  layer: Layer,
  frames: Int32Array,
  golden: GoldenResult = goldenOf(layer, frames),
): Promise<OracleComparison> {
  const expected = await oracleAccumulators(layer, frames);
  const skipped = notExpressible(layer);
  return {
    outputs: expected.length,
    ...compareAccumulators(golden.accumulators, expected),
    ...(skipped === undefined
      ? compareOutputs(golden.outputs, await oracleOutputs(layer, frames))
      : { requantizedCompared: 0, requantizedDiffer: 0, requantizedBeyondOne: 0, requantizedSkipped: skipped }),
  };
}

function goldenOf(layer: Layer, frames: Int32Array): GoldenResult {
  const { inHeight, inWidth, inChannels } = layer.geometry;
  return goldenRun(layer, frames, frames.length / (inHeight * inWidth * inChannels));
}

function compareAccumulators(
  golden: Float64Array,
  oracle: Float64Array,
): Pick<OracleComparison, 'accumulatorMismatches' | 'firstMismatch'> {
  let accumulatorMismatches = Math.abs(golden.length - oracle.length);
  let first = -1;
  for (let i = 0; i < Math.min(golden.length, oracle.length); i++) {
    if (golden[i] === oracle[i]) continue;
    accumulatorMismatches++;
    if (first < 0) first = i;
  }
  if (first < 0) return { accumulatorMismatches };
  return { accumulatorMismatches, firstMismatch: { index: first, golden: golden[first], oracle: oracle[first] } };
}

function compareOutputs(
  golden: Int32Array,
  oracle: Int32Array,
): Pick<OracleComparison, 'requantizedCompared' | 'requantizedDiffer' | 'requantizedBeyondOne'> {
  let differ = 0;
  let beyondOne = 0;
  for (let i = 0; i < oracle.length; i++) {
    if (golden[i] !== oracle[i]) differ++;
    if (Math.abs(golden[i] - oracle[i]) > 1) beyondOne++;
  }
  return { requantizedCompared: oracle.length, requantizedDiffer: differ / oracle.length, requantizedBeyondOne: beyondOne };
}
