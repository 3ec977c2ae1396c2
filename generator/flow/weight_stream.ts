/** Streamed weights for a simulation, from the emitted file. */
import { ShiftloomError } from '../errors.js';
import { WEIGHT_STREAM_FILE } from '../generate.js';
import type { LayerPlan } from '../plan/plan.js';
import type { WeightStream } from '../../sim/contract.js';

/**
 * One pass of the weights, sent once for each band; undefined if they are on chip.
 * @param stall probability of a pause before a beat
 * @throws ShiftloomError('input') if the design lacks the file
 */
export function weightStream({ plan, files }: { readonly plan: LayerPlan; readonly files: ReadonlyMap<string, string> }, stall: number): WeightStream | undefined {
  if (!plan.streamed || plan.reconstruction) return undefined;
  return { beats: weightBeats(files), passes: plan.streamed.bands, stall };
}

/** One pass: two 32-bit words for each beat, the lower first. @throws ShiftloomError('input') if the design lacks the file */
export function weightBeats(files: ReadonlyMap<string, string>): Uint32Array {
  const lines = fileText(files, WEIGHT_STREAM_FILE).trimEnd().split('\n');
  return Uint32Array.from(lines.flatMap((line) => [parseInt(line.slice(8), 16), parseInt(line.slice(0, 8), 16)]));
}

/** @throws ShiftloomError('input') if the design lacks the file */
export function fileText(files: ReadonlyMap<string, string>, path: string): string {
  const found = files.get(path);
  if (found === undefined) throw new ShiftloomError('input', path, 'belongs to the design and is missing', 'Generate the design again');
  return found;
}
