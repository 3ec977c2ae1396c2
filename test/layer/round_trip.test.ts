import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatJson, parseJson } from '../../generator/layer/json_text.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { representableValues } from '../../generator/layer/representable.js';
import { SCHEMA_REFERENCE, type ScalarEncoding } from '../../generator/layer/schema.js';
import { writeLayer } from '../../generator/layer/write.js';
import { publishedSchemas } from '../../scripts/write_schema.js';
import { rightLayer, tensor, writeFixture } from './fixture.js';
import { messageOf } from './message.js';

const freshPath = () => join(mkdtempSync(join(tmpdir(), 'shiftloom-write-')), 'demo.layer.json');

const ENCODINGS: ScalarEncoding[] = [
  { encoding: 'uniform', bits: 8 },
  { encoding: 'pot', maxShift: 14 },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 2, maxExponent: 7 },
  { encoding: 'csd', digits: 3, maxShift: 9 },
  { encoding: 'codebook', levels: [-16384, -1, 0, 5, 16384] },
];

describe('writeLayer and readLayer', () => {
  it('reads what numpy wrote and writes it so that it reads back equal', async () => {
    const layer = await readLayer(writeFixture(rightLayer()));
    const path = freshPath();
    await writeLayer(path, layer.description, layer.tensors, layer.sample);
    const again = await readLayer(path);
    expect(again.tensors).toEqual(layer.tensors);
    expect(again.sample).toEqual(layer.sample);
    expect(again.geometry).toEqual(layer.geometry);
    expect(again.description).toEqual({
      ...layer.description,
      $schema: SCHEMA_REFERENCE,
      tensors: 'demo.safetensors',
      sample: 'demo.sample.npy',
    });
  });

  it.each(ENCODINGS)('keeps every value that $encoding can hold', async (weights) => {
    const exponents = weights.encoding === 'bpot' ? weights.maxExponent + 1 : 1;
    const values = Array.from({ length: exponents }, (_, e) => [...representableValues(weights, e)]);
    const outChannels = Math.max(exponents, 1) * 2;
    const inChannels = Math.max(...values.map((v) => v.length)) * 2;
    const description = {
      format: 'shiftloom.layer' as const,
      version: 1 as const,
      kind: 'linear' as const,
      name: 'all_values',
      input: { channels: inChannels, height: 1, width: 1, bits: 8, signed: true, zeroPoint: 0 },
      output: { channels: outChannels, bits: 8, signed: true, zeroPoint: 0 },
      weights,
      requantize: { form: 'power_of_two' as const },
      activation: { kind: 'none' as const },
    };
    const weight = new Int32Array(outChannels * inChannels);
    const exponent = new Int32Array(outChannels * Math.ceil(inChannels / 2));
    for (let o = 0; o < outChannels; o++) {
      const e = o % exponents;
      for (let i = 0; i < inChannels; i++) weight[o * inChannels + i] = values[e][(i + o) % values[e].length];
      exponent.fill(e, (o * inChannels) / 2, ((o + 1) * inChannels) / 2);
    }
    const zeros = new Int32Array(outChannels);
    const tensors = {
      weight,
      exponent: weights.encoding === 'bpot' ? exponent : undefined,
      bias: zeros,
      multiplier: new Int32Array(outChannels).fill(1),
      shift: zeros,
    };
    const path = freshPath();
    await writeLayer(path, description, tensors);
    const layer = await readLayer(path);
    expect(layer.tensors).toEqual(tensors);
  });

  it('writes the same bytes every time and leaves no temporary file', async () => {
    const layer = await readLayer(writeFixture(rightLayer()));
    const paths = [freshPath(), freshPath()];
    for (const path of paths) await writeLayer(path, layer.description, layer.tensors, layer.sample);
    const [a, b] = paths.map((path) => join(path, '..'));
    expect(readdirSync(a).sort()).toEqual(['demo.layer.json', 'demo.safetensors', 'demo.sample.npy']);
    for (const name of readdirSync(a)) expect(readFileSync(join(a, name)).equals(readFileSync(join(b, name)))).toBe(true);
  });

  it('refuses to write what it would refuse to read, and then writes nothing', async () => {
    const layer = await readLayer(writeFixture(rightLayer()));
    const path = freshPath();
    const weight = layer.tensors.weight.slice();
    weight[0] = 3;
    const message = await messageOf(() => writeLayer(path, layer.description, { ...layer.tensors, weight }));
    expect(message).toBe(`${path} tensor 'weight': element [0, 0, 0, 0] is 3; allowed: 0 and +-2^k with k = 0..6. Nearest: 2 and 4`);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('refuses a sample outside the input type', async () => {
    const layer = await readLayer(writeFixture(rightLayer()));
    const sample = { frames: 1, data: new Int32Array(100).fill(256, 3, 4) };
    const path = freshPath();
    expect(await messageOf(() => writeLayer(path, layer.description, layer.tensors, sample))).toBe(
      `${path} sample: value 3 is 256; allowed: integers 0..255`,
    );
  });
});

describe('what a description may leave out', () => {
  it('fills in defaults: no strides, pads, dilations, groups, activation; 8-bit unsigned; zero bias', async () => {
    const fixture = rightLayer();
    fixture.description = {
      format: 'shiftloom.layer',
      version: 1,
      kind: 'conv2d',
      name: 'demo',
      input: { channels: 2, height: 3, width: 2 },
      output: { channels: 6 },
      kernel: [3, 2],
      weights: { encoding: 'pot' },
      requantize: { form: 'power_of_two' },
      tensors: {},
    };
    fixture.tensors = { weight: fixture.tensors.weight, shift: tensor('int64', [1], [7]) };
    fixture.sample = undefined;
    const { tensors, geometry, description } = await readLayer(writeFixture(fixture));
    expect([geometry.outHeight, geometry.outWidth, geometry.groups, geometry.strideHeight]).toEqual([1, 1, 1, 1]);
    expect(description.activation).toEqual({ kind: 'none' });
    expect([...tensors.bias]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...tensors.shift]).toEqual([7, 7, 7, 7, 7, 7]);
    expect([...tensors.multiplier]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('takes integers in any element type, a scalar multiplier, and a UTF-8 byte order mark', async () => {
    const fixture = rightLayer();
    const { weight } = fixture.tensors;
    fixture.tensors.weight = tensor('float64', [...weight.shape], Float64Array.from(weight.data));
    fixture.tensors.multiplier = tensor('int64', [], [300]);
    const path = writeFixture(fixture);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, '\uFEFF' + readFileSync(path, 'utf8'));
    const { tensors } = await readLayer(path);
    expect([...tensors.weight]).toEqual([...weight.data]);
    expect([...tensors.multiplier]).toEqual(new Array(6).fill(300));
  });
});

describe('representable values', () => {
  it('match the table of the number formats page', () => {
    expect([...representableValues({ encoding: 'uniform', bits: 2 })]).toEqual([-2, -1, 0, 1]);
    expect([...representableValues({ encoding: 'pot', maxShift: 2 })]).toEqual([-4, -2, -1, 0, 1, 2, 4]);
    expect([...representableValues({ encoding: 'apot' })]).toEqual([-10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10]);
    expect([...representableValues({ encoding: 'bpot', groupSize: 8, maxExponent: 3 }, 3)]).toEqual([-32, -16, -8, 0, 8, 16, 32]);
    expect([...representableValues({ encoding: 'csd', digits: 2, maxShift: 2 })]).toEqual([-8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8]);
  });

  it('of csd are all sums of its digits, by brute force', () => {
    const sums = new Set<number>();
    const digits = [0, ...[1, 2, 4, 8, 16].flatMap((p) => [p, -p])];
    for (const a of digits) for (const b of digits) for (const c of digits) sums.add(a + b + c);
    const expected = [...sums].sort((x, y) => x - y);
    expect([...representableValues({ encoding: 'csd', digits: 3, maxShift: 4 })]).toEqual(expected);
  });
});

describe('the published JSON Schema', () => {
  it.each(Object.keys(publishedSchemas()))('schema/%s is what the code gives (else run scripts/write_schema)', (name) => {
    expect(readFileSync(join('schema', name), 'utf8')).toBe(publishedSchemas()[name]);
  });

  it('has an id that written files refer to', () => {
    expect(JSON.parse(publishedSchemas()['layer.v1.schema.json'])).toMatchObject({ $id: SCHEMA_REFERENCE });
  });
});

describe('JSON text', () => {
  it('survives writing and parsing, escapes and numbers included', () => {
    const value = { a: [1, -2.5e-9, true, null], 'key "q"': { deep: [{ x: [] }, 'tab\t\u20ac'] }, e: {} };
    expect(parseJson(formatJson(value), 'x')).toEqual(value);
  });
});
