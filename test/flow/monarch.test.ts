import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectMonarch } from '../../generator/compress/blocks/monarch.js';
import { sqnrDb } from '../../generator/compress/stats.js';
import { completeLanes, parseLanes } from '../../generator/flow/lanes.js';
import { compressMonarch, monarchText, writeMonarch } from '../../generator/flow/monarch.js';
import { simulateNetwork } from '../../generator/flow/simulate_network.js';
import { generateNetwork } from '../../generator/generate_network.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { Random } from '../../generator/layer/random.js';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import { readFloatReference } from '../../generator/network/float_network.js';
import { readNetwork } from '../../generator/network/read.js';
import { floatLayer } from '../compress/layers.js';

const [INPUTS, OUTPUTS, FRAMES] = [60, 44, 24];

/** A linear layer whose matrix is of Monarch form, 4 blocks, and frames of it. */
function monarchLayer(seed: number, change: Partial<FloatLayer> = {}): FloatLayer {
  const shape = { kind: 'linear' as const, name: 'fc', input: { channels: INPUTS, height: 1, width: 1 }, outChannels: OUTPUTS, kernel: [1, 1] as const, pads: [0, 0, 0, 0] as const };
  const dense = floatLayer(seed, shape);
  const { first, second, middle } = projectMonarch(dense.weight, OUTPUTS, INPUTS, 4);
  const weight = new Float64Array(OUTPUTS * INPUTS);
  for (let o = 0; o < OUTPUTS; o++) for (let m = 0; m < middle; m++) for (let i = 0; i < INPUTS; i++) weight[o * INPUTS + i] += second.weight[o * middle + m] * first.weight[m * INPUTS + i];
  const random = new Random(seed + 9);
  const sample = { frames: FRAMES, values: Int32Array.from({ length: FRAMES * INPUTS }, () => random.integer(0, 255)) };
  return { ...dense, weight, sample, ...change };
}

