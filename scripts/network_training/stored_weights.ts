/** Trained weights as a layer file has them. */
import type { StoredTensors } from '../../generator/layer/layer.js';
import type { Encoding } from '../../generator/layer/schema.js';
import { CpModel, FACTOR_SHIFT } from '../train/cp_model.js';
import { QuantizedModel } from '../train/quantized_model.js';
import { hasMapOrder, type StageShape } from '../train/stage.js';

/** Weights on integers in training: what can be written. */
export type IntegerModel = QuantizedModel | CpModel;

export interface StoredWeights {
  readonly encoding: Encoding;
  readonly tensors: Pick<StoredTensors, 'weight' | 'exponent' | 'factors' | 'blocks'>;
  /** (out): real value of one unit. */
  readonly scale: Float64Array;
}

export function storedWeights(stage: StageShape, model: IntegerModel): StoredWeights {
  if (model instanceof CpModel) return storedFactors(model);
  const { encoding, weight, exponent, scale } = model.integers();
  const { blocks } = stage;
  if (!blocks) return { encoding, tensors: { weight: inFileOrder(stage, weight), exponent }, scale };
  const { inputOrder, outputOrder, inputSizes, outputSizes } = blocks;
  return {
    encoding: { encoding: 'block_permuted', blocks: inputSizes.length, values: encoding },
    tensors: { blocks: { inputOrder, outputOrder, inputSizes, outputSizes, weight, exponent } },
    scale,
  };
}

function storedFactors(model: CpModel): StoredWeights {
  const { output, input, kernel, recodeShift, scale } = model.integers();
  const { rank } = model.shape;
  const pot = { encoding: 'pot', maxShift: FACTOR_SHIFT } as const;
  return {
    encoding: { encoding: 'cp', form: 'spatial', rank, blocks: 1, factors: { output: pot, input: pot, kernel: pot }, recode: model.lanes },
    tensors: { factors: { output, input, kernel, recodeShift } },
    scale,
  };
}

/** Dense weights (out, in, kernel, kernel) in the order of a file: those of a linear stage as (out, row, column, in), which is how `flatten` gives its map. */
export function inFileOrder<Values extends Int32Array | Float32Array>(stage: StageShape, weight: Values): Values {
  return reordered(stage, weight, (out, from, inFile, inStage) => (out[inFile] = from[inStage]));
}

/** The way back. */
export function inStageOrder<Values extends Int32Array | Float32Array>(stage: StageShape, weight: Values): Values {
  return reordered(stage, weight, (out, from, inFile, inStage) => (out[inStage] = from[inFile]));
}

function reordered<Values extends Int32Array | Float32Array>(
  stage: StageShape, weight: Values, move: (out: Values, from: Values, inFile: number, inStage: number) => void,
): Values {
  const { kind, inChannels, kernel } = stage;
  const taps = kernel ** 2;
  if (kind === 'convolution' || taps === 1 || stage.blocks || hasMapOrder(stage)) return weight;
  const out = weight.slice() as Values;
  for (let row = 0; row < weight.length; row += inChannels * taps) {
    for (let i = 0; i < inChannels; i++) for (let t = 0; t < taps; t++) move(out, weight, row + t * inChannels + i, row + i * taps + t);
  }
  return out;
}
