import type { FloatLayer } from '../../generator/import/float_layer.js';
import { Random } from '../../generator/layer/random.js';

/** A small trained-looking layer: Gaussian weights of another spread in each channel, unsigned input with a zero point. */
export function floatLayer(seed: number, change: Partial<FloatLayer> = {}): FloatLayer {
  const random = new Random(seed);
  const shape = {
    name: 'small',
    kind: 'conv2d' as const,
    input: { channels: 8, height: 7, width: 6 },
    outChannels: 6,
    kernel: [3, 3] as const,
    strides: [1, 1] as const,
    pads: [1, 1, 1, 1] as const,
    dilations: [1, 1] as const,
    groups: 1,
    activation: { kind: 'relu' as const },
    inputFormat: { bits: 8, signed: false, zeroPoint: 0, scale: 0.02 },
    ...change,
  };
  const perChannel = (shape.input.channels / shape.groups) * shape.kernel[0] * shape.kernel[1];
  const weight = new Float32Array(shape.outChannels * perChannel);
  for (let i = 0; i < weight.length; i++) weight[i] = random.gaussian() * 0.05 * (1 + Math.floor(i / perChannel));
  const bias = Float64Array.from({ length: shape.outChannels }, () => random.gaussian());
  return { weight, bias, ...shape };
}
