import { describe, expect, it } from 'vitest';
import { compressLayer } from '../../generator/compress/compress.js';
import { askedLenet } from '../../scripts/assign_lenet.js';

describe('LeNet-5, asked what compressed layers do to it', () => {
  it('answers with an error that grows as bits are taken away, and hardly differs with 8-bit activations alone', async () => {
    const network = await askedLenet();
    expect(network.layers.map(({ layer }) => [layer.name, layer.calibration!.frames, layer.sample!.frames])).toEqual(
      ['conv1', 'conv2', 'fc1', 'fc2'].map((name) => [name, 1000, 200]),
    );
    const { layer } = network.layers[1];
    const errorOf = async (encoding: Parameters<typeof compressLayer>[1]['encoding']) => network.error(new Map([[layer.name, compressLayer(layer, { encoding })]]));
    const [none, eight, three] = [await network.error(new Map()), await errorOf({ encoding: 'uniform', bits: 8 }), await errorOf({ encoding: 'bpot' })];
    expect(none).toBeGreaterThan(0);
    expect(eight).toBeLessThan(1e-4);
    expect(three).toBeGreaterThan(10 * eight);
  });
});
