import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandLayer, storedLayer } from '../../generator/expand/expand.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { generateLayer, layerHash } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import { storedSize } from '../../generator/report/stored_bits.js';
import { writeLayer } from '../../generator/layer/write.js';
import { asFactors, rightLayer, tensor, writeFixture } from '../layer/fixture.js';

describe('a layer stored as factors', () => {
  it('is read as a layer of the encoding its weights are recoded to, with the factors beside', async () => {
    const fixture = rightLayer();
    asFactors(fixture, { residual: { maxShift: 3 } });
    fixture.tensors.residual = tensor('int32', [2, 3], [3, 1, 2, 71, -1, 3]);
    const layer = await readLayer(writeFixture(fixture));
    expect(layer.description.weights).toEqual({ encoding: 'bpot', groupSize: 2, maxExponent: 3 });
    expect(layer.tensors.weight).toHaveLength(72);
    expect(layer.tensors.exponent).toHaveLength(36);
    expect(layer.factors!.weights).toMatchObject({ encoding: 'cp', form: 'spatial', rank: 3, blocks: 2 });
    expect([...layer.factors!.tensors.residual!]).toEqual([3, 1, 2, 71, -1, 3]);
  });

  it.each([1, 2, 3, 4, 5, 6])('is written as factors and reads back equal (seed %i)', async (seed) => {
    const layer = randomCpLayer(seed);
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-factors-'));
    const path = join(folder, 'layer.layer.json');
    const stored = storedLayer(layer);
    await writeLayer(path, stored.description, stored.tensors);
    expect(readdirSync(folder).sort()).toEqual(['layer.layer.json', 'layer.safetensors']);
    expect(readFileSync(path, 'utf8')).toContain('"encoding": "cp"');
    const again = await readLayer(path);
    expect(again.tensors).toEqual(layer.tensors);
    expect(again.factors!.tensors).toEqual(layer.factors!.tensors);
    expect(layerHash(again)).toBe(layerHash(layer));
    expect(expandLayer(storedLayer(again), 'again').tensors).toEqual(layer.tensors);
  });

  it('without tensors of factors cannot be written', async () => {
    const { description, tensors } = randomCpLayer(1);
    const path = join(mkdtempSync(join(tmpdir(), 'shiftloom-factors-')), 'layer.layer.json');
    const factored = storedLayer(randomCpLayer(1)).description;
    await expect(writeLayer(path, factored, tensors)).rejects.toThrow(/tensor 'factor_output': is missing/);
    await expect(writeLayer(path, description, storedLayer(randomCpLayer(1)).tensors)).rejects.toThrow(/tensor 'weight': is missing/);
  });

  it('generates the same engine as the layer of its expanded weights, and counts the bits of the factors', () => {
    const layer = randomCpLayer(3, { kinds: ['conv2d'], maxMacs: 20_000 });
    const { factors, ...plain } = layer;
    const [engine, same] = [layer, plain].map((l) => generateLayer(l, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }));
    const memory = [...engine.files.keys()].filter((path) => path.endsWith('.mem') || path.endsWith('_processing_element.v'));
    for (const path of memory) expect(engine.files.get(path)!.split('\n').slice(6)).toEqual(same.files.get(path)!.split('\n').slice(6));
    const input = randomInput(layer, 1, 1);
    expect(goldenRun(layer, input, 1).outputs).toEqual(goldenRun(plain, input, 1).outputs);
    expect(storedSize(layer).storedBits).not.toBe(storedSize(plain).storedBits);
    expect(factors!.weights.encoding).toBe('cp');
  });

  it('stores codes of its factors, shifts and residual entries', () => {
    const layer = randomCpLayer(1);
    const pot = { encoding: 'pot' as const, maxShift: 6 };
    const weights = { encoding: 'cp' as const, form: 'matrix' as const, rank: 2, blocks: 1, factors: { output: pot, input: { encoding: 'uniform' as const, bits: 5 } }, recode: pot, residual: { maxShift: 7 } };
    const factors = { weights, tensors: { output: new Int32Array(6), input: new Int32Array(10), recodeShift: Int32Array.of(1, 2, 3), residual: Int32Array.of(0, 1, 2, 3, -1, 0) } };
    const tensors = { weight: new Int32Array(15), bias: new Int32Array(3), multiplier: new Int32Array(3), shift: new Int32Array(3) };
    const description = { ...layer.description, requantize: { form: 'power_of_two' as const } };
    // 6 codes of 4 bits, 10 of 5, 3 shifts of 5; 2 entries of 4 (of 15 positions) + 1 + 3; biases of 1 bit; one shift of 6.
    expect(storedSize({ ...layer, description, tensors, factors }).storedBits).toBe(24 + 50 + 15 + 16 + 3 + 6);
  });
});