describe('a layer as two Monarch factors', () => {
  it('is written as a network of two block layers, whose golden outputs are near those of the float product', async () => {
    const layer = monarchLayer(1);
    const made = compressMonarch(layer, { blocks: 4, encoding: { encoding: 'uniform', bits: 8 } });
    const file = await writeMonarch(join(mkdtempSync(join(tmpdir(), 'shiftloom-monarch-')), 'out'), layer, made);
    const network = await readNetwork(file);
    const [first, second] = network.nodes.map((node) => (node.op === 'layer' ? node.layer : undefined));
    expect(first!.blocks!.encoding.blocks).toBe(4);
    expect(first!.description).toMatchObject({ activation: { kind: 'none' }, output: { channels: 16, bits: 8, signed: true, zeroPoint: 0 } });
    expect(second!.description).toMatchObject({ activation: { kind: 'relu' }, input: first!.description.output });
    const outputs = goldenNetwork(network, layer.sample!.values as Int32Array, FRAMES);
    const { scale, zeroPoint } = second!.description.output;
    const expected = Float64Array.from(outputs, (_, at) => {
      const [f, o] = [Math.floor(at / OUTPUTS), at % OUTPUTS];
      let sum = layer.bias[o];
      for (let i = 0; i < INPUTS; i++) sum += layer.weight[o * INPUTS + i] * 0.02 * layer.sample!.values[f * INPUTS + i];
      return Math.max(0, sum);
    });
    const measured = sqnrDb(expected, Float64Array.from(outputs, (y) => (y - zeroPoint) * scale!))!;
    expect(measured).toBeGreaterThan(32);
    expect(made.stats.outputSqnrDb).toBeCloseTo(measured, 6);
    expect((await readFloatReference(network))!.get('fc_second')!.weight).toHaveLength(OUTPUTS * 16);
  });

  it('runs on the block engine: two factors with one permutation between, every word as the golden network gives it', async () => {
    const layer = monarchLayer(6);
    const made = compressMonarch(layer, { blocks: 4, encoding: { encoding: 'pot' } });
    const network = await readNetwork(await writeMonarch(join(mkdtempSync(join(tmpdir(), 'shiftloom-monarch-')), 'out'), layer, made));
    const lanes = parseLanes('oc=4,ic=5,blocks=2');
    const design = generateNetwork(network, new Map(network.nodes.flatMap((node) => (node.op === 'layer' ? [[node.name, completeLanes(node.layer, lanes)] as const] : []))));
    const { outputs, mismatches, timedOut, protocolErrors } = await simulateNetwork(network, design, layer.sample!.values as Int32Array, FRAMES, { stallIn: 0.3, stallOut: 0.3, effort: 'quick' });
    expect({ outputs, mismatches, timedOut, protocolErrors }).toEqual({ outputs: FRAMES * OUTPUTS, mismatches: 0, timedOut: false, protocolErrors: [] });
  }, 60_000);

  it('counts the parameters and stored bits of both factors', () => {
    const { stats, first, second } = compressMonarch(monarchLayer(2), { blocks: 4, encoding: { encoding: 'pot' } });
    expect(stats).toMatchObject({ middle: 16, parameters: 4 * (INPUTS + OUTPUTS) + OUTPUTS, denseParameters: INPUTS * OUTPUTS + OUTPUTS });
    expect(stats.storedBits).toBe(first.stats.stored.total + second.stats.stored.total);
    expect(stats.projectionSqnrDb!).toBeGreaterThan(100);
    const lines = monarchText(stats).split('\n');
    expect(lines.slice(0, 2)).toEqual(['monarch           two factors of 4 blocks, rank 1, 16 values between them', '  parameters      460, biases included, of 2684: 5.83 times fewer']);
    expect(lines[4]).toBe("  measured on     the layer's sample of 24 frames");
  });

  it('tells the error of the projection apart from that of the integers', () => {
    const random = new Random(3);
    const layer = monarchLayer(3);
    const { stats } = compressMonarch({ ...layer, weight: layer.weight.map((w) => w + 0.05 * random.gaussian()) }, { blocks: 4, rank: 2, encoding: { encoding: 'uniform', bits: 8 } });
    expect(stats.outputSqnrDb!).toBeLessThan(stats.factorSqnrDb! - 6);
    expect(stats.rank).toBe(2);
  });

  it('needs no sample, and then says on what it was measured', () => {
    const { stats, first, second } = compressMonarch(monarchLayer(4, { sample: undefined }), { blocks: 4, encoding: { encoding: 'apot' } });
    expect(stats.outputSqnrOn).toBe('half-normal stand-in inputs, seed 1');
    expect([first.sample, second.sample]).toEqual([undefined, undefined]);
    expect(first.stats.outputSqnrOn).toMatch(/^half-normal stand-in inputs, seed 1, 32 of 32 output positions/);
    expect(second.description.compression!.outputSqnrOn).toMatch(/^the first factor's outputs on half-normal stand-in inputs/);
    expect(stats.factorSqnrDb!).toBeGreaterThan(10);
  });

  it('is better calibrated, and with more bits between the factors', () => {
    const layer = monarchLayer(5);
    const calibration = { frames: FRAMES, values: (layer.sample!.values as Int32Array).slice().reverse() };
    const sqnr = (options: object) => compressMonarch({ ...layer, calibration }, { blocks: 4, encoding: { encoding: 'bpot', groupSize: 4 }, ...options }).stats.factorSqnrDb!;
    expect(sqnr({ calibrate: { workers: 0 } })).toBeGreaterThan(sqnr({}));
    const fine = (middleBits: number) => compressMonarch(layer, { blocks: 4, middleBits, encoding: { encoding: 'uniform', bits: 8 } }).stats.factorSqnrDb!;
    expect(fine(12)).toBeGreaterThan(fine(4) + 6);
  });

  it('is the same to the byte every time', async () => {
    const write = () => writeMonarch(mkdtempSync(join(tmpdir(), 'shiftloom-monarch-')), monarchLayer(6), compressMonarch(monarchLayer(6), { blocks: 4, encoding: { encoding: 'pot' } }));
    const [a, b] = [await write(), await write()];
    for (const name of ['fc.network.json', 'float.safetensors', 'layers/fc_first.safetensors', 'layers/fc_second.layer.json']) {
      expect(readFileSync(join(a, '..', name)).equals(readFileSync(join(b, '..', name)))).toBe(true);
    }
  });

  it('is for linear layers only', () => {
    expect(() => compressMonarch(floatLayer(1), { blocks: 2, encoding: { encoding: 'pot' } })).toThrow("monarch: is for linear layers; layer 'small' is a conv2d");
  });
});
