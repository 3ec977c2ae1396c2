/** The stages of a layer that is run by its factors: which convolution each is, and which factor its weights are. */
import type { CpEncoding, ScalarEncoding } from '../layer/schema.js';
import type { FactorTensors, Geometry } from '../layer/layer.js';

type Pads = [number, number, number, number];
type Pair = [number, number];

/** One convolution of the chain. Its input has the channels of the stage before it. */
export interface StageShape {
  /** Suffix of the stage's name. */
  readonly suffix: 'input' | 'kernel' | 'kernel_row' | 'kernel_column' | 'output';
  readonly encoding: ScalarEncoding;
  readonly outChannels: number;
  readonly groups: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  /** (outChannels, input channels / groups, kernel height, kernel width). */
  readonly weight: Int32Array;
  /** Stages of one factor for each channel are written as blocks of so many channels, with one weight of each that is not zero. */
  readonly sparsity?: { readonly n: 1; readonly m: number };
}

const NO_PADS: Pads = [0, 0, 0, 0];
const ONE: Pair = [1, 1];

/**
 * The stages in their order: 1x1 from inputs to ranks, the kernel's factors on each rank alone, 1x1 from ranks to outputs (Lebedev et al. 2015, arXiv 1412.6553).
 * Ranks of all blocks lie side by side, block by block.
 * @param most channels that a block of the stages in the middle may have
 */
export function stageShapes({ form, rank, blocks, factors: encodings }: CpEncoding, factors: FactorTensors, g: Geometry, most: number): StageShape[] {
  const ranks = blocks * rank;
  const pads: Pads = [g.padTop, g.padLeft, g.padBottom, g.padRight];
  const strides: Pair = [g.strideHeight, g.strideWidth];
  const dilations: Pair = [g.dilationHeight, g.dilationWidth];
  const one = { kernel: ONE, dilations: ONE } as const;
  const matrix = form === 'matrix';
  const input: StageShape = {
    suffix: 'input', ...one, encoding: encodings.input, outChannels: ranks, groups: g.groups, strides: matrix ? strides : ONE, pads: matrix ? pads : NO_PADS, weight: factors.input,
  };
  const output: StageShape = {
    suffix: 'output', ...one, encoding: encodings.output, outChannels: g.outChannels, groups: blocks, strides: ONE, pads: NO_PADS, weight: outputWeights(factors.output, blocks, rank, g.outChannels),
  };
  const alone = (suffix: StageShape['suffix'], encoding: ScalarEncoding, kernel: Pair, weight: Int32Array, rest: Pick<StageShape, 'strides' | 'pads' | 'dilations'>): StageShape => {
    const block = blockSize(ranks, most);
    const sparsity = block > 1 ? { sparsity: { n: 1, m: block } as const } : {};
    return { suffix, encoding, kernel, outChannels: ranks, groups: ranks / block, weight: inBlocks(weight, ranks, block), ...rest, ...sparsity };
  };
  if (matrix) return [input, output];
  if (form === 'spatial') return [input, alone('kernel', encodings.kernel!, [g.kernelHeight, g.kernelWidth], factors.kernel!, { strides, pads, dilations }), output];
  return [
    input,
    alone('kernel_row', encodings.kernelRow!, [g.kernelHeight, 1], factors.kernelRow!, {
      strides: [g.strideHeight, 1], pads: [g.padTop, 0, g.padBottom, 0], dilations: [g.dilationHeight, 1],
    }),
    alone('kernel_column', encodings.kernelColumn!, [1, g.kernelWidth], factors.kernelColumn!, {
      strides: [1, g.strideWidth], pads: [0, g.padLeft, 0, g.padRight], dilations: [1, g.dilationWidth],
    }),
    output,
  ];
}

/** (blocks, rank, channels of a block) to (channels, rank). */
function outputWeights(factor: Int32Array, blocks: number, rank: number, outChannels: number): Int32Array {
  const perBlock = outChannels / blocks;
  return Int32Array.from({ length: outChannels * rank }, (_, at) => {
    const [o, r] = [Math.floor(at / rank), at % rank];
    const block = Math.floor(o / perBlock);
    return factor[(block * rank + r) * perBlock + (o - block * perBlock)];
  });
}

/** The largest divisor of the channels that a block may have. */
function blockSize(channels: number, most: number): number {
  let size = Math.max(1, Math.min(most, channels));
  while (channels % size !== 0) size--;
  return size;
}

/** (channels, taps) of weights for each channel alone, as blocks (channels, channels of a block, taps) that are zero but for each channel's own. */
function inBlocks(weight: Int32Array, channels: number, block: number): Int32Array {
  const taps = weight.length / channels;
  const blocks = new Int32Array(channels * block * taps);
  for (let c = 0; c < channels; c++) blocks.set(weight.subarray(c * taps, (c + 1) * taps), (c * block + (c % block)) * taps);
  return blocks;
}
