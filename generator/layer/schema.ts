/**
 * The compressed layer description, schema v1: the contract between `compress` (or a user's own script) and everything
 * after it. Values are checked here as far as a single key can tell; rules between keys are in `rules.ts`.
 */
import { z } from 'zod';

const int = (min: number, max: number) => z.int().min(min).max(max);
const pair = (min: number, max: number) => z.tuple([int(min, max), int(min, max)]);

export const SCHEMA_VERSION = 1;
export const LAYER_FORMAT = 'shiftloom.layer';
export const SCHEMA_REFERENCE = 'urn:shiftloom:schema:layer:v1';
export const SCHEMA_FILE = 'layer.v1.schema.json';

/** Most bits of a `uniform` weight in LUT lanes; wider ones are for DSP lanes. */
export const LUT_WEIGHT_BITS = 8;

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/)
  .describe('Lower-case identifier; becomes the prefix of every emitted module.');

/** Scalar encodings: how one weight (or one factor) is spelled as integers the lanes can take. */
const uniform = z.strictObject({
  encoding: z.literal('uniform'),
  bits: int(2, 16).describe('Two\'s complement bits of a weight; more than 8 in DSP lanes only.'),
});
const pot = z.strictObject({
  encoding: z.literal('pot'),
  maxShift: int(0, 14).default(6).describe('Weights are 0 or +-2^k with k = 0..maxShift.'),
});
const apot = z.strictObject({
  encoding: z.literal('apot').describe('Weights are +-{0,1,2,3,4,6,8,10}.'),
});
const bpot = z.strictObject({
  encoding: z.literal('bpot').describe('Weights are {0,+-1,+-2,+-4} * 2^e with one exponent e for each group.'),
  groupSize: int(1, 256).default(16).describe('Consecutive input channels of one kernel position that share an exponent.'),
  maxExponent: int(0, 7).default(3).describe('Largest group exponent.'),
});
const csd = z.strictObject({
  encoding: z.literal('csd').describe('Weights are sums of up to `digits` signed powers of two.'),
  digits: int(1, 4),
  maxShift: int(0, 14).default(7).describe('Largest power of two of a digit.'),
});
const codebook = z.strictObject({
  encoding: z.literal('codebook').describe('Weights are one of a list of integer levels.'),
  levels: z.array(int(-16384, 16384)).min(2).max(64).describe('The levels, in ascending order.'),
});

export const scalarEncodings = [uniform, pot, apot, bpot, csd, codebook] as const;
const scalarEncoding = z.discriminatedUnion('encoding', [...scalarEncodings]);

const uniformUpTo8 = uniform.extend({ bits: int(2, LUT_WEIGHT_BITS).describe('Two\'s complement bits.') });
export const factorEncodingSchema = z.discriminatedUnion('encoding', [pot, apot, uniformUpTo8]);
export const recodeEncodingSchema = z.discriminatedUnion('encoding', [pot, apot, bpot, uniformUpTo8, csd.extend({ digits: int(1, 2) })]);
const cp = z.strictObject({
  encoding: z.literal('cp').describe('The kernel as a sum of products of factor vectors, recoded to a scalar encoding (docs/number_formats.md).'),
  form: z.enum(['spatial', 'separable', 'matrix']).describe('One factor for the kernel, one for its rows and one for its columns, or none (linear and 1x1).'),
  rank: int(1, 4096).describe('Products that are summed; the same in all blocks.'),
  blocks: int(1, 65535).default(1).describe('Equal blocks of output channels, each with factors of its own; a multiple of `groups`.'),
  factors: z
    .strictObject({
      output: factorEncodingSchema,
      input: factorEncodingSchema,
      kernel: factorEncodingSchema.optional().describe('Form spatial only.'),
      kernelRow: factorEncodingSchema.optional().describe('Form separable only.'),
      kernelColumn: factorEncodingSchema.optional().describe('Form separable only.'),
    })
    .describe('Encoding of each factor.'),
  recode: recodeEncodingSchema.describe('Encoding of the rebuilt weights, as the lanes take them.'),
  residual: z.strictObject({ maxShift: int(0, 40) }).optional().describe('Signed powers of two that are added to some of the sums.'),
});
const blockPermuted = z.strictObject({
  encoding: z.literal('block_permuted').describe('Permuted block-diagonal matrix of a linear layer (docs/number_formats.md).'),
  blocks: int(1, 4096).describe('Blocks, of any sizes: each input and each output belongs to one.'),
  values: scalarEncoding.describe('Encoding of the weights in the blocks.'),
});

