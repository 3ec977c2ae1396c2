/** Pictures with labels as a network takes them: data sets by name, or a folder with `images.npy` and `labels.npy`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ShiftloomError, nearestName } from '../errors.js';
import { frameCount, sameShape } from '../layer/frames.js';
import { integers } from '../layer/integer_values.js';
import { integerRange } from '../layer/layer.js';
import { readNpy } from '../layer/npy.js';
import { shapeText } from '../layer/tensor.js';
import { type MapFormat, valuesOf } from '../network/network.js';
import { DATASETS, type DatasetName } from '../network/schema.js';
import { readFashion } from './fashion.js';
import { DIGIT_SIDE, readDigits } from './mnist.js';

export interface LabelledImages {
  /** `mnist`, `fashion-mnist`, or the folder. */
  readonly name: string;
  readonly count: number;
  /** (count, values of a frame): integers of the network's input format. */
  readonly images: Uint8Array | Int32Array;
  /** (count): the right class of each. */
  readonly labels: Uint8Array | Int32Array;
  /** Shape of a picture, for drawing it; its values are those of a frame. */
  readonly picture: { readonly height: number; readonly width: number; readonly channels: number };
  /** Names of the classes, if the data set has them. */
  readonly classes?: readonly string[];
}

const FASHION_CLASSES = ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];

/**
 * The test part of a data set by name, or the pictures of a folder.
 * @param input what a network reads
 * @param classes how many it tells apart
 * @throws ShiftloomError `tool` if a data set is not installed; `input` if pictures do not fit the network, or labels are out of range
 */
export async function readLabelled(source: string, input: MapFormat, classes: number): Promise<LabelledImages> {
  const data = DATASETS.some((name) => name === source) ? namedData(source as DatasetName, input) : await folderData(source, input);
  const wrong = data.labels.findIndex((label) => label >= classes);
  if (wrong >= 0) throw new ShiftloomError('input', source, `label ${wrong} is ${data.labels[wrong]}; the network tells ${classes} classes apart, 0..${classes - 1}`);
  return data;
}

function namedData(name: DatasetName, input: MapFormat): LabelledImages {
  const pixels = DIGIT_SIDE * DIGIT_SIDE;
  const { channels, height, width, bits, signed } = input;
  if (valuesOf(input) !== pixels || signed || bits < 8) {
    const message = `pictures are ${DIGIT_SIDE}x${DIGIT_SIDE} of unsigned 8 bit, the network reads ${height}x${width}x${channels} of ${signed ? 'signed' : 'unsigned'} ${bits} bit`;
    throw new ShiftloomError('input', name, message, 'Give a folder with images.npy and labels.npy');
  }
  const picture = { height: DIGIT_SIDE, width: DIGIT_SIDE, channels: 1 };
  return name === 'mnist' ? { name, picture, ...readDigits('test') } : { name, picture, classes: FASHION_CLASSES, ...readFashion('test') };
}

async function folderData(folder: string, input: MapFormat): Promise<LabelledImages> {
  const [imagePath, labelPath] = ['images.npy', 'labels.npy'].map((name) => join(folder, name));
  if (!existsSync(folder)) {
    const near = nearestName(folder, DATASETS);
    throw new ShiftloomError('input', folder, 'is neither a data set nor a folder', near === undefined ? `Data sets: ${DATASETS.join(', ')}` : `Did you mean '${near}'?`);
  }
  const tensor = await readNpy(imagePath);
  const count = frameCount(tensor, input, imagePath);
  const images = integers(tensor, tensor.shape, integerRange(input.bits, input.signed), imagePath);
  const labels = await readNpy(labelPath);
  if (!sameShape(labels.shape, [count])) throw new ShiftloomError('input', labelPath, `has shape ${shapeText(labels.shape)}; there are ${count} pictures: (${count})`);
  return { name: folder, count, images, labels: integers(labels, [count], [0, 65535], labelPath), picture: input };
}
