/** The demo layer as files: what the importer reads back is the layer of the network, with the network's own inputs. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { readFloatLayer } from '../../generator/import/float_layer_file.js';
import { RELU6_SCALE, quantizeMap } from '../../scripts/demo/activations.js';
import { loadFaceDetector, type Detection } from '../../scripts/demo/face_detector.js';
import { findFacePackage, readFaceWeights } from '../../scripts/demo/face_package.js';
import { networkInput, readPhoto } from '../../scripts/demo/photo.js';
import { prepareDemo } from '../../scripts/prepare_demo.js';

let folder: string;
let layer: FloatLayer;
let detection: Detection;
const messages: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const { floatLayerPath } = await prepareDemo(folder, { calibrationPhotos: 1, onProgress: (message) => messages.push(message) });
  layer = await readFloatLayer(floatLayerPath);
  const found = findFacePackage();
  const detector = await loadFaceDetector(await readFaceWeights(found));
  detection = await detector.detect(networkInput(readPhoto(found.photoPaths[0])));
  await detector.release();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Convolution in float64 as the layer file describes it, clipped: (channels, height, width) of every 8th channel. */
function convolve(l: FloatLayer, input: (y: number, x: number, c: number) => number): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (let o = 0; o < l.outChannels; o += 8) {
    const values: number[] = [];
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        let sum = l.bias[o];
        for (let c = 0; c < 256; c++) {
          for (let k = 0; k < 9; k++) {
            const [iy, ix] = [2 * y + Math.floor(k / 3) - l.pads[0], 2 * x + (k % 3) - l.pads[1]];
            if (iy < 16 && ix < 16) sum += l.weight[(o * 256 + c) * 9 + k] * input(iy, ix, c);
          }
        }
        values.push(Math.min(6, Math.max(0, sum)));
      }
    }
    out.set(o, values);
  }
  return out;
}

describe('prepareDemo', () => {
  it('writes the trained kernel with its published statistics', () => {
    expect(layer.weight.length).toBe(1_179_648);
    const zeros = Array.from(layer.weight).filter((w) => w === 0).length;
    expect(zeros / layer.weight.length).toBeCloseTo(0.078, 3);
    expect(new Set(layer.weight).size).toBe(192);
    expect(layer.pads).toEqual([0, 0, 1, 1]);
    expect(layer.inputFormat).toEqual({ bits: 8, signed: false, zeroPoint: 0, scale: RELU6_SCALE });
  });

  it('describes the same convolution that the network runs', () => {
    const outputs = convolve(layer, (y, x, c) => detection.layerInput[(c * 16 + y) * 16 + x]);
    for (const [o, values] of outputs) {
      values.forEach((value, p) => expect(Math.abs(value - detection.layerOutput[o * 64 + p])).toBeLessThan(1e-3));
    }
  });

  it('gives sample frames of the network\'s own activations, off by half a unit at most', () => {
    const { frames, values } = layer.sample!;
    expect(frames).toBe(2);
    let furthest = 0;
    for (let p = 0; p < 256; p++) {
      for (let c = 0; c < 256; c++) {
        furthest = Math.max(furthest, Math.abs(values[p * 256 + c] * RELU6_SCALE - detection.layerInput[c * 256 + p]));
      }
    }
    expect(furthest).toBeLessThanOrEqual(RELU6_SCALE / 2 + 1e-6);
    for (const frame of [0, 1]) {
      const units = values.subarray(frame * 65536, (frame + 1) * 65536);
      const zeros = Array.from(units).filter((v) => v === 0).length / 65536;
      expect(zeros).toBeGreaterThan(0.6);
      expect(zeros).toBeLessThan(0.85);
      expect(Math.max(...units)).toBeGreaterThan(200);
    }
  });

  it('records calibration frames from a photo that is not in the sample, twelve views of it', () => {
    const { frames, values } = layer.calibration!;
    expect(frames).toBe(12);
    const frame = (of: ArrayLike<number>, i: number) => Array.from(of).slice(i * 65536, (i + 1) * 65536).join();
    const all = [...[0, 1].map((i) => frame(layer.sample!.values, i)), ...Array.from({ length: 12 }, (_, i) => frame(values, i))];
    expect(new Set(all).size).toBe(14);
    expect(Array.from(values).filter((v) => v === 0).length / values.length).toBeGreaterThan(0.6);
  });

  it('does nothing when its files are current, and makes a damaged one again, byte for byte', async () => {
    const sample = join(folder, 'conv_demo.sample.npy');
    const bytes = readFileSync(sample);
    const written = statSync(sample).mtimeMs;
    const before = messages.length;
    await prepareDemo(folder, { calibrationPhotos: 1, onProgress: (message) => messages.push(message) });
    expect([messages.length, statSync(sample).mtimeMs]).toEqual([before, written]);
    writeFileSync(sample, bytes.subarray(0, 1000));
    await prepareDemo(folder, { calibrationPhotos: 1 });
    expect(readFileSync(sample).equals(bytes)).toBe(true);
  }, 120_000);

  it('records what the network found in each photo', () => {
    const record = JSON.parse(readFileSync(join(folder, 'photos.json'), 'utf8')) as { frames: { photo: string; faceScores: number[] }[] };
    expect(record.frames.map((f) => [f.photo, f.faceScores.length])).toEqual([
      ['sample1.jpg', 3],
      ['sample2.jpg', 3],
    ]);
  });
});

describe('quantizeMap', () => {
  it('turns channel-first values into rows of channels, rounds halves up and limits to a byte', () => {
    // Two channels of a 1x3 map, unit 0.5.
    const map = Float32Array.from([0, 0.25, 1, 0.74, 127.5, 200]);
    expect([...quantizeMap(map, 2, 0.5)]).toEqual([0, 1, 1, 255, 2, 255]);
  });
});
