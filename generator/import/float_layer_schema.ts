/** The JSON form of a float layer. Geometry keys are those of the compressed layer description. */
import { z } from 'zod';

export const FLOAT_LAYER_FORMAT = 'shiftloom.float_layer';
export const FLOAT_LAYER_REFERENCE = 'urn:shiftloom:schema:float_layer:v1';
export const FLOAT_LAYER_FILE = 'float_layer.v1.schema.json';

const int = (min: number, max: number) => z.int().min(min).max(max);
const pair = (min: number, max: number) => z.tuple([int(min, max), int(min, max)]);

const format = {
  bits: int(1, 16).default(8),
  signed: z.boolean().default(false),
  zeroPoint: int(-32768, 65535).default(0),
  scale: z.number().positive().optional().describe('Real value of one unit.'),
};
const input = z.strictObject({
  channels: int(1, 65535),
  height: int(1, 8192).default(1),
  width: int(1, 8192).default(1),
  ...format,
});
const output = z.strictObject({
  channels: int(1, 65535),
  bits: int(1, 16).optional(),
  signed: z.boolean().optional(),
  zeroPoint: int(-32768, 65535).optional(),
  scale: z.number().positive().optional().describe('Real value of one unit; found by the compressor if missing.'),
});

const activation = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('relu') }),
    z.strictObject({ kind: z.literal('clip').describe('Bounds in real units; relu6 is 0 and 6.'), min: z.number(), max: z.number() }),
  ])
  .default({ kind: 'none' });

const common = {
  $schema: z.string().optional(),
  format: z.literal(FLOAT_LAYER_FORMAT),
  version: z.literal(1),
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
  input,
  output,
  activation,
  weightLayout: z.enum(['OIHW', 'HWIO']).default('OIHW'),
  tensors: z
    .union([z.string(), z.strictObject({ weight: z.string(), bias: z.string().optional(), weightScale: z.string().optional() })])
    .describe('A .safetensors file with `weight`, and `bias` and `weight_scale` if it has them, or a reference for each: `file.npy` or `file#tensor name`.'),
  sample: z.string().optional().describe('.npy file of input frames (H,W,C) or (N,H,W,C): floats in real units, or integers in input units.'),
  calibration: z.string().optional().describe('.npy file of recorded input frames that calibrated compression learns from; like `sample`, which is what is simulated.'),
  source: z.string().optional().describe('Where the layer comes from, for people.'),
};

const conv2d = z.strictObject({
  kind: z.literal('conv2d'),
  ...common,
  kernel: pair(1, 11),
  strides: pair(1, 16).default([1, 1]),
  pads: z.tuple([int(0, 64), int(0, 64), int(0, 64), int(0, 64)]).default([0, 0, 0, 0]),
  dilations: pair(1, 32).default([1, 1]),
  groups: int(1, 65535).default(1),
});
const linear = z.strictObject({ kind: z.literal('linear'), ...common });

export const floatLayerSchema = z.discriminatedUnion('kind', [conv2d, linear]);
export type FloatLayerFile = z.infer<typeof floatLayerSchema>;
