/** One point of the curve, through the compressor. */
import { compressLayer } from '../../generator/compress/compress.js';
import { gatherPatches } from '../../generator/compress/sums.js';
import { layerInputs } from '../../generator/compress/layer_inputs.js';
import type { FloatLayer, InputFrames } from '../../generator/import/float_layer.js';
import type { CurvePoint, CurveRow } from './curve_rows.js';

const BIAS_BITS = 32;

/** @throws ShiftloomError('usage') if the ratio is beyond what the form can reach */
export function curvePoint(layer: FloatLayer, row: CurveRow, onProgress: (text: string) => void): CurvePoint {
  const started = performance.now();
  const { stats } = compressLayer(row.unfolded ? unfolded(layer) : layer, {
    encoding: row.encoding,
    calibrate: row.calibrated,
    outputMacs: Infinity,
    onProgress: (done, text) => onProgress(`${text}, ${Math.round(100 * done)} %`),
  });
  const dense = (bits: number) => bits * layer.weight.length + BIAS_BITS * layer.outChannels;
  return {
    series: row.series,
    label: row.label,
    calibrated: row.calibrated,
    storedBits: stats.stored.total,
    ratio4: dense(4) / stats.stored.total,
    ratio32: dense(32) / stats.stored.total,
    ...(stats.cp ? { rank: stats.cp.rank } : {}),
    outputSqnrDb: stats.outputSqnrDb,
    weightSqnrDb: stats.weightSqnrDb,
    measuredOn: stats.outputSqnrOn,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The convolution as a linear layer on its patches: the same sums, and the kernel as one matrix. */
export function unfolded(layer: FloatLayer): FloatLayer {
  const taps = layer.kernel[0] * layer.kernel[1];
  const channels = layer.input.channels;
  const frames = (given: InputFrames | undefined): InputFrames | undefined => {
    if (!given) return undefined;
    const patches = gatherPatches(layer, layerInputs({ ...layer, sample: given }, 1), Infinity, 1, { maxValues: Infinity });
    return { frames: patches.count, values: Int32Array.from(patches.data.subarray(0, patches.count * patches.length), (x) => x + layer.inputFormat.zeroPoint) };
  };
  return {
    ...layer,
    name: `${layer.name}_unfolded`.slice(0, 40),
    kind: 'linear',
    input: { channels: taps * channels, height: 1, width: 1 },
    kernel: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    weight: byPosition(layer.weight, channels, taps),
    sample: frames(layer.sample),
    calibration: frames(layer.calibration),
  };
}

/** (O, I, taps) to (O, taps, I), as patches lie. */
function byPosition(weight: FloatLayer['weight'], channels: number, taps: number): Float64Array {
  const out = new Float64Array(weight.length);
  for (let at = 0; at < weight.length; at++) {
    const [row, place] = [Math.floor(at / (channels * taps)), at % (channels * taps)];
    out[row * channels * taps + (place % taps) * channels + Math.floor(place / taps)] = weight[at];
  }
  return out;
}
