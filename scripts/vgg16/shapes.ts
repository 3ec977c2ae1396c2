/** The 13 convolution layers of VGG16 for a 224x224 image: all 3x3, stride 1, pad 1 (Simonyan, Zisserman 2014, configuration D). */

export interface VggShape {
  readonly name: string;
  /** Side of the square map; input and output have the same. */
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Stages: side of the map, channels, layers. A pooling layer halves the map behind each. */
const STAGES = [
  { size: 224, channels: 64, layers: 2 },
  { size: 112, channels: 128, layers: 2 },
  { size: 56, channels: 256, layers: 3 },
  { size: 28, channels: 512, layers: 3 },
  { size: 14, channels: 512, layers: 3 },
] as const;

const IMAGE_CHANNELS = 3;

export const VGG16_SHAPES: readonly VggShape[] = STAGES.flatMap(({ size, channels, layers }, stage) =>
  Array.from({ length: layers }, (_, i) => ({
    name: `conv${stage + 1}_${i + 1}`,
    size,
    inChannels: i > 0 ? channels : stage > 0 ? STAGES[stage - 1].channels : IMAGE_CHANNELS,
    outChannels: channels,
  })),
);

/** Multiply-accumulates of a frame, those on padding counted. */
export function macsOfShape({ size, inChannels, outChannels }: VggShape): number {
  return size * size * 9 * inChannels * outChannels;
}
