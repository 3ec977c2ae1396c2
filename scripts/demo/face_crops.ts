/** Parts of photos around found faces. */
import type { Face } from './face_detector.js';
import { cropPhoto, type Photo } from './photo.js';

/** A face with its surroundings: a square, `margin` times the larger side of its box; what lies outside the photo is cut off. */
export function squareAround(photo: Photo, face: Face, margin: number): Photo {
  const side = Math.max(photo.width, photo.height);
  const size = Math.round(Math.max(face.bottom - face.top, face.right - face.left) * side * margin);
  const left = Math.round(((face.left + face.right) * side - size) / 2);
  const top = Math.round(((face.top + face.bottom) * side - size) / 2);
  return cropPhoto(photo, left, top, size, size);
}
