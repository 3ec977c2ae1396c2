/** Recorded frames with what must come out, kept in a design's folder: a board is checked with them, and the layer is not needed again. */
import path from 'node:path';
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';
import { goldenRun } from '../golden/convolution.js';
import { checkAgainst } from '../layer/explain.js';
import { readJson } from '../layer/json_text.js';
import { macsOf, type Layer } from '../layer/layer.js';
import type { ExampleFrames } from '../deploy/driver_data.js';
import { inputFrames } from './frames.js';

export const EXAMPLE_FILE = 'example.json';

/** Two frames show that one follows the other; a large layer has one, which the golden model computes in seconds. */
const MANY_MACS = 20_000_000;
const SEED = 1;

const exampleSchema = z.object({
  format: z.literal('shiftloom.example'),
  version: z.literal(1),
  source: z.enum(['sample', 'random']),
  frames: z.int().positive(),
  input: z.base64(),
  expected: z.base64(),
});

/** Values as 16-bit words, lower byte first, in base64. */
function packed(values: Int32Array): string {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value & 0xffff, 2 * index));
  return bytes.toString('base64');
}

function unpacked(text: string, signed: boolean): Int32Array {
  const bytes = Buffer.from(text, 'base64');
  return Int32Array.from({ length: bytes.length / 2 }, (_, index) => (signed ? bytes.readInt16LE(2 * index) : bytes.readUInt16LE(2 * index)));
}

/** The text of `example.json`: the layer's sample or seeded random frames, and the golden model's outputs. */
export function exampleText(layer: Layer): string {
  const count = macsOf(layer.geometry) > MANY_MACS ? 1 : 2;
  const { source, frames, data } = inputFrames(layer, count, SEED);
  const { outputs } = goldenRun(layer, data, frames);
  return `${JSON.stringify({ format: 'shiftloom.example', version: 1, source, frames, input: packed(data), expected: packed(outputs) }, null, 2)}\n`;
}

/**
 * The frames of a design's folder.
 * @param signed whether input and output elements are
 * @throws ShiftloomError('input') if there are none
 */
export async function readExample(folder: string, signed: { readonly input: boolean; readonly output: boolean }): Promise<ExampleFrames> {
  const place = path.join(folder, EXAMPLE_FILE);
  const value = await readJson(place).catch(() => {
    throw new ShiftloomError('input', place, 'is missing: frames that a board is checked with', 'Generate the design again');
  });
  const { frames, input, expected } = checkAgainst(exampleSchema, value, place);
  return { frames, input: unpacked(input, signed.input), expected: unpacked(expected, signed.output) };
}
