import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, listSafetensors, readSafetensors, writeSafetensors } from '../../generator/layer/safetensors.js';
import type { Tensor } from '../../generator/layer/tensor.js';
import { messageOf } from './message.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-safetensors-'));
let files = 0;

function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return fileWith(Buffer.concat([length, json, data]));
}
function fileWith(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.safetensors`);
  writeFileSync(path, bytes);
  return path;
}
const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({ dtype, shape, data_offsets: [begin, end] });

describe('.safetensors files', () => {
  it('gives back tensors of every type it writes', async () => {
    const tensors = new Map<string, Tensor>([
      ['i8', { dtype: 'int8', shape: [3], data: Int8Array.of(-128, 0, 127) }],
      ['f64', { dtype: 'float64', shape: [1, 2], data: Float64Array.of(Math.PI, -1) }],
      ['i64', { dtype: 'int64', shape: [1], data: Float64Array.of(-(2 ** 40)) }],
      ['u16', { dtype: 'uint16', shape: [2], data: Uint16Array.of(1, 65535) }],
      ['f32', { dtype: 'float32', shape: [], data: Float32Array.of(0.5) }],
      ['u64', { dtype: 'uint64', shape: [1], data: Float64Array.of(2 ** 52) }],
      ['i32', { dtype: 'int32', shape: [0], data: new Int32Array(0) }],
    ]);
    const path = join(folder, 'all.safetensors');
    await writeSafetensors(path, tensors);
    expect(await readSafetensors(path)).toEqual(tensors);
    expect(encodeSafetensors(tensors)).toEqual(encodeSafetensors(tensors));
  });

  it('writes float16 as the nearest there is, and says that it does not write bfloat16', async () => {
    const path = join(folder, 'half.safetensors');
    const values = Float32Array.of(0.1, -2049, 65504, 1e-7);
    await writeSafetensors(path, new Map<string, Tensor>([['h', { dtype: 'float16', shape: [4], data: values }]]));
    const h = (await readSafetensors(path)).get('h')!;
    expect([h.dtype, ...h.data]).toEqual(['float16', 0.0999755859375, -2048, 65504, 2 ** -23]);
    expect(await messageOf(() => encodeSafetensors(new Map<string, Tensor>([['b', { dtype: 'bfloat16', shape: [4], data: values }]]), 'b'))).toContain('bfloat16 is read but not written');
  });

  it('reads 16-bit floats of both kinds, and metadata is no tensor', async () => {
    const header = { __metadata__: { format: 'pt' }, h: entry('F16', [2], 0, 4), b: entry('BF16', [2], 4, 8) };
    const tensors = await readSafetensors(fileOf(header, Buffer.from([0, 0x3e, 0, 0xc0, 0xc0, 0x3f, 0x00, 0xc0])));
    expect([...tensors.keys()]).toEqual(['h', 'b']);
    expect(Array.from(tensors.get('h')!.data)).toEqual([1.5, -2]);
    expect(Array.from(tensors.get('b')!.data)).toEqual([1.5, -2]);
  });

  it('lists names, types and shapes without reading data of unknown types', async () => {
    const path = fileOf({ a: entry('F8_E4M3', [3], 0, 3) }, Buffer.alloc(3));
    expect((await listSafetensors(path)).map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual([
      { name: 'a', dtype: 'F8_E4M3', shape: [3] },
    ]);
    await expect(readSafetensors(path)).rejects.toThrow(
      `${path} tensor 'a': has element type F8_E4M3; I8, I16, I32, I64, U8, U16, U32, U64, F16, BF16, F32, F64 are read`,
    );
  });

  it('names the tensors it has when asked for another', async () => {
    const path = fileOf({ a: entry('I8', [1], 0, 1), b: entry('I8', [1], 1, 2) }, Buffer.alloc(2));
    expect(await messageOf(() => readSafetensors(path, ['c']))).toBe(`${path}: has no tensor 'c'. It has: a, b`);
  });

  it.each<[string, () => string, string]>([
    ['an empty file', () => fileWith(new Uint8Array(0)), 'is not a .safetensors file: 0 bytes hold no header'],
    ['a header longer than the file', () => fileWith(Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 0x7b])), 'is cut short: a header of 200 bytes in a file of 9'],
    ['a claimed header of exabytes', () => fileWith(Buffer.from('text, not tensors')), 'is not a .safetensors file: it claims a header of 8029390560952870000 bytes'],
    ['a header that is not JSON', () => fileOf('{"a": '), 'is not a .safetensors file: its header is not JSON'],
    ['a header that is a list', () => fileOf([1]), 'is not a .safetensors file: its header is not a JSON object'],
    ['cut data', () => fileOf({ a: entry('I32', [4], 0, 16) }, Buffer.alloc(10)), "is cut short: tensor 'a' ends at byte 79, the file has 73"],
    ['overlapping tensors', () => fileOf({ a: entry('I8', [4], 0, 4), b: entry('I8', [4], 2, 6) }, Buffer.alloc(6)), "tensors 'a' and 'b' overlap"],
    ['a hole between tensors', () => fileOf({ a: entry('I8', [2], 0, 2), b: entry('I8', [2], 4, 6) }, Buffer.alloc(6)), "bytes 115 to 117 before tensor 'b' belong to no tensor"],
    ['bytes behind the last tensor', () => fileOf({ a: entry('I8', [2], 0, 2) }, Buffer.alloc(5)), '3 bytes behind the last tensor belong to no tensor'],
    ['a shape that disagrees with the range', () => fileOf({ a: entry('I32', [3], 0, 8) }, Buffer.alloc(8)), "tensor 'a' is I32 (3,) but its data_offsets span 8 bytes"],
    ['a negative shape', () => fileOf({ a: entry('I32', [-3], 0, 8) }, Buffer.alloc(8)), "tensor 'a' has no valid shape"],
    ['a range that runs backwards', () => fileOf({ a: entry('I8', [0], 8, 4) }, Buffer.alloc(8)), "tensor 'a' has no valid data_offsets"],
    ['a missing type', () => fileOf({ a: { shape: [1] } }), "tensor 'a' has no dtype"],
  ])('refuses %s', async (_, make, message) => {
    const path = make();
    expect(await messageOf(() => readSafetensors(path))).toBe(`${path}: ${message}`);
  });
});
