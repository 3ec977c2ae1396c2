/**
 * Convolution layers of well-known networks, as shapes: VGG16 and VGG19 (Simonyan, Zisserman 2014, configurations D and E) and ResNet50 (He et al. 2015, with
 * the stride in the 3x3 layers, as common implementations have it). Fully connected layers are not among them.
 */

export const NETWORK_NAMES = ['vgg16', 'vgg19', 'resnet50'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** A square convolution on a square map; padding keeps the map's size at stride 1. */
export interface ConvolutionShape {
  readonly name: string;
  /** Side of the input map. */
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the kernel. */
  readonly kernel: number;
  readonly stride: number;
}

/** Sides of an image that the tables are made for: ImageNet's. */
export const IMAGE_SIZE = 224;
const IMAGE_CHANNELS = 3;

/** Stages of the VGG networks: channels and layers; a pooling layer halves the map behind each. */
const VGG_STAGES = {
  vgg16: [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]],
  vgg19: [[64, 2], [128, 2], [256, 4], [512, 4], [512, 4]],
} as const;

/** Stages of ResNet50 behind its first layer and its pooling: channels of the 3x3 layers, blocks; a block gives four times as many channels. */
const RESNET_STAGES = [[64, 3], [128, 4], [256, 6], [512, 3]] as const;
const RESNET_EXPANSION = 4;

/** The convolution layers of a network in the order in which they run. */
export function networkShapes(name: NetworkName): readonly ConvolutionShape[] {
  return name === 'resnet50' ? resnetShapes() : vggShapes(VGG_STAGES[name]);
}

function vggShapes(stages: readonly (readonly [number, number])[]): ConvolutionShape[] {
  return stages.flatMap(([channels, layers], stage) =>
    Array.from({ length: layers }, (_, i) => ({
      name: `conv${stage + 1}_${i + 1}`,
      size: IMAGE_SIZE >> stage,
      inChannels: i > 0 ? channels : stage > 0 ? stages[stage - 1][0] : IMAGE_CHANNELS,
      outChannels: channels,
      kernel: 3,
      stride: 1,
    })),
  );
}

function resnetShapes(): ConvolutionShape[] {
  const shapes: ConvolutionShape[] = [{ name: 'conv1', size: IMAGE_SIZE, inChannels: IMAGE_CHANNELS, outChannels: 64, kernel: 7, stride: 2 }];
  let size = IMAGE_SIZE / 4; // the first layer and the pooling behind it halve the map once each
  let inChannels = 64;
  for (const [stage, [channels, blocks]] of RESNET_STAGES.entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const outChannels = RESNET_EXPANSION * channels;
      const name = `conv${stage + 2}_${block + 1}`;
      shapes.push({ name: `${name}a`, size, inChannels, outChannels: channels, kernel: 1, stride: 1 });
      shapes.push({ name: `${name}b`, size, inChannels: channels, outChannels: channels, kernel: 3, stride });
      shapes.push({ name: `${name}c`, size: size / stride, inChannels: channels, outChannels, kernel: 1, stride: 1 });
      if (block === 0) shapes.push({ name: `${name}p`, size, inChannels, outChannels, kernel: 1, stride });
      size /= stride;
      inChannels = outChannels;
    }
  }
  return shapes;
}

export function weightsOf({ inChannels, outChannels, kernel }: ConvolutionShape): number {
  return inChannels * outChannels * kernel ** 2;
}

/** Side of the output map. */
export function outSize({ size, stride }: ConvolutionShape): number {
  return Math.ceil(size / stride);
}

/** Multiply-accumulates of a frame, those on padding counted. */
export function macsOfShape(shape: ConvolutionShape): number {
  return outSize(shape) ** 2 * weightsOf(shape);
}
