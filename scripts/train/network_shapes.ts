/** The networks that are trained, without what compresses them. */
import { pooledSide, type StageShape } from './stage.js';

type Given = Pick<StageShape, 'name' | 'kind' | 'outChannels'> & Partial<StageShape>;

function stack(side: number, given: readonly Given[]): StageShape[] {
  const stages: StageShape[] = [];
  for (const [i, stage] of given.entries()) {
    const before = stages.at(-1);
    const inSide = before ? pooledSide(before) : side;
    const inChannels = before?.outChannels ?? 1;
    const kernel = stage.kernel ?? inSide;
    stages.push({ inChannels, inSide, kernel, pad: 0, pool: false, relu: i < given.length - 1, ...stage });
  }
  return stages;
}

/** LeNet-5 as in LeCun et al. 1998, section II.B, with ReLU and max pooling; the 28x28 image is padded to 32x32. */
export const LENET5: readonly StageShape[] = stack(28, [
  { name: 'c1', kind: 'convolution', outChannels: 6, kernel: 5, pad: 2, pool: true },
  { name: 'c3', kind: 'convolution', outChannels: 16, kernel: 5, pool: true },
  { name: 'c5', kind: 'linear', outChannels: 120 },
  { name: 'f6', kind: 'linear', outChannels: 84 },
  { name: 'out', kind: 'linear', outChannels: 10 },
]);

/** LeNet-300-100 (LeCun et al. 1998, section III.C) with ReLU. */
export const LENET_300_100: readonly StageShape[] = stack(28, [
  { name: 'fc1', kind: 'linear', outChannels: 300 },
  { name: 'fc2', kind: 'linear', outChannels: 100 },
  { name: 'fc3', kind: 'linear', outChannels: 10 },
]);

/** In the manner of LeNet-5, with most weights in a fully connected layer, as later versions of it have them. */
export const LENET5_WIDE: readonly StageShape[] = stack(28, [
  { name: 'conv1', kind: 'convolution', outChannels: 16, kernel: 5, pool: true },
  { name: 'conv2', kind: 'convolution', outChannels: 32, kernel: 5, pool: true },
  { name: 'fc1', kind: 'linear', outChannels: 256 },
  { name: 'fc2', kind: 'linear', outChannels: 10 },
]);

const conv3 = (name: string, outChannels: number, pool: boolean): Given => ({ name, kind: 'convolution', outChannels, kernel: 3, pad: 1, pool });

/** 3x3 convolutions in the manner of VGG (Simonyan and Zisserman 2015), small. */
export const VGG: readonly StageShape[] = stack(28, [
  conv3('conv1', 16, true),
  conv3('conv2', 24, false),
  conv3('conv3', 24, true),
  conv3('conv4', 48, false),
  conv3('conv5', 48, true),
  { name: 'fc', kind: 'linear', outChannels: 10 },
]);

/** Two residual blocks of two 3x3 convolutions behind a first one (He, Zhang, Ren, Sun 2016), small. */
export const RESIDUAL: readonly StageShape[] = stack(28, [
  conv3('conv1', 16, true),
  conv3('conv2', 16, false),
  { ...conv3('conv3', 16, true), skip: 'conv1' },
  conv3('conv4', 16, false),
  { ...conv3('conv5', 16, false), skip: 'conv3' },
  { name: 'fc', kind: 'linear', outChannels: 10 },
]);

/** "Deep MNIST", the largest MNIST network of MPDCompress (arXiv 1805.12085, section 3): 3,274,634 parameters with biases, 98 % of them in the linear layers. */
export const DEEP_MNIST: readonly StageShape[] = stack(28, [
  { name: 'conv1', kind: 'convolution', outChannels: 32, kernel: 5, pad: 2, pool: true },
  { name: 'conv2', kind: 'convolution', outChannels: 64, kernel: 5, pad: 2, pool: true },
  { name: 'fc1', kind: 'linear', outChannels: 1024 },
  { name: 'fc2', kind: 'linear', outChannels: 10 },
]);