export const encodingSchema = z.discriminatedUnion('encoding', [...scalarEncodings, cp, blockPermuted]);

const sparsity = z
  .strictObject({ n: int(1, 16), m: int(2, 16) })
  .describe('At most n of m consecutive input channels are non-zero at each kernel position.');

/** Shape and integer format of a map. @param what as in `an input` */
export const mapSideSchema = (what: string) =>
  z.strictObject({
    channels: int(1, 65535),
    height: int(1, 8192).default(1),
    width: int(1, 8192).default(1),
    bits: int(1, 16).default(8).describe(`Bits of ${what} activation.`),
    signed: z.boolean().default(false),
    zeroPoint: int(-32768, 65535).default(0),
    scale: z.number().positive().optional().describe('Real value of one unit; information only.'),
  });
const outputSide = z.strictObject({
  channels: int(1, 65535),
  bits: int(1, 16).default(8).describe('Bits of an output activation.'),
  signed: z.boolean().default(false),
  zeroPoint: int(-32768, 65535).default(0),
  scale: z.number().positive().optional().describe('Real value of one unit; information only.'),
});

const requantize = z.discriminatedUnion('form', [
  z.strictObject({ form: z.literal('multiplier'), bits: int(1, 17).default(16).describe('Bits of the unsigned multiplier.') }),
  z.strictObject({ form: z.literal('power_of_two') }),
]);

export const activationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('relu') }),
  z.strictObject({
    kind: z.literal('clip').describe('Bounds in output units, zero point included.'),
    min: int(-32768, 65535),
    max: int(-32768, 65535),
  }),
]);

const histogram = z.strictObject({
  edges: z.array(z.number()).describe('n + 1 bin edges, in real weight units.'),
  before: z.array(int(0, 2 ** 31 - 1)),
  after: z.array(int(0, 2 ** 31 - 1)),
});
const compression = z
  .strictObject({
    method: z.string().optional(),
    source: z.string().optional(),
    weightSqnrDb: z.number().nullable().optional(),
    outputSqnrDb: z.number().nullable().optional(),
    outputSqnrOn: z.string().optional().describe('Which inputs the output SQNR was measured on.'),
    density: z.number().min(0).max(1).optional(),
    bitsPerWeight: z.number().optional(),
    histogram: histogram.optional(),
  })
  .describe('What the compressor measured. Information only; nothing after `compress` depends on it.');

const tensors = z
  .union([z.string(), z.record(z.string(), z.string())])
  .describe('One .safetensors file, or a map from tensor name to .npy file; paths relative to this file.');

const common = {
  $schema: z.string().optional(),
  format: z.literal(LAYER_FORMAT),
  version: z.literal(SCHEMA_VERSION),
  name,
  output: outputSide,
  weights: encodingSchema,
  sparsity: sparsity.optional(),
  requantize,
  activation: activationSchema.default({ kind: 'none' }),
  tensors,
  sample: z.string().optional().describe('.npy file with integer input frames (H,W,C) or (N,H,W,C), for simulation.'),
  compression: compression.optional(),
};

export const conv2dSchema = z.strictObject({
  kind: z.literal('conv2d'),
  ...common,
  input: mapSideSchema('an input'),
  kernel: pair(1, 11).describe('Height, width.'),
  strides: pair(1, 16).default([1, 1]),
  pads: z.tuple([int(0, 64), int(0, 64), int(0, 64), int(0, 64)]).default([0, 0, 0, 0]).describe('Top, left, bottom, right (ONNX order).'),
  dilations: pair(1, 32).default([1, 1]),
  groups: int(1, 65535).default(1),
});
export const linearSchema = z.strictObject({ kind: z.literal('linear'), ...common, input: mapSideSchema('an input') });

export const layerSchema = z.discriminatedUnion('kind', [conv2dSchema, linearSchema]);

export type LayerDescription = z.infer<typeof layerSchema>;
export type Conv2dDescription = z.infer<typeof conv2dSchema>;
export type LinearDescription = z.infer<typeof linearSchema>;
export type Encoding = z.infer<typeof encodingSchema>;
export type ScalarEncoding = z.infer<typeof scalarEncoding>;
export type CpEncoding = z.infer<typeof cp>;
export type BlockPermutedEncoding = z.infer<typeof blockPermuted>;
export type FactorEncoding = z.infer<typeof factorEncodingSchema>;
export type Requantize = z.infer<typeof requantize>;
export type Activation = z.infer<typeof activationSchema>;
