/**
 * Random bias, multiplier and shift under which a random layer's outputs spread over the output range and saturate at
 * both ends now and then, as seen with uniformly distributed inputs.
 */
import { Random } from './random.js';
import { integerRange, outputBounds } from './layer.js';
import type { Geometry, LayerTensors } from './layer.js';
import type { LayerDescription } from './schema.js';

const MAX_SHIFT = 47;
/** Keeps biases well inside int32 even where 16-bit activations meet large weights. */
const BIAS_LIMIT = 2 ** 30;

/** Mean and standard deviation of one output channel's sum, without bias, under independent uniform inputs. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export type Requantization = Pick<LayerTensors, 'bias' | 'multiplier' | 'shift'>;

/** All three tensors for the weights; one shift for all channels in half of the cases. */
export function randomRequantization(random: Random, description: LayerDescription, g: Geometry, weight: Int32Array): Requantization {
  const spreads = spreadsOf(description, g, weight);
  const [low, high] = outputBounds(description.output, description.activation);
  /** Standard deviations in the output range: 3 saturates 13 % of the outputs, 6 hardly any. */
  const deviations = random.pick([2.5, 3, 4, 6]);
  const scales = spreads.map(({ deviation }) => {
    const scale = (high - low + 1) / (deviations * Math.max(deviation, 1));
    return scale * (0.7 + 0.6 * random.fraction());
  });
  const { multiplier, shift } = fixedPoint(description, scales, random.chance(0.5));
  const middle = (low + high) / 2 - description.output.zeroPoint;
  const withBias = random.chance(0.9);
  const bias = Int32Array.from(spreads, ({ mean, deviation }, o) => {
    if (!withBias) return 0;
    const centred = (middle * 2 ** shift[o]) / multiplier[o] - mean + 0.5 * deviation * random.gaussian();
    return Math.max(-BIAS_LIMIT, Math.min(BIAS_LIMIT, Math.round(centred)));
  });
  return { bias, multiplier, shift };
}

function spreadsOf(description: LayerDescription, g: Geometry, weight: Int32Array): Spread[] {
  const { bits, signed, zeroPoint } = description.input;
  const [smallest, largest] = integerRange(bits, signed);
  const mean = (smallest + largest) / 2 - zeroPoint;
  const variance = ((largest - smallest + 1) ** 2 - 1) / 12;
  const perChannel = weight.length / g.outChannels;
  return Array.from({ length: g.outChannels }, (_, o) => {
    let sum = 0;
    let squares = 0;
    for (let i = o * perChannel; i < (o + 1) * perChannel; i++) {
      sum += weight[i];
      squares += weight[i] ** 2;
    }
    return { mean: sum * mean, deviation: Math.sqrt(squares * variance) };
  });
}

/** `multiplier / 2^shift` near each scale, in the description's form. */
function fixedPoint(description: LayerDescription, scales: number[], commonShift: boolean): Pick<LayerTensors, 'multiplier' | 'shift'> {
  const { requantize } = description;
  const clampShift = (shift: number) => Math.max(0, Math.min(MAX_SHIFT, shift));
  if (requantize.form === 'power_of_two') {
    const shifts = scales.map((scale) => clampShift(Math.round(-Math.log2(scale))));
    const shift = Int32Array.from(shifts, (own) => (commonShift ? shifts[0] : own));
    return { multiplier: new Int32Array(scales.length).fill(1), shift };
  }
  const largest = 2 ** requantize.bits - 1;
  const shifts = scales.map((scale) => clampShift(Math.floor(Math.log2((largest + 0.49) / scale))));
  const common = shifts.reduce((a, b) => Math.min(a, b));
  const shift = Int32Array.from(shifts, (own) => (commonShift ? common : own));
  const multiplier = Int32Array.from(scales, (scale, o) => Math.max(1, Math.min(largest, Math.round(scale * 2 ** shift[o]))));
  return { multiplier, shift };
}
