/** The face detector (SSD-MobileNetV1 of `@vladmandic/face-api`): scores of large faces in tight crops, scores and boxes of the 22 faces in the photos. */
import { squareAround } from '../demo/face_crops.js';
import { DEMO_LAYER, detectorOutputs, faceDetectorGraph, overlap, type Face } from '../demo/face_detector.js';
import { INPUT_SIDE, type Photo, mirrorPhoto, networkInput } from '../demo/photo.js';
import type { FloatTensor } from '../networks/graph.js';
import { CALIBRATED_PHOTOS, facePhotos, type FacePhotos, type SearchedPhoto } from './face_photos.js';
import type { MeasuredNetwork, MetricInfo, NetworkSource, Sample } from './network.js';

/** Side of a crop in sides of the face's box. */
const CROP_MARGIN = 1.2;
/** The same of the crops that are calibrated on. */
const CALIBRATION_MARGIN = 2;
/** Least score and overlap at which a face counts as found again. */
const LEAST_SCORE = 0.001;
const LEAST_OVERLAP = 0.5;

const higher = (name: string) => ({ name, unit: '', better: 'higher', digits: 3 }) as const;
const CROP_SCORE = higher('mean score of six crops');
const NEW_CROP_SCORE = higher('mean score of three crops of unseen photos');
const CROP_BOX = higher('mean box overlap of six crops');
const FACE_SCORE = higher('mean score of 22 faces');
const NEW_FACE_SCORE = higher('mean score of 11 faces of unseen photos');
const FACE_BOX = higher('mean box overlap of 22 faces');

const ABOUT = `SSD-MobileNetV1 of npm \`@vladmandic/face-api\` 1.7.15. *Six crops*: the surest face of each of the package's six photos, cut out as a square of ${CROP_MARGIN} times its box;
the score that the network gives it. *22 faces*: the faces that the uncompressed network finds in the six whole photos; the score of the best box that overlaps each by half or
more (0 if there is none), and that overlap (intersection over union). Calibrated on other views of photos 1, 3 and 5, nine in all: the whole photo mirrored, one face with more
around it, and another one so, mirrored; never on photos 2, 4 and 6, the *unseen* ones.`;

export const DEMO_LAYER_SOURCE: NetworkSource = {
  id: 'detector-layer',
  name: 'face-api detector, demo layer only',
  metrics: [CROP_SCORE, NEW_CROP_SCORE, CROP_BOX],
  about: `Only \`${DEMO_LAYER}\` (3x3, 256 -> 512; 1,179,648 weights) is compressed, all other layers stay as they are. Photos, crops and scores as below.`,
  load: () => loadDetector(DEMO_LAYER_SOURCE.metrics, [DEMO_LAYER]),
};

export const DETECTOR_SOURCE: NetworkSource = {
  id: 'detector',
  name: 'face-api detector',
  metrics: [CROP_SCORE, FACE_SCORE, NEW_FACE_SCORE, FACE_BOX],
  about: `${ABOUT} All 47 layers are compressed, the depthwise ones with their nine weights a channel included.`,
  load: () => loadDetector(DETECTOR_SOURCE.metrics),
};

async function loadDetector(metrics: readonly MetricInfo[], layers?: readonly string[]): Promise<MeasuredNetwork> {
  const found = await facePhotos();
  const graph = faceDetectorGraph(found.weights);
  const calibration = CALIBRATED_PHOTOS.flatMap((index) => calibrationInputs(found.photos[index]));
  return { graph, layers: layers ?? graph.layers.map(({ name }) => name), calibration, score: scoring(found, metrics) };
}

/** Scores of the views that are scored, as far as the metrics want them. */
function scoring({ weights, photos }: FacePhotos, metrics: readonly MetricInfo[]): MeasuredNetwork['score'] {
  const views = photos.map(({ photo, faces }, index) => ({
    faces, unseen: !CALIBRATED_PHOTOS.includes(index), whole: image(photo), crop: image(squareAround(photo, faces[0], CROP_MARGIN)),
  }));
  const cropBoxes: Face[] = [];
  return async (model, reference) => {
    const samples: Sample[] = [];
    const add = (metric: MetricInfo, sum: number) => {
      if (metrics.includes(metric)) samples.push({ metric: metric.name, sum, count: 1 });
    };
    const detect = async (view: FloatTensor) => detectorOutputs(await model.run({ image: view }), weights, LEAST_SCORE).faces;
    for (const [index, { faces, unseen, whole, crop }] of views.entries()) {
      const [best] = await detect(crop);
      if (reference) cropBoxes[index] = best;
      add(CROP_SCORE, best?.score ?? 0);
      if (unseen) add(NEW_CROP_SCORE, best?.score ?? 0);
      add(CROP_BOX, best ? overlap(cropBoxes[index], best) : 0);
      if (!metrics.includes(FACE_SCORE)) continue;
      const foundNow = await detect(whole);
      for (const face of faces) {
        const match = foundAgain(face, foundNow);
        add(FACE_SCORE, match?.score ?? 0);
        if (unseen) add(NEW_FACE_SCORE, match?.score ?? 0);
        add(FACE_BOX, match ? overlap(face, match) : 0);
      }
    }
    return samples;
  };
}

function calibrationInputs({ photo, faces }: SearchedPhoto): FloatTensor[] {
  const wide = squareAround(photo, faces[1], CALIBRATION_MARGIN);
  return [mirrorPhoto(photo), squareAround(photo, faces[0], CALIBRATION_MARGIN), mirrorPhoto(wide)].map(image);
}

const image = (photo: Photo): FloatTensor => ({ shape: [1, 3, INPUT_SIDE, INPUT_SIDE], data: networkInput(photo) });

/** The surest of the boxes that overlap the face; they come with the surest first. */
function foundAgain(face: Face, faces: readonly Face[]): Face | undefined {
  return faces.find((other) => overlap(face, other) >= LEAST_OVERLAP);
}

