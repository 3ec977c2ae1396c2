/** A folding as design.json has it. */
import { z } from 'zod';

export const lanesSchema = z.object({
  oc: z.int(), ic: z.int(), pixel: z.int(), kind: z.enum(['lut', 'dsp']), dsp: z.int().optional(), select: z.boolean().optional(), blocks: z.int().optional(), weights: z.enum(['resident', 'streamed', 'rebuilt']).optional(),
  rebuild: z.object({ ranks: z.int(), outputs: z.int(), inputs: z.int() }).optional(), band: z.int().optional(), hold: z.int().optional(),
});
