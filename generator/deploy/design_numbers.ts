/** What of `design.json` is needed to put an engine on a board. */
import { z } from 'zod';
import { checkAgainst } from '../layer/explain.js';

const streamSchema = z.looseObject({
  elementBits: z.union([z.literal(8), z.literal(16)]),
  elements: z.int().positive(),
  beatsPerPixel: z.int().positive(),
  beatsPerFrame: z.int().positive(),
});

const memorySchema = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  select: z.int().min(0).max(15),
  description: z.string(),
  depth: z.int().positive(),
  width: z.int().positive(),
  chunkWidth: z.int().min(1).max(32),
  chunks: z.int().positive(),
  unit: z.string(),
  segments: z.array(z.int().positive()),
});

const formatSchema = z.looseObject({ channels: z.int(), bits: z.int(), signed: z.boolean(), zeroPoint: z.int() });

const designNumbersSchema = z.looseObject({
  format: z.literal('shiftloom.design'),
  version: z.literal(1),
  generator: z.string().regex(/^\d+\.\d+\.\d+$/),
  name: z.string().regex(/^[A-Za-z]\w*$/),
  layerHash: z.string().regex(/^[0-9a-f]{8}$/),
  inputFormat: formatSchema,
  outputFormat: formatSchema,
  geometry: z.looseObject({ inChannels: z.int(), inHeight: z.int(), inWidth: z.int(), outChannels: z.int(), outHeight: z.int(), outWidth: z.int() }),
  macs: z.int(),
  peakMacsPerCycle: z.int(),
  input: streamSchema,
  output: streamSchema,
  estimate: z.looseObject({ cycles: z.number() }),
  streamed: z.looseObject({ bands: z.int(), bandRows: z.int(), lastBandRows: z.int(), beatsPerWord: z.int(), beatsPerPass: z.int() }).optional(),
  memories: z.array(memorySchema),
});

export type DesignNumbers = z.infer<typeof designNumbersSchema>;

/** @throws ShiftloomError('input') naming each key that is missing or wrong. */
export function parseDesignNumbers(value: unknown, place: string): DesignNumbers {
  return checkAgainst(designNumbersSchema, value, place);
}

/** Bits of a beat of activations. */
export function beatBits(stream: { readonly elementBits: number; readonly elements: number }): number {
  return stream.elementBits * stream.elements;
}
