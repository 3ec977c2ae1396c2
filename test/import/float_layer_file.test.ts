import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { readFloatLayer, writeFloatLayer } from '../../generator/import/float_layer_file.js';
import { writeNpy } from '../../generator/layer/npy.js';

function layerOf(change: Partial<FloatLayer> = {}): FloatLayer {
  return {
    name: 'conv',
    kind: 'conv2d',
    input: { channels: 4, height: 5, width: 6 },
    outChannels: 6,
    kernel: [3, 2],
    strides: [2, 1],
    pads: [1, 0, 1, 1],
    dilations: [1, 2],
    groups: 2,
    weight: Float32Array.from({ length: 6 * 2 * 3 * 2 }, (_, i) => Math.fround(Math.sin(i + 1))),
    bias: Float64Array.from([0.5, -1, 2, 0, 0.25, 3]),
    activation: { kind: 'clip', min: 0, max: 6 },
    inputFormat: { bits: 8, signed: false, zeroPoint: 3, scale: 0.05 },
    outputFormat: { bits: 8, signed: false },
    sample: { frames: 2, values: Float32Array.from({ length: 240 }, (_, i) => i / 240) },
    source: 'a test',
    ...change,
  };
}

const folder = () => mkdtemp(join(tmpdir(), 'shiftloom-float-'));

describe('float layer files', () => {
  it('reads back what was written, sample in real units included', async () => {
    const path = join(await folder(), 'conv.float.json');
    const layer = layerOf();
    await writeFloatLayer(path, layer);
    expect(await readFloatLayer(path)).toEqual(layer);
  });

  it('keeps an integer sample as integers and float64 weights as float64', async () => {
    const path = join(await folder(), 'fc.json');
    const layer = layerOf({
      kind: 'linear',
      input: { channels: 4, height: 1, width: 1 },
      kernel: [1, 1],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      groups: 1,
      weight: Float64Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      sample: { frames: 3, values: Int32Array.from({ length: 12 }, (_, i) => i) },
    });
    await writeFloatLayer(path, layer);
    expect(await readFloatLayer(path)).toEqual(layer);
  });

  it('keeps calibration frames beside the sample, and without a sample too', async () => {
    const path = join(await folder(), 'conv.float.json');
    const calibration = { frames: 3, values: Int32Array.from({ length: 360 }, (_, i) => i % 256) };
    for (const layer of [layerOf({ calibration }), layerOf({ calibration, sample: undefined })]) {
      await writeFloatLayer(path, layer);
      expect(await readFloatLayer(path)).toEqual(layer);
    }
  });

  it('writes the same bytes for the same layer', async () => {
    const [a, b] = [await folder(), await folder()];
    for (const at of [a, b]) await writeFloatLayer(join(at, 'conv.json'), layerOf());
    for (const name of ['conv.json', 'conv.safetensors', 'conv.sample.npy']) {
      expect(await readFile(join(a, name))).toEqual(await readFile(join(b, name)));
    }
  });

  it('brings a TensorFlow kernel (HWIO) to the order out, in, height, width', async () => {
    const at = await folder();
    const [H, W, I, O] = [2, 3, 4, 5];
    const value = (o: number, i: number, y: number, x: number) => o * 1000 + i * 100 + y * 10 + x;
    const hwio = new Float32Array(H * W * I * O);
    for (let p = 0; p < hwio.length; p++) {
      const [o, i, x, y] = [p % O, Math.floor(p / O) % I, Math.floor(p / (O * I)) % W, Math.floor(p / (O * I * W))];
      hwio[p] = value(o, i, y, x);
    }
    await writeNpy(join(at, 'w.npy'), { dtype: 'float32', shape: [H, W, I, O], data: hwio });
    const file = {
      format: 'shiftloom.float_layer',
      version: 1,
      kind: 'conv2d',
      name: 'hwio',
      input: { channels: I, height: 4, width: 4 },
      output: { channels: O },
      kernel: [H, W],
      weightLayout: 'HWIO',
      tensors: { weight: 'w.npy' },
    };
    await writeFile(join(at, 'hwio.json'), JSON.stringify(file));
    const { weight } = await readFloatLayer(join(at, 'hwio.json'));
    expect(weight[((3 * I + 2) * H + 1) * W + 2]).toBe(value(3, 2, 1, 2));
    expect(weight[((4 * I + 0) * H + 0) * W + 1]).toBe(value(4, 0, 0, 1));
  });

  it('takes a TensorFlow depthwise kernel (H, W, C, multiplier) as it is stored', async () => {
    const at = await folder();
    const data = Float32Array.from({ length: 3 * 3 * 4 * 2 }, (_, i) => i);
    await writeNpy(join(at, 'w.npy'), { dtype: 'float32', shape: [3, 3, 4, 2], data });
    const file = {
      format: 'shiftloom.float_layer',
      version: 1,
      kind: 'conv2d',
      name: 'dw',
      input: { channels: 4, height: 4, width: 4 },
      output: { channels: 8 },
      kernel: [3, 3],
      groups: 4,
      weightLayout: 'HWIO',
      tensors: { weight: 'w.npy' },
    };
    await writeFile(join(at, 'dw.json'), JSON.stringify(file));
    const { weight } = await readFloatLayer(join(at, 'dw.json'));
    // Output channel 5 is channel 2, multiplier 1; position (1, 2) of its 3x3 kernel.
    expect(weight[5 * 9 + 5]).toBe(5 * 8 + 2 * 2 + 1);
  });

  it.each([
    ['a bias of the wrong length', { bias: new Float64Array(5) }, 'bias: has 5 values for 6 output channels'],
    ['groups that do not divide the channels', { groups: 3 }, '$.groups: 3 groups do not divide 4 input and 6 output channels'],
    ['a weight that is not a number', { weight: new Float32Array(72).fill(NaN) }, 'weight: value 0 is NaN; finite numbers are needed'],
    ['a kernel larger than the padded input', { kernel: [9, 1] as const, weight: new Float32Array(108) }, '$.kernel: spans 9 in height, the padded input has 7: no output. Raise pads or the input size'],
    ['calibration frames of the wrong size', { calibration: { frames: 2, values: new Float32Array(120) } }, 'calibration: has 120 values, 2 frames need 240'],
    ['a calibration value that is not a number', { calibration: { frames: 1, values: new Float32Array(120).fill(NaN) } }, 'calibration: value 0 is NaN; finite numbers are needed'],
    ['a sample of the wrong size', { sample: { frames: 3, values: new Int32Array(10) } }, 'sample: has 10 values, 3 frames need 360'],
  ])('refuses %s', async (_, change, message) => {
    const path = join(await folder(), 'bad.json');
    await expect(writeFloatLayer(path, layerOf(change as Partial<FloatLayer>))).rejects.toThrow(`${path} ${message}`);
  });
});
