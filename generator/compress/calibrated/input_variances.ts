/** How much each weight's error moves the outputs, by itself: the variance of the input that it multiplies. The mean's part is left to the bias. */
import type { FloatLayer } from '../../import/float_layer.js';
import type { Patches } from '../sums.js';

/** Added to every variance, in shares of their mean, so that inputs that never moved keep a say. */
const FLOOR = 0.01;

/** For each output channel: variances of its inputs over the recorded patches, in the order (kernelHeight, kernelWidth, groupInChannels). */
export function inputVariances({ outChannels, groups }: FloatLayer, { count, data, length }: Patches): (channel: number) => Float64Array {
  const mean = new Float64Array(length);
  const variance = new Float64Array(length);
  for (let p = 0; p < count; p++) for (let i = 0; i < length; i++) mean[i] += data[p * length + i] / count;
  for (let p = 0; p < count; p++) for (let i = 0; i < length; i++) variance[i] += (data[p * length + i] - mean[i]) ** 2 / count;
  const floor = (FLOOR * variance.reduce((sum, v) => sum + v, 0)) / length || 1;
  const raised = variance.map((v) => v + floor);
  const perGroup = length / groups;
  return (channel) => {
    const group = Math.floor(channel / (outChannels / groups));
    return raised.subarray(group * perGroup, (group + 1) * perGroup);
  };
}
