import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeNpy, parseNpy, readNpy, writeNpy } from '../../generator/layer/npy.js';
import type { DType, NumericArray } from '../../generator/layer/tensor.js';
import { messageOf } from './message.js';
import { pythonWithNumpy } from './python.js';

const python = pythonWithNumpy();

function numpy(script: string, folder = mkdtempSync(join(tmpdir(), 'shiftloom-npy-'))): string {
  execFileSync(python, ['-c', `import numpy as np\n${script}`], { cwd: folder });
  return folder;
}

describe('.npy files', () => {
  it.each([
    ['int8', Int8Array.of(-128, 0, 127)],
    ['int16', Int16Array.of(-32768, 5, 32767)],
    ['int32', Int32Array.of(-(2 ** 31), 5, 2 ** 31 - 1)],
    ['int64', Float64Array.of(-(2 ** 53) + 1, 5, 2 ** 53 - 1)],
    ['uint8', Uint8Array.of(0, 5, 255)],
    ['uint16', Uint16Array.of(0, 5, 65535)],
    ['uint32', Uint32Array.of(0, 5, 2 ** 32 - 1)],
    ['float32', Float32Array.of(-1.5, 0, Math.fround(1e30))],
    ['float64', Float64Array.of(-1.5, Math.PI, 1e300)],
  ] as [DType, NumericArray][])('gives back %s values that were encoded', (dtype, data) => {
    expect(parseNpy(encodeNpy({ dtype, shape: [3, 1], data }), 'x')).toEqual({ dtype, shape: [3, 1], data });
  });

  it('writes the very bytes that numpy.save writes', () => {
    const folder = numpy("np.save('a.npy', np.arange(24, dtype=np.int16).reshape(2, 3, 4))\nnp.save('b.npy', np.arange(5, dtype=np.int8))");
    const a = encodeNpy({ dtype: 'int16', shape: [2, 3, 4], data: Int16Array.from({ length: 24 }, (_, i) => i) });
    const b = encodeNpy({ dtype: 'int8', shape: [5], data: Int8Array.of(0, 1, 2, 3, 4) });
    expect(Buffer.from(a).equals(readFileSync(join(folder, 'a.npy')))).toBe(true);
    expect(Buffer.from(b).equals(readFileSync(join(folder, 'b.npy')))).toBe(true);
  });

  it('brings Fortran order to row-major order', async () => {
    const folder = numpy("np.save('f.npy', np.asfortranarray(np.arange(24, dtype=np.float64).reshape(2, 3, 4)))");
    const tensor = await readNpy(join(folder, 'f.npy'));
    expect(tensor.shape).toEqual([2, 3, 4]);
    expect(Array.from(tensor.data)).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('reads 16-bit floats exactly, subnormal and infinite ones included', async () => {
    const folder = numpy("np.save('h.npy', np.array([1.5, -0.1, 6e-8, 65504, np.inf], dtype=np.float16))");
    const { data } = await readNpy(join(folder, 'h.npy'));
    expect(Array.from(data)).toEqual([1.5, -0.0999755859375, 2 ** -24, 65504, Infinity]);
  });

  it('reads version 2 files, which numpy writes for long headers', async () => {
    const folder = numpy("f = open('v2.npy', 'wb')\nnp.lib.format.write_array(f, np.arange(3, dtype=np.uint8), version=(2, 0))");
    expect(Array.from((await readNpy(join(folder, 'v2.npy'))).data)).toEqual([0, 1, 2]);
  });

  it('reads a scalar as shape ()', async () => {
    const folder = numpy("np.save('s.npy', np.int32(7))");
    expect(await readNpy(join(folder, 's.npy'))).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(7) });
  });

  it('writes files that numpy loads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-npy-'));
    await writeNpy(join(folder, 'w.npy'), { dtype: 'int64', shape: [2, 2], data: Float64Array.of(1, -2, 3, 2 ** 40) });
    numpy("w = np.load('w.npy')\nassert w.dtype == np.int64 and w.tolist() == [[1, -2], [3, 2**40]]", folder);
  });

  const good = encodeNpy({ dtype: 'int32', shape: [4], data: new Int32Array(4) });
  const header = (dict: string) => {
    const padded = dict.padEnd(117) + '\n';
    return Buffer.concat([good.subarray(0, 8), Buffer.from([padded.length, 0]), Buffer.from(padded)]);
  };
  it.each([
    ['text', Buffer.from('weights,1,2,3 and more'), 'x: is not a .npy file (it does not start with \\x93NUMPY). Write it with numpy.save'],
    ['missing data', good.subarray(0, good.length - 3), 'x: is cut short: int32 (4,) takes 16 bytes, the file holds 13'],
    ['data behind the end', Buffer.concat([good, Buffer.alloc(1)]), 'x: is too long: int32 (4,) takes 16 bytes, the file holds 17'],
    ['a header that ends early', good.subarray(0, 50), 'x: is cut short inside its header'],
    ['version 9', Buffer.concat([good.subarray(0, 6), Buffer.from([9]), good.subarray(7)]), 'x: has .npy version 9; versions 1 and 2 are read'],
    ['text elements', header("{'descr': '<U3', 'fortran_order': False, 'shape': (4,), }"), "x: has element type '<U3'; integers of 1 to 8 bytes and floats of 2, 4, 8 bytes are read. Convert it with .astype"],
    ['structured elements', header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (4,), }"), 'x: has no single element type (structured arrays are not read)'],
    ['big-endian elements', header("{'descr': '>i4', 'fortran_order': False, 'shape': (4,), }"), "x: is big-endian ('>i4'). Convert it with .astype('<i4')"],
    ['a shape that is no tuple', header("{'descr': '<i4', 'fortran_order': False, 'shape': (-4,), }"), 'x: has no readable shape in its header'],
    ['a 2 TiB claim', header("{'descr': '<i4', 'fortran_order': False, 'shape': (549755813888,), }"), 'x: is cut short: int32 (549755813888,) takes 2199023255552 bytes, the file holds 0'],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await messageOf(() => parseNpy(bytes, 'x'))).toBe(message);
  });

  it('refuses a 64-bit integer that has no exact number', async () => {
    const bytes = encodeNpy({ dtype: 'int64', shape: [1], data: Float64Array.of(2 ** 60) });
    expect(await messageOf(() => parseNpy(bytes, 'x'))).toBe('x: element 0 is 1152921504606846976, beyond the exact integers of +-2^53');
  });
});
