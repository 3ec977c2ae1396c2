/**
 * `report.json`, version 1: what one layer's engine is, what it computed, what it costs. docs/report.md explains every key; a part that was not run
 * is null, never zero. Rates are 0..1, errors in percent, delays in nanoseconds.
 */
import { z } from 'zod';
import { executionSchema } from './execution.js';
import { boundedHistogram, clockSchema, designSchema, simulationSchema, unitSchema } from './report_parts.js';

export const REPORT_FORMAT = 'shiftloom.report';
export const REPORT_VERSION = 1;
export const REPORT_REFERENCE = 'urn:shiftloom:schema:report:v1';

const count = z.int().nonnegative();
const figure = z.number().nonnegative();
const int = z.int();

const geometry = z.strictObject({
  inChannels: count, inHeight: count, inWidth: count,
  outChannels: count, outHeight: count, outWidth: count,
  kernelHeight: count, kernelWidth: count,
  strideHeight: count, strideWidth: count,
  padTop: count, padLeft: count, padBottom: count, padRight: count,
  dilationHeight: count, dilationWidth: count,
  groups: count,
});

const formats = z.strictObject({
  input: z.strictObject({ bits: count, signed: z.boolean(), zeroPoint: int }),
  output: z.strictObject({ bits: count, signed: z.boolean(), zeroPoint: int }),
  accumulatorBits: count,
  requantize: z.enum(['multiplier', 'power_of_two']),
  activation: z.enum(['none', 'relu', 'clip']),
});

const oracle = z.strictObject({
  compared: count,
  requantizedCompared: count,
  requantizedDiffer: figure,
  skipped: z.string().nullable(),
});

const compression = z.strictObject({
  weights: count,
  density: figure,
  bitsPerWeight: figure,
  ratio32: figure,
  ratio8: figure,
  dense8Bits: count,
  method: z.string().nullable(),
  source: z.string().nullable(),
  outputSqnrOn: z.string().nullable(),
  histogram: boundedHistogram.nullable(),
});

const resources = z.strictObject({
  lut: count,
  ff: count,
  carry4: count,
  dsp: count,
  bram36: figure,
  lutBySize: z.record(z.string(), count),
  lutRam: count,
  srl: count,
  muxf7: count,
  muxf8: count,
  ramb36: count,
  ramb18: count,
  routeThroughLuts: count.nullable(),
});

const errorPercent = z.number().nullable();
const estimate = z.strictObject({
  lut: figure,
  ff: figure,
  dsp: figure,
  bram36: figure,
  cycles: count,
  laneLut: figure,
  errorPercent: z.strictObject({ lut: errorPercent, ff: errorPercent, dsp: errorPercent, bram36: errorPercent, cycles: errorPercent }),
});

const part = z.strictObject({ name: z.string(), title: z.string(), lut: count, ff: count, dsp: count, bram36: count });
const share = z.strictObject({ lut: figure, ff: figure, dsp: figure, bram36: figure });

const range = z.strictObject({ low: figure, nominal: figure, high: figure });
const energy = z.strictObject({
  perMac: range,
  perFrame: range,
  byPart: z.array(range.extend({ name: z.string() })),
  cycles: count,
  shareOfFrame: figure,
  toggles: count,
  outputs: count,
  mismatches: count,
});

export const reportSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal(REPORT_FORMAT),
  reportVersion: z.literal(REPORT_VERSION),
  generator: z.string(),
  layer: z.string(),
  layerHash: z.string().nullable(),
  kind: z.enum(['conv2d', 'linear']),
  encoding: z.string(),
  encodingParameters: z.record(z.string(), z.unknown()),
  geometry,
  formats,
  lanes: z.strictObject({
    oc: count, ic: count, pixel: count, kind: z.enum(['lut', 'dsp']), dsp: count, selection: z.strictObject({ n: count, m: count }).nullable(),
    blocks: count.optional(), hold: count.optional(), weights: z.enum(['resident', 'streamed', 'rebuilt']),
  }),
  macs: count,
  peakMacsPerCycle: count,
  bound: z.enum(['compute', 'requantizers', 'input stream', 'output stream', 'weight stream', 'rebuilding']),
  busy: z.strictObject({ compute: count, requantizers: count, inputStream: count, outputStream: count, weightStream: count, rebuilding: count }),
  cycles: count.nullable(),
  utilization: figure.nullable(),
  frameToFrame: z.strictObject({ cycles: count, utilization: figure }).optional(),
  bitExact: z.boolean().nullable(),
  outputs: count.nullable(),
  mismatches: count.nullable(),
  oracleMismatches: count.nullable(),
  storedBits: count,
  denseBits: count,
  weightSqnrDb: z.number().nullable(),
  outputSqnrDb: z.number().nullable(),
  compression,
  resources: resources.nullable(),
  part,
  share: share.nullable(),
  lutPerMac: figure.nullable(),
  laneLutPerMac: figure.nullable(),
  reconstructionLut: count.nullable(),
  estimate,
  units: z.array(unitSchema).nullable(),
  clock: clockSchema.nullable(),
  execution: executionSchema.nullable(),
  energy: energy.nullable(),
  simulation: simulationSchema.nullable(),
  oracle: oracle.nullable(),
  design: designSchema,
  seconds: z.strictObject({ generate: figure, simulate: figure.nullable(), synthesize: figure.nullable() }),
  tools: z.strictObject({ node: z.string().nullable(), simulator: z.string().nullable(), yosys: z.string().nullable() }),
  warnings: z.array(z.string()),
});

export type Report = z.infer<typeof reportSchema>;
