/**
 * A layer's permuted blocks to integers: each block is a small dense layer of its own for the quantizers, so that the groups of `bpot` lie inside
 * of blocks and a calibrated block learns from its own inputs.
 */
import type { FloatLayer } from '../../import/float_layer.js';
import { type BlockRange, type BlockStructure, blockRanges, densePositions, gatherBlocks } from '../../layer/blocks.js';
import type { LayerBlocks } from '../../layer/layer.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import { quantizeCalibrated } from '../calibrated/calibrate.js';
import { inputVariances } from '../calibrated/input_variances.js';
import { sharedFloat32 } from '../calibrated/parallel.js';
import { type CodebookChoice, type CalibrateOptions } from '../options.js';
import { type QuantizeRequest, type QuantizedWeights, quantizeWeights } from '../quantize_weights.js';
import { settleEncoding } from '../settle_encoding.js';
import type { Patches } from '../sums.js';

export interface BlockWeights extends QuantizedWeights {
  readonly blocks: LayerBlocks;
  /** As in `CalibratedWeights`. */
  readonly correction?: Float64Array;
}

export interface BlockRequest extends Omit<QuantizeRequest, 'encoding'> {
  readonly encoding: ScalarEncoding | CodebookChoice;
  readonly structure: BlockStructure;
  /** Recorded patches of the whole layer: quantize by output error on them. */
  readonly calibration?: CalibrateOptions & { readonly patches: Patches };
}

/**
 * Quantizes all blocks; `weight`, `scale`, `shift` and `correction` come in natural order, the integers also as blocks.
 * @throws ShiftloomError as `quantizeWeights` and `quantizeCalibrated`
 */
export function quantizeBlocks(layer: FloatLayer, request: BlockRequest): BlockWeights {
  const { structure, onProgress } = request;
  const parts = blockLayers(layer, request);
  const encoding = settle(layer, request, parts);
  const made = parts.map((part, b) => {
    const report = (done: number) => onProgress((b + done) / parts.length);
    const own = { ...request, encoding, weight: part.layer.weight, onProgress: report };
    if (!part.patches) return quantizeWeights(part.layer, own);
    const { frames: _, ...how } = request.calibration!;
    return quantizeCalibrated(part.layer, { ...own, ...how, patches: part.patches, holdZeros: false });
  });
  return collect(structure, encoding, made);
}

interface BlockPart {
  readonly range: BlockRange;
  /** Inputs, outputs and weights of the block only, in its order. */
  readonly layer: FloatLayer;
  readonly patches?: Patches;
}

function blockLayers(layer: FloatLayer, { structure, weight, calibration }: BlockRequest): BlockPart[] {
  const values = gatherBlocks(structure, weight);
  return blockRanges(structure).map((range) => {
    const { firstOutput, outputs, firstWeight, inputs } = range;
    const indices = structure.outputOrder.subarray(firstOutput, firstOutput + outputs);
    return {
      range,
      layer: {
        ...layer,
        input: { channels: inputs, height: 1, width: 1 },
        outChannels: outputs,
        weight: values.subarray(firstWeight, firstWeight + outputs * inputs),
        bias: Float64Array.from(indices, (o) => layer.bias[o]),
        weightScale: layer.weightScale && Float64Array.from(indices, (o) => layer.weightScale![o]),
      },
      patches: calibration && blockPatches(calibration.patches, structure, range),
    };
  });
}

/** The columns of a block's inputs, in shared memory as those of the layer. */
function blockPatches({ data, length, count, of }: Patches, { inputOrder }: BlockStructure, { firstInput, inputs }: BlockRange): Patches {
  const rows = data.length / length;
  const own = sharedFloat32(rows * inputs);
  for (let p = 0; p < rows; p++) {
    for (let i = 0; i < inputs; i++) own[p * inputs + i] = data[p * length + inputOrder[firstInput + i]];
  }
  return { data: own, length: inputs, count, of };
}

/** A codebook that is given by its size gets its levels from the rows of all blocks. */
function settle(layer: FloatLayer, request: BlockRequest, parts: readonly BlockPart[]): ScalarEncoding {
  const { encoding, structure } = request;
  if (!('search' in encoding)) return encoding;
  const channels: Float64Array[] = [];
  const variances: Float64Array[] = [];
  for (const { range, layer: part, patches } of parts) {
    const importance = patches && inputVariances(part, patches);
    for (let o = 0; o < range.outputs; o++) {
      const index = structure.outputOrder[range.firstOutput + o];
      channels[index] = Float64Array.from(part.weight.subarray(o * range.inputs, (o + 1) * range.inputs));
      if (importance) variances[index] = importance(o);
    }
  }
  return settleEncoding(layer, encoding, { ...request, zero: false, channels, importance: request.calibration ? (o) => variances[o] : undefined, onProgress: () => {} });
}

function collect(structure: BlockStructure, values: ScalarEncoding, made: readonly (QuantizedWeights & { readonly correction?: Float64Array })[]): BlockWeights {
  const { outputOrder } = structure;
  const joined = <K extends 'weight' | 'exponent'>(key: K) => Int32Array.from(made.flatMap((part) => [...(part[key] ?? [])]));
  /** Values of the outputs in the order of the blocks, to natural order. */
  const natural = <T extends Int32Array | Float64Array>(into: T, key: 'scale' | 'shift' | 'correction'): T => {
    let next = 0;
    for (const part of made) for (const value of part[key]!) into[outputOrder[next++]] = value;
    return into;
  };
  const outputs = outputOrder.length;
  const tensors = { ...structure, weight: joined('weight'), ...(values.encoding === 'bpot' ? { exponent: joined('exponent') } : {}) };
  const dense = new Int32Array(outputs * structure.inputOrder.length);
  densePositions(structure).forEach((position, i) => (dense[position] = tensors.weight[i]));
  return {
    weight: dense,
    scale: natural(new Float64Array(outputs), 'scale'),
    shift: made[0].shift && natural(new Int32Array(outputs), 'shift'),
    correction: made[0].correction && natural(new Float64Array(outputs), 'correction'),
    blocks: { encoding: { encoding: 'block_permuted', blocks: structure.inputSizes.length, values }, tensors },
  };
}
