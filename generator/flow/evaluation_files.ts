/** `evaluation.json` and `evaluation.html` in a folder, both or none. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelledImages } from '../data/labelled.js';
import { ShiftloomError } from '../errors.js';
import { writeStaged } from '../layer/files.js';
import { integerRange } from '../layer/layer.js';
import type { MapFormat } from '../network/network.js';
import type { Evaluation } from '../report/evaluation.js';
import { MOST_DRAWN_PICTURES, renderEvaluationHtml } from '../report/evaluation_html.js';
import type { Picture } from '../report/png.js';

export const EVALUATION_FILE = 'evaluation.json';
export const EVALUATION_PAGE = 'evaluation.html';

/** Writes both; the folder is made. @returns path of the page. @throws ShiftloomError if the folder can't be written */
export async function writeEvaluation(folder: string, evaluation: Evaluation, data: LabelledImages, input: MapFormat): Promise<string> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ShiftloomError('input', folder, `cannot be made (${error.code ?? String(error)})`, 'Give another folder');
  });
  const drawn = evaluation.wrong.slice(0, MOST_DRAWN_PICTURES).map(({ index }) => [index, pictureOf(data, index, input)] as const);
  const page = join(folder, EVALUATION_PAGE);
  await writeStaged([
    { path: page, content: renderEvaluationHtml(evaluation, new Map(drawn)) },
    { path: join(folder, EVALUATION_FILE), content: `${JSON.stringify(evaluation, null, 2)}\n` },
  ]);
  return page;
}

/** A picture of the data set for drawing: three channels in colour, else the first one in grey, the integer range as black to white. */
export function pictureOf({ images, picture }: LabelledImages, index: number, { bits, signed }: MapFormat): Picture {
  const { height, width, channels } = picture;
  const [low, high] = integerRange(bits, signed);
  const size = height * width * channels;
  const values = images.subarray(index * size, (index + 1) * size);
  const drawn = channels === 3 ? 3 : 1;
  const data = Uint8Array.from({ length: height * width * drawn }, (_, i) => {
    const at = Math.floor(i / drawn) * channels + (i % drawn);
    return Math.round((255 * (values[at] - low)) / (high - low));
  });
  return { height, width, channels: drawn, data };
}
