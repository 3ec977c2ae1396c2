/** A network's time-shared engine: its folding, its folder, and everything in one go. */
import path from 'node:path';
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';
import { generateShared, type GeneratedShared } from '../generate_shared.js';
import { checkAgainst } from '../layer/explain.js';
import { readJson } from '../layer/json_text.js';
import type { Network } from '../network/network.js';
import { MARKER, writeOutput } from '../output/write.js';
import { planShared } from '../plan/shared/plan_shared.js';
import type { SharedLanes } from '../plan/shared/shared_plan.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import { breathe, secondsSince, type FlowContext } from './context.js';
import { addResult } from './design.js';
import { checkSameNetwork, holdsFormat, readDesignFiles } from './design_folder.js';
import { DEFAULT_CLOCK_MHZ, parseLanes } from './lanes.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from './results.js';
import { networkSimulationPassed, simulateNetworkDesign, type NetworkSimulation, type NetworkSimulationOptions } from './simulate_network.js';
import { synthesizeFlow } from './synthesize.js';

/** 256 multiply-accumulates per cycle, as everywhere. */
const DEFAULT_LANES: SharedLanes = { oc: 16, ic: 16 };
const MOST_OUTPUT_LANES = 64;
const MOST_INPUT_LANES = 64;

const designSchema = z.looseObject({
  format: z.literal('shiftloom.shared_design'),
  version: z.literal(1),
  name: z.string(),
  networkHash: z.string(),
  lanes: z.object({ oc: z.int(), ic: z.int() }),
});

export interface SharedFoldingRequest {
  /** `oc=16,ic=16`. */
  readonly lanes?: string;
  /** Frames per second at the clock. */
  readonly fps?: number;
  /** MHz. */
  readonly clock?: number;
}

/**
 * The folding that is given, the smallest that keeps up with a frame rate, or 16 x 16.
 * @throws ShiftloomError 'usage' for other keys, 'resource' if no folding is fast enough
 */
export function chooseSharedLanes(network: Network, { lanes, fps, clock = DEFAULT_CLOCK_MHZ }: SharedFoldingRequest): SharedLanes {
  if (lanes !== undefined) return parseSharedLanes(lanes);
  if (fps === undefined) return DEFAULT_LANES;
  const most = Math.floor((clock * 1e6) / fps);
  let best = Infinity;
  for (const candidate of foldings()) {
    const { cyclesPerFrame } = planShared(network, candidate);
    if (cyclesPerFrame <= most) return candidate;
    best = Math.min(best, cyclesPerFrame);
  }
  throw new ShiftloomError(
    'resource', '--fps', `asks for a frame every ${most} cycles; the time-shared form takes ${best} with ${MOST_OUTPUT_LANES} x ${MOST_INPUT_LANES} lanes`,
    'Ask for less, or take the dataflow form (--form dataflow)',
  );
}

/** Powers of two, the fewest multiply-accumulates first. */
function foldings(): SharedLanes[] {
  const powers = (most: number) => Array.from({ length: Math.log2(most) - 1 }, (_, i) => 2 ** (i + 2));
  const pairs = powers(MOST_OUTPUT_LANES).flatMap((oc) => powers(MOST_INPUT_LANES).map((ic) => ({ oc, ic })));
  return pairs.filter(({ oc, ic }) => oc <= 2 * ic && ic <= 2 * oc).sort((a, b) => a.oc * a.ic - b.oc * b.ic || a.oc - b.oc);
}

function parseSharedLanes(text: string): SharedLanes {
  if (/[:;]/.test(text)) throw new ShiftloomError('usage', '--lanes', `is '${text}'; the time-shared form has one folding for all layers`, 'Write it as oc=16,ic=16');
  const { oc, ic, ...rest } = parseLanes(text);
  const [other] = Object.entries(rest).filter(([key, value]) => value !== undefined && !(key === 'pixel' && value === 1)).map(([key]) => key);
  if (other !== undefined || oc === undefined || ic === undefined) {
    throw new ShiftloomError('usage', '--lanes', other === undefined ? `is '${text}'; both oc and ic are needed` : `has ${other}, which the time-shared form does not know`, 'Write it as oc=16,ic=16');
  }
  return { oc, ic };
}

/** Generates in memory and measures how long that takes. */
export async function generateSharedTimed(network: Network, lanes: SharedLanes, context: FlowContext = {}): Promise<{ readonly generated: GeneratedShared; readonly seconds: number }> {
  context.onProgress?.({ stage: 'generate', message: network.description.name });
  await breathe(context);
  const started = performance.now();
  const generated = generateShared(network, lanes);
  await breathe(context);
  return { generated, seconds: secondsSince(started) };
}

/** Whether the folder holds a time-shared engine. */
export async function holdsSharedDesign(folder: string): Promise<boolean> {
  return holdsFormat(folder, 'shiftloom.shared_design');
}

export interface OpenedSharedDesign {
  readonly name: string;
  readonly top: string;
  readonly lanes: SharedLanes;
  readonly verilog: readonly string[];
  readonly files: ReadonlyMap<string, string>;
}

/**
 * An engine as it lies in its folder.
 * @param network if given, what it must have been generated from
 * @throws ShiftloomError('input') if it is of another network, or files are missing
 */
export async function openSharedDesign(folder: string, network?: Network): Promise<OpenedSharedDesign> {
  const marker = path.join(folder, MARKER);
  const design = checkAgainst(designSchema, await readJson(marker), marker);
  if (network) checkSameNetwork(folder, design.networkHash, network);
  const { verilog, files } = await readDesignFiles(folder);
  return { name: design.name, top: `${design.name}_top`, lanes: design.lanes, verilog, files };
}

export interface SharedRunResult {
  readonly generated: GeneratedShared;
  readonly simulation: NetworkSimulation;
  readonly synthesis: SynthesisResult;
  readonly passed: boolean;
}

/** Generates, simulates and synthesizes, and leaves everything in `folder`. @throws ShiftloomError as the stages do */
export async function runShared(
  network: Network, folder: string,
  options: { readonly folding?: SharedFoldingRequest; readonly simulation?: NetworkSimulationOptions; readonly part?: string } = {},
  context: FlowContext = {},
): Promise<SharedRunResult> {
  const { generated } = await generateSharedTimed(network, chooseSharedLanes(network, options.folding ?? {}), context);
  await writeOutput(folder, generated.files);
  const simulation = await simulateNetworkDesign(network, generated, options.simulation, context);
  await addResult(folder, SIMULATION_FILE, simulation);
  const synthesis = await synthesizeFlow(generated, { part: options.part }, context);
  await addResult(folder, SYNTHESIS_FILE, synthesis);
  return { generated, simulation, synthesis, passed: networkSimulationPassed(simulation) };
}
