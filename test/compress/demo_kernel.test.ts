import { describe, expect, it } from 'vitest';
import { compressLayer } from '../../generator/compress/compress.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import { importLayer } from '../../generator/import/registry.js';

const MANIFEST = 'node_modules/@vladmandic/face-api/model/ssd_mobilenetv1_model-weights_manifest.json';

describe('the trained demo kernel, 1,179,648 weights', async () => {
  const layer = await importLayer(MANIFEST, {
    layer: 'Prediction/Conv2d_1_pointwise/weights',
    bias: 'Prediction/Conv2d_1_pointwise/convolution_bn_offset',
    inputSize: [16, 16],
    strides: [2, 2],
    pads: [0, 0, 1, 1],
    activation: { kind: 'clip', min: 0, max: 6 },
    inputFormat: { scale: 6 / 255 },
  });

  /** Figures of the design brief for this kernel, which are floors here; and the bits per weight with all side information. */
  it.each<[CompressOptions['encoding'], number, number]>([
    [{ encoding: 'uniform', bits: 4 }, 14.8, 4.02],
    [{ encoding: 'pot' }, 14.4, 4.02],
    [{ encoding: 'apot' }, 16.3, 4.02],
    [{ encoding: 'csd', digits: 2 }, 28.7, 10.02],
    [{ encoding: 'bpot', groupSize: 8 }, 13.5, 3.27],
    [{ encoding: 'bpot', groupSize: 16 }, 13.0, 3.15],
    [{ encoding: 'bpot', groupSize: 32 }, 12.5, 3.08],
  ])('%o keeps at least %d dB of its weights in at most %d bits each', (encoding, sqnr, bits) => {
    const { stats } = compressLayer(layer, { encoding, outputMacs: 2e7 });
    expect(stats.weightSqnrDb).toBeGreaterThan(sqnr);
    expect(stats.bitsPerWeight).toBeLessThan(bits);
    expect(stats.commonShift).not.toBeNull();
  });
});
