/** The file that says which encoding each layer of a network gets: found by `assign`, edited by people, carried out by `assign --apply`. */
import { z } from 'zod';
import { scalarEncodings } from '../layer/schema.js';

export const ASSIGNMENT_FORMAT = 'shiftloom.assignment';
export const ASSIGNMENT_REFERENCE = 'urn:shiftloom:schema:assignment:v1';
export const ASSIGNMENT_FILE = 'assignment.v1.schema.json';

const [uniform, pot, apot, bpot, csd] = scalarEncodings;
const codebook = z.strictObject({
  encoding: z.literal('codebook'),
  levels: z.union([z.int().min(2).max(64), z.array(z.int().min(-16384).max(16384)).min(2).max(64)]).describe('How many levels are to be found, or the levels.'),
  digits: z.int().min(1).max(4).optional().describe('Most signed powers of two in a level that is found; default 2.'),
  maxShift: z.int().min(1).max(14).optional().describe('Largest power of two of a digit; default 7.'),
  zero: z.boolean().optional().describe('Whether one level that is found is zero; default true.'),
});
const encoding = z.discriminatedUnion('encoding', [uniform, pot, apot, bpot, csd, codebook]);

const candidate = z.strictObject({
  encoding,
  loss: z.number().describe('What the layer adds to the total in this encoding.'),
  outputSqnrDb: z.number().nullable().describe("Of the layer's outputs alone."),
  bitsPerWeight: z.number(),
  cost: z.number().describe('In the unit of the budget.'),
});

const layer = z.strictObject({
  layer: z.string().min(1).describe('Float layer file, relative to this file.'),
  encoding: encoding.describe('Change it to what the layer shall get.'),
  sensitivity: z.number().min(0).default(1).describe("What the error of this layer's outputs, relative to the signal, counts."),
  candidates: z.array(candidate).optional().describe('What was measured; information only.'),
});

const budget = z.strictObject({
  of: z.enum(['bits', 'lut', 'cycles']).describe('Stored bits of all layers, LUTs of an engine for each layer, or cycles of all layers one after the other.'),
  limit: z.number(),
  used: z.number(),
});

export const assignmentSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal(ASSIGNMENT_FORMAT),
  version: z.literal(1),
  calibrate: z.boolean().default(false).describe('Whether layers are calibrated on their recorded inputs.'),
  loss: z.number().optional().describe('Sum of the losses of the encodings that were chosen; information only.'),
  budget: budget.optional().describe('What the assignment was found within; information only.'),
  layers: z.array(layer).min(1).max(1000),
});

export type Assignment = z.infer<typeof assignmentSchema>;
