/** One stack from nothing to its files, with the accuracies that its README tells. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import type { Network } from '../../generator/network/network.js';
import { networkParameters } from '../../generator/network/parameters.js';
import { readNetwork } from '../../generator/network/read.js';
import { readFashion } from '../../generator/data/fashion.js';
import { projectRoot } from '../project.js';
import { accuracyOf, floatLearner } from '../train/float_net.js';
import { heldOut, learned, someImages } from '../train/images.js';
import { readDigits, type Digits } from '../../generator/data/mnist.js';
import { denseParameterCount, floatFile, readFloatNet, writeFloatNet, writeStack } from './network_files.js';
import { maskedStages, percent, teacherOf, trainDense, trainIntegers, trainMasked, type Lesson } from './stack_training.js';
import type { StackJob } from './stack_jobs.js';
import type { TrainingRun } from './trainings.js';

/** Shares of the test images that are classified right, and parameters. */
interface Outcome {
  readonly float: number;
  /** Real weights under the masks. */
  readonly masked: number;
  readonly golden: number;
  readonly dense: number;
  readonly stored: number;
}

/** @throws ShiftloomError if the data set is missing or a file can't be written */
export async function trainStack(job: StackJob, { path, keepFloat, report }: TrainingRun): Promise<void> {
  const read = job.dataset === 'mnist' ? readDigits : readFashion;
  const data = read('train');
  const images = { learned: learned(data), heldOut: heldOut(data), report };
  const kept = job.largeFloat ? cachedFloat(job) : floatFile(path);
  if (!keepFloat) await writeFloatNet(kept, job.stages, trainDense(job, images));
  // Read back, so that what teaches is what is told.
  const float = await readFloatNet(kept, job.stages);
  const part = { ...images, learned: someImages(images.learned, 0, job.images ?? images.learned.count) };
  const lesson: Lesson = { ...part, teacher: teacherOf(job.stages, float, part) };
  const masked = trainMasked(job, float, lesson);
  const net = trainIntegers(job, masked, lesson);
  if (job.largeFloat) await writeStack(path, job.id, job.dataset, net, net.stages, masked);
  else await writeStack(path, job.id, job.dataset, net, job.stages, float);
  const network = await readNetwork(path);
  const test = read('test');
  const outcome: Outcome = {
    float: accuracyOf(floatLearner(job.stages, float), test),
    masked: accuracyOf(floatLearner(maskedStages(job), masked), test),
    golden: goldenAccuracy(network, test),
    dense: denseParameterCount(job.stages),
    stored: networkParameters(network).stored,
  };
  const text = readmeText(job, outcome);
  await writeFile(join(dirname(path), 'README.md'), text);
  report(text);
}

/** Where a dense float network stays that is too large to lie beside the network. */
const cachedFloat = ({ id }: StackJob): string => join(projectRoot(), '.cache', 'networks', id, 'float.safetensors');

/** Share of images that the golden model has right. */
export function goldenAccuracy(network: Network, { images, labels, count }: Digits): number {
  const classes = goldenNetwork(network, images, count);
  let right = 0;
  for (let n = 0; n < count; n++) if (classes[n] === labels[n]) right++;
  return right / count;
}

export function readmeText(job: StackJob, outcome: Outcome): string {
  const { id, float, masked, integers, largeFloat } = job;
  const number = (value: number) => value.toLocaleString('en');
  const epochs = `${float.epochs} epochs float and dense, ${masked ? `${masked.epochs} under the masks, ` : ''}${integers.epochs} on integers`;
  const notKept = ' The dense float network is ten times as large and not kept: `float.safetensors` has the real weights under the masks, those of a block layer in its blocks alone.';
  const parameters = masked ? `${number(outcome.dense)} -> ${number(outcome.stored)} (${(outcome.dense / outcome.stored).toFixed(2)}x)` : `${number(outcome.stored)}, weights in ${encodingsText(job)}`;
  return [
    `Made by \`npm run train:networks -- --only ${id}\`: ${epochs} (${masked ? 'docs/blocks.md, *Training*' : 'docs/fine_tuning.md'}).${largeFloat ? notKept : ''}`,
    `Right of the 10,000 test images: float dense ${percent(outcome.float)}, ${masked ? `float with what is masked ${percent(outcome.masked)}, ` : ''}golden model ${percent(outcome.golden)}. Parameters with biases: ${parameters}.`,
    '',
  ].join('\n');
}

const encodingsText = ({ compression }: StackJob): string => [...new Set(Object.values(compression).map(({ weights }) => `\`${weights.encoding}\``))].join(' and ');
