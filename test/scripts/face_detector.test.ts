/** The face detector that the demo's activations come from, against what the package itself finds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { squareAround } from '../../scripts/demo/face_crops.js';
import { DEMO_LAYER, loadFaceDetector, tensorOf, type FaceDetector } from '../../scripts/demo/face_detector.js';
import { findFacePackage, readFaceWeights, type FacePackage, type Weights } from '../../scripts/demo/face_package.js';
import { cropPhoto, networkInput, readPhoto, type Photo } from '../../scripts/demo/photo.js';

let found: FacePackage;
let weights: Weights;
let detector: FaceDetector;

beforeAll(async () => {
  found = findFacePackage();
  weights = await readFaceWeights(found);
  detector = await loadFaceDetector(weights);
}, 60_000);
afterAll(() => detector.release());

describe('face detector', () => {
  it('finds the 22 faces in the six photos that the package finds, with the same scores', async () => {
    const scores: number[][] = [];
    for (const path of found.photoPaths) scores.push((await detector.detect(networkInput(readPhoto(path)))).faces.map((face) => face.score));
    expect(scores.map((s) => s.length)).toEqual([3, 3, 3, 4, 5, 4]);
    expect(Math.min(...scores.flat())).toBeCloseTo(0.61, 2);
    // Scores of the package's own code (TensorFlow.js, wasm) on the first two photos.
    const published = [
      [0.995, 0.993, 0.989],
      [0.989, 0.885, 0.762],
    ];
    published.flat().forEach((score, i) => expect(scores.slice(0, 2).flat()[i]).toBeCloseTo(score, 3));
  }, 60_000);

  it('loses large faces when the demo layer is replaced by zeros, so the layer takes part in their score', async () => {
    const photo = readPhoto(found.photoPaths[2]);
    const [face] = (await detector.detect(networkInput(photo))).faces;
    const crop = networkInput(squareAround(photo, face, 1.2));
    const { shape, data } = tensorOf(weights, `${DEMO_LAYER}/weights`);
    const emptied = await loadFaceDetector(new Map(weights).set(`${DEMO_LAYER}/weights`, { shape, data: new Float32Array(data.length) }));
    const trainedScore = (await detector.detect(crop, 0.01)).faces[0].score;
    const emptiedScore = (await emptied.detect(crop, 0.001)).faces[0].score;
    await emptied.release();
    expect(trainedScore).toBeGreaterThan(0.9);
    expect(emptiedScore).toBeLessThan(0.15);
  }, 60_000);

  it('refuses a weight file that is not the known one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weights-'));
    const weightsPath = join(folder, 'other.bin');
    writeFileSync(weightsPath, 'abc');
    await expect(readFaceWeights({ ...found, weightsPath })).rejects.toThrow(
      `${weightsPath}: SHA-256 is ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, expected ` +
        '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8. ' +
        'Install @vladmandic/face-api in the version that package.json names',
    );
    rmSync(folder, { recursive: true });
  });

  it('shrinks a photo by bilinear interpolation from the upper left corner and pads it with black', () => {
    const photo: Photo = { width: 1024, height: 512, rgb: new Uint8Array(1024 * 512 * 3) };
    for (let i = 0; i < photo.rgb.length; i++) photo.rgb[i] = Math.floor(i / 3) % 256;
    const input = networkInput(photo);
    const at = (y: number, x: number): number => Math.round((input[y * 512 + x] + 1) * 127.5 * 1000) / 1000;
    expect([at(0, 0), at(0, 1), at(0, 100), at(255, 127), at(256, 0), at(511, 511)]).toEqual([0, 2, 200, 254, 0, 0]);
  });
});
