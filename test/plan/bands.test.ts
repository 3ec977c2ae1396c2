import { describe, expect, it } from 'vitest';
import { ShiftloomError } from '../../generator/errors.js';
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { layerSchema } from '../../generator/layer/schema.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import { findLanes } from '../../generator/plan/search.js';

/** A layer of `bits` bit weights that are all 1, with 3x3 kernels and "same" pads. */
function square(size: number, inChannels: number, outChannels: number, bits = 8): Layer {
  const description = layerSchema.parse({
    format: 'shiftloom.layer', version: 1, name: 'square', kind: 'conv2d',
    input: { channels: inChannels, height: size, width: size, bits: 8, signed: false, zeroPoint: 0 },
    output: { channels: outChannels, bits: 8, signed: false, zeroPoint: 0 },
    kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1,
    weights: { encoding: 'uniform', bits }, requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'none' }, tensors: 'square.safetensors',
  });
  const of = (value: number) => new Int32Array(outChannels).fill(value);
  const tensors = { weight: new Int32Array(inChannels * outChannels * 9).fill(1), bias: of(0), multiplier: of(1), shift: of(8) };
  return { description, geometry: geometryOf(description), tensors };
}

const LANES: Lanes = { oc: 16, ic: 16, pixel: 4, kind: 'dsp', weights: 'streamed' };

describe('bands of streamed weights', () => {
  it('are one if the map fits the block RAM', () => {
    const plan = planLayer(square(28, 256, 512), { ...LANES, pixel: 1 });
    expect(plan.streamed).toMatchObject({ bands: 1, bandRows: 28, lastBandRows: 28 });
    expect(plan.ring.rows).toBeGreaterThanOrEqual(28);
    expect(plan.streamed!.beatsPerPass).toBe((512 / 16) * plan.sequencer.steps * ((16 * 16 * 8) / 64));
  });

  it('hold the input rows of their output rows in the ring, within nine tenths of the block RAM, and the rows of all bands are the map', () => {
    for (const [layer, blockRams] of [[square(224, 64, 64), 500], [square(112, 128, 128), 200], [square(56, 256, 256), 150]] as const) {
      const plan = planLayer(layer, LANES, blockRams);
      const { bands, bandRows, lastBandRows } = plan.streamed!;
      expect(bands).toBeGreaterThan(1);
      expect(bandRows + 2).toBeLessThanOrEqual(plan.ring.rows);
      expect((bands - 1) * bandRows + lastBandRows).toBe(layer.geometry.outHeight);
      expect(lastBandRows).toBeGreaterThan(0);
      expect(estimateLayer(plan).bram36).toBeLessThanOrEqual(0.9 * blockRams);
    }
  });

  it('have the rows that are asked for, in a smaller ring', () => {
    const layer = square(56, 64, 64);
    const free = planLayer(layer, LANES);
    const given = planLayer(layer, { ...LANES, band: 6 });
    expect(given.streamed).toMatchObject({ bands: 10, bandRows: 6, lastBandRows: 2 });
    expect(given.ring.rows).toBeGreaterThanOrEqual(8);
    expect(given.ring.rows).toBeLessThan(free.ring.rows);
  });

  it('are refused where they cannot be, with the way out', () => {
    const place = (lanes: Lanes, blockRams?: number) => () => planLayer(square(224, 64, 64), lanes, blockRams);
    expect(place({ ...LANES, weights: 'resident', band: 4 })).toThrow(/weights=streamed/);
    expect(place({ ...LANES, band: 224 }, 100)).toThrow(/Give band=\d+/);
    expect(place(LANES, 30)).toThrow(ShiftloomError);
  });
});

describe('resident weights', () => {
  it('that the device cannot hold are refused, and the message says how to stream them', () => {
    const lanes: Lanes = { ...LANES, weights: 'resident' };
    expect(() => planLayer(square(28, 256, 512, 16), lanes)).toThrow(/more than the device's 500.*weights=streamed/s);
    expect(() => planLayer(square(28, 256, 512, 8), lanes)).not.toThrow();
  });

  it('that do not fit make the search try streamed ones', () => {
    const { lanes, estimate } = findLanes(square(14, 256, 512, 16), { maxMacs: 64, maxBram: 450, maxLut: 100_000 });
    expect(lanes.weights).toBe('streamed');
    expect(estimate.bram36).toBeLessThanOrEqual(450);
  }, 60_000);
});

describe('what binds', () => {
  it('is the weight stream where a band has fewer pixel tiles than a weight word has beats', () => {
    const layer = square(8, 64, 64);
    expect(estimateLayer(planLayer(layer, { ...LANES, band: 1 }))).toMatchObject({ bound: 'weight stream' });
    const whole = estimateLayer(planLayer(square(28, 64, 64), LANES));
    expect(whole.bound).toBe('compute');
    expect(whole.busy.weightStream).toBeLessThan(whole.busy.compute);
    expect(estimateLayer(planLayer(layer, { ...LANES, weights: 'resident' })).busy.weightStream).toBe(0);
  });

  it('counts beats as the streams have them', () => {
    const layer = randomLayer(8010);
    const { plan, busy } = ((p) => ({ plan: p, busy: estimateLayer(p).busy }))(planLayer(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut', weights: 'streamed', band: 1 }));
    expect(busy.weightStream).toBe(plan.streamed!.beatsPerPass * layer.geometry.outHeight);
    expect(busy.outputStream).toBe(plan.output.beatsPerFrame);
  });
});
