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
import type { FloatLayer, InputFrames } from '../generator/import/float_layer.js';
import { writeFloatLayer } from '../generator/import/float_layer_file.js';
import { formatJson } from '../generator/layer/json_text.js';
import { writeStaged } from '../generator/layer/files.js';
import { RELU6_SCALE, quantizeMap, summarize } from './demo/activations.js';
import { DEMO_LAYER, demoLayerInputs, loadFaceDetector, trainedKernel, type Detection } from './demo/face_detector.js';
import { findFacePackage, readFaceWeights, type FacePackage, type Weights } from './demo/face_package.js';
import { INPUT_SIDE, networkInput, photoViews, readPhoto } from './demo/photo.js';
import { fingerprint, prepareOnce, terminalProgress, type Progress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';

/** Raise it when this script would write something else from the same inputs. */
const RECIPE = 'demo 2';
const CHANNELS = 256;
const SIDE = 16;
const BASE = 'conv_demo';
const FILES = [`${BASE}.float.json`, `${BASE}.safetensors`, `${BASE}.sample.npy`, 'photos.json', `${BASE}.calibration.npy`] as const;

/** A face this sure must be found in every photo; the network finds 0.95 and more in all six. */
const SURE_SCORE = 0.9;

export interface PrepareDemoOptions {
  readonly onProgress?: Progress;
  /** How many of the package's six photos become frames of the sample. */
  readonly photos?: number;
  /** How many of the photos behind them become calibration frames, twelve views of each. Default: all four that are left. */
  readonly calibrationPhotos?: number;
}

/** One frame of the sample: where it comes from and what the network found in it. */
interface FrameRecord {
  readonly photo: string;
  readonly faceScores: readonly number[];
  readonly activations: ReturnType<typeof summarize>;
}

/**
 * Writes `conv_demo.float.json` (the layer in the importer's form: float32 weights and bias, geometry, formats), its
 * tensors, `conv_demo.sample.npy` (uint8, (frames, 16, 16, 256), unit 6/255), `photos.json` (what was found in each photo) and, from other photos than the sample,
 * `conv_demo.calibration.npy` (the same form).
 * Offline and deterministic; does nothing when the folder's files are current.
 * @throws ShiftloomError `tool` or `input` if the package is not as expected, `check` if the network finds no face, which
 * means that the activations are not those of the trained network.
 */
export async function prepareDemo(outDir: string, { onProgress, photos = 2, calibrationPhotos = 4 }: PrepareDemoOptions = {}): Promise<{ floatLayerPath: string }> {
  const found = findFacePackage();
  const photoPaths = found.photoPaths.slice(0, photos);
  const others = found.photoPaths.slice(photos, photos + calibrationPhotos);
  const sources = [found.manifestPath, found.weightsPath, ...photoPaths, ...others].map((path) => readFileSync(path));
  const files = FILES.slice(0, others.length > 0 ? FILES.length : -1);
  await prepareOnce(outDir, fingerprint([RECIPE, `${photos}`, ...sources]), files, async () => {
    onProgress?.('loading the face detector', 0);
    const weights = await readFaceWeights(found);
    const { frames, records } = await runPhotos(weights, photoPaths, onProgress);
    const calibration = await calibrationMaps(weights, others, onProgress);
    await writeFloatLayer(join(outDir, FILES[0]), demoLayer(weights, frames, calibration));
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
    onProgress?.(`running the network on ${photo}`, (0.2 * (i + 1)) / paths.length);
    const detection = await detector.detect(networkInput(readPhoto(path)));
    checkFound(detection, path);
    const quantized = quantizeMap(detection.layerInput, CHANNELS, RELU6_SCALE);
    frames.push(quantized);
    records.push({ photo, faceScores: detection.faces.map((face) => face.score), activations: summarize(detection.layerInput, quantized) });
  }
  await detector.release();
  return { frames, records };
}

/** What the network hands to the layer for twelve views of each photo. */
async function calibrationMaps(weights: Weights, paths: readonly string[], onProgress: Progress | undefined): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for (const [i, path] of paths.entries()) {
    onProgress?.(`recording calibration frames from ${basename(path)}`, 0.2 + (0.8 * i) / paths.length);
    const inputs = photoViews(readPhoto(path)).map((view) => networkInput(view));
    for (const map of await demoLayerInputs(weights, inputs, INPUT_SIDE)) frames.push(quantizeMap(map, CHANNELS, RELU6_SCALE));
  }
  return frames;
}

function checkFound({ faces }: Detection, path: string): void {
  const best = faces.length > 0 ? faces[0].score : 0;
  if (best >= SURE_SCORE) return;
  throw new ShiftloomError('check', path, `the best face scores ${best.toFixed(2)}, expected ${SURE_SCORE} or more: the network does not run as trained`);
}

function demoLayer(weights: Weights, sample: readonly Uint8Array[], calibration: readonly Uint8Array[]): FloatLayer {
  return {
    ...trainedKernel(weights, { bits: 8, signed: false, zeroPoint: 0, scale: RELU6_SCALE }),
    name: BASE,
    input: { channels: CHANNELS, height: SIDE, width: SIDE },
    strides: [2, 2],
    pads: [0, 0, 1, 1],
    sample: joined(sample),
    calibration: calibration.length > 0 ? joined(calibration) : undefined,
    source: `${DEMO_LAYER} of SSD-MobileNetV1 in npm @vladmandic/face-api (MIT), inputs from its demo photos`,
  };
}

function joined(frames: readonly Uint8Array[]): InputFrames {
  const values = new Int32Array(frames.length * SIDE * SIDE * CHANNELS);
  frames.forEach((frame, i) => values.set(frame, i * frame.length));
  return { frames: frames.length, values };
}

function packageName(found: FacePackage): string {
  const { name, version } = JSON.parse(readFileSync(join(found.directory, 'package.json'), 'utf8')) as { name: string; version: string };
  return `${name} ${version}`;
}

await runAsProgram(import.meta.url, async () => {
  await prepareDemo(process.argv[2] ?? join(projectRoot(), 'examples', 'demo'), { onProgress: terminalProgress() });
});
