/**
 * A photo as the face detector takes it: padded with black below or to the right to a square, shrunk to 512x512, scaled
 * to -1..1. Same arithmetic as the package's tensor path (`padToSquare`, `resizeBilinear` without centred pixels).
 */
import { readFileSync } from 'node:fs';
import jpeg from 'jpeg-js';

/** Side of the network's input, in pixels. */
export const INPUT_SIDE = 512;

/** Eight-bit RGB, row by row. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  /** (height, width, 3) */
  readonly rgb: Uint8Array;
}

export function readPhoto(path: string): Photo {
  const { width, height, data } = jpeg.decode(readFileSync(path), { useTArray: true, formatAsRGBA: false });
  return { width, height, rgb: data };
}

/** The part of a photo from (left, top), all in whole pixels; what lies outside the photo is cut off. */
export function cropPhoto(photo: Photo, left: number, top: number, width: number, height: number): Photo {
  const x0 = Math.max(0, left);
  const y0 = Math.max(0, top);
  const cropWidth = Math.min(photo.width, left + width) - x0;
  const cropHeight = Math.min(photo.height, top + height) - y0;
  const rgb = new Uint8Array(cropWidth * cropHeight * 3);
  for (let y = 0; y < cropHeight; y++) {
    const from = ((y0 + y) * photo.width + x0) * 3;
    rgb.set(photo.rgb.subarray(from, from + cropWidth * 3), y * cropWidth * 3);
  }
  return { width: cropWidth, height: cropHeight, rgb };
}

/** The photo mirrored from left to right. */
export function mirrorPhoto({ width, height, rgb }: Photo): Photo {
  const out = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      out.set(rgb.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { width, height, rgb: out };
}

/** Twelve views of a photo: itself, its four corners (three quarters of each side) and its middle (half of each side), each as it is and mirrored. */
export function photoViews(photo: Photo): Photo[] {
  const part = (left: number, top: number, share: number): Photo =>
    cropPhoto(photo, ...([left * photo.width, top * photo.height, share * photo.width, share * photo.height].map(Math.round) as [number, number, number, number]));
  const views = [photo, part(0, 0, 0.75), part(0.25, 0, 0.75), part(0, 0.25, 0.75), part(0.25, 0.25, 0.75), part(0.25, 0.25, 0.5)];
  return views.flatMap((view) => [view, mirrorPhoto(view)]);
}

/** Network input (3, size, size), values -1..1. Bilinear, source position = target position * scale, clamped at the far edge. */
export function networkInput(photo: Photo, size = INPUT_SIDE): Float32Array {
  const side = Math.max(photo.width, photo.height);
  const scale = side / size;
  const plane = size * size;
  const out = new Float32Array(3 * plane);
  const pixel = (y: number, x: number, c: number): number =>
    y < photo.height && x < photo.width ? photo.rgb[(y * photo.width + x) * 3 + c] : 0;
  for (let oy = 0; oy < size; oy++) {
    const y0 = Math.floor(oy * scale);
    const y1 = Math.min(y0 + 1, side - 1);
    const fy = oy * scale - y0;
    for (let ox = 0; ox < size; ox++) {
      const x0 = Math.floor(ox * scale);
      const x1 = Math.min(x0 + 1, side - 1);
      const fx = ox * scale - x0;
      for (let c = 0; c < 3; c++) {
        const upper = pixel(y0, x0, c) * (1 - fx) + pixel(y0, x1, c) * fx;
        const lower = pixel(y1, x0, c) * (1 - fx) + pixel(y1, x1, c) * fx;
        out[c * plane + oy * size + ox] = (upper * (1 - fy) + lower * fy) / 127.5 - 1;
      }
    }
  }
  return out;
}
