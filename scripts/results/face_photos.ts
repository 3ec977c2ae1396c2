/** Photos and faces of the installed package `@vladmandic/face-api`, read and searched once. */
import { squareAround } from '../demo/face_crops.js';
import { loadFaceDetector, type Face } from '../demo/face_detector.js';
import { findFacePackage, readFaceWeights, type FacePackage, type Weights } from '../demo/face_package.js';
import { networkInput, readPhoto, type Photo } from '../demo/photo.js';
import type { FloatTensor } from '../networks/graph.js';

export interface SearchedPhoto {
  readonly photo: Photo;
  /** As the uncompressed network finds them, best first. */
  readonly faces: readonly Face[];
}

export interface FacePhotos {
  readonly found: FacePackage;
  readonly weights: Weights;
  readonly photos: readonly SearchedPhoto[];
}

/** Photos that are calibrated on, by index: other views of them than those that are scored. The other photos are never calibrated on. */
export const CALIBRATED_PHOTOS: readonly number[] = [0, 2, 4];

let read: Promise<FacePhotos> | undefined;

export function facePhotos(): Promise<FacePhotos> {
  read ??= searchPhotos();
  return read;
}

async function searchPhotos(): Promise<FacePhotos> {
  const found = findFacePackage();
  const weights = await readFaceWeights(found);
  const detector = await loadFaceDetector(weights);
  const photos: SearchedPhoto[] = [];
  for (const path of found.photoPaths) {
    const photo = readPhoto(path);
    photos.push({ photo, faces: (await detector.detect(networkInput(photo))).faces });
  }
  await detector.release();
  return { found, weights, photos };
}

/** A square around a face as a network's input (1, 3, side, side), values 0..1. */
export function faceInput(photo: Photo, face: Face, margin: number, side: number): FloatTensor {
  const values = networkInput(squareAround(photo, face, margin), side);
  return { shape: [1, 3, side, side], data: values.map((value) => (value + 1) / 2) };
}
