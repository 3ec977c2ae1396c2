/** The face recognition ResNet of `@vladmandic/face-api`: how far its descriptors of 22 faces move. */
import { squareAround } from '../demo/face_crops.js';
import { mirrorPhoto, networkInput } from '../demo/photo.js';
import { DESCRIPTOR_LENGTH, FACE_SIDE, readRecognitionWeights, recognitionGraph } from '../networks/face_recognition.js';
import type { FloatTensor } from '../networks/graph.js';
import type { LoadedModel } from '../networks/runtime.js';
import { CALIBRATED_PHOTOS, faceInput, facePhotos, type SearchedPhoto } from './face_photos.js';
import type { MeasuredNetwork, NetworkSource } from './network.js';

const lower = (name: string) => ({ name, unit: '', better: 'lower', digits: 3 }) as const;
const DRIFT = lower('mean descriptor drift of 22 faces');
const NEW_DRIFT = lower('mean descriptor drift of 11 faces of unseen photos');
const MARGIN = 1.2;
/** Views of each face that are calibrated on: sizes of the square, each also mirrored. */
const CALIBRATION_MARGINS = [1.05, 1.35];

export const RECOGNITION_SOURCE: NetworkSource = {
  id: 'recognition',
  name: 'face-api recognition ResNet',
  metrics: [DRIFT, NEW_DRIFT],
  about: `dlib's ResNet as npm \`@vladmandic/face-api\` 1.7.15 ships it. *Drift*: Euclidean distance of a face's 128 numbers from those of the uncompressed network, mean of the 22 faces
in the package's photos (squares of ${MARGIN} times the found box); two different people in these photos are 0.4 to 0.9 apart, and dlib calls 0.6 the border between same and
different. All 29 convolutions and the linear layer are compressed. Calibrated on other views of the faces in photos 1, 3 and 5 (two other sizes, each also mirrored), never on photos
2, 4 and 6, the *unseen* ones.`,
  load: loadRecognition,
};

async function loadRecognition(): Promise<MeasuredNetwork> {
  const { found, photos } = await facePhotos();
  const graph = recognitionGraph(await readRecognitionWeights(found));
  const calibration = CALIBRATED_PHOTOS.flatMap((index) => calibrationInputs(photos[index]));
  return { graph, layers: graph.layers.map(({ name }) => name), calibration, score: scoring(photos) };
}

function scoring(photos: readonly SearchedPhoto[]): MeasuredNetwork['score'] {
  const faces = photos.flatMap(({ photo, faces: found }, index) =>
    found.map((face) => ({ input: faceInput(photo, face, MARGIN, FACE_SIDE), unseen: !CALIBRATED_PHOTOS.includes(index) })),
  );
  let references: Float32Array[] | undefined;
  return async (model, reference) => {
    const descriptors = await describe(model, faces.map(({ input }) => input));
    if (reference) references = descriptors;
    return descriptors.flatMap((descriptor, i) => {
      const sum = distance(descriptor, references![i]);
      return [DRIFT, ...(faces[i].unseen ? [NEW_DRIFT] : [])].map(({ name }) => ({ metric: name, sum, count: 1 }));
    });
  };
}

async function describe(model: LoadedModel, faces: readonly FloatTensor[]): Promise<Float32Array[]> {
  const out: Float32Array[] = [];
  for (const image of faces) out.push((await model.run({ image })).descriptor.data);
  return out;
}

function calibrationInputs({ photo, faces }: SearchedPhoto): FloatTensor[] {
  const squares = faces.flatMap((face) => CALIBRATION_MARGINS.map((margin) => squareAround(photo, face, margin)));
  return squares.flatMap((square) => [square, mirrorPhoto(square)]).map((view) => {
    const data = networkInput(view, FACE_SIDE).map((value) => (value + 1) / 2);
    return { shape: [1, 3, FACE_SIDE, FACE_SIDE], data };
  });
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < DESCRIPTOR_LENGTH; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
