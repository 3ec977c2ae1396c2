import { describe, expect, it } from 'vitest';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { inStreamOrder, outputOrder } from '../../generator/plan/output_order.js';
import { planLayer } from '../../generator/plan/plan_layer.js';

const layers = Array.from({ length: 20 }, (_, i) => randomLayer(900 + i));
const LANES = { oc: 3, ic: 2, pixel: 2, kind: 'lut' } as const;
const kindOf = (layer: (typeof layers)[number]) => (layer.description.weights.encoding === 'uniform' ? 'dsp' : 'lut');

describe('outputOrder', () => {
  it('has every output of a frame once', () => {
    for (const layer of layers) {
      const { outHeight, outWidth, outChannels } = layer.geometry;
      const order = outputOrder(planLayer(layer, { ...LANES, kind: kindOf(layer), weights: 'streamed', band: 2 }))!;
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: outHeight * outWidth * outChannels }, (_, i) => i));
    }
  });

  it('keeps the channels of a tile together, pixel after pixel of a band', () => {
    const layer = layers.find(({ geometry: g }) => g.groups === 1 && g.outChannels > 4 && g.outHeight > 2 && g.outWidth > 1)!;
    const order = outputOrder(planLayer(layer, { ...LANES, kind: kindOf(layer), weights: 'streamed', band: 2 }))!;
    const { outChannels } = layer.geometry;
    expect([...order.slice(0, 6)]).toEqual([0, 1, 2, outChannels, outChannels + 1, outChannels + 2]);
  });

  it('is that of rows, columns and channels with resident weights', () => {
    const plan = planLayer(layers[0], { ...LANES, kind: kindOf(layers[0]) });
    const outputs = Int32Array.from({ length: 5 }, (_, i) => i);
    expect(outputOrder(plan)).toBeUndefined();
    expect(inStreamOrder(plan, outputs)).toBe(outputs);
  });
});
