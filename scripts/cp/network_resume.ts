/** A compressed network's files back to a network in training. Values lie where rounding left them; what the requantization multipliers hold in 16 bits are their gains. */
import { CpModel, FACTOR_SHIFT } from '../train/cp_model.js';
import { trainedValues, uniformModel } from '../train/layer_models.js';
import type { ChainLayer } from './network_files.js';
import type { NetworkJob } from './network_jobs.js';
import { DENSE_BITS, type TunedNet } from './network_training.js';

/** @param chain as read from the files of the same job */
export function resumedNet({ stages, ranks, lanes }: Pick<NetworkJob, 'stages' | 'ranks' | 'lanes'>, chain: readonly ChainLayer[]): TunedNet {
  const scales = chain.map(weightScale);
  const factors = chain.map(({ layer: { factors: stored }, stage: { outChannels, inChannels, kernel } }, i) => {
    if (!stored) return undefined;
    const { output, input, recodeShift } = stored.tensors;
    const real = (values: Int32Array) => Float64Array.from(values, (value) => value / 2 ** FACTOR_SHIFT);
    const gain = scales[i].map((scale, o) => (scale * 2 ** (3 * FACTOR_SHIFT)) / 2 ** recodeShift[o]);
    const shape = { outChannels, inChannels, taps: kernel ** 2, rank: ranks[stages[i].name] };
    return new CpModel(shape, lanes, { output: real(output), input: real(input), kernel: real(stored.tensors.kernel!), gain });
  });
  const dense = ({ layer: { tensors: { weight } }, stage: { outChannels } }: ChainLayer, scale: Float64Array) =>
    uniformModel(Float32Array.from(weight, (value, at) => value * scale[Math.floor((at * outChannels) / weight.length)]), outChannels, DENSE_BITS);
  return {
    stages,
    factors,
    models: chain.map((link, i) => factors[i] ?? dense(link, scales[i])),
    biases: chain.map(({ layer }, i) => trainedValues(Float32Array.from(layer.tensors.bias, (bias, o) => bias * scales[i][o] * layer.description.input.scale!))),
    units: chain.map(({ layer, stage }) => (stage.relu ? layer.description.output.scale : undefined)),
  };
}

/** (out): real value of one unit of a layer's weights. */
function weightScale({ layer: { description, tensors } }: ChainLayer): Float64Array {
  const perUnit = description.output.scale! / description.input.scale!;
  return Float64Array.from(tensors.multiplier, (multiplier, o) => (multiplier / 2 ** tensors.shift[o]) * perUnit);
}
