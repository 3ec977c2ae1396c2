/**
 * Makes the demo layer: the trained 3x3 kernel 256 -> 512 of the face detector inside `@vladmandic/face-api`, with inputs
 * that the network itself produces from the package's photos. Everything comes from the installed package; the results are
 * written to a git-ignored folder and made again only when something they depend on has changed.
 *
 *     node dist/scripts/prepare_demo.js [FOLDER]       (default: examples/demo)
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import type { FloatLayer } from '../generator/import/float_layer.js';
import { writeFloatLayer } from '../generator/import/float_layer_file.js';
import { formatJson } from '../generator/layer/json_text.js';
import { writeNpy } from '../generator/layer/npy.js';
import { writeStaged } from '../generator/layer/files.js';
import { RELU6_SCALE, quantizeMap, summarize } from './demo/activations.js';
import { DEMO_LAYER, loadFaceDetector, trainedKernel, type Detection } from './demo/face_detector.js';
import { findFacePackage, readFaceWeights, type FacePackage, type Weights } from './demo/face_package.js';
import { networkInput, readPhoto } from './demo/photo.js';
import { fingerprint, prepareOnce, terminalProgress, type Progress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';

/** Raise it when this script would write something else from the same inputs. */
const RECIPE = 'demo 1';
const CHANNELS = 256;
const SIDE = 16;
const BASE = 'conv_demo';
const FILES = [`${BASE}.float.json`, `${BASE}.safetensors`, `${BASE}.sample.npy`, 'photos.json'] as const;

/** A face this sure must be found in every photo; the network finds 0.95 and more in all six. */
const SURE_SCORE = 0.9;

export interface PrepareDemoOptions {
  readonly onProgress?: Progress;
  /** How many of the package's six photos become frames of the sample. */
  readonly photos?: number;
}

/** One frame of the sample: where it comes from and what the network found in it. */
interface FrameRecord {
  readonly photo: string;
  readonly faceScores: readonly number[];
  readonly activations: ReturnType<typeof summarize>;
}

/**
 * Writes `conv_demo.float.json` (the layer in the importer's form: float32 weights and bias, geometry, formats), its
 * tensors, `conv_demo.sample.npy` (uint8, (frames, 16, 16, 256), unit 6/255) and `photos.json` (what was found in each photo).
 * Offline and deterministic; does nothing when the folder's files are current.
 * @throws ShiftloomError `tool` or `input` if the package is not as expected, `check` if the network finds no face, which
 * means that the activations are not those of the trained network.
 */
export async function prepareDemo(outDir: string, { onProgress, photos = 2 }: PrepareDemoOptions = {}): Promise<{ floatLayerPath: string }> {
  const found = findFacePackage();
  const photoPaths = found.photoPaths.slice(0, photos);
  const sources = [found.manifestPath, found.weightsPath, ...photoPaths].map((path) => readFileSync(path));
  await prepareOnce(outDir, fingerprint([RECIPE, ...sources]), FILES, async () => {
    onProgress?.('loading the face detector', 0);
    const weights = await readFaceWeights(found);
    const { frames, records } = await runPhotos(weights, photoPaths, onProgress);
    await writeFloatLayer(join(outDir, FILES[0]), demoLayer(weights, frames));
    await writeSample(outDir, frames);
    await writeStaged([{ path: join(outDir, FILES[3]), content: formatJson({ layer: DEMO_LAYER, package: packageName(found), frames: records }) }]);
    onProgress?.('demo layer ready', 1);
  });
  return { floatLayerPath: join(outDir, FILES[0]) };
}

async function runPhotos(
  weights: Weights,
  paths: readonly string[],
  onProgress: Progress | undefined,
): Promise<{ frames: Uint8Array[]; records: FrameRecord[] }> {
  const detector = await loadFaceDetector(weights);
  const frames: Uint8Array[] = [];
  const records: FrameRecord[] = [];
  for (const [i, path] of paths.entries()) {
    const photo = basename(path);
    onProgress?.(`running the network on ${photo}`, (i + 1) / (paths.length + 1));
    const detection = await detector.detect(networkInput(readPhoto(path)));
    checkFound(detection, path);
    const quantized = quantizeMap(detection.layerInput, CHANNELS, RELU6_SCALE);
    frames.push(quantized);
    records.push({ photo, faceScores: detection.faces.map((face) => face.score), activations: summarize(detection.layerInput, quantized) });
  }
  await detector.release();
  return { frames, records };
}

function checkFound({ faces }: Detection, path: string): void {
  const best = faces.length > 0 ? faces[0].score : 0;
  if (best >= SURE_SCORE) return;
  throw new ShiftloomError('check', path, `the best face scores ${best.toFixed(2)}, expected ${SURE_SCORE} or more: the network does not run as trained`);
}

function demoLayer(weights: Weights, frames: readonly Uint8Array[]): FloatLayer {
  return {
    ...trainedKernel(weights, { bits: 8, signed: false, zeroPoint: 0, scale: RELU6_SCALE }),
    name: BASE,
    input: { channels: CHANNELS, height: SIDE, width: SIDE },
    strides: [2, 2],
    pads: [0, 0, 1, 1],
    sample: { frames: frames.length, values: Int32Array.from(frames.flatMap((frame) => Array.from(frame))) },
    source: `${DEMO_LAYER} of SSD-MobileNetV1 in npm @vladmandic/face-api (MIT), inputs from its demo photos`,
  };
}

/** The sample as bytes, a quarter of the size of the 32-bit integers that `writeFloatLayer` has written. */
async function writeSample(outDir: string, frames: readonly Uint8Array[]): Promise<void> {
  const data = new Uint8Array(frames.length * SIDE * SIDE * CHANNELS);
  frames.forEach((frame, i) => data.set(frame, i * frame.length));
  await writeNpy(join(outDir, FILES[2]), { dtype: 'uint8', shape: [frames.length, SIDE, SIDE, CHANNELS], data });
}

function packageName(found: FacePackage): string {
  const { name, version } = JSON.parse(readFileSync(join(found.directory, 'package.json'), 'utf8')) as { name: string; version: string };
  return `${name} ${version}`;
}

await runAsProgram(import.meta.url, async () => {
  await prepareDemo(process.argv[2] ?? join(projectRoot(), 'examples', 'demo'), { onProgress: terminalProgress() });
});
