import { describe, expect, it } from 'vitest';
import { readManifestTensors } from '../../generator/import/tfjs_manifest.js';

const MANIFEST = 'node_modules/@vladmandic/face-api/model/ssd_mobilenetv1_model-weights_manifest.json';

describe('tfjs weights manifest', () => {
  it('reads the demo kernel with its documented quantization: step 0.0145333514, zero point 125, 7.8 % exact zeros', async () => {
    const name = 'Prediction/Conv2d_1_pointwise/weights';
    const kernel = (await readManifestTensors(MANIFEST, [name])).get(name)!;
    expect(kernel.shape).toEqual([3, 3, 256, 512]);
    const steps = Array.from(kernel.data.subarray(0, 5000), (v) => v / 0.0145333514);
    expect(Math.max(...steps.map((s) => Math.abs(s - Math.round(s))))).toBeLessThan(1e-4);
    const zeros = (kernel.data as Float32Array).reduce((n, v) => n + (v === 0 ? 1 : 0), 0);
    expect(zeros / kernel.data.length).toBeCloseTo(0.078, 3);
  });

  it('names the nearest tensor for a misspelled name', async () => {
    await expect(readManifestTensors(MANIFEST, ['Prediction/Conv2d_1_pointwise/weight'])).rejects.toThrow(
      "has no tensor 'Prediction/Conv2d_1_pointwise/weight'. Did you mean 'Prediction/Conv2d_1_pointwise/weights'?",
    );
  });
});
