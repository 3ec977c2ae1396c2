import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEnergyTable } from '../../generator/energy/energy_table.js';
import { energyOf } from '../../generator/energy/energy.js';
import { writeDesign } from '../../generator/flow/design.js';
import { measureEnergy, writeEnergy, type MeasuredEnergy } from '../../generator/flow/energy.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { cycleModel } from '../../generator/plan/cycles.js';
import { parseSaif } from '../energy/saif_parser.js';

/** A convolution with 8-bit weights whose requantizer multiplies: all of it in DSP blocks. */
function dspLayer(): Layer {
  for (let seed = 1; ; seed++) {
    const layer = randomLayer(seed, { encodings: ['uniform'], kinds: ['conv2d'], maxMacs: 8000, maxOutputs: 300 });
    if (layer.description.requantize.form === 'multiplier' && layer.geometry.groups === 1 && layer.geometry.groupInChannels > 2) return layer;
  }
}

/** Past the start, so that the cycle counter runs in every counted cycle. */
const FROM = 10;

describe('energy of a small engine of DSP lanes', { timeout: 300_000 }, () => {
  let generated: Generated;
  let measured: MeasuredEnergy;
  beforeAll(async () => {
    generated = generateLayer(dspLayer(), { oc: 2, ic: 2, pixel: 1, kind: 'dsp' });
    measured = await measureEnergy(generated, { from: FROM });
  }, 300_000);

  it('the netlist after synthesis gives the outputs of the golden model, all of them', () => {
    const { outHeight, outWidth, outChannels } = generated.plan.layer.geometry;
    expect(measured.energy).toMatchObject({ mismatches: 0, outputs: outHeight * outWidth * outChannels });
  });

  it('counts up to the end of a short frame, and its energy is that of the events it lists', () => {
    const { energy } = measured;
    const frame = cycleModel(generated.plan).cycles;
    expect(energy).toMatchObject({ frameCycles: frame, from: FROM, shareOfFrame: energy.cycles / frame });
    expect(Math.abs(frame - FROM - energy.cycles)).toBeLessThanOrEqual(4);
    expect(energyOf(energy.eventsPerMac, loadEnergyTable()).nominal).toBeCloseTo(energy.perMac.nominal, 9);
    expect(energy.perFrame.nominal).toBeCloseTo(energy.perMac.nominal * generated.plan.macs, 3);
    expect(energy.perMac.low).toBeLessThan(energy.perMac.nominal);
    expect(energy.eventsPerMac.dspCycle).toBeGreaterThan(0.1);
  });

  it('counts toggles right: bit k of the cycle counter changes every 2^k cycles', () => {
    const { duration, nets } = parseSaif(measured.saif);
    const { cycles } = measured.energy;
    expect(duration).toBe(cycles * 5000);
    const found = [...nets].filter(([path]) => /\/u_control_registers\/cycles_q\[\d+\]$/.test(path)).map(([path, net]) => [Number(/\d+(?=\]$)/.exec(path)![0]), net] as const);
    const low = found.filter(([bit]) => bit < 6).sort(([a], [b]) => a - b);
    expect(low.map(([bit]) => bit)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const [bit, { tc }] of low) {
      expect(tc, `bit ${bit}`).toBeGreaterThanOrEqual(Math.floor(cycles / 2 ** bit));
      expect(tc, `bit ${bit}`).toBeLessThanOrEqual(Math.ceil(cycles / 2 ** bit));
    }
  });

  it('SAIF: times add up for every net, names are those of the source, the clock has two changes a cycle', () => {
    const { duration, nets } = parseSaif(measured.saif);
    const { top } = generated;
    for (const [path, { t0, t1, tx, tc }] of nets) {
      expect(t0 + t1 + tx, path).toBe(duration);
      if (!/clk$/.test(path)) expect(tc, path).toBeLessThanOrEqual((2 * Math.min(t0, t1)) / 5000 + 1);
    }
    expect(nets.get(`${top}/aclk`)).toEqual({ t0: duration / 2, t1: duration / 2, tx: 0, tc: 2 * measured.energy.cycles });
    expect(nets.has(`${top}/m_axis_tdata[0]`)).toBe(true);
    expect(nets.has(`${top}/gen_pixels[0].gen_channels[1].u_processing_element/act_i[0]`)).toBe(true);
  });

  it('is right on a map that is rolled up to a row, too; a frame too short for a row past its start is counted whole', async () => {
    const { outHeight, outWidth, outChannels } = generated.plan.layer.geometry;
    const { energy } = await measureEnergy(generated, { row: 1 });
    expect(energy).toMatchObject({ mismatches: 0, outputs: outHeight * outWidth * outChannels });
    expect(Math.abs(cycleModel(generated.plan).cycles - energy.cycles)).toBeLessThanOrEqual(4);
    expect(energy.perMac.nominal).not.toBe(measured.energy.perMac.nominal);
  }, 300_000);

  it('leaves energy.json and activity.saif in the folder of the design', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'energy-')), 'design');
    await writeDesign(folder, generated);
    await writeEnergy(folder, measured);
    expect(JSON.parse(readFileSync(join(folder, 'energy.json'), 'utf8'))).toEqual(measured.energy);
    expect(readFileSync(join(folder, 'activity.saif'), 'utf8')).toBe(measured.saif);
  });

  it('says what is missing and what is out of the frame before it synthesizes anything', async () => {
    await expect(measureEnergy(generated, {}, { env: { PATH: '' } })).rejects.toThrow(
      /^verilator: not found, and the netlist of a design is simulated with Verilator only/,
    );
    await expect(measureEnergy(generated, { from: 1_000_000 })).rejects.toThrow(/cycles 1000000 to \d+ are not in its frame of \d+ cycles/);
    await expect(measureEnergy(generated, { table: 'none' })).rejects.toThrow(/there is no such energy table/);
  });
});

describe('energy of a small engine that holds its weights', { timeout: 300_000 }, () => {
  it('is counted on a netlist whose queues keep their enables and give every output right', async () => {
    const layer = randomLayer(212, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 8000, maxOutputs: 300 });
    const generated = generateLayer(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut', hold: 3 });
    const { outWidth, outHeight, outChannels } = layer.geometry;
    expect(outWidth).toBeGreaterThanOrEqual(3);
    const { energy } = await measureEnergy(generated, { from: 1, cycles: 100_000 });
    expect(energy).toMatchObject({ mismatches: 0, outputs: outHeight * outWidth * outChannels });
    expect(energy.eventsPerMac.shiftRegister).toBeGreaterThan(0);
  });
});

describe('energy of a small engine with streamed weights', { timeout: 300_000 }, () => {
  it('is counted on a netlist that gets its weights, tile by tile, and gives every output right', async () => {
    const layer = randomLayer(211, { encodings: ['bpot'], kinds: ['conv2d'], maxMacs: 8000, maxOutputs: 300 });
    const generated = generateLayer(layer, { oc: 1, ic: 2, pixel: 1, weights: 'streamed' });
    const { energy } = await measureEnergy(generated, { from: 1, cycles: 100_000 });
    const { outHeight, outWidth, outChannels } = layer.geometry;
    expect(energy).toMatchObject({ mismatches: 0, outputs: outHeight * outWidth * outChannels });
    expect(energy.eventsPerMac.sink).toBeGreaterThan(0);
  });
});
