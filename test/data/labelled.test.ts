import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLabelled } from '../../generator/data/labelled.js';
import { encodeNpy } from '../../generator/layer/npy.js';
import type { DType } from '../../generator/layer/tensor.js';
import { messageOf } from '../layer/message.js';

const input = { channels: 1, height: 2, width: 2, bits: 4, signed: false, zeroPoint: 0 };
const digits = { channels: 1, height: 28, width: 28, bits: 8, signed: false, zeroPoint: 0 };

function folder(images: [DType, number[], number[]], labels: number[]): string {
  const path = mkdtempSync(join(tmpdir(), 'shiftloom-pictures-'));
  const [dtype, shape, data] = images;
  writeFileSync(join(path, 'images.npy'), encodeNpy({ dtype, shape, data: Float64Array.from(data) }, 'images'));
  writeFileSync(join(path, 'labels.npy'), encodeNpy({ dtype: 'int64', shape: [labels.length], data: Float64Array.from(labels) }, 'labels'));
  return path;
}

describe('labelled pictures', () => {
  it('are read from a folder', async () => {
    const path = folder(['uint8', [2, 2, 2, 1], [0, 1, 2, 3, 12, 13, 14, 15]], [1, 0]);
    const data = await readLabelled(path, input, 2);
    expect(data).toMatchObject({ name: path, count: 2, picture: { height: 2, width: 2, channels: 1 } });
    expect([...data.images]).toEqual([0, 1, 2, 3, 12, 13, 14, 15]);
    expect([...data.labels]).toEqual([1, 0]);
  });

  it('are the test digits of MNIST, for a map and for a vector', async () => {
    for (const format of [digits, { ...digits, channels: 784, height: 1, width: 1 }]) {
      const data = await readLabelled('mnist', format, 10);
      expect([data.count, data.images.length, data.labels[0], data.picture.height]).toEqual([10_000, 7_840_000, 7, 28]);
    }
  });

  it('are refused where they do not fit the network, with both shapes', async () => {
    expect(await messageOf(() => readLabelled('mnist', { ...digits, width: 32 }, 10))).toBe('mnist: pictures are 28x28 of unsigned 8 bit, the network reads 28x32x1 of unsigned 8 bit. Give a folder with images.npy and labels.npy');
    expect(await messageOf(() => readLabelled('mnist', digits, 5))).toBe('mnist: label 0 is 7; the network tells 5 classes apart, 0..4');
    expect(await messageOf(() => readLabelled('fashion-mist', digits, 10))).toBe("fashion-mist: is neither a data set nor a folder. Did you mean 'fashion-mnist'?");
    const large = folder(['uint8', [1, 2, 2, 1], [0, 1, 16, 3]], [1]);
    expect(await messageOf(() => readLabelled(large, input, 2))).toBe(`${large}/images.npy: element [0, 1, 0, 0] is 16; allowed: integers 0..15`);
    const few = folder(['uint8', [2, 2, 2, 1], [0, 1, 1, 3, 0, 0, 0, 0]], [1]);
    expect(await messageOf(() => readLabelled(few, input, 2))).toBe(`${few}/labels.npy: has shape (1,); there are 2 pictures: (2)`);
  });
});
